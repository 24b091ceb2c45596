"""Fewer gaps by simulated annealing over Kempe chains (S. Kirkpatrick and others, Science 220, 1983).

A move is a chain swapped; only the two participants at its ends get another pattern of used slots, so its price is
known at once. Moves that break an order, a table limit or what fairness allows are not made.
"""

import numpy as np

from services.matching.timetable.chains import Board, Numbers, below, find_chain, surplus, swap
from services.matching.timetable.compiled import compiled

WARM, COLD = 0.3, 0.1
EVERY_DRAW = 1 << 31


@compiled
def gaps(board: Board, mask: int) -> int:
    """Count the runs of idle slots between used ones of a half."""
    found = 0
    for half in board.halves:
        here = mask & half
        runs = here & ~((here << 1) & half)
        if runs:
            found -= 1
        while runs:
            runs &= runs - 1
            found += 1
    return found


@compiled
def anneal(  # noqa: C901 - one loop: a board handed to a function that is not inlined costs nine tenths of the speed
    board: Board, best: Numbers, done: int, until: int, moves: int, most: int
) -> int:
    """Make the moves from `done` to `until` of so many; leave the best slots in `best` and return their gaps.

    The temperature falls from WARM to COLD over all moves. `most`: the gaps anybody may have.
    """
    count, slots = len(board.slot), len(board.load)
    now = 0
    for mask in board.busy:
        now += gaps(board, mask)
    fewest = now
    best[:] = board.slot
    if count == 0:
        return fewest
    worth = np.zeros(4)
    for move in range(done, until):
        if move == done or move % 4096 == 0:
            heat = WARM * (COLD / WARM) ** (move / moves)
            for rise in range(4):
                worth[rise] = EVERY_DRAW * np.exp(-rise / heat)
        meeting, to = below(board, count), below(board, slots)
        at = board.slot[meeting]
        length = 0 if at == to else find_chain(board, meeting, to)
        if length == 0:
            continue
        leaving = surplus(board, length, at)
        if board.load[to] + leaving > board.room[to] or board.load[at] - leaving > board.room[at]:
            continue
        both = (1 << at) | (1 << to)
        change, unfair = 0, False
        for end in range(2):
            mask = board.busy[board.chain[end]]
            before, after = gaps(board, mask), gaps(board, mask ^ both)
            change += after - before
            unfair = unfair or (after > most and after > before)
        if unfair or (change > 0 and below(board, EVERY_DRAW) >= worth[min(change, 3)]):
            continue
        swap(board, length, at, to)
        if len(board.earlier) and not _in_order(board):
            swap(board, length, at, to)
            continue
        now += change
        if now < fewest:
            fewest = now
            best[:] = board.slot
    return fewest


@compiled
def _in_order(board: Board) -> bool:
    for row in range(len(board.earlier)):
        if board.slot[board.earlier[row, 1]] >= board.slot[board.earlier[row, 0]]:
            return False
    return True
