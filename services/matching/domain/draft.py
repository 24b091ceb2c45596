"""Drafts: timetables that are planned and not told. One of them may be chosen to be released."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from services.matching.domain.event import MarketEvent
from services.matching.domain.plan import Placement, Score, Unserved, answers_in, timetable_in
from services.matching.timetable.day import Day, Timetable
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused, wrong_state
from shared.events.matching import DraftBegun, DraftEnded, DraftProgressed, DraftReady, DraftState, DraftStatus

WAITING = timedelta(minutes=2)
"""How long beyond its own seconds a draft may wait for others that are planned before it."""


class Draft(Aggregate):
    """A timetable of the requests an event had then. Once it is ready it never changes.

    While it is planned, `best` is the fewest gaps found so far, None before the first timetable, and no timetable has
    less than `bound`. What is not ready by `until` has failed: whoever planned it may be gone. A plain day that was
    placed without the planner has no score.
    """

    kind: ClassVar[str] = "matching.draft"

    event: str
    title: str
    seconds: float
    until: AwareDatetime
    status: DraftStatus = "planning"
    reason: str = ""
    best: int | None = None
    bound: int = 0
    placements: list[Placement] = Field(default_factory=list)
    unserved: list[Unserved] = Field(default_factory=list)
    score: Score | None = None

    @classmethod
    def begin(cls, draft_id: str, event: MarketEvent, title: str, seconds: float, at: datetime) -> "Draft":
        """Begin to plan a timetable for so many seconds."""
        event.must_be_scheduling()
        until = at + timedelta(seconds=seconds) + WAITING
        draft = cls(id=draft_id, event=event.id, title=title, seconds=seconds, until=until)
        draft._record(DraftBegun(at=at, **draft._which(), seconds=seconds))
        return draft

    @property
    def is_planning(self) -> bool:
        return self.status == "planning"

    def progress(self, best: int | None, bound: int, at: datetime) -> None:
        """Say how far planning has come."""
        self._must_be("planning")
        if (self.best, self.bound) != (best, bound):
            self.best, self.bound = best, bound
            self._record(DraftProgressed(at=at, **self._which(), best=best, bound=bound))

    def finish(self, timetable: Timetable, score: Score | None, at: datetime) -> None:
        """Hold what was planned."""
        self._must_be("planning")
        self.status, self.score = "ready", score
        self.placements, self.unserved = answers_in(timetable)
        figures = score.model_dump() if score else {}
        placed, unplaced = len(self.placements), len(self.unserved)
        self._record(DraftReady(at=at, **self._which(), placed=placed, unplaced=unplaced, **figures))

    def fail(self, reason: str, at: datetime) -> None:
        """End without a timetable."""
        self._must_be("planning")
        self._end("failed", reason, at)

    def cancel(self, reason: str, at: datetime) -> None:
        """Plan no further; one that is ready is given up."""
        if self.status == "cancelled":
            return
        self._must_be("planning", "ready")
        self._end("cancelled", reason, at)

    @property
    def asked(self) -> set[str]:
        """The requests it answers."""
        return {each.request for each in self.placements} | {each.request for each in self.unserved}

    def must_be_of(self, event: MarketEvent, field: str) -> None:
        """Raise Invalid for a draft of another event, Refused for one that holds no timetable."""
        if self.event != event.id:
            raise Invalid(
                "draft.other_event",
                f"{self.id} is a draft of {self.event}",
                f"{self.id}은(는) {self.event} 행사의 시간표 초안입니다",
                field=field,
            )
        self._must_be("ready")

    def answer(self, day: Day) -> Timetable:
        """Return the timetable. Raise Refused when it is not of this day's requests."""
        if self.asked != {request.id for request in day.requests}:
            raise Refused(
                "draft.outdated",
                "requests were withdrawn or answered since, or who asked may no longer meet; plan another draft",
                "초안 작성 이후 신청 내역이나 참가 자격이 바뀌었습니다. 초안을 다시 만드십시오",
                field="/draft",
            )
        return timetable_in(self.placements, self.unserved)

    def due(self) -> datetime | None:
        return self.until if self.is_planning else None

    def tick(self, at: datetime) -> None:
        """Fail when nobody plans it any more."""
        if self.is_planning and self.until <= at:
            self.fail("no_plan", at)

    def public(self) -> DraftState:
        return DraftState(id=self.id, event=self.event, status=self.status)

    def _end(self, status: DraftStatus, reason: str, at: datetime) -> None:
        self.status, self.reason = status, reason
        self._record(DraftEnded(at=at, **self._which(), status=status, reason=reason))

    def _which(self) -> dict[str, Any]:
        return {"draft": self.id, "event": self.event}

    def _must_be(self, *statuses: DraftStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("draft", "초안이", self.status, statuses)
