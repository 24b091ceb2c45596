"""Which requests to serve when not all can be: the most, and among as many the most valued.

Value is priority, and what a party's first meeting is worth. With two sides this is a flow of least cost from one side
to the other through the tables (R. Ahuja, T. Magnanti, J. Orlin, Network Flows, 1993), and no timetable can surpass its
value; elsewhere it is a small integer programme, bounded by its relaxation.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

from services.matching.timetable.choosing import one_side
from services.matching.timetable.day import Day, Request

_SOURCE, _GATE, _SINK = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Served:
    """The requests chosen, by number, and the most value any choice has."""

    requests: tuple[int, ...]
    bound: int


class Wishes:
    """The requests of a day that could be served at all, and what each party has room for."""

    def __init__(self, day: Day) -> None:
        """Look at the day once."""
        self.day = day
        self._booked = Counter(who for it in day.booked for who in (it.host, it.guest))
        self._met = Counter((who, it.place.slot) for it in day.booked for who in (it.host, it.guest))
        self._held = Counter(it.place.slot for it in day.booked)

    @cached_property
    def numbers(self) -> list[int]:
        """The requests to which the booked meetings leave a slot."""
        slots = range(1, self.day.slots + 1)
        return [it for it in range(len(self.day.requests)) if any(self.could_be(it, slot) for slot in slots)]

    @cached_property
    def parties(self) -> list[str]:
        """Whoever could meet."""
        return sorted({who for it in self.numbers for who in pair_of(self.day.requests[it])})

    @cached_property
    def one_more(self) -> int:
        """What a request is worth beside its priority: more than all priorities and first meetings together."""
        priorities = sum(abs(it.priority) for it in self.day.requests)
        return 1 + 2 * (priorities + len(self.parties) * self.day.first_meeting)

    def worth(self, number: int) -> int:
        """Return what serving a request is worth, first meetings aside."""
        return self.one_more + self.day.requests[number].priority

    def value(self, numbers: Sequence[int]) -> int:
        """Return what serving these requests is worth in all."""
        met = {who for it in numbers for who in pair_of(self.day.requests[it])}
        return sum(map(self.worth, numbers)) + sum(map(self.first, met))

    def first(self, party: str) -> int:
        """Return what its first meeting is worth to a party that has none booked."""
        return 0 if self._booked[party] else self.day.first_meeting

    def room(self, party: str) -> int:
        """Count the meetings a party can have beside those booked."""
        free = sum(self.free(party, slot) for slot in range(1, self.day.slots + 1))
        most = self.day.party(party).most
        return free if most is None else max(0, min(free, most - self._booked[party]))

    @property
    def places(self) -> int:
        """Count the tables of all slots that are not booked."""
        return sum(map(self.tables, range(1, self.day.slots + 1)))

    def tables(self, slot: int) -> int:
        """Count the tables of a slot that are not booked."""
        return max(0, self.day.room(slot) - self._held[slot])

    def free(self, party: str, slot: int) -> int:
        """Count the people of a party who are there and not booked."""
        there = sum(slot not in away for away in self.day.party(party).away)
        return max(0, there - self._met[party, slot])

    def could_be(self, number: int, slot: int) -> bool:
        """Whether the booked meetings leave this slot to a request."""
        request = self.day.requests[number]
        there = all(self.free(who, slot) for who in pair_of(request))
        return there and self.tables(slot) > 0 and (request.slots is None or slot in request.slots)

    def best(self, seconds: float) -> Served:
        """Choose."""
        pairs = [pair_of(self.day.requests[it]) for it in self.numbers]
        side = one_side(pairs)
        return self._programme(seconds) if side is None else self._flow(side)

    def _flow(self, side: frozenset[str]) -> Served:
        """Source - gate (all tables) - one side - other side - sink."""
        flow = min_cost_flow.SimpleMinCostFlow()
        nodes = {party: number for number, party in enumerate(self.parties, start=3)}
        arcs: dict[int, int] = {}
        flow.add_arc_with_capacity_and_unit_cost(_SOURCE, _GATE, self.places, 0)
        for party, node in nodes.items():
            ends = (_GATE, node) if party in side else (node, _SINK)
            if room := self.room(party):
                flow.add_arc_with_capacity_and_unit_cost(*ends, 1, -self.first(party))
                flow.add_arc_with_capacity_and_unit_cost(*ends, room - 1, 0)
        for number in self.numbers:
            one, other = pair_of(self.day.requests[number])
            tail, head = (one, other) if one in side else (other, one)
            arcs[flow.add_arc_with_capacity_and_unit_cost(nodes[tail], nodes[head], 1, -self.worth(number))] = number
        # Every request is worth more than nothing, so what need not flow goes round at no cost.
        flow.add_arc_with_capacity_and_unit_cost(_SOURCE, _SINK, self.places, 0)
        flow.set_nodes_supplies([_SOURCE, _SINK], [self.places, -self.places])
        if flow.solve() != flow.OPTIMAL:
            raise RuntimeError("a flow that may stay away has a solution")
        return Served(tuple(number for arc, number in arcs.items() if flow.flow(arc)), -flow.optimal_cost())

    def _programme(self, seconds: float) -> Served:
        model = cp_model.CpModel()
        served = {number: model.new_bool_var("") for number in self.numbers}
        mine: dict[str, list[cp_model.IntVar]] = defaultdict(list)
        for number, literal in served.items():
            for who in pair_of(self.day.requests[number]):
                mine[who].append(literal)
        value: list[cp_model.LinearExprT] = [self.worth(number) * literal for number, literal in served.items()]
        for who, literals in mine.items():
            model.add(sum(literals) <= self.room(who))
            if worth := self.first(who):
                any_met = model.new_bool_var("")
                model.add_bool_or([*literals, ~any_met])
                value.append(worth * any_met)
        model.add(sum(served.values()) <= self.places)
        model.maximize(sum(value))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = max(seconds, 0.0)
        if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return Served((), sum(map(self.worth, self.numbers)) + sum(map(self.first, self.parties)))
        chosen = tuple(number for number, literal in served.items() if solver.value(literal))
        return Served(chosen, round(solver.best_objective_bound))


def pair_of(request: Request) -> tuple[str, str]:
    """Return the two parties of a request."""
    return request.host, request.guest


def together(day: Day, request: Request) -> set[int]:
    """List the slots a request is wanted in and somebody of both parties is there, booked meetings aside."""
    slots = set(range(1, day.slots + 1) if request.slots is None else request.slots)
    for who in pair_of(request):
        slots -= frozenset.intersection(*day.party(who).away)
    return slots
