"""Releases of a timetable: told once, numbered, named and never changed; and what meetings did since."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from services.matching.domain.plan import Score
from services.matching.timetable.day import Day, Place, Timetable
from services.matching.timetable.verifier import faults, waits
from shared.errors import Refused

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["2027년 상반기 확정 시간표"])]


class Release(BaseModel):
    """A timetable as the parties were told it; with a `repair`, the last one mended, and told only to who moved.

    Of such a one, `placed` are the meetings that stand and `unplaced` those that lost their place to it.
    """

    number: int = Field(examples=[1])
    title: str = Field(examples=["2027년 상반기 확정 시간표"])
    at: AwareDatetime
    placed: int
    unplaced: int
    score: Score | None = None
    repair: str = Field(default="", examples=["rpr_5t2m9x"])


class Change(BaseModel):
    """A meeting that got, changed or lost its place: from where to where, None for nowhere, and why."""

    at: AwareDatetime
    before: Place | None
    after: Place | None
    reason: str = Field(examples=["party_absent"])


def must_be_faultless(day: Day, timetable: Timetable, score: Score | None) -> None:
    """Raise Refused when the verifier finds any fault in a timetable of the day, or other gaps than its score says."""
    wrong = faults(day, timetable)
    if score is not None and score.gaps != (counted := waits(day, timetable)):
        wrong.append(f"it has {counted} gaps, not {score.gaps}")
    if wrong:
        raise Refused(
            "timetable.faulty",
            f"the timetable has {len(wrong)} faults: {'; '.join(wrong[:3])}",
            f"시간표에 오류가 {len(wrong)}건 있습니다",
        )
