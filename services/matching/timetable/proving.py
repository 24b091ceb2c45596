"""The timetable with the fewest gaps, and the proof that none has fewer: CP-SAT guided by unsatisfiable cores.

What made it fast was measured one by one: cores without linear programming; gaps as hole ends (idle now, busy next,
met before); the tables' limit over clusters of meetings that cannot be at once anyway (section 4.5.2 of the paper that
`problem` names); and sums that every timetable keeps, said aloud.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ortools.sat.python import cp_model

from services.matching.timetable.audit import total_gaps
from services.matching.timetable.problem import Problem, orders, slots_in

Heard = Callable[[int], None]
"""Called with a new least number of gaps that is certain, while the search goes on."""


class Status(StrEnum):
    """What is certain at the end."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    FEASIBLE = "feasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """The slots found, if any, their gaps, and how few gaps any timetable has at least."""

    status: Status
    slot_of: tuple[int, ...] | None = None
    gaps: int | None = None
    bound: int = 0


_STATUSES = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.UNKNOWN,
}


class Model:
    """The problem as literals: a meeting in a slot, a participant busy, a hole ending."""

    def __init__(self, problem: Problem, allowed: Sequence[int]) -> None:
        """`allowed`: the slots each meeting may have, none of them empty."""
        self._problem = problem
        # Nobody is served by more holes than there are, unless fairness asks them of everybody.
        self._exact = problem.fairness is not None and problem.most_gaps is None
        self._model = cp_model.CpModel()
        self._in = [{slot: self._new() for slot in slots_in(mask)} for mask in allowed]
        for literals in self._in:
            self._model.add_exactly_one(literals.values())
        self._busy = [self._busy_of(mine) for mine in problem.meetings_of]
        self._holes = [self._holes_of(busy, mine) for busy, mine in zip(self._busy, problem.meetings_of, strict=True)]
        self._limit_tables()
        self._order()
        self._be_fair()

    def at_most(self, gaps: int) -> None:
        """Ask for any timetable with no more gaps, instead of the best."""
        self._model.add(sum(hole for holes in self._holes for hole in holes) <= gaps)

    def minimise(self) -> None:
        """Ask for the fewest gaps."""
        self._model.minimize(sum(hole for holes in self._holes for hole in holes))

    def solve(self, seconds: float, seed: int, heard: Heard, effort: float | None = None) -> Proof:
        """Search for so many seconds at most, and for so many deterministic units of the solver if they are given."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.max_time_in_seconds = max(seconds, 0.0)
        if effort is not None:
            solver.parameters.max_deterministic_time = effort
        solver.parameters.optimize_with_core = True
        solver.parameters.linearization_level = 0
        solver.parameters.use_phase_saving = False
        # Simplifying again, before the search or within it, and smaller cores cost more than they save here.
        solver.parameters.max_presolve_iterations = 1
        solver.parameters.inprocessing_dtime_ratio = 0.0
        solver.parameters.core_minimization_level = 0
        solver.best_bound_callback = lambda bound: heard(round(bound))
        status = _STATUSES[solver.solve(self._model)]
        bound = max(0, round(solver.best_objective_bound)) if self._model.has_objective() else 0
        if status not in {Status.OPTIMAL, Status.FEASIBLE}:
            return Proof(status, bound=bound)
        slots = tuple(next(slot for slot, here in each.items() if solver.value(here)) for each in self._in)
        return Proof(status, slots, total_gaps(self._problem, slots), bound)

    def _new(self) -> cp_model.IntVar:
        return self._model.new_bool_var("")

    def _any(self, literals: Sequence[cp_model.IntVar]) -> cp_model.IntVar:
        """Stand for at most one of them being true."""
        if len(literals) == 1:
            return literals[0]
        found = self._new()
        self._model.add_exactly_one([*literals, ~found])
        return found

    def _busy_of(self, meetings: Sequence[int]) -> dict[int, cp_model.IntVar]:
        """Tell in which slots a participant meets; as often as there are meetings."""
        busy = self._somewhere(meetings)
        if len(meetings) > 1:
            self._model.add(sum(busy.values()) == len(meetings))
        return busy

    def _somewhere(self, meetings: Sequence[int]) -> dict[int, cp_model.IntVar]:
        """Tell in which slots one of these meetings of a participant is."""
        found = {}
        for slot in range(self._problem.slots):
            if here := [self._in[meeting][slot] for meeting in meetings if slot in self._in[meeting]]:
                found[slot] = self._any(here)
        return found

    def _holes_of(self, busy: dict[int, cp_model.IntVar], meetings: Sequence[int]) -> list[cp_model.IntVar]:
        """Tell where idle time between two meetings ends."""
        if len(meetings) < 2:  # noqa: PLR2004 - one meeting has nothing to stand between
            return []
        return [hole for part in self._problem.parts for hole in self._holes_in(part, busy)]

    def _holes_in(self, part: range, busy: dict[int, cp_model.IntVar]) -> list[cp_model.IntVar]:
        holes = []
        met: cp_model.IntVar | None = None
        for slot in part[:-1]:
            here, following = busy.get(slot), busy.get(slot + 1)
            met = self._met(met, here)
            if met is None or following is None:
                continue
            hole = self._new()
            idle = [] if here is None else [here]
            self._model.add_bool_or([~following, *idle, ~met, hole])
            if self._exact:
                for one in (following, met, *(~each for each in idle)):
                    self._model.add_implication(hole, one)
            holes.append(hole)
        return holes

    def _met(self, before: cp_model.IntVar | None, here: cp_model.IntVar | None) -> cp_model.IntVar | None:
        if before is None or here is None:
            return before if here is None else here
        met = self._new()
        if self._exact:
            self._model.add_bool_or([before, here, ~met])
        self._model.add_implication(before, met)
        self._model.add_implication(here, met)
        return met

    def _limit_tables(self) -> None:
        """Count participants, not meetings, wherever all they have left is theirs alone."""
        rooms = [self._problem.room(slot) for slot in range(self._problem.slots)]
        if self._problem.participants // 2 <= min(rooms):
            return
        clusters = self._clusters()
        for slot, room in enumerate(rooms):
            self._model.add(sum(each[slot] for each in clusters if slot in each) <= room)
            busy = [each[slot] for each in self._busy if slot in each]
            self._model.add(sum(busy) <= 2 * room)

    def _clusters(self) -> list[dict[int, cp_model.IntVar]]:
        """Cover the meetings by participants, who has most left first."""
        left = [set(mine) for mine in self._problem.meetings_of]
        clusters = []
        while mine := max(left, key=len, default=set()):
            who = left.index(mine)
            whole = len(mine) == len(self._problem.meetings_of[who])
            clusters.append(self._busy[who] if whole else self._somewhere(sorted(mine)))
            left = [each - mine for each in left]
        return clusters

    def _order(self) -> None:
        """Let a meeting be held by a slot only if those before it were held in earlier ones."""
        for later, earlier in orders(self._problem):
            for end in range(1, self._problem.slots):
                reached = [here for slot, here in self._in[later].items() if slot <= end]
                held = [here for slot, here in self._in[earlier].items() if slot < end]
                if reached:
                    self._model.add(sum(reached) <= sum(held))

    def _be_fair(self) -> None:
        problem = self._problem
        if problem.fairness is None:
            return
        least: cp_model.LinearExprT = 0
        if problem.most_gaps is None:
            least = self._model.new_int_var(0, problem.slots, "")
            for holes in self._holes:
                self._model.add(sum(holes) >= least)
        for holes in self._holes:
            if len(holes) > problem.fairness:
                self._model.add(sum(holes) <= least + problem.fairness)
