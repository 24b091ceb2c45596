"""Choosing and placing in one model, for the days on which what was chosen one way could not all be placed.

It is slow at size (research on 177 x 83: 3-16 % under the flow after a minute), but closes small gaps and proves them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from services.matching.timetable.serving import Wishes, pair_of


@dataclass(frozen=True, slots=True)
class Joined:
    """The requests served, each with its slot counted from 0, and the most value any timetable has."""

    slots: Mapping[int, int]
    bound: int


def joined(wishes: Wishes, known: Mapping[int, int], bound: int, seconds: float, seed: int) -> Joined:
    """Improve what is known to fit; people of a party are not told apart, a slot holds as many as are free."""
    model = cp_model.CpModel()
    there = {
        (number, slot): model.new_bool_var("")
        for number in wishes.numbers
        for slot in range(wishes.day.slots)
        if wishes.could_be(number, slot + 1)
    }
    by_request, by_slot = defaultdict[int, list[cp_model.IntVar]](list), defaultdict[int, list[cp_model.IntVar]](list)
    by_party, by_hour = (
        defaultdict[str, list[cp_model.IntVar]](list),
        defaultdict[tuple[str, int], list[cp_model.IntVar]](list),
    )
    for (number, slot), literal in there.items():
        by_request[number].append(literal)
        by_slot[slot].append(literal)
        for who in pair_of(wishes.day.requests[number]):
            by_party[who].append(literal)
            by_hour[who, slot].append(literal)
        model.add_hint(literal, known.get(number) == slot)
    for literals in by_request.values():
        model.add_at_most_one(literals)
    for slot, literals in by_slot.items():
        model.add(sum(literals) <= wishes.tables(slot + 1))
    for (who, slot), literals in by_hour.items():
        model.add(sum(literals) <= wishes.free(who, slot + 1))
    value: list[cp_model.LinearExprT] = [wishes.worth(number) * literal for (number, _), literal in there.items()]
    for who, literals in by_party.items():
        model.add(sum(literals) <= wishes.room(who))
        met = model.new_bool_var("")
        model.add_bool_or([*literals, ~met])
        value.append(wishes.first(who) * met)
    model.add(sum(value) <= bound)
    model.maximize(sum(value))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(seconds, 0.0)
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Joined(known, bound)
    slots = {number: slot for (number, slot), literal in there.items() if solver.value(literal)}
    best = slots if wishes.value(sorted(slots)) > wishes.value(sorted(known)) else known
    return Joined(best, min(bound, round(solver.best_objective_bound)))
