"""From accepted requests to a released timetable: whatever the day, every request ends with a reason or a place."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.attendee import Attendee
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.outcome import Deal, Outcome
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Score, Unserved
from services.matching.domain.request import Request
from services.matching.domain.scheduling import day_of, gate, waiting_for_a_slot
from services.matching.domain.seating import Seating
from services.matching.ledger import ledger_of, lineage_of, timetable_of, won_from
from services.matching.releases import releases_of
from services.matching.timetable.day import Party, Place, Timetable
from services.matching.timetable.placing import place
from services.matching.timetable.planning import plan
from services.matching.timetable.verifier import faults, waits
from shared.errors import Invalid, Refused
from tests.unit.matching.builders import (
    FIRM,
    INSTITUTION,
    NOON,
    START,
    a_meeting,
    a_participation,
    a_plan,
    a_rest,
    an_accepted_request,
    an_event,
    said,
)

PARTIES = st.integers(1, 5)
PLACED = Timetable({f"req_{number}": Place(number + 1, 1) for number in range(3)})
FIGURES = {"discussed": "3", "being_arranged": "2", "contracted": "1"}


@st.composite
def asked(draw: st.DrawFn) -> list[Request]:
    """Accepted requests of different pairs."""
    pairs = draw(st.lists(st.tuples(PARTIES, PARTIES), max_size=20, unique=True))
    return [
        an_accepted_request(
            request_id=f"req_{number}",
            firm=f"pty_f{firm}",
            institution=f"pty_i{institution}",
            priority=draw(st.integers(0, 9)),
        )
        for number, (firm, institution) in enumerate(pairs)
    ]


def follow(event: MarketEvent, requests: list[Request]) -> list[Meeting]:
    """Do what the release says, as its saga does."""
    meetings = []
    for request in requests:
        wanted = event.released[request.id]
        if isinstance(wanted, Unserved):
            request.unplace(wanted.reason, wanted.binding, NOON)
            continue
        meeting = Meeting.book(
            f"mtg_{request.id}", event, request.firm, request.institution, wanted.place, NOON, request=request.id
        )
        request.place(meeting.id, wanted.place, NOON)
        meetings.append(meeting)
    return meetings


@settings(max_examples=150)
@given(asked(), st.integers(1, 5), st.integers(1, 4), st.sets(PARTIES), st.sets(PARTIES))
def test_any_day_ends_with_every_request_placed_or_told_why(
    requests: list[Request], slots: int, tables: int, present: set[int], active: set[int]
) -> None:
    event = an_event("scheduling", slots=slots, tables=tables)
    everybody = {party for request in requests for party in (request.firm, request.institution)}
    here = everybody - {f"pty_f{number}" for number in present}
    well = everybody - {f"pty_i{number}" for number in active}

    admitted, turned_away = gate(requests, here, well)
    day = day_of(event, admitted, [], [], NOON)
    event.release_timetable(day, place(day), turned_away, NOON)
    meetings = follow(event, requests)

    placed = {each.request: each.place for each in event.placements}
    assert faults(day, Timetable(placed, place(day).unplaced)) == []
    claims = [claim for meeting in meetings for claim in meeting.claims()]
    assert len(claims) == len(set(claims))
    ledger = ledger_of(event, requests)
    assert (ledger.requests, ledger.under_way) == (len(requests), 0)
    assert sum(ledger.by_status.values()) == len(requests) == len(ledger.lines)
    assert all(line.final and bool(line.meeting) != bool(line.reason) for line in ledger.lines)
    assert {each.request for each in turned_away} == {
        request.id for request in requests if not {request.firm, request.institution} <= here & well
    }
    assert len(timetable_of(event, meetings, 0).meetings) == ledger.by_status.get("placed", 0)


FATES = st.tuples(st.booleans(), st.booleans(), st.lists(st.integers(1, 6), max_size=3))


@given(st.lists(FATES, max_size=6))
def test_what_came_of_an_event_adds_up_each_contract_once(fates: list[tuple[bool, bool, list[int]]]) -> None:
    event, meetings, outcome = an_event("running"), list[Meeting](), Outcome.model_validate(FIGURES)
    for number, (firm_reports, host_reports, contracts) in enumerate(fates):
        meeting = a_meeting()
        meeting.start(NOON)
        meeting.hold(NOON)
        for reports, party in ((firm_reports, FIRM), (host_reports, INSTITUTION)):
            if reports:
                meeting.report(party, outcome, NOON)
        for contract in contracts:
            signed = Deal(contract=f"ctr_{number}_{contract}", amount=Decimal(contract), signed_at=NOON)
            meeting.convert(signed, NOON)
        meetings.append(meeting)

    lineage = lineage_of(event, meetings)
    won = won_from([event], meetings)

    assert lineage.contracted == sum(sum(set(contracts)) for *_, contracts in fates)
    assert lineage.contracts == len(lineage.lines) == len({line.contract for line in lineage.lines})
    assert lineage.reported_by_firms.discussed == 3 * sum(firm for firm, *_ in fates)
    assert lineage.reported_by_institutions.reports == sum(host for _, host, _ in fates)
    assert sum(lineage.meetings.values()) == len(fates)
    assert (won.contracts, won.contracted) == (lineage.contracts, lineage.contracted)
    assert [(line.event, line.contracted) for line in won.lines] == [(event.id, lineage.contracted)]


@given(st.sampled_from(["twice", "missing", "outside"]))
def test_a_timetable_with_a_fault_is_not_released(fault: str) -> None:
    event = an_event("scheduling", slots=2, tables=1)
    requests = [
        an_accepted_request(request_id=f"req_{number}", institution=f"pty_i{number}", firm=f"pty_f{number}")
        for number in range(2)
    ]
    placed = {"req_0": Place(1, 1), "req_1": Place(2, 1)}
    placed |= {"twice": {"req_1": Place(1, 1)}, "outside": {"req_1": Place(3, 1)}, "missing": {}}[fault]
    if fault == "missing":
        del placed["req_1"]

    with pytest.raises(Refused, match=r"timetable\.faulty"):
        event.release_timetable(day_of(event, requests, [], [], NOON), Timetable(placed), [], NOON)

    assert (event.status, event.release, said(event)) == ("scheduling", 0, [])


def test_a_timetable_with_more_gaps_than_it_claims_is_not_released() -> None:
    event, requests = an_event("scheduling", slots=3, tables=1), [an_accepted_request(request_id="req_0")]
    requests.append(an_accepted_request(request_id="req_1", institution="pty_i"))
    timetable = Timetable({"req_0": Place(1, 1), "req_1": Place(3, 1)})

    score = Score(value=2, most_value=2, gaps=0, least_gaps=0)

    with pytest.raises(Refused, match="it has 1 gaps, not 0"):
        event.release_timetable(day_of(event, requests, [], [], NOON), timetable, [], NOON, score)

    assert event.status == "scheduling"


def test_a_day_leaves_what_is_booked_where_it_is() -> None:
    cancelled = a_meeting(Place(1, 1))
    cancelled.cancel("사정", NOON)

    day = day_of(an_event("running"), [], [a_meeting(Place(2, 3)), cancelled], [], NOON)

    assert [booked.place for booked in day.booked] == [Place(2, 3)]


def test_a_day_knows_who_is_away_and_which_tables_are_closed_but_to_the_meeting_that_stands_there() -> None:
    event, late = an_event("running"), a_participation()
    late.be_absent([1, 2], "열차 지연", NOON)
    event.close_table(Place(2, 3), "정전", NOON)
    event.close_table(Place(4, 1), "정전", NOON)

    day = day_of(event, [], [a_meeting(Place(3, 3))], [late, a_participation("pty_k", "institution")], NOON)

    assert day.parties == {FIRM: Party((frozenset({1, 2}),))}
    assert day.closed == {2: {3}, 4: {1, 3}}
    assert not day.is_plain


def test_a_freed_slot_goes_to_the_highest_priority_that_was_asked_first() -> None:
    requests = [
        an_accepted_request(request_id=f"req_{priority}_{hours}", priority=priority, at=NOON + timedelta(hours=hours))
        for priority, hours in itertools.product((3, 7), (2, 1))
    ]
    for request, reason in zip(requests, ("over_slots", "tables_full", "tables_full", "no_common_slot"), strict=True):
        request.unplace(reason, [], NOON)
    left = an_accepted_request(request_id="req_left", priority=9)
    left.unplace("not_taking_part", [left.firm], NOON)

    order = waiting_for_a_slot([*requests, left, an_accepted_request(request_id="req_accepted", priority=9)])

    assert [each.id for each in order] == ["req_7_1", "req_7_2", "req_3_1", "req_3_2"]


@pytest.mark.parametrize(
    "changed",
    [{"answer_deadline": NOON}, {"answer_deadline": START + timedelta(seconds=1)}],
    ids=["the deadline is past", "the deadline is after the start"],
)
def test_an_event_whose_times_are_out_of_order_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid, match=r"event\.times_out_of_order"):
        MarketEvent.of_plan("evt_1", a_plan(**changed), NOON)


def test_not_every_table_of_an_event_is_spare() -> None:
    with pytest.raises(Invalid, match=r"event\.all_tables_spare"):
        MarketEvent.of_plan("evt_1", a_plan(tables=3, spare_tables=3), NOON)


@pytest.mark.parametrize(
    "tables",
    [{"가": 1, "나": 1}, {"가": 3, "나": 1}],
    ids=["a table stands nowhere", "a hall has a table too many"],
)
def test_every_table_stands_in_one_hall(tables: dict[str, int]) -> None:
    halls = [{"name": name, "tables": count} for name, count in tables.items()]

    with pytest.raises(Invalid, match=r"event\.halls_wrong") as refusal:
        MarketEvent.of_plan("evt_1", a_plan(tables=3, halls=halls), NOON)
    with pytest.raises(Invalid, match=r"event\.halls_wrong"):
        MarketEvent.of_plan("evt_1", a_plan(tables=2, halls=[{"name": "가", "tables": 1}] * 2), NOON)

    assert refusal.value.field == "/halls"
    plan = a_plan(
        tables=3, halls=[{"name": "강당", "tables": 0}, {"name": "가", "tables": 1}, {"name": "나", "tables": 2}]
    )
    assert [plan.hall_of(table) for table in (1, 2, 3)] == ["가", "나", "나"]
    assert a_plan(tables=3).hall_of(2) == ""


def test_a_day_keeps_to_what_the_plan_says() -> None:
    event = an_event("scheduling", tables=3, spare_tables=2, rests=[a_rest(1), a_rest(3)], firm_meetings=2)
    both = [a_participation(), a_participation(INSTITUTION, "institution")]

    day = day_of(event, [], [], both, NOON)

    assert (day.tables, day.spare, day.halves) == (3, 2, (2, 4))
    assert day.parties == {FIRM: Party(most=2)}


def test_officers_are_away_together_and_each_alone() -> None:
    host = a_participation(INSTITUTION, "institution", officers=2)
    host.be_absent([3], "회의", NOON)
    host.be_absent([1], "병원", NOON, officer=2)

    day = day_of(an_event("scheduling"), [], [], [host], NOON)

    assert day.parties == {INSTITUTION: Party((frozenset({3}), frozenset({1, 3})))}


def test_no_more_officers_meet_than_people_come() -> None:
    with pytest.raises(Invalid, match=r"participation\.officers_not_named"):
        Participation.apply("ptc_1", "evt_1", FIRM, "sme", [Attendee(name="김하늘")], NOON, 2)


def test_a_release_says_which_officer_meets() -> None:
    event, requests = an_event("scheduling"), [an_accepted_request(request_id="req_0")]
    day = day_of(event, requests, [], [a_participation(INSTITUTION, "institution", officers=2)], NOON)

    event.release_timetable(day, Timetable({"req_0": Place(1, 1)}, people={"req_0": (2, 1)}), [], NOON)

    assert event.released == {"req_0": Seating(Place(1, 1), (1, 2))}


@pytest.mark.parametrize("people", [(1, 1), (3, 1)], ids=["one twice", "one that does not come"])
def test_a_timetable_in_which_an_officer_cannot_meet_is_not_released(people: tuple[int, int]) -> None:
    event = an_event("scheduling")
    requests = [an_accepted_request(request_id=f"req_{n}", firm=f"pty_f{n}") for n in (0, 1)]
    day = day_of(event, requests, [], [a_participation(INSTITUTION, "institution", officers=2)], NOON)
    timetable = Timetable({f"req_{n}": Place(1, n + 1) for n in (0, 1)}, people={"req_0": (1, 1), "req_1": people})

    with pytest.raises(Refused, match="person"):
        event.release_timetable(day, timetable, [], NOON)


def test_the_longest_rest_parts_the_day_and_of_equal_ones_the_first() -> None:
    plan = a_plan(slots=6, rests=[a_rest(1, 15), a_rest(2, 60), a_rest(4, 60)])

    assert plan.slots_of("any") is None
    assert plan.slots_of("morning") == frozenset({1, 2})
    assert plan.slots_of("afternoon") == frozenset({3, 4, 5, 6})


def test_a_day_wants_a_request_in_its_part_of_the_day() -> None:
    event = an_event("scheduling", rests=[a_rest(2)])
    requests = [an_accepted_request(session=session) for session in ("any", "morning", "afternoon")]

    days = [day_of(event, [request], [], [], NOON) for request in requests]

    assert [day.requests[0].slots for day in days] == [None, {1, 2}, {3, 4}]
    assert [day.is_plain for day in days] == [True, False, False]


def test_a_late_release_places_nobody_in_a_slot_that_is_over() -> None:
    event = an_event("scheduling", rests=[a_rest(2)])
    requests = [an_accepted_request(session=session) for session in ("any", "morning", "afternoon")]

    days = [day_of(event, [request], [], [], event.plan.end_of(2)) for request in requests]

    assert [day.requests[0].slots for day in days] == [frozenset({3, 4}), frozenset(), frozenset({3, 4})]
    assert plan(days[1], lambda: 10.0).timetable.placed == {}


def test_a_day_without_a_rest_has_no_morning() -> None:
    event, firm, host = an_event("requesting"), a_participation(), a_participation(INSTITUTION, "institution")

    with pytest.raises(Invalid, match=r"event\.day_not_parted"):
        Request.file("req_1", event, firm, host, product="", priority=5, session="morning", number=1, at=NOON)


def test_later_slots_begin_when_the_rests_before_them_are_over() -> None:
    plan = a_plan(slots=4, rests=[a_rest(1, 15), a_rest(3, 60)])

    begin = [(plan.start_of(slot) - START) // timedelta(minutes=1) for slot in range(1, 5)]

    assert begin == [0, 45, 75, 165]
    assert plan.ends_at == plan.end_of(4) == START + timedelta(minutes=195)
    assert list(plan.slots_left(START + timedelta(minutes=31))) == [2, 3, 4]


def test_a_buffer_is_between_two_slots_where_no_rest_is_longer() -> None:
    plan = a_plan(slots=5, rests=[a_rest(1, 5), a_rest(3, 60)], buffer_minutes=10)

    begin = [(plan.start_of(slot) - START) // timedelta(minutes=1) for slot in range(1, 6)]

    assert begin == [0, 40, 80, 170, 210]
    assert plan.ends_at == START + timedelta(minutes=240)
    assert list(plan.slots_left(START + timedelta(minutes=35))) == [2, 3, 4, 5]
    assert a_plan(slots=5, rests=[], buffer_minutes=10).halves == (), "who waits through a buffer has no rest"


@pytest.mark.parametrize("after", [[4], [2, 1], [2, 2]], ids=["after the last slot", "out of order", "twice"])
def test_rests_are_between_slots_in_order(after: list[int]) -> None:
    with pytest.raises(Invalid, match=r"event\.rests_wrong"):
        MarketEvent.of_plan("evt_1", a_plan(slots=4, rests=[a_rest(slot) for slot in after]), NOON)


def test_waiting_across_a_rest_is_no_gap() -> None:
    requests = [an_accepted_request(request_id="req_0"), an_accepted_request(request_id="req_1", institution="pty_i")]
    timetable = Timetable({"req_0": Place(1, 1), "req_1": Place(4, 1)})

    gaps = [
        waits(day_of(an_event("scheduling", rests=rests), requests, [], [], NOON), timetable)
        for rests in ([], [a_rest(2)])
    ]

    assert gaps == [1, 0]


@pytest.mark.parametrize("where", [Place(0, 1), Place(5, 1), Place(1, 4), Place(1, 0)], ids=str)
def test_a_place_the_event_does_not_have_is_refused(where: Place) -> None:
    with pytest.raises(Invalid, match=r"event\.(slot|table)_unknown"):
        a_meeting(where)


@pytest.mark.parametrize(
    ("minutes", "slot"),
    [(-60, 1), (0, 1), (29, 1), (30, 2), (60, 3), (119, 3), (149, 4)],
    ids=["before the start", "at the start", "within a slot", "between two", "in a rest", "after it", "at the end"],
)
def test_now_is_the_slot_that_is_on_or_the_next_to_begin(minutes: int, slot: int) -> None:
    event = an_event("running", rests=[a_rest(2, 30)])

    assert event.slot_at(START + timedelta(minutes=minutes)) == slot


def test_after_the_last_slot_nothing_begins_any_more() -> None:
    with pytest.raises(Refused, match=r"event\.over"):
        an_event("running").slot_at(START + timedelta(hours=2))


def test_what_was_released_and_could_not_be_booked_as_released_is_a_change_of_the_release() -> None:
    requests = [an_accepted_request(request_id=f"req_{number}", firm=f"pty_f{number}") for number in range(3)]
    event = an_event("scheduling")
    event.release_timetable(day_of(event, requests, [], [], NOON), PLACED, [], NOON)
    kept, elsewhere = (
        Meeting.book(f"mtg_{at.slot}", event, it.firm, it.institution, at, NOON, request=it.id)
        for it, at in zip(requests, (Place(1, 1), Place(4, 1)), strict=False)
    )
    requests[2].unplace("party_not_active", [requests[2].firm], NOON)

    [release] = releases_of(event, [kept, elsewhere], requests[2:]).items

    assert [(each.request, each.before, each.after, each.reason) for each in release.changes] == [
        ("req_1", Place(2, 1), Place(4, 1), "request"),
        ("req_2", Place(3, 1), None, "party_not_active"),
    ]
