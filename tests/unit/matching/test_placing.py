import random
import sys
import time
from dataclasses import replace
from itertools import combinations, count
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli import dzn
from services.matching.timetable.day import (
    Booked,
    Day,
    Place,
    Reason,
    Request,
    Timetable,
    Unplaced,
)
from services.matching.timetable.placing import place
from services.matching.timetable.verifier import faults

SMALL = Path(__file__).parents[2] / "data" / "small.dzn"


def a_day(
    pairs: list[tuple[str, str]],
    slots: int,
    tables: int,
    booked: tuple[Booked, ...] = (),
    priorities: list[int] | None = None,
) -> Day:
    ranks = priorities or [0] * len(pairs)
    requests = (
        Request(f"req_{filed}", host, guest, rank, filed)
        for filed, ((host, guest), rank) in enumerate(zip(pairs, ranks, strict=True))
    )
    return Day(tuple(requests), slots, tables, booked)


@st.composite
def two_sided_days(draw: st.DrawFn, parties: int = 6, meetings: int = 24) -> Day:
    ends = st.integers(1, parties)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=meetings))
    return a_day(
        [(f"ins_{host}", f"sme_{guest}") for host, guest in pairs],
        draw(st.integers(1, 6)),
        draw(st.integers(1, 6)),
        priorities=draw(st.lists(st.integers(-3, 9), min_size=len(pairs), max_size=len(pairs))),
    )


@st.composite
def days_partly_booked(draw: st.DrawFn) -> Day:
    """A finished timetable of some other requests is what is booked."""
    day = draw(two_sided_days())
    earlier = replace(draw(two_sided_days()), slots=day.slots, tables=day.tables)
    before = place(earlier)
    booked = [Booked(it.host, it.guest, before.placed[it.id]) for it in earlier.requests if it.id in before.placed]
    return replace(day, booked=tuple(booked[::2]))


@st.composite
def days_without_sides(draw: st.DrawFn) -> Day:
    ends = st.integers(1, 7)
    pairs = draw(st.lists(st.tuples(ends, ends).filter(lambda it: it[0] != it[1]), max_size=25))
    named = [(f"pty_{one}", f"pty_{other}") for one, other in pairs]
    return a_day(named, draw(st.integers(1, 8)), draw(st.integers(1, 4)))


def most(day: Day) -> tuple[int, int]:
    """By trying every subset: the most requests that fit, and their highest total priority."""
    for number in range(min(len(day.requests), day.slots * day.tables), 0, -1):
        fitting = [some for some in combinations(day.requests, number) if fits(some, day.slots)]
        if fitting:
            return number, max(sum(it.priority for it in some) for some in fitting)
    return 0, 0


def fits(requests: tuple[Request, ...], slots: int) -> bool:
    parties = [party for it in requests for party in (it.host, it.guest)]
    return all(parties.count(party) <= slots for party in parties)


def a_large_day(slots: int, tables: int, skew: float) -> Day:
    """177 firms, 83 institutions, 700 requests; with skew the first institutions are popular.

    The points are spread by powers of the plastic number (M. Roberts's R2 sequence).
    """
    pairs = dict[tuple[str, str], int]()
    for step in count():
        if len(pairs) == 700:
            break
        host, guest = (step * 0.7548776662) % 1, (step * 0.5698402910) % 1
        pairs[f"ins_{int(83 * host ** (1 + skew))}", f"sme_{int(177 * guest)}"] = step % 51
    return a_day(list(pairs), slots, tables, priorities=list(pairs.values()))


@given(two_sided_days())
def test_any_day_with_two_sides_passes_the_verifier(day: Day) -> None:
    assert faults(day, place(day)) == []


@given(days_partly_booked())
def test_any_day_with_booked_meetings_passes_the_verifier(day: Day) -> None:
    assert faults(day, place(day)) == []


@example(a_day([("a", "b"), ("a", "c"), ("b", "c")], slots=2, tables=2))
@given(days_without_sides())
def test_any_day_without_sides_passes_the_verifier(day: Day) -> None:
    assert faults(day, place(day)) == []


