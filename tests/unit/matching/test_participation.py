"""Places, waiting lists, quotas, sides and who may do what."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching import (
    calendar_routes,
    draft_routes,
    meeting_routes,
    part_routes,
    participation_routes,
    print_routes,
    release_routes,
    repair_routes,
    request_routes,
    routes,
    series_routes,
)
from services.matching.domain.attendee import Attendee
from services.matching.domain.event import EARLY
from services.matching.domain.numbers import NUMBER_TAKEN, open_numbers
from services.matching.domain.outcome import Outcome
from services.matching.domain.participation import Participation
from services.matching.domain.request import Request
from services.matching.domain.scan import Scan
from services.matching.domain.sides import SIDES, must_be_offered, must_face
from services.matching.policy import POLICY
from services.matching.views import meeting_view
from shared.errors import Forbidden, Invalid, NotFound, Refused
from shared.events.catalog import PartyKind
from shared.events.matching import EventStatus
from tests.unit.matching.builders import (
    DEADLINE,
    FIRM,
    HOUR,
    INSTITUTION,
    NOON,
    a_meeting,
    a_participation,
    a_product,
    a_request,
    an_accepted_request,
    an_event,
    said,
)

DAY = 24 * HOUR


def an_application() -> Participation:
    return Participation.apply("ptc_1", "evt_1", FIRM, "sme", [Attendee(name="김하늘"), Attendee(name="이바다")], NOON)


@given(st.integers(0, 50), st.sets(st.integers(0, 60)), st.text(max_size=10))
def test_open_numbers_are_all_that_are_free_each_once(limit: int, taken: set[int], key: str) -> None:
    numbers = open_numbers(limit, taken, key)

    assert sorted(numbers) == [number for number in range(1, limit + 1) if number not in taken]


def test_an_application_is_told_with_what_became_of_it_and_no_names() -> None:
    confirmed, waiting = an_application(), an_application()

    confirmed.confirm(NOON, 3)
    waiting.wait(NOON)

    assert said(confirmed) == ["applied", "confirmed"]
    assert said(waiting) == ["applied", "waitlisted"]
    assert confirmed.public().people == 2
    told = [*confirmed.recorded, confirmed.public()]
    assert not any("김하늘" in each.model_dump_json() for each in told)


def test_a_place_is_held_by_its_number_and_given_back() -> None:
    participation = a_participation(place=3)
    held = participation.claims()

    participation.withdraw("일정 중복", NOON)

    assert held == ["evt_1|party|pty_hanbit", "evt_1|firm|place|3"]
    assert participation.claims() == []
    assert participation.taken("evt_1|firm|place|3").rule == NUMBER_TAKEN
    assert participation.taken("evt_1|party|pty_hanbit").rule == "participation.exists"


def test_a_declined_party_gives_its_place_back_but_does_not_come_again() -> None:
    participation = a_participation(place=3)

    participation.decline("기준 미달", NOON)
    participation.decline("기준 미달", NOON)

    assert participation.claims() == ["evt_1|party|pty_hanbit"]
    assert said(participation) == ["declined"]


def test_who_waits_is_promoted_and_checked_in_once() -> None:
    participation = an_application()
    participation.wait(NOON)

    with pytest.raises(Refused, match=r"participation\.not_confirmed"):
        participation.check_in(NOON, NOON)
    with pytest.raises(Refused, match=r"participation\.missing"):
        participation.must_take_part()
    participation.confirm(NOON, 1)
    participation.check_in(NOON, NOON)
    participation.check_in(NOON, NOON)

    assert said(participation) == ["applied", "waitlisted", "confirmed", "checked_in"]
    participation.must_take_part()
    with pytest.raises(Refused, match="checked_in"):
        participation.withdraw("늦음", NOON)


def test_a_party_that_left_takes_no_part_until_it_is_seen_again() -> None:
    participation = a_participation()
    participation.check_in(NOON, NOON)
    participation.leave("급한 사정", NOON + HOUR)
    participation.leave("급한 사정", NOON + 2 * HOUR)

    participation.check_in(NOON + HOUR / 2, NOON + 3 * HOUR)
    with pytest.raises(Refused, match=r"participation\.missing"):
        participation.must_take_part()
    assert participation.public().left
    participation.check_in(NOON + 2 * HOUR, NOON + 3 * HOUR)

    participation.must_take_part()
    assert said(participation) == ["checked_in", "left", "checked_in"]
    assert not participation.public().left


def test_a_party_without_a_place_does_not_leave() -> None:
    waiting = an_application()
    waiting.wait(NOON)

    with pytest.raises(Refused, match="waiting"):
        waiting.leave("급한 사정", NOON)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 10), st.data())
def test_scans_say_the_same_in_any_order_and_however_often(scans: list[int], left: int, data: st.DataObject) -> None:
    """The gate's devices send when they can: what they read is what counts, not when it comes in."""
    departure = NOON + left * HOUR
    said_by_clock, said_late = a_participation(), a_participation()
    for hour in sorted(scans):
        if hour > left >= 1 and not said_by_clock.left_at:
            said_by_clock.leave("급한 사정", departure)
        said_by_clock.check_in(NOON + hour * HOUR, NOON + hour * HOUR)
    if left and not said_by_clock.left_at:
        said_by_clock.leave("급한 사정", departure)

    if left:
        said_late.leave("급한 사정", departure)
    for hour in data.draw(st.permutations(scans * 2)):
        said_late.check_in(NOON + hour * HOUR, NOON + 11 * HOUR)

    assert said_late.model_dump() == said_by_clock.model_dump()
    assert said(said_late).count("checked_in") <= 2


