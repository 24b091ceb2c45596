"""The least gaps of a day with given meetings: proven, and equal to what is published or what trying all gives."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.timetable.audit import faults, gaps_of_each, total_gaps
from services.matching.timetable.counting import least_gaps
from services.matching.timetable.day import Progress
from services.matching.timetable.problem import Meeting, Problem, gaps_in, mask_of, narrowed, slots_in
from services.matching.timetable.proving import Proof, Status
from services.matching.timetable.smoothing import seated, smoothed
from services.matching.timetable.solving import Search
from tests import published

PLENTY = 600.0
QUICK = [
    row
    for row in published.rows()
    if any(part in row.file for part in ("tic-12.", "tic-12crafc", "forumt-14crafd", "16r", "forum-13.prec25"))
]


def solved(problem: Problem, moves: int = 20_000) -> Proof:
    return Search(problem, lambda: PLENTY, moves=moves).run()


def a_problem(*pairs: tuple[int, int], slots: int, tables: int = 9, fairness: int | None = None) -> Problem:
    people = 1 + max((who for pair in pairs for who in pair), default=0)
    meetings = tuple(Meeting(one, other, (1 << slots) - 1) for one, other in pairs)
    return Problem(people, slots, tables, meetings, fairness)


@st.composite
def tiny_problems(draw: st.DrawFn) -> Problem:
    """Any graph, also with a pair twice; slots taken away, orders (also in a circle), rests, fairness."""
    people, slots = draw(st.integers(2, 5)), draw(st.integers(1, 5))
    pairs = draw(st.lists(st.permutations(range(people)).map(lambda it: it[:2]), max_size=6))
    some_slots = st.sets(st.integers(0, slots - 1), min_size=min(slots, 2)).map(mask_of)
    meetings = [Meeting(one, other, draw(some_slots)) for one, other in pairs]
    if len(meetings) > 1 and draw(st.booleans()):
        later, earlier = draw(st.permutations(range(len(meetings))))[:2]
        meetings[later] = replace(meetings[later], after=(earlier,))
    halves = draw(st.sampled_from([(), (slots // 2,)]))
    fairness = draw(st.sampled_from([None, 0, 1]))
    return Problem(people, slots, draw(st.integers(1, 3)), tuple(meetings), fairness, halves)


def timetables(problem: Problem) -> Iterator[tuple[int, ...]]:
    """By trying all: every choice of slots that the audit accepts."""
    for slots in itertools.product(*(slots_in(meeting.slots) for meeting in problem.meetings)):
        if not faults(problem, slots):
            yield slots


@pytest.mark.parametrize("row", QUICK, ids=lambda row: f"{row.file}-{row.fairness}")
def test_a_published_day_is_proven_as_published(row: published.Row) -> None:
    problem = row.problem

    proof = solved(problem)

    assert (proof.status, proof.gaps) == (row.status, row.gaps)
    if proof.slot_of is not None:
        assert faults(problem, proof.slot_of) == []
        assert total_gaps(problem, proof.slot_of) == proof.gaps == proof.bound


@settings(max_examples=150)
@given(tiny_problems())
def test_no_timetable_of_a_tiny_day_has_fewer_gaps(problem: Problem) -> None:
    least = min((total_gaps(problem, slots) for slots in timetables(problem)), default=None)

    proof = solved(problem)

    assert (proof.status, proof.gaps) == (Status.INFEASIBLE if least is None else Status.OPTIMAL, least)


@settings(max_examples=150)
@given(tiny_problems())
def test_the_count_is_a_bound(problem: Problem) -> None:
    least = min((total_gaps(problem, slots) for slots in timetables(problem)), default=None)

    counted = least_gaps(problem, narrowed(problem), PLENTY)

    assert least is None or (counted.gaps <= least and not counted.impossible)


@settings(max_examples=150)
@given(tiny_problems())
def test_narrowing_takes_no_timetable_away(problem: Problem) -> None:
    allowed = narrowed(problem)

    for slots in timetables(problem):
        assert all(mask >> slot & 1 for mask, slot in zip(allowed, slots, strict=True))


@settings(max_examples=100)
@given(tiny_problems(), st.integers(0, 99))
def test_smoothing_keeps_a_timetable_and_never_makes_it_worse(problem: Problem, seed: int) -> None:
    first = next(timetables(problem), None)
    if first is None:
        return

    smooth = smoothed(problem, narrowed(problem), first, 2_000, seed, lambda *_: True)

    assert faults(replace(problem, fairness=None), smooth) == []
    assert total_gaps(problem, smooth) <= total_gaps(problem, first)
    assert smooth == smoothed(problem, narrowed(problem), first, 2_000, seed, lambda *_: True)


def test_two_sides_and_no_absence_are_seated_whole() -> None:
    """The theorems of Koenig and de Werra: the busiest party's slots and tables enough are enough."""
    pairs = [(host, 12 + (host * 5 + step) % 20) for host in range(12) for step in range(10)]
    problem = a_problem(*pairs, slots=10, tables=12)

    assert faults(problem, seated(problem, narrowed(problem), range(120), seed=1)) == []


@given(st.integers(0, (1 << 12) - 1), st.integers(0, 11))
def test_both_ways_of_counting_gaps_agree(used: int, rest: int) -> None:
    meetings = tuple(Meeting(0, 1 + slot, 1 << slot) for slot in slots_in(used))
    problem = Problem(13, 12, 9, meetings, halves=(rest,))

    assert gaps_in(used, problem.parts) == gaps_of_each(problem, slots_in(used))[0]


def test_a_rest_is_no_gap() -> None:
    before_and_after_lunch = (0, 3)
    problem = replace(a_problem((0, 1), (0, 2), slots=4), halves=(2,))

    assert total_gaps(problem, before_and_after_lunch) == 0
    assert total_gaps(replace(problem, halves=()), before_and_after_lunch) == 1


def test_what_is_told_only_gets_better() -> None:
    told: list[Progress] = []
    row = next(row for row in QUICK if row.gaps == 9)

    Search(row.problem, lambda: PLENTY, tell=told.append).run()

    best = [it.best for it in told if it.best is not None]
    bounds = [it.bound for it in told]
    assert best == sorted(best, reverse=True)
    assert bounds == sorted(bounds)
    assert (best[-1], bounds[-1]) == (9, 9)


def test_without_time_nothing_is_claimed() -> None:
    assert Search(a_problem((0, 1), slots=2), lambda: 0.0).run() == Proof(Status.UNKNOWN)


def test_orders_in_a_circle_are_impossible() -> None:
    meetings = (Meeting(0, 1, 0b111, after=(1,)), Meeting(2, 3, 0b111, after=(0,)))

    assert solved(Problem(4, 3, 2, meetings)).status is Status.INFEASIBLE


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ((0,), "1 slots are given for 3 meetings"),
        ((0, 0, 1), "participant 0 meets 2 times in slot 0"),
        ((0, 1, 4), "meeting 2 is in slot 4"),
        ((1, 0, 0), "slot 0 holds 2 meetings at 1 tables"),
        ((0, 2, 1), "one participant has 1 gaps and another 0"),
        ((2, 1, 0), "meeting 2 is in slot 0, not after meeting 0 in 2"),
    ],
)
def test_the_audit_finds_a_planted_fault(slots: tuple[int, ...], said: str) -> None:
    problem = a_problem((0, 1), (0, 2), (3, 4), slots=3, tables=1, fairness=0)
    ordered = replace(problem, meetings=(*problem.meetings[:2], replace(problem.meetings[2], after=(0,))))

    assert faults(ordered, (0, 1, 2)) == []
    assert said in " ".join(faults(ordered, slots))