@given(two_sided_days(), st.integers(0, 2))
def test_everything_placeable_is_placed(day: Day, spare_tables: int) -> None:
    parties = [party for pair in day.pairs for party in pair]
    busiest = max(map(parties.count, parties), default=1)
    just_enough = -(-len(day.requests) // busiest) or 1

    roomy = replace(day, slots=busiest, tables=just_enough + spare_tables)

    assert len(place(roomy).placed) == len(day.requests)


@given(two_sided_days(parties=4, meetings=9))
def test_no_choice_serves_more_or_more_important_requests(day: Day) -> None:
    placed = place(day).placed

    ranks = [it.priority for it in day.requests if it.id in placed]
    assert (len(ranks), sum(ranks)) == most(day)


@given(two_sided_days(), st.randoms(use_true_random=False))
def test_the_order_of_the_requests_changes_nothing(day: Day, chance: random.Random) -> None:
    shuffled = replace(day, requests=tuple(chance.sample(day.requests, len(day.requests))))

    assert place(shuffled) == place(day)


@pytest.mark.parametrize(("slots", "tables"), [(10, 83), (12, 62), (16, 83), (16, 44), (12, 40)])
@pytest.mark.parametrize("skew", [0.0, 1.0])
def test_a_day_of_the_real_size_is_placed_at_once(slots: int, tables: int, skew: float) -> None:
    day = a_large_day(slots, tables, skew)

    start = time.process_time()
    timetable = place(day)
    took = time.process_time() - start

    sys.stdout.write(f"{len(timetable.placed)} of 700 in {took * 1000:.0f} ms\n")
    assert faults(day, timetable) == []
    assert took < 1.0


def test_a_full_day_fills_every_table_of_every_slot() -> None:
    day = a_large_day(slots=25, tables=28, skew=0.0)

    assert len(set(place(day).placed.values())) == 700


def test_a_published_kind_of_day_without_sides_is_placed() -> None:
    published = dzn.parse(SMALL.read_text(encoding="utf-8"))
    pairs = [(f"pty_{it.one}", f"pty_{it.other}") for it in published.meetings]

    timetable = place(a_day(pairs, published.slots, published.tables))

    assert timetable.unplaced == {}


def test_a_party_with_more_meetings_than_slots_is_named() -> None:
    day = a_day([("ins_1", "sme_1"), ("ins_1", "sme_2")], slots=1, tables=2)

    assert place(day).unplaced == {"req_1": Unplaced(Reason.OVER_SLOTS, ("ins_1",))}


def test_a_day_with_more_meetings_than_places_says_so() -> None:
    day = a_day([("ins_1", "sme_1"), ("ins_2", "sme_2")], slots=1, tables=1)

    assert place(day).unplaced == {"req_1": Unplaced(Reason.TABLES_FULL)}


def test_booked_meetings_that_leave_no_common_slot_are_named() -> None:
    booked = (
        Booked("ins_1", "sme_9", Place(slot=1, table=1)),
        Booked("ins_9", "sme_1", Place(slot=2, table=1)),
    )

    answer = place(a_day([("ins_1", "sme_1")], slots=2, tables=2, booked=booked)).unplaced

    assert answer == {"req_0": Unplaced(Reason.NO_COMMON_SLOT, ("ins_1", "sme_1"))}


def test_a_slot_whose_tables_are_booked_is_named() -> None:
    booked = (
        Booked("ins_1", "sme_9", Place(slot=1, table=1)),
        Booked("ins_8", "sme_8", Place(slot=2, table=1)),
        Booked("ins_9", "sme_9", Place(slot=2, table=2)),
    )

    day = a_day([("ins_1", "sme_1")], slots=2, tables=2, booked=booked)

    timetable = place(day)

    assert timetable.unplaced == {"req_0": Unplaced(Reason.NO_COMMON_SLOT, ("ins_1",), full_slots=(2,))}
    assert faults(day, timetable) == []


def test_a_table_left_over_goes_to_who_was_not_chosen() -> None:
    booked = (Booked("ins_1", "sme_2", Place(1, 1)), Booked("ins_3", "sme_4", Place(1, 2)))
    only_slot_2 = [(f"ins_{number}", f"sme_{number}") for number in range(1, 5)]
    day = a_day([*only_slot_2, ("ins_5", "sme_5")], slots=2, tables=3, booked=booked)

    timetable = place(day)

    assert timetable.placed["req_4"] == Place(slot=1, table=3)
    assert timetable.unplaced == {"req_3": Unplaced(Reason.TABLES_FULL)}


def test_three_who_all_want_to_meet_in_two_slots_are_no_proof() -> None:
    day = a_day([("a", "b"), ("b", "c"), ("c", "a")], slots=2, tables=2)

    timetable = place(day)

    assert timetable.unplaced == {"req_2": Unplaced(Reason.SEARCH_ENDED, ("c", "a"))}
    assert faults(day, timetable) == []


def test_a_host_keeps_its_table_all_day() -> None:
    pairs = [(f"ins_{host}", f"sme_{guest}") for host in range(4) for guest in range(8)]
    day = a_day(pairs, slots=8, tables=4)

    placed = place(day).placed

    assert len({(it.host, placed[it.id].table) for it in day.requests}) == 4


def test_a_host_sits_where_it_is_booked() -> None:
    booked = (Booked("ins_2", "sme_1", Place(slot=1, table=1)),)
    day = a_day([("ins_1", "sme_1"), ("ins_2", "sme_2")], slots=2, tables=2, booked=booked)

    placed = place(day).placed

    assert placed == {"req_0": Place(2, 2), "req_1": Place(2, 1)}


@pytest.mark.parametrize(
    ("pairs", "booked"),
    [
        ([("a", "a")], ()),
        ([], (Booked("a", "b", Place(1, 3)),)),
        ([], (Booked("a", "b", Place(1, 1)), Booked("c", "d", Place(1, 1)))),
        ([], (Booked("a", "b", Place(1, 1)), Booked("a", "d", Place(1, 2)))),
    ],
    ids=["meets itself", "outside the day", "one table twice", "one party twice"],
)
def test_an_impossible_day_is_refused(pairs: list[tuple[str, str]], booked: tuple[Booked, ...]) -> None:
    with pytest.raises(ValueError, match=r"itself|outside|twice"):
        a_day(pairs, slots=2, tables=2, booked=booked)


def test_a_request_filed_twice_is_refused() -> None:
    request = Request("req_1", "ins_1", "sme_1", 0, 0)

    with pytest.raises(ValueError, match="req_1 is there twice"):
        Day((request, request), slots=2, tables=2)


OVERFULL = a_day([("ins_1", "sme_1"), ("ins_1", "sme_2"), ("ins_2", "sme_1")], slots=2, tables=2)
FOUND = {"req_0": Place(1, 1), "req_1": Place(2, 1), "req_2": Place(2, 2)}
TRUE_REASONS = [it for it in Reason if it is not Reason.OVER_SLOTS]


@pytest.mark.parametrize(
    ("placed", "unplaced", "said"),
    [
        (FOUND | {"req_1": Place(1, 2)}, {}, "ins_1 meets 2 times in slot 1"),
        (FOUND | {"req_2": Place(2, 1)}, {}, "table 1 is taken 2 times in slot 2"),
        (FOUND | {"req_2": Place(3, 1)}, {}, "req_2 is in slot 3"),
        (FOUND | {"req_2": Place(2, 3)}, {}, "req_2 is at table 3"),
        (FOUND | {"req_9": Place(1, 2)}, {}, "req_9 was never filed"),
        (FOUND, {"req_2": Unplaced(Reason.TABLES_FULL)}, "req_2 is answered 2 times"),
        ({"req_0": Place(1, 1), "req_1": Place(2, 1)}, {}, "req_2 is answered 0 times"),
    ],
)
def test_the_verifier_finds_a_planted_fault(placed: dict[str, Place], unplaced: dict[str, Unplaced], said: str) -> None:
    assert faults(OVERFULL, Timetable(FOUND)) == []
    assert said in " ".join(faults(OVERFULL, Timetable(placed, unplaced)))


@pytest.mark.parametrize(
    "false",
    [
        *(Unplaced(reason) for reason in Reason),
        *(Unplaced(reason, ("ins_2", "sme_1")) for reason in TRUE_REASONS),
        Unplaced(Reason.OVER_SLOTS, ("ins_1",)),
        Unplaced(Reason.OVER_SLOTS, ("ins_2",)),
        Unplaced(Reason.NO_COMMON_SLOT, ("sme_1",), full_slots=(1, 2)),
    ],
    ids=str,
)
def test_the_verifier_finds_a_false_reason(false: Unplaced) -> None:
    dropped = {request: at for request, at in FOUND.items() if request != "req_2"}

    assert "not so" in " ".join(faults(OVERFULL, Timetable(dropped, {"req_2": false})))


def test_the_verifier_finds_a_booked_meeting_disturbed() -> None:
    booked = (Booked("ins_1", "sme_9", Place(slot=1, table=1)),)
    day = replace(OVERFULL, slots=3, booked=booked)

    assert faults(day, Timetable(FOUND)) == [
        "ins_1 meets 2 times in slot 1",
        "table 1 is taken 2 times in slot 1",
    ]


def test_the_verifier_does_not_believe_that_the_search_ended_too_early() -> None:
    day = a_day([("a", "b"), ("b", "c"), ("c", "a")], slots=3, tables=2)
    placed = {"req_0": Place(1, 1), "req_1": Place(2, 1)}
    answer = Unplaced(Reason.SEARCH_ENDED, ("c", "a"))

    assert "not so" in " ".join(faults(day, Timetable(placed, {"req_2": answer})))