def test_a_device_whose_clock_is_ahead_read_it_now() -> None:
    assert Scan(scanned_at=NOON + HOUR).moment(NOON, NOON) == NOON
    assert Scan(scanned_at=NOON - HOUR).moment(NOON, NOON) == NOON - HOUR
    assert Scan().moment(NOON, NOON) == NOON


@pytest.mark.parametrize("at", [NOON - 30 * DAY, NOON, NOON + 30 * DAY], ids=["before", "on the day", "after"])
def test_a_device_whose_clock_says_a_time_long_before_the_day_and_long_ago_read_it_now(at: datetime) -> None:
    lost = [datetime.min.replace(tzinfo=timezone(14 * HOUR)), datetime(1970, 1, 1, tzinfo=UTC), min(at, NOON) - DAY]

    assert [Scan(scanned_at=each).moment(at, NOON) for each in lost] == [at] * 3
    assert Scan(scanned_at=min(at, NOON) - 12 * HOUR).moment(at, NOON) == min(at, NOON) - 12 * HOUR


def test_a_withdrawn_participation_stays_withdrawn() -> None:
    participation = a_participation()
    participation.withdraw("일정 중복", NOON)
    participation.withdraw("일정 중복", NOON)

    assert said(participation) == ["withdrawn"]
    with pytest.raises(Refused, match="withdrawn"):
        participation.confirm(NOON)
    with pytest.raises(Refused, match="withdrawn"):
        participation.wait(NOON)
    with pytest.raises(Refused, match="withdrawn"):
        participation.decline("기준 미달", NOON)


@pytest.mark.parametrize("kind", ["investor", "operator", "ministry"])
def test_parties_of_no_side_do_not_take_part(kind: str) -> None:
    with pytest.raises(Refused, match=r"participation\.kind_not_served"):
        a_participation("pty_x", kind)  # type: ignore[arg-type]


def test_one_side_does_not_ask_itself() -> None:
    event, firm = an_event("requesting"), a_participation()

    with pytest.raises(Refused, match=r"request\.not_let_ask"):
        Request.file("req_1", event, firm, a_participation("pty_b"), product="", priority=5, number=1, at=NOON)


ASKED = {("sme", "institution"), ("sme", "expert_institution"), ("institution", "sme"), ("expert_institution", "sme")}


@pytest.mark.parametrize("pair", [*product(SIDES, SIDES)], ids=">".join)
@pytest.mark.parametrize("matrix", [ASKED, {("sme", "expert_institution")}, {("institution", "sme")}])
def test_who_asks_whom_is_as_the_event_says(
    pair: tuple[PartyKind, PartyKind], matrix: set[tuple[PartyKind, PartyKind]]
) -> None:
    asking, asked = pair
    said = {"may_ask": [{"requester": one, "target": other} for one, other in matrix]}
    event = an_event("requesting", **({} if matrix is ASKED else said))
    requester, target = a_participation("pty_a", asking), a_participation("pty_b", asked)

    def file() -> Request:
        return Request.file("req_1", event, requester, target, product="", priority=5, number=1, at=NOON)

    if pair in matrix:
        assert file().requester == "pty_a"
    else:
        with pytest.raises(Refused, match=r"request\.not_let_ask"):
            file()


@pytest.mark.parametrize("pair", [("sme", "sme"), ("institution", "expert_institution"), ("investor", "sme")])
def test_nobody_is_to_ask_their_own_side_or_who_consults_with_nobody(pair: tuple[str, str]) -> None:
    with pytest.raises(Invalid, match=r"event\.asks_wrong") as refusal:
        an_event(may_ask=[{"requester": pair[0], "target": pair[1]}])

    assert refusal.value.field == "/may_ask"


def test_an_institution_asks_a_firm_as_well() -> None:
    event, asking = an_event("requesting"), a_participation(INSTITUTION, "expert_institution")

    request = Request.file("req_1", event, asking, a_participation(), product="", priority=5, number=2, at=NOON)

    assert (request.requester, request.firm, request.institution) == (INSTITUTION, FIRM, INSTITUTION)
    assert request.claims() == ["evt_1|pair|pty_hanbit|pty_kwater", "evt_1|pty_kwater|quota|2"]
    assert request.taken("evt_1|pair|pty_hanbit|pty_kwater").rule == "request.pair_exists"
    assert request.taken("evt_1|pty_kwater|quota|2").rule == NUMBER_TAKEN


