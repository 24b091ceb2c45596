"""Events: planned, opened, scheduled, released, run, closed; cancelled at any time before they are over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from services.matching.domain.numbers import number_taken
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Placement, Plan, Score, Unserved, answers_in
from services.matching.domain.programme import (
    MOST_PARTS,
    PlannedPart,
    must_be_ahead,
    must_have_room,
    part_of,
    slots_on_stage,
)
from services.matching.domain.release import Release, must_be_faultless
from services.matching.domain.seating import Seating
from services.matching.timetable.day import Day, Place, Timetable
from shared.aggregate import Aggregate
from shared.errors import Refused, wrong_state
from shared.events.matching import (
    ClosedTable,
    Edition,
    EventAdvanced,
    EventCancelled,
    EventPart,
    EventPartChanged,
    EventPartEvent,
    EventPartPlanned,
    EventPartWithdrawn,
    EventPlanned,
    EventReleased,
    EventState,
    EventStatus,
    EventTableClosed,
)

STEPS: tuple[EventStatus, ...] = (
    "planned",
    "registering",
    "requesting",
    "scheduling",
    "released",
    "running",
    "closed",
    "reported",
)
OPEN = STEPS[1:6]
EARLY = timedelta(minutes=15)
"""Before its slot by so much a planned meeting may begin on the operator's word, and before the first one somebody sits
down; a walk-in begins when it is made."""


class MarketEvent(Aggregate):
    """A consultation day, fair or road show.

    `releases` are the timetables told so far. `placements` and `unserved` are the first one, whole, so that it takes
    one write: the meetings and requests it touches follow from it, one by one. `score` is how good it is, where that is
    known. `edition` says which event of its series it is; a cancelled one keeps its number. `parts` are the talks and
    awards beside its consultations, each at the place of its number.
    """

    kind: ClassVar[str] = "matching.event"

    plan: Plan
    edition: Edition | None = None
    status: EventStatus = "planned"
    reason: str = ""
    releases: list[Release] = Field(default_factory=list)
    placements: list[Placement] = Field(default_factory=list)
    unserved: list[Unserved] = Field(default_factory=list)
    score: Score | None = None
    closed_tables: list[ClosedTable] = Field(default_factory=list)
    parts: list[EventPart] = Field(default_factory=list)

    @property
    def release(self) -> int:
        """The number of the last timetable told, 0 before the first."""
        return len(self.releases)

    @classmethod
    def of_plan(cls, event_id: str, plan: Plan, at: datetime, number: int = 0) -> "MarketEvent":
        """Return a planned event, in a series with its number there. Raise Invalid for an impossible plan."""
        plan.must_be_possible(at)
        edition = Edition(series=plan.series, year=plan.year, number=number) if plan.series else None
        event = cls(id=event_id, plan=plan, edition=edition)
        planned = EventPlanned(at=at, event=event_id, event_kind=plan.event_kind, title=plan.title, edition=edition)
        event._record(planned)
        return event

    def slot_at(self, at: datetime) -> int:
        """Return the slot that is on, or else the next to begin. Raise Refused when the last one is over."""
        if left := self.plan.slots_left(at):
            return left[0]
        raise Refused(
            "event.over",
            f"the last slot ended at {self.plan.ends_at}",
            f"마지막 시간대가 {self.plan.ends_at}에 끝났습니다",
        )

    def is_closed(self, place: Place) -> bool:
        """Return whether nobody may sit at this table any more by then."""
        return any(each.table == place.table and each.from_slot <= place.slot for each in self.closed_tables)

    def close_table(self, place: Place, reason: str, at: datetime) -> None:
        """Close a table from a slot on, for the rest of the day."""
        self._must_be(*OPEN)
        self.plan.must_have_place(place)
        if self.is_closed(place):
            return
        self.closed_tables = [*self.closed_tables, ClosedTable(table=place.table, from_slot=place.slot, reason=reason)]
        self._record(EventTableClosed(at=at, event=self.id, table=place.table, from_slot=place.slot, reason=reason))

    def plan_part(self, planned: PlannedPart, at: datetime) -> None:
        """Take a talk or an award into the programme, under the next number."""
        if len(self.parts) == MOST_PARTS:
            raise Refused(
                "part.too_many",
                f"a programme has at most {MOST_PARTS} parts, with those withdrawn",
                f"프로그램은 취소된 것을 포함하여 최대 {MOST_PARTS}개까지 등록할 수 있습니다",
            )
        self._set_part(EventPartPlanned, planned.as_part(len(self.parts) + 1, at), at)

    def change_part(self, number: int, planned: PlannedPart, at: datetime) -> None:
        """Let a part that has not begun be this, whatever it was. Raise NotFound for one there is not."""
        former = part_of(self.parts, number)
        must_be_ahead(former, at)
        part, history = planned.as_part(number, at, former.changes + 1), {"changed_at", "changes", "left"}
        if part.model_dump(exclude=history) != former.model_dump(exclude=history):
            self._set_part(EventPartChanged, part, at, former.document)

    def withdraw_part(self, number: int, reason: str, at: datetime) -> None:
        """Take a part that has not begun out of the programme. Raise NotFound for one there is not."""
        former = part_of(self.parts, number)
        if former.status == "withdrawn":
            return
        must_be_ahead(former, at)
        ended = {"status": "withdrawn", "reason": reason, "changed_at": at, "changes": former.changes + 1}
        self._set_part(EventPartWithdrawn, former.model_copy(update=ended), at, former.document)

    def leave_stage(self, party: str, at: datetime) -> None:
        """Take a party out of every part that has not begun. One with nobody else on stage is withdrawn."""
        for part in self.parts:
            others = [each for each in part.on_stage if each.party != party]
            if part.status == "withdrawn" or part.starts_at <= at or len(others) == len(part.on_stage):
                continue
            if others:
                without = {"on_stage": others, "changed_at": at, "changes": part.changes + 1}
                self._set_part(EventPartChanged, part.model_copy(update=without), at, part.document)
            else:
                self.withdraw_part(part.number, "participation_ended", at)

    def on_stage(self, party: str, officer: int) -> frozenset[int]:
        """Return the slots in which an officer of a party speaks or is honoured."""
        return slots_on_stage(self.parts, self.plan, party, officer)

    def away(self, participation: Participation) -> tuple[frozenset[int], ...]:
        """Return the slots in which each of a party's officers cannot meet: it says so, or the programme does."""
        return tuple(
            away | self.on_stage(participation.party, officer) for officer, away in enumerate(participation.away, 1)
        )

    def _set_part(self, happened: type[EventPartEvent], part: EventPart, at: datetime, former: str = "") -> None:
        self._must_be("planned", *OPEN)
        if part.status == "planned":
            must_have_room(part, self.parts)
        before = [each for each in self.parts if each.number == part.number]
        once = {party for each in before for party in (*each.left, *(one.party for one in each.on_stage))}
        part = part.model_copy(update={"left": sorted(once - {one.party for one in part.on_stage})})
        self.parts = [*self.parts[: part.number - 1], part, *self.parts[part.number :]]
        let_go = former if part.status == "withdrawn" or former != part.document else ""
        self._record(happened(at=at, event=self.id, part=part, former_document=let_go))

    @property
    def meets(self) -> bool:
        """Whether meetings can be booked: the timetable is out and the day is not over."""
        return self.status in {"released", "running"}

    def advance(self, status: EventStatus, at: datetime) -> None:
        """Go on to the next status. Only a timetable releases, only `cancel` cancels."""
        if status == self.status:
            return
        if status in {"released", "cancelled", "planned"}:
            raise Refused(
                "event.not_a_step",
                f"an event does not become {status} by advancing",
                f"단계 진행으로 {status} 상태가 될 수 없습니다",
                field="/status",
            )
        self._must_be(STEPS[STEPS.index(status) - 1])
        self.status = status
        self._record(EventAdvanced(at=at, event=self.id, status=status))

    def cancel(self, reason: str, at: datetime) -> None:
        """Call the event off, unless it is over."""
        if self.status == "cancelled":
            return
        self._must_be(*STEPS[: STEPS.index("closed")])
        self.status, self.reason = "cancelled", reason
        self._record(EventCancelled(at=at, event=self.id, reason=reason))

    def release_timetable(
        self,
        day: Day,
        timetable: Timetable,
        turned_away: Sequence[Unserved],
        at: datetime,
        score: Score | None = None,
        title: str | None = None,
    ) -> None:
        """Release a timetable of the day. Raise Refused when the verifier finds any fault in it, or other gaps.

        `turned_away` are accepted requests that may not be scheduled at all, and why. Without a title it is
        called by its number.
        """
        self._must_be("scheduling")
        must_be_faultless(day, timetable, score)
        self.placements, unserved = answers_in(timetable)
        self.unserved = [*turned_away, *unserved]
        self.status, self.score = "released", score
        number = self.release + 1
        told = {
            "at": at,
            "title": title or f"{number}차 시간표",
            "placed": len(self.placements),
            "unplaced": len(self.unserved),
        }
        self.releases = [*self.releases, Release(number=number, score=score, **told)]
        self._record(EventReleased(event=self.id, release=number, **told, **(score.model_dump() if score else {})))

    def release_repaired(self, repair: str, placed: int, unplaced: int, at: datetime) -> None:
        """Release the last timetable as a repair has mended it."""
        self.must_meet()
        number = self.release + 1
        told = {"at": at, "title": f"{number}차 시간표", "placed": placed, "unplaced": unplaced, "repair": repair}
        self.releases = [*self.releases, Release(number=number, **told)]
        self._record(EventReleased(event=self.id, release=number, **told))

    @property
    def takes_applications(self) -> bool:
        """Whether parties may still join: from the opening to the end of the day."""
        return self.status in OPEN

    @property
    def released(self) -> dict[str, Seating | Unserved]:
        """What the last release says of each request it knew."""
        placed: dict[str, Seating | Unserved] = {each.request: each.seating for each in self.placements}
        return placed | {each.request: each for each in self.unserved}

    def must_take_applications(self) -> None:
        self._must_be(*OPEN)

    def must_take_requests(self) -> None:
        self._must_be("requesting")

    def must_be_scheduling(self) -> None:
        self._must_be("scheduling")

    def must_meet(self) -> None:
        self._must_be("released", "running")

    def must_be_out(self) -> None:
        """Raise Refused before the timetable is out: nobody comes through the gate yet. Late scans come for ever."""
        self._must_be("released", "running", "closed", "reported")

    def must_be_at_its_tables(self, at: datetime) -> None:
        """Raise Refused before the first slot is near, unless the operator lets the day run: nobody sits down yet."""
        self.must_be_out()
        if self.status == "released" and at < self.plan.starts_at - EARLY:
            raise Refused(
                "event.not_begun",
                f"the first slot begins at {self.plan.starts_at}: nobody sits at a table yet, and nobody is missed",
                f"첫 시간대는 {self.plan.starts_at}에 시작되며, 그 전에는 착석이나 불참을 기록할 수 없습니다",
            )

    def must_not_be_over(self, slot: int, at: datetime, field: str = "/slot") -> None:
        """Raise Refused for a slot that is over: nobody is to meet there any more."""
        if self.plan.end_of(slot) <= at:
            raise Refused(
                "event.slot_over",
                f"slot {slot} ended at {self.plan.end_of(slot)}",
                f"{slot}번 시간대는 {self.plan.end_of(slot)}에 끝났습니다",
                field=field,
            )

    def must_have(self, place: Place) -> None:
        """Raise Invalid for a slot or table that this event does not have, Refused for a table that is closed."""
        self.plan.must_have_place(place)
        if self.is_closed(place):
            raise Refused(
                "event.table_closed",
                f"table {place.table} is closed in slot {place.slot}",
                f"{place.table}번 테이블은 {place.slot}번 시간대에 운영하지 않습니다",
                field="/table",
            )

    def must_have_slots(self, slots: Iterable[int]) -> None:
        """Raise Invalid for slots that this event does not have."""
        for number, slot in enumerate(slots):
            self.plan.must_have_place(Place(slot, 1), f"/slots/{number}")

    def claims(self) -> list[str]:
        """Its number in the year of its series, for good."""
        return ["|".join(map(str, self.edition.model_dump().values()))] if self.edition else []

    def taken(self, claim: str) -> Refused:
        return number_taken(claim)

    def due(self) -> datetime | None:
        declared: dict[EventStatus, datetime] = {
            "requesting": self.plan.answer_deadline,
            "released": self.plan.starts_at,
            "running": self.plan.ends_at,
        }
        return declared.get(self.status)

    def tick(self, at: datetime) -> None:
        """Answers end at their deadline; what is released starts and ends at its hours."""
        while (due := self.due()) is not None and due <= at:
            self.advance(STEPS[STEPS.index(self.status) + 1], at)

    def public(self) -> EventState:
        plan = self.plan
        return EventState(
            id=self.id,
            event_kind=plan.event_kind,
            title=plan.title,
            edition=self.edition,
            status=self.status,
            starts_at=plan.starts_at,
            slots=plan.slots,
            slot_minutes=plan.slot_minutes,
            rests=[*plan.rests],
            buffer_minutes=plan.buffer_minutes,
            tables=plan.tables,
            halls=[*plan.halls],
            closed_tables=self.closed_tables,
            parts=self.parts,
            release=self.release,
        )

    def _must_be(self, *statuses: EventStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("event", "행사가", self.status, statuses)
