"""How matching shows repairs, to the operator alone."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.matching.domain.mending import Shift
from services.matching.domain.repair import Confirmed, Repair
from services.matching.domain.trouble import Trouble
from shared.events.matching import RepairState


class RepairView(RepairState):
    """The fewest moves found for a trouble: who, from where, to where (null for nowhere), which officers, and why.

    `confirmed` is null at first. It is there as soon as all who might move have been looked at, if nobody applied the
    repair before; when the service is stopped meanwhile, it never is. That makes another version of the repair.
    """

    version: int
    trouble: Trouble
    moves: list[Shift]
    applied_at: AwareDatetime | None
    confirmed: Confirmed | None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rpr_5t2m9x",
                "event": "evt_4k2qj4",
                "status": "ready",
                "version": 1,
                "trouble": {
                    "event": "evt_4k2qj4",
                    "reason": "교통 정체로 지각",
                    "even_final": False,
                    "kind": "party_late",
                    "party": "pty_5k2qj4",
                    "slot": 5,
                },
                "moves": [
                    {
                        "meeting": "mtg_2k9fm3",
                        "firm": "pty_5k2qj4",
                        "institution": "pty_kwater",
                        "before": {"slot": 3, "table": 12},
                        "after": {"slot": 6, "table": 12},
                        "firm_officer": 1,
                        "institution_officer": 1,
                        "why": "hit",
                    },
                    {
                        "meeting": "mtg_9s0wd1",
                        "firm": "pty_5k2qj4",
                        "institution": "pty_kict",
                        "before": {"slot": 4, "table": 3},
                        "after": {"slot": 4, "table": 3},
                        "firm_officer": 2,
                        "institution_officer": 1,
                        "why": "hands_over",
                    },
                ],
                "applied_at": None,
                "confirmed": {"price": 10, "bound": 10, "better": "", "difference": 0},
            }
        }
    )


class RepairPage(BaseModel):
    """Repairs, newest first; `next` is the cursor of the next page."""

    items: list[RepairView]
    next: str | None = None


def repair_view(repair: Repair) -> RepairView:
    return RepairView(
        **repair.public().model_dump(),
        version=repair.version,
        trouble=repair.trouble,
        moves=repair.moves,
        applied_at=repair.applied_at,
        confirmed=repair.confirmed,
    )
