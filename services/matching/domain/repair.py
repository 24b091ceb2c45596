"""Repairs: what would move if a trouble was met, and then what does."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, Field, computed_field

from services.matching.domain.mending import Mending, Shift
from services.matching.domain.trouble import Trouble
from shared.aggregate import Aggregate
from shared.errors import Refused, wrong_state
from shared.events.matching import (
    RepairApplied,
    RepairConfirmed,
    RepairDone,
    RepairMadeRoom,
    RepairProposed,
    RepairState,
    RepairStatus,
)


class Confirmed(BaseModel):
    """What the moves cost, and that no repair costs less than the bound, whoever moves for it.

    A meeting that loses its place counts 1,000, one that goes to another slot 10, one to another table of its slot 1.
    """

    price: int = Field(examples=[10])
    bound: int = Field(examples=[10])
    better: str = Field(
        default="", examples=[""], description="The repair that was found to cost less, and is proposed besides"
    )

    @computed_field(description="By how much another repair might cost less: 0 for none")  # type: ignore[prop-decorator]
    @property
    def difference(self) -> int:
        return self.price - self.bound


class Repair(Aggregate):
    """A trouble of the day and the fewest moves that were found for it. Nobody is told before it is applied.

    Some time after it was proposed it is `confirmed`, unless it is applied before, or who did that has died.
    Being applied it is the only one of its event: first all that moves leaves its place, then each goes to its new one,
    so that places can go round in a ring. Who finds its place taken goes where there is room or is cancelled.
    """

    kind: ClassVar[str] = "matching.repair"

    trouble: Trouble
    moves: list[Shift]
    status: RepairStatus = "ready"
    applied_at: AwareDatetime | None = None
    confirmed: Confirmed | None = None

    @classmethod
    def propose(cls, repair_id: str, trouble: Trouble, moves: list[Shift], at: datetime) -> "Repair":
        """Return what was found."""
        repair = cls(id=repair_id, trouble=trouble, moves=moves)
        repair._record(
            RepairProposed(
                at=at,
                **repair._which(),
                moved=sum(each.after not in {None, each.before} for each in moves),
                dropped=sum(each.after is None for each in moves),
            )
        )
        return repair

    @property
    def event(self) -> str:
        return self.trouble.event

    @property
    def moving(self) -> list[Shift]:
        """The moves from one place to another."""
        return [each for each in self.moves if each.before and each.after and each.before != each.after]

    @property
    def handed_over(self) -> list[Shift]:
        """The meetings that stay, with other officers."""
        return [each for each in self.moves if each.why == "hands_over"]

    @property
    def shared(self) -> set[str]:
        """The parties that have more than one move."""
        parties = [party for each in self.moves for party in each.parties]
        return {party for party in parties if parties.count(party) > 1}

    def confirm(self, confirmed: Confirmed, at: datetime) -> None:
        """Say how it compares with the best there is. Raise Refused once it is applied: nobody decides any more."""
        if self.status != "ready":
            raise wrong_state("repair", "재배정안이", self.status, ["ready"])
        self.confirmed = confirmed
        self._record(RepairConfirmed(at=at, **self._which(), **confirmed.model_dump(include={"price", "bound"})))

    def apply(self, mending: Mending, at: datetime) -> None:
        """Decide to carry it out. Raise Refused when the day, as it is now, is no longer what it was made for."""
        if self.status != "ready":
            return
        mending.must_take(self.moves)
        self.status, self.applied_at = "applying", at
        self._record(RepairApplied(at=at, **self._which()))

    def make_room(self, at: datetime) -> None:
        """Say that all that moves has left its place."""
        self._record(RepairMadeRoom(at=at, **self._which()))

    def finish(self, at: datetime) -> None:
        """Say that every meeting is where it can be."""
        self.status = "applied"
        self._record(RepairDone(at=at, **self._which()))

    def claims(self) -> list[str]:
        return [repair_claim(self.event)] if self.status == "applying" else []

    def taken(self, claim: str) -> Refused:
        del claim
        return under_way(self.event)

    def public(self) -> RepairState:
        return RepairState(id=self.id, event=self.event, status=self.status)

    def _which(self) -> dict[str, Any]:
        return {"repair": self.id, "event": self.event}


def repair_claim(event: str) -> str:
    """Return what the one repair that is carried out at an event holds."""
    return f"{event}|repair"


def under_way(event: str) -> Refused:
    return Refused(
        "repair.under_way",
        f"another repair of {event} is being carried out; try again in a moment",
        f"{event} 행사의 다른 재배정이 진행 중입니다. 잠시 후 다시 시도하십시오",
    )
