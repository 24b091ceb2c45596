"""What room a day has left: who can meet where, and what stands in the way of those who cannot."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from services.matching.domain.room import Room
from services.matching.timetable.day import Place
from shared.errors import Invalid, Refused
from tests.unit.matching.builders import (
    FIRM,
    INSTITUTION,
    NOON,
    START,
    a_meeting,
    a_participation,
    a_rest,
    an_accepted_request,
    an_event,
    said,
)

SLOTS, TABLES = 3, 3
FIRMS = [f"pty_f{number}" for number in range(3)]
HOSTS = [f"pty_i{number}" for number in range(3)]
SOME_SLOTS = st.sets(st.integers(1, SLOTS))


def present(**absences: list[int]) -> list[Participation]:
    """Everybody takes part, and cannot meet in these slots."""
    everybody = [*(a_participation(firm) for firm in FIRMS), *(a_participation(host, "institution") for host in HOSTS)]
    for each in everybody:
        each.be_absent(absences.get(each.party, []), "오전 출장", NOON)
    return everybody


@st.composite
def booked(draw: st.DrawFn) -> list[Meeting]:
    """Meetings that do not clash."""
    event, meetings = an_event("running", slots=SLOTS, tables=TABLES), list[Meeting]()
    places = st.tuples(st.integers(1, SLOTS), st.integers(1, TABLES))
    for number, (firm, host, where) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(FIRMS), st.sampled_from(HOSTS), places), max_size=9))
    ):
        meeting = Meeting.book(f"mtg_{number}", event, firm, host, Place(*where), NOON)
        if not {claim for each in meetings for claim in each.claims()} & set(meeting.claims()):
            meetings.append(meeting)
    return meetings


@given(
    booked(),
    st.dictionaries(st.sampled_from(FIRMS + HOSTS), SOME_SLOTS),
    st.lists(st.tuples(st.integers(1, TABLES), st.integers(1, SLOTS)), max_size=2),
    st.integers(0, SLOTS),
)
def test_room_is_exactly_where_another_meeting_may_be_booked(
    meetings: list[Meeting], absences: dict[str, set[int]], closed: list[tuple[int, int]], over: int
) -> None:
    event = an_event("running", slots=SLOTS, tables=TABLES)
    for table, slot in closed:
        event.close_table(Place(slot, table), "정전", NOON)
    now = event.plan.start_of(over + 1)
    participations = present(**{party: sorted(slots) for party, slots in absences.items()})
    room = Room(event, participations, meetings, now)
    taken = {claim for each in meetings for claim in each.claims()}

    def may_be_booked(place: Place) -> bool:
        if place.slot <= over or any(place.slot in absences.get(party, ()) for party in (FIRMS[0], HOSTS[0])):
            return False
        try:
            return not taken & set(Meeting.book("mtg_new", event, FIRMS[0], HOSTS[0], place, NOON).claims())
        except Refused:
            return False

    every_place = [Place(slot, table) for slot in range(1, SLOTS + 1) for table in range(1, TABLES + 1)]
    request = an_accepted_request(firm=FIRMS[0], institution=HOSTS[0])
    places = [each.place for each in room.seatings_for(request)]

    assert sorted(places, key=every_place.index) == [place for place in every_place if may_be_booked(place)]
    meets = any(each.parties == (FIRMS[0], HOSTS[0]) for each in meetings)
    if meets:
        assert room.why_not(request).reason == "meets_already"
    elif not places:
        why = room.why_not(request)
        rest = [slot for slot in event.plan.slots_left(now) if slot not in why.full_slots]
        assert all(not room.tables(slot, HOSTS[0]) for slot in why.full_slots)
        assert all(any(not room.is_free(party, slot) for party in why.parties) for slot in rest)
        assert why.reason == ("tables_full" if why.full_slots and not rest else "no_common_slot")


def test_the_nearest_slot_comes_first_and_in_it_the_hosts_own_table() -> None:
    event = an_event("running", slots=SLOTS, tables=TABLES)
    beside = Meeting.book("mtg_1", event, FIRMS[1], HOSTS[0], Place(1, 2), NOON)
    room = Room(event, present(), [beside], NOON)

    moving = Meeting.book("mtg_2", event, FIRMS[0], HOSTS[0], Place(1, 3), NOON)

    places = [each.place for each in room.seatings(moving, 3, "any")]

    assert places[:4] == [Place(3, 2), Place(3, 1), Place(3, 3), Place(2, 2)]


def test_a_party_with_officers_is_free_until_each_of_them_meets() -> None:
    event, hosts = an_event("running", slots=1, tables=3), [a_participation(HOSTS[0], "institution", officers=2)]
    hosts += [a_participation(firm) for firm in FIRMS]
    first, second = (
        Meeting.book(f"mtg_{n}", event, FIRMS[n], HOSTS[0], Place(1, n + 1), NOON, officers=(1, n + 1)) for n in (0, 1)
    )

    officers = [
        Room(event, hosts, meetings, NOON).officers((FIRMS[2], HOSTS[0]), 1, now=(1, 2))
        for meetings in ([], [first], [second], [first, second])
    ]

    assert officers == [[(1, 2), (1, 1)], [(1, 2)], [(1, 1)], []]
    assert not set(first.claims()) & set(second.claims())


def test_who_moves_keeps_its_officers_where_they_are_free() -> None:
    event, both = an_event("running", slots=2, tables=3), [a_participation(HOSTS[0], "institution", officers=2)]
    both += [a_participation(firm) for firm in FIRMS]
    moving = Meeting.book("mtg_1", event, FIRMS[0], HOSTS[0], Place(1, 1), NOON, officers=(1, 2))
    there = Meeting.book("mtg_2", event, FIRMS[1], HOSTS[0], Place(2, 1), NOON, officers=(1, 2))

    free, taken = Room(event, both, [], NOON), Room(event, both, [there], NOON)

    assert (free.officers_in(moving, 2), taken.officers_in(moving, 2)) == ((1, 2), (1, 1))
    assert [each.officers for each in taken.seatings(moving, 2, "any")][:2] == [(1, 1), (1, 1)]


def test_who_does_not_take_part_is_named() -> None:
    gone, host = a_participation(FIRM), a_participation(INSTITUTION, "institution")
    gone.leave("급한 사정", NOON)

    why = Room(an_event("running"), [gone, host], [], NOON).why_not(an_accepted_request())

    assert (why.reason, why.binding) == ("not_taking_part", [FIRM])


def test_a_request_leaves_the_spare_tables_to_who_walks_in_or_moves() -> None:
    event = an_event("running", slots=1, tables=3, spare_tables=1)
    request = an_accepted_request(firm=FIRMS[2], institution=HOSTS[2])
    planned = [
        Meeting.book(f"mtg_{n}", event, FIRMS[n], HOSTS[n], Place(1, n + 1), NOON, request=f"req_{n}") for n in (0, 1)
    ]

    beside_one, beside_both = (Room(event, present(), some, NOON) for some in (planned[:1], planned))

    assert beside_one.may_serve(request, 1)
    assert list(beside_both.seatings_for(request)) == []
    assert beside_both.why_not(request).binding == ["slot:1"]
    moving = Meeting.book("mtg_2", event, FIRMS[2], HOSTS[2], Place(1, 1), NOON)
    assert [each.place for each in beside_both.seatings(moving, 1, "any")] == [Place(1, 3)]


def test_who_walks_in_takes_a_spare_table_first() -> None:
    event = an_event("running", slots=1, tables=3, spare_tables=1)
    request = an_accepted_request(firm=FIRMS[2], institution=HOSTS[2])
    walk_in = Meeting.book("mtg_1", event, FIRMS[0], HOSTS[0], Place(1, 1), NOON)

    seatings = Room(event, present(), [walk_in], NOON).seatings_for(request)

    assert sorted(each.place.table for each in seatings) == [2, 3]


def test_who_has_enough_meetings_gets_no_other_one_by_a_request() -> None:
    event = an_event("running", slots=SLOTS, tables=TABLES, firm_meetings=1)
    request = an_accepted_request(firm=FIRMS[0], institution=HOSTS[0])
    held = Meeting.book("mtg_1", event, FIRMS[0], HOSTS[1], Place(1, 1), NOON)
    room = Room(event, present(), [held], NOON)

    places, why = list(room.seatings_for(request)), room.why_not(request)
    held.cancel("사정", NOON)

    assert (places, why.reason, why.parties) == ([], "over_quota", [FIRMS[0]])
    moving = Meeting.book("mtg_2", event, FIRMS[0], HOSTS[0], Place(1, 1), NOON)
    assert list(room.seatings(moving, 1, "any")), "a meeting that moves is none more"
    assert Room(event, present(), [held], NOON).may_serve(request, 1)


def test_who_is_wanted_in_a_part_of_the_day_is_placed_and_moved_within_it() -> None:
    event = an_event("running", slots=4, tables=1, rests=[a_rest(1), a_rest(2, 90)])
    morning, afternoon = (
        an_accepted_request(firm=FIRMS[0], institution=HOSTS[0], session=each) for each in ("morning", "afternoon")
    )
    taken = [Meeting.book(f"mtg_{slot}", event, FIRMS[1], HOSTS[slot], Place(slot, 1), NOON) for slot in (1, 2)]
    room, now_over = Room(event, present(), taken, NOON), Room(event, present(), [], event.plan.start_of(3))

    moving = Meeting.book("mtg_3", event, FIRMS[0], HOSTS[0], Place(1, 1), NOON)

    assert [each.place.slot for each in room.seatings_for(afternoon)] == [3, 4]
    assert [each.place.slot for each in room.seatings(moving, 1, "afternoon")] == [3, 4]
    assert not list(room.seatings(moving, 1, "morning"))
    assert not room.may_serve(morning, 3)
    assert (room.why_not(morning).reason, room.why_not(morning).full_slots) == ("tables_full", [1, 2])
    assert (now_over.why_not(morning).reason, now_over.why_not(morning).full_slots) == ("no_common_slot", [])


def test_absences_are_what_was_said_last_and_said_once() -> None:
    participation = a_participation()

    participation.be_absent([3, 1, 3], "오전 출장", NOON)
    participation.be_absent([1, 3], "오전 출장", NOON)
    with pytest.raises(Refused, match=r"participation\.absent"):
        participation.must_meet_in(3, participation.away)
    participation.be_absent([], "출장 취소", NOON)

    participation.must_meet_in(3, participation.away)
    assert [event.model_dump()["slots"] for event in participation.recorded] == [[1, 3], []]


def test_a_party_is_absent_where_all_its_officers_are() -> None:
    participation = a_participation(officers=2)

    participation.be_absent([3], "오전 출장", NOON, officer=2)
    participation.be_absent([3], "오전 출장", NOON, officer=2)
    participation.must_meet_in(3, participation.away)
    participation.be_absent([4, 3], "병원", NOON, officer=1)
    with pytest.raises(Refused, match=r"participation\.absent"):
        participation.must_meet_in(3, participation.away)
    participation.be_absent([1], "교통", NOON)

    assert participation.away == (frozenset({1, 3, 4}), frozenset({1, 3}))
    participation.be_absent([], "출장 취소", NOON, officer=2)
    assert participation.away == (frozenset({1, 3, 4}), frozenset({1}))
    assert [each.officer for each in participation.public().officer_absences] == [1]
    told = [event.model_dump() for event in participation.recorded]
    assert [(each["officer"], each["slots"]) for each in told] == [(2, [3]), (1, [3, 4]), (None, [1]), (2, [])]
    with pytest.raises(Invalid, match=r"participation\.officer_unknown") as refusal:
        participation.be_absent([1], "출장", NOON, officer=3)
    assert refusal.value.field == "/officer"


@given(st.lists(SOME_SLOTS, min_size=3, max_size=3), SOME_SLOTS, st.lists(st.integers(1, SLOTS), max_size=4))
def test_free_are_the_officers_who_are_there_and_meet_nobody(
    away: list[set[int]], all_away: set[int], busy: list[int]
) -> None:
    event, host = an_event("running", slots=SLOTS, tables=TABLES), a_participation(HOSTS[0], "institution", officers=3)
    host.be_absent(all_away, "출장", NOON)
    for officer, slots in enumerate(away, 1):
        host.be_absent(slots, "출장", NOON, officer)
    met = [(slot, 1 + number % 3) for number, slot in enumerate(dict.fromkeys(busy))]
    meetings = [
        Meeting.book(f"mtg_{slot}", event, FIRMS[1], HOSTS[0], Place(slot, 1), NOON, officers=(1, officer))
        for slot, officer in met
    ]
    room = Room(event, [a_participation(FIRMS[0]), host], meetings, NOON)

    for slot in range(1, SLOTS + 1):
        free = {officer for _, officer in room.officers((FIRMS[0], HOSTS[0]), slot)}
        there = {each for each in (1, 2, 3) if slot not in all_away | away[each - 1]}
        assert free == there - {officer for at, officer in met if at == slot}


def test_a_closed_table_stays_closed_for_the_rest_of_the_day() -> None:
    event = an_event("running")

    event.close_table(Place(2, 3), "정전", NOON)
    event.close_table(Place(3, 3), "정전", NOON)

    assert said(event) == ["table_closed"]
    assert [event.is_closed(Place(slot, 3)) for slot in (1, 2, 3, 4)] == [False, True, True, True]
    with pytest.raises(Refused, match=r"event\.table_closed"):
        Meeting.book("mtg_1", event, FIRM, INSTITUTION, Place(4, 3), NOON)
    with pytest.raises(Refused, match=r"event\.table_closed"):
        a_meeting(Place(2, 1)).move(event, Place(2, 3), "정전", NOON)
    with pytest.raises(Invalid, match=r"event\.table_unknown"):
        event.close_table(Place(1, 4), "정전", NOON)
    with pytest.raises(Invalid, match=r"event\.slot_unknown") as unknown:
        event.must_have_slots([1, 5])
    assert unknown.value.ko == "이 행사의 시간대 번호는 1부터 4까지입니다"


def test_a_meeting_says_where_it_was() -> None:
    meeting = a_meeting(Place(2, 3))

    meeting.move(an_event("running"), Place(4, 1), "정전", NOON)

    [moved] = meeting.recorded
    assert moved.model_dump(include={"slot", "table", "from_slot", "from_table", "starts_at"}) == {
        "slot": 4,
        "table": 1,
        "from_slot": 2,
        "from_table": 3,
        "starts_at": START + timedelta(minutes=90),
    }
