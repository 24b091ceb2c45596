"""A day mended while it runs: what is held stays, the fewest are dropped, and then the fewest are moved."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.timetable.day import Booked, Day, Party, Place, Request, Timetable
from services.matching.timetable.repairing import MOVED, Move, repair
from services.matching.timetable.verifier import faults
from tests.unit.matching.test_planning import days, planned

NOTHING = frozenset[Place]()
PLENTY = 600.0


def a_day(*pairs: tuple[str, str], slots: int = 3, tables: int = 2, **more: Party) -> Day:
    requests = tuple(Request(f"req_{filed}", *pair, 0, filed) for filed, pair in enumerate(pairs))
    return Day(requests, slots, tables, parties=more)


@st.composite
def disturbed(draw: st.DrawFn) -> tuple[Day, dict[str, Place], int, frozenset[Place]]:
    """A day under way: what is past is held, somebody is late, a table is gone, and one pair walks in."""
    day = draw(days())
    standing = dict(planned(day).timetable.placed)
    since = draw(st.integers(1, day.slots))
    past = [it for it in day.requests if it.id in standing and standing[it.id].slot < since]
    held = tuple(Booked(it.host, it.guest, standing.pop(it.id)) for it in past)
    late = draw(st.sampled_from("abcxyz"))
    known = day.party(late)
    more = frozenset(range(since, draw(st.integers(since, day.slots)) + 1))
    parties = {**day.parties, late: replace(known, away=tuple(away | more for away in known.away))}
    left = tuple(it for it in day.requests if it.id in standing)
    walk_in = Request("req_walk_in", draw(st.sampled_from("ab")), draw(st.sampled_from("xy")), 0, 99)
    booked = (*day.booked, *held)
    taken = {it.place for it in booked}
    gone = frozenset(Place(slot, 1) for slot in more) - taken
    now = replace(day, requests=(*left, walk_in), booked=booked, parties=parties, spare=0)
    return now, standing, since, gone if draw(st.booleans()) else NOTHING


@settings(max_examples=100)
@given(disturbed(), st.sampled_from([0, 1, None]))
def test_what_is_mended_passes_the_verifier(
    trouble: tuple[Day, dict[str, Place], int, frozenset[Place]], hops: int | None
) -> None:
    day, standing, since, lost = trouble

    mended = repair(day, standing, since, lost, PLENTY, hops)

    places = mended.timetable.placed
    without_reasons = replace(day, requests=tuple(it for it in day.requests if it.id in places))
    assert faults(without_reasons, Timetable(places)) == []
    assert not lost & set(places.values())
    assert all(place.slot >= since for place in places.values())
    before = {move.request: move.before for move in mended.moves if move.before}
    assert before.items() <= standing.items()
    unmoved = standing.keys() - {move.request for move in mended.moves}
    assert all(places[it] == standing[it] for it in unmoved)


@settings(max_examples=60)
@given(disturbed())
def test_more_who_may_move_never_cost_more(trouble: tuple[Day, dict[str, Place], int, frozenset[Place]]) -> None:
    prices = [repair(*trouble, PLENTY, hops).price for hops in (0, 1, 2, None)]

    assert prices == sorted(prices, reverse=True)


def test_a_late_firm_alone_is_moved() -> None:
    day = a_day(("a", "x"), ("b", "y"), x=Party((frozenset({1}),)))
    standing = {"req_0": Place(1, 1), "req_1": Place(1, 2)}

    mended = repair(day, standing, 1, NOTHING, PLENTY)

    assert [move.request for move in mended.moves] == ["req_0"]
    assert mended.price == MOVED


def test_partners_make_way_so_that_nobody_is_dropped() -> None:
    day = a_day(("a", "x"), ("a", "y"), slots=2, x=Party((frozenset({1}),)))
    standing = {"req_0": Place(1, 1), "req_1": Place(2, 1)}

    assert repair(day, standing, 1, NOTHING, PLENTY, hops=0).timetable.unplaced.keys() == {"req_0"}
    assert repair(day, standing, 1, NOTHING, PLENTY, hops=1).timetable.unplaced == {}


def test_a_lost_table_reseats_its_meeting_in_the_same_slot() -> None:
    day = a_day(("a", "x"))

    mended = repair(day, {"req_0": Place(2, 1)}, 1, frozenset({Place(2, 1)}), PLENTY)

    assert mended.moves == (Move("req_0", Place(2, 1), Place(2, 2)),)


@pytest.mark.parametrize(("since", "after"), [(1, Place(1, 1)), (3, Place(3, 1))])
def test_a_walk_in_gets_a_free_table_from_now_on(since: int, after: Place) -> None:
    mended = repair(a_day(("a", "x"), slots=since), {}, since, NOTHING, PLENTY)

    assert mended.moves == (Move("req_0", None, after),)


def test_a_meeting_that_is_held_is_never_moved_for_another() -> None:
    day = replace(a_day(("b", "x"), slots=1), booked=(Booked("a", "x", Place(1, 1)),))

    mended = repair(day, {}, 1, NOTHING, PLENTY, hops=None)

    assert mended.timetable.unplaced.keys() == {"req_0"}
    assert mended.bound == mended.price
