"""Releases of a timetable: told once, numbered, named and never changed; and what meetings did since."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from services.matching.domain.plan import Score
from services.matching.timetable.day import Place

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