def test_requests_are_filed_while_the_event_takes_them() -> None:
    firm, institution = a_participation(), a_participation(INSTITUTION, "institution")
    others: list[EventStatus] = ["planned", "registering", "scheduling", "released", "cancelled"]
    for status in others:
        with pytest.raises(Refused, match=r"event\.not_requesting"):
            Request.file(
                "req_1",
                an_event(status),
                firm,
                institution,
                product="",
                priority=5,
                number=1,
                at=NOON,
            )


def test_an_answer_after_the_deadline_is_refused() -> None:
    with pytest.raises(Refused, match=r"request\.too_late"):
        a_request().accept(DEADLINE + timedelta(seconds=1))


def test_an_accepted_request_may_be_withdrawn_and_gives_its_pair_and_number_back() -> None:
    request = an_accepted_request()

    request.withdraw("생산 중단", NOON)

    assert said(request) == ["withdrawn"]
    assert request.claims() == []


@pytest.mark.parametrize("changed", [{"status": "paused"}, {"owner": "pty_other"}], ids=str)
def test_a_product_that_is_not_the_firms_listed_one_is_refused(changed: dict[str, str]) -> None:
    must_be_offered(a_product(), FIRM)

    with pytest.raises(Refused, match=r"product\.not_offered"):
        must_be_offered(a_product(**changed), FIRM)


def test_two_of_one_side_do_not_meet() -> None:
    must_face("firm", "institution")

    with pytest.raises(Refused, match=r"meeting\.sides_wrong"):
        must_face("institution", "firm")


def test_a_table_a_party_or_a_pair_that_is_taken_is_named() -> None:
    meeting = a_meeting()
    party, other, table, pair = (meeting.taken(claim) for claim in meeting.claims())

    assert (party.field, other.field, table.field) == ("/slot", "/slot", "/table")
    assert FIRM in party.en
    assert (party.rule, table.rule) == ("meeting.party_taken", "meeting.table_taken")
    assert (pair.rule, pair.field) == ("meeting.pair_exists", "/firm")
    assert "table 3" in table.en


@pytest.mark.parametrize("absent", [[], ["pty_other"]], ids=str)
def test_only_the_two_can_be_absent(absent: list[str]) -> None:
    with pytest.raises(Invalid, match=r"meeting\.absent_unknown"):
        a_meeting().miss(absent, NOON)


def test_on_the_operators_word_a_walk_in_begins_at_once_and_a_planned_meeting_shortly_before_its_slot() -> None:
    walk_in, planned = a_meeting(), a_meeting(request="req_1")

    walk_in.start(NOON)
    with pytest.raises(Refused, match=r"meeting\.too_early"):
        planned.start(planned.starts_at - EARLY - timedelta(seconds=1))
    assert (planned.status, said(planned)) == ("booked", [])
    planned.start(planned.starts_at - EARLY)

    assert (walk_in.status, planned.status, said(planned)) == ("in_progress", "in_progress", ["started"])


def test_notes_are_shown_to_their_own_side_only() -> None:
    meeting = a_meeting()
    meeting.start(NOON)
    meeting.hold(NOON)
    outcome = Outcome.model_validate({"discussed": "100", "being_arranged": "0", "contracted": "0", "notes": "비밀"})

    meeting.report(FIRM, outcome, NOON)

    assert meeting_view(meeting).outcomes[FIRM].notes == ""
    assert meeting_view(meeting, [INSTITUTION]).outcomes[FIRM].notes == ""
    assert meeting_view(meeting, [FIRM]).outcomes[FIRM].notes == "비밀"
    assert "비밀" not in meeting.recorded[-1].model_dump_json()
    with pytest.raises(Forbidden):
        meeting.report("pty_operator", outcome, NOON)


def test_every_operation_has_a_rule_of_who_may_do_it() -> None:
    routers = (
        series_routes.series,
        routes.events,
        part_routes.parts,
        print_routes.prints,
        release_routes.releases,
        draft_routes.drafts,
        participation_routes.participations,
        calendar_routes.calendars,
        request_routes.requests,
        meeting_routes.meetings,
        repair_routes.repairs,
    )
    operations = {route.name for router in routers for route in router.routes}  # type: ignore[attr-defined]

    assert operations - {"get_calendar"} == set(POLICY)  # whose key says who may


def test_who_is_erased_still_counts_and_nobody_takes_their_number() -> None:
    participation = an_application()
    before = participation.public()

    participation.erase(1)
    one = participation.people
    participation.erase()

    assert [each and each.name for each in one] == [None, "이바다"]
    assert participation.people == [None, None]
    assert participation.public() == before
    for number in (0, 3):
        with pytest.raises(NotFound, match=f"no attendee {number} of 2"):
            participation.erase(number)
