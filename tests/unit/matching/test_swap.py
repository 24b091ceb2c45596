"""Two meetings change places in steps of one write each: whatever comes between them, nobody sits at two tables."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.matching.domain.meeting import Meeting
from services.matching.domain.seating import Seating
from services.matching.timetable.day import Place
from shared.errors import Invalid, Refused
from tests.unit.matching.builders import FIRM, INSTITUTION, NOON, a_meeting, an_event, said, settled

SLOTS, TABLES = 3, 2
EVENT = an_event("running", slots=SLOTS, tables=TABLES)
PLACES = st.tuples(st.integers(1, SLOTS), st.integers(1, TABLES)).map(lambda each: Place(*each))
FIRMS = st.sampled_from(["pty_f1", "pty_f2", "pty_f3"])
HOSTS = st.sampled_from(["pty_i1", "pty_i2"])


def loaded(meeting: Meeting) -> Meeting:
    return Meeting.model_validate(meeting.model_dump())


class SwapMachine(RuleBasedStateMachine):
    """Meetings written one at a time, as the store does: a write that claims what another holds is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.meetings: dict[str, Meeting] = {}
        self.numbers = itertools.count(1)

    def write(self, meeting: Meeting) -> bool:
        others = [each for each in self.meetings.values() if each.id != meeting.id]
        if {claim for each in others for claim in each.claims()} & set(meeting.claims()):
            return False
        self.meetings[meeting.id] = settled(meeting)
        return True

    def drawn(self, data: st.DataObject, *, swapping: bool = False) -> Meeting | None:
        """One of those that stand."""
        fitting = [each for each in self.meetings.values() if (each.swap is not None) == swapping and each.stands]
        return loaded(data.draw(st.sampled_from(fitting))) if fitting else None

    @rule(firm=FIRMS, host=HOSTS, place=PLACES, officer=st.integers(1, 2))
    def walk_in(self, firm: str, host: str, place: Place, officer: int) -> None:
        officers = (1, officer)
        self.write(Meeting.book(f"mtg_{next(self.numbers)}", EVENT, firm, host, place, NOON, officers=officers))

    @rule(data=st.data())
    def give_way(self, data: st.DataObject) -> None:
        meeting, other = self.drawn(data), self.drawn(data)
        if meeting and other and meeting.id != other.id:
            meeting.give_way(other, "일정 조정", NOON)
            self.write(meeting)

    @rule(data=st.data())
    def come(self, data: st.DataObject) -> None:
        meeting = self.drawn(data, swapping=True)
        if meeting and meeting.swap:
            other = loaded(self.meetings[meeting.swap.other])
            if other.stands and other.swap is None and other.place == meeting.swap.seating.place:
                officers = other.officers_after(meeting, other.officers)
                other.move(EVENT, meeting.place, "일정 조정", NOON, officers)
                self.write(other)

    @rule(data=st.data(), home=st.booleans())
    def land(self, data: st.DataObject, *, home: bool) -> None:
        meeting = self.drawn(data, swapping=True)
        if meeting and meeting.swap:
            meeting.land(EVENT, meeting.seating if home else meeting.swap.seating, NOON)
            self.write(meeting)

    @rule(data=st.data(), swapping=st.booleans())
    def cancel(self, data: st.DataObject, *, swapping: bool) -> None:
        if meeting := self.drawn(data, swapping=swapping):
            meeting.cancel("사정", NOON)
            assert self.write(meeting)

    @invariant()
    def nobody_and_no_table_is_taken_twice(self) -> None:
        sitting = [each for each in self.meetings.values() if each.stands and each.swap is None]
        taken = [(each.slot, who) for each in sitting for who in (*each.people, each.table)]
        assert len(taken) == len(set(taken))


TestSwap = SwapMachine.TestCase
TestSwap.settings = settings(max_examples=200, stateful_step_count=30)


def of_one_host(slot: int, firm: str = "pty_other") -> Meeting:
    return settled(Meeting.book("mtg_2", an_event("running"), firm, INSTITUTION, Place(slot, 1), NOON))


def test_meetings_of_one_host_change_slots() -> None:
    event, meeting, other = an_event("running"), a_meeting(Place(2, 3)), of_one_host(4)

    meeting.give_way(other, "일정 조정", NOON)
    between = meeting.claims()
    other.move(event, meeting.place, "일정 조정", NOON)
    meeting.land(event, Seating(Place(4, 1)), NOON)

    assert between == ["evt_1|2|pty_hanbit", "evt_1|4|pty_hanbit", "evt_1|pair|pty_hanbit|pty_kwater"]
    assert (meeting.place, other.place) == (Place(4, 1), Place(2, 3))
    assert said(meeting) == ["gave_way", "moved"]
    assert not set(meeting.claims()) & set(other.claims())


@pytest.mark.parametrize("slot", [2, 4], ids=["in one slot", "in two slots"])
def test_meetings_of_two_officers_change_them_too(slot: int) -> None:
    event, meeting = an_event("running"), a_meeting(Place(2, 3))
    other = Meeting.book("mtg_2", event, "pty_other", INSTITUTION, Place(slot, 1), NOON, officers=(1, 2))
    before = meeting.claims()

    meeting.give_way(other, "일정 조정", NOON)
    held = set(meeting.claims())
    other.move(event, meeting.place, "일정 조정", NOON, other.officers_after(meeting, other.officers))
    meeting.land(event, Seating(Place(slot, 1), (1, 2)), NOON)

    assert not held & {claim for claim in before if INSTITUTION in claim and "pair" not in claim}
    assert (meeting.officers, other.officers) == ((1, 2), (1, 1))
    assert not set(meeting.claims()) & set(other.claims())


def test_a_meeting_whose_other_does_not_come_is_where_it_was() -> None:
    meeting = a_meeting(Place(2, 3))
    before = meeting.model_dump(), meeting.claims()

    meeting.give_way(of_one_host(4), "일정 조정", NOON)
    meeting.land(an_event("running"), meeting.seating, NOON)
    meeting.land(an_event("running"), Seating(Place(4, 1)), NOON)

    assert (meeting.model_dump(), meeting.claims()) == before
    assert said(meeting) == ["gave_way"]


def test_on_its_way_a_meeting_does_nothing_else_but_be_cancelled() -> None:
    meeting, event = a_meeting(Place(2, 3)), an_event("running")
    meeting.give_way(of_one_host(4), "일정 조정", NOON)

    commands: list[Callable[[], None]] = [
        lambda: meeting.arrive(FIRM, NOON, NOON),
        lambda: meeting.start(NOON),
        lambda: meeting.move(event, Place(1, 1), "지각", NOON),
        lambda: meeting.miss([FIRM], NOON),
        lambda: meeting.give_way(of_one_host(3), "일정 조정", NOON),
        lambda: of_one_host(4).give_way(meeting, "일정 조정", NOON),
    ]
    for command in commands:
        with pytest.raises(Refused, match=r"meeting\.swapping"):
            command()
    assert meeting.due() is None
    meeting.cancel("사정", NOON)
    assert (meeting.status, meeting.claims()) == ("cancelled", [])


def test_a_meeting_changes_places_only_with_another_one_of_its_event() -> None:
    meeting, elsewhere = a_meeting(Place(2, 3)), of_one_host(4)
    elsewhere.event = "evt_2"

    for other in (meeting, elsewhere):
        with pytest.raises(Invalid, match=r"meeting\.swap_wrong"):
            meeting.give_way(other, "일정 조정", NOON)
