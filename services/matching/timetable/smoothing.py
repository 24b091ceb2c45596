"""A timetable at once, then one with fewer and fewer gaps, in pure functions round the compiled kernels."""

from collections.abc import Callable, Sequence

import numpy as np

from services.matching.timetable.annealing import anneal
from services.matching.timetable.chains import Board, a_board, put
from services.matching.timetable.problem import Meeting, Problem
from services.matching.timetable.seating import seat_all

PATIENCE = 30
"""How often each meeting may turn others out, on average."""
STEP = 1_000_000
"""Moves between two looks at the clock."""


def seated(problem: Problem, allowed: Sequence[int], ranked: Sequence[int], seed: int) -> list[int]:
    """Give every meeting a slot, those ranked first with the best claim to one; -1 where none was found.

    Orders between meetings and fairness are not looked at.
    """
    board = a_board(problem, allowed, seed)
    seat_all(board, np.array(ranked, np.int64), PATIENCE * len(ranked) + 1000)
    return [int(slot) for slot in board.slot]


def smoothed(
    problem: Problem,
    allowed: Sequence[int],
    slot_of: Sequence[int],
    moves: int,
    seed: int,
    goes_on: Callable[[int, list[int]], bool],
) -> list[int]:
    """Move meetings for fewer gaps; the same seed and moves give the same slots.

    After every step the fewest gaps so far, and the slots that have them, are handed to `goes_on`, which may end it.
    """
    board = _set_out(problem, allowed, slot_of, seed)
    best = board.slot.copy()
    most = problem.slots if problem.most_gaps is None else problem.most_gaps
    fewest = np.copy(best)
    least: int | None = None
    for done in range(0, moves, STEP):
        found = anneal(board, best, done, min(done + STEP, moves), moves, most)
        if least is None or found < least:
            least, fewest = found, best.copy()
        if not goes_on(least, fewest.tolist()):
            break
    return [int(slot) for slot in fewest]


def compile_kernels() -> None:
    """Run every kernel once, on next to nothing: on a machine that never did, compiling takes seconds."""
    problem = Problem(2, 1, 1, (Meeting(0, 1, 1),))
    smoothed(problem, [1], seated(problem, [1], [0], seed=1), moves=1, seed=1, goes_on=lambda *_: True)


def _set_out(problem: Problem, allowed: Sequence[int], slot_of: Sequence[int], seed: int) -> Board:
    board = a_board(problem, allowed, seed)
    for meeting, slot in enumerate(slot_of):
        put(board, meeting, slot)
    return board
