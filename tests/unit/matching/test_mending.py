"""What a repair may move: what is final stays, and whatever the day and the trouble, what is applied has no fault."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.matching.domain.meeting import Meeting
from services.matching.domain.mending import WALK_IN, Mending, mending_of
from services.matching.domain.participation import Participation
from services.matching.domain.repair import Confirmed, Repair
from services.matching.domain.trouble import Trouble
from services.matching.timetable.day import Place, Timetable
from services.matching.timetable.repairing import repair
from shared.errors import Refused
from tests.unit.matching.builders import NOON, START, a_participation, an_event, said, settled

EVENT = an_event("running")
TROUBLE: TypeAdapter[Trouble] = TypeAdapter(Trouble)
PRESENT = [
    *(a_participation(f"pty_f{number}") for number in range(1, 4)),
    *(a_participation(f"pty_i{number}", "institution") for number in range(1, 4)),
]
PLENTY = 60.0


def a_trouble(kind: str, **more: Any) -> Trouble:
    return TROUBLE.validate_python({"event": "evt_1", "reason": "지각", "kind": kind} | more)


def meeting_at(slot: int, table: int = 1, firm: int = 1, institution: int = 1) -> Meeting:
    parties = f"pty_f{firm}", f"pty_i{institution}"
    return settled(Meeting.book(f"mtg_{slot}{table}", EVENT, *parties, Place(slot, table), NOON))


def mending(
    trouble: Trouble, meetings: Sequence[Meeting], at: datetime = NOON, present: Sequence[Participation] = PRESENT
) -> Mending:
    return mending_of(EVENT, trouble, present, meetings, {}, at)


def mended(found: Mending) -> Timetable:
    return repair(found.day, found.standing, found.since, frozenset(), PLENTY).timetable


@pytest.mark.parametrize(("even_final", "since"), [(False, 2), (True, 1)])
def test_what_begins_within_a_quarter_of_an_hour_is_final_unless_it_may_move(*, even_final: bool, since: int) -> None:
    soon, later = meeting_at(1), meeting_at(2, firm=2, institution=2)
    trouble = a_trouble("table_lost", table=3, slot=1, even_final=even_final)

    found = mending(trouble, [soon, later], START - timedelta(minutes=10))

    assert (found.since, set(found.standing)) == (since, {later.id, soon.id} if even_final else {later.id})


def test_who_sits_at_the_table_stays_there_whatever_is_allowed_and_what_is_hit_does_not() -> None:
    seated = meeting_at(3)
    seated.arrive("pty_i1", NOON, NOON)

    aside = mending(a_trouble("table_lost", table=2, slot=1, even_final=True), [seated])
    hit = mending(a_trouble("table_lost", table=1, slot=2), [seated])
    there = mending(a_trouble("party_late", party="pty_i1", slot=4), [seated])
    awaited = mending(a_trouble("party_late", party="pty_f1", slot=4), [seated])

    assert (aside.standing, [it.place for it in aside.day.booked]) == ({}, [Place(3, 1)])
    assert hit.hit == awaited.hit == {seated.id}
    assert there.hit == frozenset()


def test_who_is_gone_at_the_end_of_the_day_meets_nobody_and_nobody_else_moves() -> None:
    last, other = meeting_at(4), meeting_at(4, table=2, firm=2, institution=2)
    found = mending(a_trouble("party_gone", party="pty_f1"), [last, other], EVENT.plan.start_of(4))

    [shift] = found.shifts(mended(found), "mtg_new")

    assert (shift.meeting, shift.before, shift.after, shift.why) == (last.id, last.place, None, "hit")


def test_a_pair_for_which_no_slot_is_found_is_refused() -> None:
    booked = [meeting_at(slot) for slot in range(1, 5)]
    walk_in = a_trouble("pair_walks_in", firm="pty_f2", institution="pty_i1")

    found = mending(walk_in, booked)

    with pytest.raises(Refused) as refused:
        found.shifts(mended(found), "mtg_new")
    assert refused.value.rule == "repair.no_place"


def test_a_repair_is_outdated_when_what_it_moves_moved_or_its_place_is_taken_or_something_else_is_hit() -> None:
    late = a_trouble("party_late", party="pty_f1", slot=2)
    hit = meeting_at(1)
    found = mending(late, [hit])
    moves = found.shifts(mended(found), "mtg_new")
    [target] = [each.after for each in moves]
    assert target is not None
    taking = settled(Meeting.book("mtg_other", EVENT, "pty_f2", "pty_i2", target, NOON))
    moved = meeting_at(1, table=2)
    moved.id = hit.id

    for now in ([moved], [hit, taking], [hit, meeting_at(1, table=3, institution=3)], []):
        proposed = Repair.propose("rpr_1", late, moves, NOON)
        with pytest.raises(Refused) as refused:
            proposed.apply(mending(late, now), NOON)
        assert refused.value.rule == "repair.outdated"
        assert (proposed.status, proposed.claims()) == ("ready", [])


def test_a_repair_is_applied_once_and_is_the_only_one_of_its_event_until_it_is_done() -> None:
    late = a_trouble("party_late", party="pty_f1", slot=2)
    found = mending(late, [meeting_at(1)])
    it = Repair.propose("rpr_1", late, found.shifts(mended(found), "mtg_new"), NOON)

    it.apply(found, NOON)
    held = it.claims()
    it.apply(found, NOON)
    it.make_room(NOON)
    it.finish(NOON)

    assert said(it) == ["proposed", "applied", "made_room", "done"]
    assert (held, it.claims()) == (["evt_1|repair"], [])
    assert it.taken(held[0]).rule == "repair.under_way"


def test_a_repair_is_confirmed_while_somebody_may_still_decide_and_not_once_it_is_applied() -> None:
    late = a_trouble("party_late", party="pty_f1", slot=2)
    found = mending(late, [meeting_at(1)])
    moves = found.shifts(mended(found), "mtg_new")
    best, soon = Confirmed(price=20, bound=10, better="rpr_2"), Repair.propose("rpr_2", late, moves, NOON)
    it = Repair.propose("rpr_1", late, moves, NOON)

    it.confirm(best, NOON)
    it.apply(found, NOON)
    soon.apply(found, NOON)
    with pytest.raises(Refused) as refused:
        soon.confirm(best, NOON)

    assert said(it) == ["proposed", "confirmed", "applied"]
    assert (it.confirmed, best.difference) == (best, 10)
    assert (refused.value.rule, soon.confirmed) == ("repair.not_ready", None)


PLACES = st.tuples(st.integers(1, 4), st.integers(1, 3))
PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))
TROUBLES = st.one_of(
    st.builds(lambda who, slot: a_trouble("party_late", party=who, slot=slot), st.just("pty_f1"), st.integers(1, 4)),
    st.just(a_trouble("party_gone", party="pty_i1")),
    st.builds(
        lambda table, slot: a_trouble("table_lost", table=table, slot=slot), st.integers(1, 3), st.integers(1, 4)
    ),
    st.just(a_trouble("pair_walks_in", firm="pty_f3", institution="pty_i3")),
)


@settings(max_examples=60)
@given(booked=st.dictionaries(PLACES, PAIRS, max_size=8), trouble=TROUBLES, minutes=st.integers(-60, 100))
def test_whatever_the_day_what_is_proposed_can_be_applied_and_leaves_nobody_twice(
    booked: dict[tuple[int, int], tuple[int, int]], trouble: Trouble, minutes: int
) -> None:
    meetings: dict[str, Meeting] = {}
    for (slot, table), (firm, institution) in booked.items():
        meeting = meeting_at(slot, table, firm, institution)
        if not {claim for each in meetings.values() for claim in each.claims()} & set(meeting.claims()):
            meetings[meeting.id] = meeting
    at = START + timedelta(minutes=minutes)
    found = mending(trouble, [*meetings.values()], at)
    timetable = mended(found)
    if trouble.pair and WALK_IN not in timetable.placed:
        return

    it = Repair.propose("rpr_1", trouble, found.shifts(timetable, "mtg_new"), at)
    it.apply(found, at)

    assert it.status == "applying"
    after = {each.id: (each.place, each.parties) for each in meetings.values()}
    for shift in it.moves:
        after.pop(shift.meeting, None)
        if shift.after:
            assert EVENT.plan.start_of(shift.after.slot) > at + timedelta(minutes=15)
            after[shift.meeting] = shift.after, shift.parties
    taken = Counter(it for place, pair in after.values() for it in (place, *((place.slot, who) for who in pair)))
    assert set(taken.values()) <= {1}


def test_an_officer_who_was_late_is_not_away_for_what_the_party_took_back() -> None:
    host = a_participation("pty_i1", "institution", officers=2)
    host.be_absent([4], "출장", NOON)

    a_trouble("party_late", party="pty_i1", slot=3, officer=1).befall(host, [1, 2, 3, 4], NOON)
    host.be_absent([], "출장 취소", NOON)

    assert host.away == (frozenset({1, 2}), frozenset())
