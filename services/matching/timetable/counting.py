"""How few gaps a day can have at least, by counting patterns: who meets whom is forgotten.

What is left of a participant is the pattern of its used slots. Participants with the same meetings to fit (as many, in
the same slots) form a class; a class says how many of it follow each pattern with no gap, with one, or any other at the
price of two. In every slot the number of participants that meet is even and at most twice the tables. Every timetable
counts up like this, so the cheapest count is a bound, and no count at all proves that there is no timetable.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from services.matching.timetable.problem import Problem, gaps_in

LONGEST_DAY = 12
"""With more slots there are too many patterns, and the bound is weak."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The least number of gaps as far as it is known, or that no timetable exists."""

    gaps: int
    impossible: bool = False


def least_gaps(problem: Problem, allowed: Sequence[int], seconds: float) -> Counted:
    """Count; 0 gaps where the time did not do for more."""
    if not all(allowed):
        return Counted(0, impossible=True)
    model = cp_model.CpModel()
    patterns = _patterns(problem)
    used: list[list[cp_model.LinearExprT]] = [[] for _ in range(problem.slots)]
    costs: list[cp_model.LinearExprT] = []
    for kind, size in _classes(problem, allowed).items():
        counts = []
        for pattern, gaps in _fitting(kind, patterns[len(kind)]):
            count = model.new_int_var(0, size, "")
            counts.append(count)
            costs.append(gaps * count)
            for slot in range(problem.slots):
                if pattern >> slot & 1:
                    used[slot].append(count)
        if problem.most_gaps is None or problem.most_gaps > 1:
            wild = model.new_int_var(0, size, "")
            counts.append(wild)
            costs.append(2 * wild)
            _spread(model, wild, kind, size, used)
        model.add(sum(counts) == size)
    for slot in range(problem.slots):
        model.add(sum(used[slot]) == 2 * model.new_int_var(0, problem.room(slot), ""))
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = max(seconds, 0.0)
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Counted(0, impossible=True)
    return Counted(max(0, round(solver.best_objective_bound)) if status != cp_model.UNKNOWN else 0)


def _fitting(kind: tuple[int, ...], patterns: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Choose the patterns that may hold meetings with these allowed slots, each group of meetings by its size."""
    needs = [(mask, sum(each | mask == mask for each in kind)) for mask in set(kind)]
    everywhere = 0
    for mask in kind:
        everywhere |= mask
    for pattern, gaps in patterns:
        if not pattern & ~everywhere and all((pattern & mask).bit_count() >= need for mask, need in needs):
            yield pattern, gaps


def _patterns(problem: Problem) -> dict[int, list[tuple[int, int]]]:
    """Every set of slots with at most one gap, or what fairness allows, and its gaps; by size."""
    most = min(1, problem.most_gaps if problem.most_gaps is not None else 1)
    by_size: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pattern in range(1 << problem.slots):
        if (gaps := gaps_in(pattern, problem.parts)) <= most:
            by_size[pattern.bit_count()].append((pattern, gaps))
    return by_size


def _classes(problem: Problem, allowed: Sequence[int]) -> Counter[tuple[int, ...]]:
    return Counter(tuple(sorted(allowed[it] for it in mine)) for mine in problem.meetings_of if mine)


def _spread(
    model: cp_model.CpModel,
    wild: cp_model.IntVar,
    kind: tuple[int, ...],
    size: int,
    used: list[list[cp_model.LinearExprT]],
) -> None:
    """Let those with any other pattern use whatever slots their meetings may have."""
    spread = []
    for slot, sums in enumerate(used):
        if any(mask >> slot & 1 for mask in kind):
            here = model.new_int_var(0, size, "")
            model.add(here <= wild)
            spread.append(here)
            sums.append(here)
    model.add(sum(spread) == len(kind) * wild)
