"""Fewer gaps by simulated annealing over Kempe chains (S. Kirkpatrick and others, Science 220, 1983).

A move is a chain swapped; only the two participants at its ends get another pattern of used slots, so its price is
known at once. Where the chain closes to a ring nobody's pattern changes, but other chains do. On the way a slot may
hold a few meetings more than it has tables, at a price that rises: full slots could change hardly anything else. Moves
that break an order or what fairness allows are not made.
"""

import numpy as np

from services.matching.timetable.chains import Board, Numbers, below, find_chain, swap
from services.matching.timetable.compiled import compiled

WARM, COLD = 0.22, 0.1
EVERY_DRAW = 1 << 31
CHEAP, DEAR = 0.3, 2.0
"""The price of a meeting without a table, at the start and at the end; a gap costs 1."""
STANDING = 5
"""How many meetings a slot may hold beyond its tables on the way."""
TOO_MANY = 1 << 20
RINGS = 10
"""One in so many chains that may close to a ring is followed."""


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

    The temperature falls from WARM to COLD over all moves. `most`: the gaps anybody may have. Slots that hold too many
    are never the best; where none were better than those, `best` is left alone, and the gaps are beyond counting.
    """
    count, slots = len(board.slot), len(board.load)
    now, standing = 0, 0
    for mask in board.busy:
        now += gaps(board, mask)
    for slot in range(slots):
        standing += max(board.load[slot] - board.room[slot], 0)
    fewest = now if standing == 0 else EVERY_DRAW
    if standing == 0:
        best[:] = board.slot
    if count == 0:
        return fewest
    for move in range(done, until):
        if move == done or move % 4096 == 0:
            part = move / moves
            heat = WARM * (COLD / WARM) ** part
            dear = CHEAP * (DEAR / CHEAP) ** part
        meeting, end, to = below(board, count), below(board, 2), below(board, slots)
        at = board.slot[meeting]
        met = board.busy[board.ends[meeting, end]] >> to & 1
        if at == to or (met and below(board, RINGS)):
            continue
        length = find_chain(board, meeting, to)
        if length == 0 or (met and length > 0):
            continue
        if length < 0:
            _swapped(board, -length, at, to)
            continue
        both = (1 << at) | (1 << to)
        change, unfair = 0, False
        for each in range(2):
            mask = board.busy[board.chain[each]]
            before, after = gaps(board, mask), gaps(board, mask ^ both)
            change += after - before
            unfair = unfair or (after > most and after > before)
        # One of the two is free in `to`, so the chain goes on from the other alone: an odd one brings one more there.
        more = _more_standing(board, at, to) if length % 2 else 0
        rise = change + dear * more
        bold = heat * -np.log((below(board, EVERY_DRAW) + 1) / EVERY_DRAW) if rise > 0 else 0.0
        if unfair or rise > bold or not _swapped(board, length, at, to):
            continue
        now += change
        standing += more
        if now < fewest and standing == 0:
            fewest = now
            best[:] = board.slot
    return fewest


@compiled
def _more_standing(board: Board, at: int, to: int) -> int:
    """Count how many meetings more are without a table once one more is in `to` and one less `at`."""
    beyond = board.load[to] - board.room[to]
    if beyond >= STANDING:
        return TOO_MANY
    return (1 if beyond >= 0 else 0) - (1 if board.load[at] > board.room[at] else 0)


@compiled
def _swapped(board: Board, length: int, at: int, to: int) -> bool:
    """Swap two slots along the chain found last, unless that breaks an order."""
    swap(board, length, at, to)
    if len(board.earlier) and not _in_order(board):
        swap(board, length, at, to)
        return False
    return True


@compiled
def _in_order(board: Board) -> bool:
    for row in range(len(board.earlier)):
        if board.slot[board.earlier[row, 1]] >= board.slot[board.earlier[row, 0]]:
            return False
    return True
