"""A problem from its first timetable to its proof: a best so far and a bound beside it, all the way."""

from collections.abc import Callable, Sequence

from services.matching.timetable import audit, counting
from services.matching.timetable.day import Progress
from services.matching.timetable.problem import Problem, narrowed
from services.matching.timetable.proving import Model, Proof, Status
from services.matching.timetable.smoothing import seated, smoothed

QUICK, LONGER = 0.4, 2.0
"""How long cores may search first, in the solver's deterministic units (about a second): on a short day, where counting
comes next, and on a longer one. Mostly it is enough."""
SHARE = 0.25
"""Of the time left, for one step that others can make up for."""
MOVES = 50_000_000
TIGHT = 0.9
"""Of all places taken, from which on cores find no timetable: smoothing is then worth a longer go first."""
AGAIN = 8
"""How much longer each go at smoothing is than the one before: the first ends soon, the later ones better."""


class Search:
    """One search; the best so far and the bound only ever improve."""

    def __init__(
        self,
        problem: Problem,
        left: Callable[[], float],
        seed: int = 1,
        tell: Callable[[Progress], None] = lambda _: None,
        moves: int = MOVES,
        first: Sequence[int] | None = None,
    ) -> None:
        """`left` says how many seconds there still are; `tell` hears of all that improves.

        With a `first` timetable of a whole day, gaps fall faster than they are proven: smoothing comes first, and its
        many kinds of participants are not counted.
        """
        self._problem = problem
        self._left = left
        self._seed = seed
        self._tell = tell
        self._moves = moves
        self._allowed = narrowed(problem)
        self._slot_of: tuple[int, ...] | None = None
        self._gaps: int | None = None
        self._bound = 0
        self._impossible = not all(self._allowed)
        self._first = first

    def run(self) -> Proof:
        """Find the slots with the fewest gaps and prove it, or as much of that as the time allows."""
        for step in self._steps():
            if self._impossible:
                return Proof(Status.INFEASIBLE)
            if not self._done and self._left() > 0:
                step()
        if self._impossible:
            return Proof(Status.INFEASIBLE)
        if self._gaps is None:
            return Proof(Status.UNKNOWN, bound=self._bound)
        return Proof(Status.OPTIMAL if self._done else Status.FEASIBLE, self._slot_of, self._gaps, self._bound)

    def _steps(self) -> tuple[Callable[[], None], ...]:
        if self._first is None:
            return self._seat, self._cores_first, self._count, self._look, self._smooth, self._cores
        self._found("seating", self._first)
        return self._smooth, self._cores

    @property
    def _done(self) -> bool:
        return self._gaps is not None and self._gaps <= self._bound

    def _seat(self) -> None:
        """Seat those with the fewest slots first."""
        ranked = sorted(range(len(self._allowed)), key=lambda it: self._allowed[it].bit_count())
        self._found("seating", seated(self._problem, self._allowed, ranked, self._seed))

    def _cores_first(self) -> None:
        self._minimise(QUICK if self._problem.slots <= counting.LONGEST_DAY else LONGER)

    def _cores(self) -> None:
        self._minimise(None)

    def _minimise(self, effort: float | None) -> None:
        model = Model(self._problem, self._allowed)
        model.minimise()
        proof = model.solve(self._left(), self._seed, lambda bound: self._certain("cores", bound), effort)
        self._impossible |= proof.status is Status.INFEASIBLE
        if proof.slot_of is not None:
            self._found("cores", proof.slot_of)
        self._certain("cores", proof.bound)

    def _count(self) -> None:
        """Count patterns, and look for a timetable as good as the count."""
        if self._problem.slots > counting.LONGEST_DAY:
            return
        counted = counting.least_gaps(self._problem, self._allowed, self._left())
        self._impossible |= counted.impossible
        if counted.impossible:
            return
        self._certain("counting", counted.gaps)
        aim = self._bound
        if self._any(at_most=aim) is Status.INFEASIBLE:
            self._certain("counting", aim + 1)

    def _look(self) -> None:
        """Look for any timetable at all, where none could be seated."""
        if self._slot_of is None:
            self._impossible |= self._any(at_most=None) is Status.INFEASIBLE

    def _any(self, at_most: int | None) -> Status:
        model = Model(self._problem, self._allowed)
        if at_most is not None:
            model.at_most(at_most)
        proof = model.solve(self._left() * SHARE, self._seed, lambda _: None)
        if proof.slot_of is not None:
            self._found("counting" if at_most is not None else "looking", proof.slot_of)
        return proof.status

    def _smooth(self) -> None:
        if self._slot_of is None:
            return

        def goes_on(_: int, slots: list[int]) -> bool:
            self._found("smoothing", slots)
            return not self._done and self._left() > 0

        goes = [self._moves // AGAIN, self._moves]
        places = sum(map(self._problem.room, range(self._problem.slots)))
        if len(self._allowed) >= TIGHT * places:
            goes.append(self._moves * AGAIN)
        for moves in goes:
            if not self._done and self._left() > 0:
                smoothed(self._problem, self._allowed, self._slot_of, moves, self._seed, goes_on)

    def _found(self, stage: str, slot_of: Sequence[int]) -> None:
        """Keep a timetable that is better than the best so far and stands up to the audit."""
        if audit.faults(self._problem, slot_of):
            return
        gaps = audit.total_gaps(self._problem, slot_of)
        if self._gaps is None or gaps < self._gaps:
            self._slot_of, self._gaps = tuple(slot_of), gaps
            self._tell(Progress(stage, self._gaps, self._bound))

    def _certain(self, stage: str, bound: int) -> None:
        if bound > self._bound:
            self._bound = bound
            self._tell(Progress(stage, self._gaps, self._bound))
