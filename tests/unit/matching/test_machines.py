"""Events, requests and meetings under any order of commands, beside plain models of domain.md's tables."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.matching.domain.outcome import Deal, Outcome
from services.matching.timetable.day import Day, Place, Timetable
from shared.aggregate import Aggregate
from shared.errors import Forbidden, Refused
from shared.events.matching import EventStatus
from tests.unit.matching.builders import (
    DEADLINE,
    FIRM,
    INSTITUTION,
    NOON,
    START,
    a_meeting,
    a_request,
    an_event,
    said,
    settled,
)

REASON = "사정"
HOURS = st.integers(0, 24 * 40).map(lambda hours: timedelta(hours=hours))


class Beside(RuleBasedStateMachine):
    """Carries a command out on the aggregate and says what the model expects: a new status, the same, or a refusal."""

    aggregate: Aggregate
    status: str
    now: datetime = NOON

    def expect(
        self,
        command: Callable[[], None],
        allowed: Mapping[str, tuple[str, list[str]]],
        done: frozenset[str] = frozenset(),
    ) -> None:
        """`allowed` maps a status to the next one and the events told; in a `done` status nothing happens."""
        settled(self.aggregate)
        before = self.aggregate.model_dump()
        try:
            command()
        except (Refused, Forbidden):
            assert self.status not in allowed
            assert self.status not in done
            assert self.aggregate.model_dump() == before
            return
        if self.status in done:
            assert said(self.aggregate) == []
            assert self.aggregate.model_dump() == before
            return
        self.status, told = allowed[self.status]
        assert said(self.aggregate) == told


class EventMachine(Beside):
    ORDER = ("planned", "registering", "requesting", "scheduling", "released", "running", "closed", "reported")

    @initialize()
    def plan(self) -> None:
        self.aggregate = self.event = an_event()
        self.status = "planned"
        self.releases = 0

    @rule(
        status=st.sampled_from(["planned", "registering", "requesting", "scheduling", "released", "running", "closed"])
    )
    def advance(self, status: EventStatus) -> None:
        before = self.ORDER[max(self.ORDER.index(status) - 1, 0)]
        allowed = {} if status in {"planned", "released"} else {before: (status, ["advanced"])}
        self.expect(lambda: self.event.advance(status, self.now), allowed, frozenset({status}))

    @rule()
    def report(self) -> None:
        allowed = {"closed": ("reported", ["advanced"])}
        self.expect(lambda: self.event.advance("reported", self.now), allowed, frozenset({"reported"}))

    @rule(faulty=st.booleans())
    def release(self, *, faulty: bool) -> None:
        timetable = Timetable({"req_unknown": Place(1, 1)}) if faulty else Timetable()
        before = self.status
        allowed = {} if faulty else {"scheduling": ("released", ["released"])}
        self.expect(lambda: self.event.release_timetable(Day((), 4, 3), timetable, [], self.now), allowed)
        self.releases += before != self.status

    @rule()
    def cancel(self) -> None:
        allowed = {status: ("cancelled", ["cancelled"]) for status in self.ORDER[:6]}
        self.expect(lambda: self.event.cancel(REASON, self.now), allowed, frozenset({"cancelled"}))

    @rule(later=HOURS)
    def wait(self, later: timedelta) -> None:
        self.now += later
        settled(self.event)
        self.event.tick(self.now)
        steps = []
        if self.status == "requesting" and self.now >= DEADLINE:
            self.status = "scheduling"
            steps.append("advanced")
        if self.status == "released" and self.now >= START:
            self.status = "running"
            steps.append("advanced")
        if self.status == "running" and self.now >= START + timedelta(hours=2):
            self.status = "closed"
            steps.append("advanced")
        assert said(self.event) == steps

    @invariant()
    def agrees(self) -> None:
        assert self.event.status == self.status
        assert self.event.release == self.releases
        due = self.event.due()
        assert due is None or due > self.now or due >= DEADLINE


class RequestMachine(Beside):
    @initialize()
    def file(self) -> None:
        self.aggregate = self.request = a_request()
        self.status = "filed"

    @rule()
    def accept(self) -> None:
        allowed = {"filed": ("accepted", ["accepted"])} if self.now <= DEADLINE else {}
        self.expect(lambda: self.request.accept(self.now), allowed, frozenset({"accepted"}))

    @rule()
    def decline(self) -> None:
        allowed = {"filed": ("declined", ["declined"])}
        self.expect(lambda: self.request.decline(REASON, self.now), allowed, frozenset({"declined"}))

    @rule()
    def withdraw(self) -> None:
        allowed = {status: ("withdrawn", ["withdrawn"]) for status in ("filed", "accepted")}
        self.expect(lambda: self.request.withdraw(REASON, self.now), allowed, frozenset({"withdrawn"}))

    @rule()
    def place(self) -> None:
        allowed = {status: ("placed", ["placed"]) for status in ("accepted", "unplaced")}
        self.expect(lambda: self.request.place("mtg_1", Place(1, 1), self.now), allowed, frozenset({"placed"}))

    @rule()
    def unplace(self) -> None:
        allowed = {"accepted": ("unplaced", ["unplaced"])}
        done = frozenset({"unplaced"})
        self.expect(lambda: self.request.unplace("over_slots", [FIRM], self.now), allowed, done)

    @rule()
    def lose_the_event(self) -> None:
        allowed = {"filed": ("expired", ["expired"]), "accepted": ("unplaced", ["unplaced"])}
        done = frozenset({"declined", "expired", "withdrawn", "placed", "unplaced"})
        self.expect(lambda: self.request.end_with_event(self.now), allowed, done)

    @rule()
    def lose_a_party(self) -> None:
        allowed = {status: ("withdrawn", ["withdrawn"]) for status in ("filed", "accepted")}
        done = frozenset({"declined", "expired", "withdrawn", "placed", "unplaced"})
        self.expect(lambda: self.request.end_with_participation(self.now), allowed, done)

    @rule(later=HOURS)
    def wait(self, later: timedelta) -> None:
        self.now += later
        ends = {"filed": ("expired", DEADLINE), "accepted": ("unplaced", START + timedelta(hours=2))}
        settled(self.request)
        self.request.tick(self.now)
        if self.status in ends and self.now >= ends[self.status][1]:
            self.status = ends[self.status][0]
            assert said(self.request) == [self.status]
        else:
            assert said(self.request) == []

    @invariant()
    def agrees(self) -> None:
        assert self.request.status == self.status
        assert bool(self.request.reason) == (self.status in {"declined", "expired", "withdrawn", "unplaced"})
        assert bool(self.request.meeting) == (self.status == "placed")
        assert self.request.is_final == (self.request.due() is None)
        assert bool(self.request.claims()) == (self.status != "withdrawn")


class MeetingMachine(Beside):
    @initialize()
    def book(self) -> None:
        self.aggregate = self.meeting = a_meeting()
        self.status = "booked"
        self.seated: set[str] = set()
        self.reports: dict[str, Outcome] = {}
        self.deals: list[str] = []

    @rule(party=st.sampled_from([FIRM, INSTITUTION]), by_gate=st.booleans(), in_time=st.booleans())
    def arrive(self, party: str, *, by_gate: bool, in_time: bool) -> None:
        before, seen_at = self.status, self.meeting.ends_at - timedelta(minutes=0 if in_time else -1)
        both = self.seated | {party} == {FIRM, INSTITUTION}
        allowed = {"booked": ("in_progress", ["started"]) if both else ("booked", ["awaited"])}
        missed = set(self.meeting.absent) - {party}
        if by_gate and in_time:
            allowed["no_show"] = ("no_show", ["missed"]) if missed else ("held", ["held"])
        done = frozenset({self.status}) if party in self.seated else frozenset[str]()

        self.expect(lambda: self.meeting.arrive(party, seen_at, self.now, by_gate=by_gate), allowed, done)

        if before in allowed:
            self.seated.add(party)
        if before == "no_show" and self.status == "held":
            self.seated = {FIRM, INSTITUTION}

    @rule()
    def start(self) -> None:
        allowed = {"booked": ("in_progress", ["started"])}
        before = self.status
        self.expect(lambda: self.meeting.start(self.now), allowed, frozenset({"in_progress"}))
        if before == "booked":
            self.seated = {FIRM, INSTITUTION}

    @rule()
    def hold(self) -> None:
        allowed = {"in_progress": ("held", ["held"])}
        self.expect(lambda: self.meeting.hold(self.now), allowed, frozenset({"held"}))

    @rule()
    def cancel(self) -> None:
        allowed = {"booked": ("cancelled", ["cancelled"])}
        self.expect(lambda: self.meeting.cancel(REASON, self.now), allowed, frozenset({"cancelled"}))

    @rule()
    def miss(self) -> None:
        allowed = {"booked": ("no_show", ["missed"])}
        self.expect(lambda: self.meeting.miss([FIRM], self.now), allowed, frozenset({"no_show"}))

    @rule(slot=st.integers(1, 4))
    def move(self, slot: int) -> None:
        same = slot == self.meeting.slot
        allowed = {} if same else {"booked": ("booked", ["moved"])}
        done = frozenset({"booked"}) if same else frozenset[str]()
        before = self.meeting.starts_at - timedelta(minutes=30) * self.meeting.slot
        self.expect(lambda: self.meeting.move(an_event("running"), Place(slot, 3), REASON, self.now), allowed, done)
        assert self.meeting.starts_at - timedelta(minutes=30) * self.meeting.slot == before

    @rule(party=st.sampled_from([FIRM, INSTITUTION, "pty_other"]), amount=st.integers(0, 1))
    def report(self, party: str, amount: int) -> None:
        outcome = Outcome.model_validate({"discussed": amount, "being_arranged": 0, "contracted": 0, "notes": "비밀"})
        told = self.reports.get(party)
        allowed: dict[str, tuple[str, list[str]]] = {}
        if party in self.meeting.parties and told is None:
            other = bool(self.reports)
            allowed = {
                "held": ("reported" if other else "held", ["reported"]),
                "converted": ("converted", ["reported"]),
            }
        done = frozenset({self.status}) if told == outcome else frozenset[str]()
        before = self.status
        self.expect(lambda: self.meeting.report(party, outcome, self.now), allowed, done)
        if before in allowed:
            self.reports[party] = outcome

    @rule(number=st.integers(1, 2))
    def convert(self, number: int) -> None:
        contract = f"ctr_{number}"
        allowed = {status: ("converted", ["converted"]) for status in ("held", "reported", "closed")}
        allowed["converted"] = ("converted", [])
        done = frozenset({"converted"}) if contract in self.deals else frozenset[str]()
        before = self.status
        deal = Deal(contract=contract, amount=Decimal(100), signed_at=self.now)
        self.expect(lambda: self.meeting.convert(deal, self.now), allowed, done)
        if before in allowed and contract not in self.deals:
            self.deals.append(contract)

    @rule(later=HOURS | st.just(timedelta(days=400)))
    def wait(self, later: timedelta) -> None:
        self.now += later
        over = self.meeting.ends_at + timedelta(minutes=30) <= self.now
        old = self.meeting.ends_at + timedelta(days=365) <= self.now
        settled(self.meeting)
        self.meeting.tick(self.now)
        told = []
        if over and self.status == "booked":
            self.status = "no_show"
            told.append("missed")
            assert set(self.meeting.absent) == {FIRM, INSTITUTION} - self.seated
        if over and self.status == "in_progress":
            self.status = "held"
            told.append("held")
        if old and self.status in {"held", "reported"}:
            self.status = "closed"
            told.append("closed")
        assert said(self.meeting) == told

    @invariant()
    def agrees(self) -> None:
        assert self.meeting.status == self.status
        assert set(self.meeting.arrived) == self.seated
        assert bool(self.meeting.absent) == (self.status == "no_show")
        assert len(self.meeting.claims()) == {"cancelled": 0, "booked": 4, "in_progress": 4}.get(self.status, 3)
        assert self.meeting.outcomes == self.reports
        assert bool(self.meeting.contract) == (self.status == "converted")
        assert [each.contract for each in self.meeting.deals] == self.deals
        assert self.meeting.contract == "".join(self.deals[:1])
        assert "비밀" not in self.meeting.public().model_dump_json()


MODEST = settings(max_examples=200, stateful_step_count=30)
TestEvent = EventMachine.TestCase
TestRequest = RequestMachine.TestCase
TestMeeting = MeetingMachine.TestCase
for case in (TestEvent, TestRequest, TestMeeting):
    case.settings = MODEST
