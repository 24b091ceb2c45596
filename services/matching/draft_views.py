"""How matching shows drafts, to the operator alone, and how two timetables of a day differ."""

from collections.abc import Iterable, Mapping

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.matching.domain.draft import Draft
from services.matching.domain.plan import Placement, Score, Unserved
from services.matching.timetable.day import Day, Place, Timetable
from services.matching.timetable.verifier import waits_of_each
from shared.events.matching import DraftState


class DraftView(DraftState):
    """A timetable that nobody was told. While it is planned, `best` gaps were found and none has less than `bound`."""

    version: int
    title: str
    seconds: float
    until: AwareDatetime
    reason: str
    best: int | None
    bound: int
    score: Score | None
    placements: list[Placement]
    unserved: list[Unserved]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "drf_3m8x1c",
                "event": "evt_4k2qj4",
                "status": "ready",
                "version": 4,
                "title": "1안",
                "seconds": 10.0,
                "until": "2027-04-08T01:02:10Z",
                "reason": "",
                "best": 61,
                "bound": 58,
                "score": {"value": 701, "most_value": 701, "gaps": 61, "least_gaps": 58},
                "placements": [
                    {"request": "req_8s1kd0", "slot": 3, "table": 12, "firm_officer": 1, "institution_officer": 1}
                ],
                "unserved": [],
            }
        }
    )


class DraftPage(BaseModel):
    """Drafts, newest first; `next` is the cursor of the next page."""

    items: list[DraftView]
    next: str | None = None


class Merits(BaseModel):
    """What speaks for a timetable of a day.

    `priorities` are those of all requests it places; `without` counts parties that asked or were asked and meet nobody;
    `gaps` are the waits of everybody between two meetings, `longest` the most of one person and `spread` how much more
    that is than another's.
    """

    placed: int
    unplaced: int
    priorities: int
    without: int
    gaps: int
    longest: int
    spread: int


class Difference(BaseModel):
    """A request that has another place in the draft than in the other timetable; null is nowhere."""

    request: str = Field(examples=["req_8s1kd0"])
    firm: str
    institution: str
    before: Place | None
    after: Place | None


class Comparison(BaseModel):
    """A draft beside another draft or, where `other` is empty, beside the release."""

    draft: str = Field(examples=["drf_3m8x1c"])
    other: str = Field(examples=["drf_9k2w7t"])
    merits: Merits
    merits_of_other: Merits
    moves: list[Difference]


def draft_view(draft: Draft) -> DraftView:
    return DraftView(
        **draft.public().model_dump(),
        **draft.model_dump(include=set(DraftView.model_fields) - set(DraftState.model_fields)),
        version=draft.version,
    )


def merits_of(day: Day, timetable: Timetable) -> Merits:
    """Look at a timetable of a day."""
    placed = [request for request in day.requests if request.id in timetable.placed]
    waits = waits_of_each(day, timetable)
    parties = {who for pair in day.pairs for who in pair}
    return Merits(
        placed=len(placed),
        unplaced=len(day.requests) - len(placed),
        priorities=sum(request.priority for request in placed),
        without=len(parties - {who for who, _ in waits}),
        gaps=sum(waits.values()),
        longest=max(waits.values(), default=0),
        spread=max(waits.values(), default=0) - min(waits.values(), default=0),
    )


def moves_between(
    before: Mapping[str, Place], after: Mapping[str, Place], pairs: Iterable[tuple[str, str, str]]
) -> list[Difference]:
    """Return what differs, of requests given as id, firm and institution."""
    return [
        Difference(
            request=request, firm=firm, institution=institution, before=before.get(request), after=after.get(request)
        )
        for request, firm, institution in pairs
        if before.get(request) != after.get(request)
    ]
