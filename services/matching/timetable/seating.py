"""A first timetable, at once: who finds no slot makes way for itself, first along one chain, then by force.

With two sides and no absences a chain always does (D. Koenig, Mathematische Annalen 77, 1916), and tables can be evened
out along chains as well (D. de Werra, Equitable colorations of graphs, 1971). Elsewhere it is a search.
"""

import numpy as np

from services.matching.timetable.chains import NOWHERE, Board, Numbers, below, find_chain, put, surplus, swap, take
from services.matching.timetable.compiled import compiled

TOO_DEAR = 4


@compiled
def seat_all(board: Board, ranked: Numbers, patience: int) -> int:
    """Place the meetings in this order; return how many are left without a slot when patience ends."""
    count = len(ranked)
    if count == 0:
        return 0
    queue = ranked.copy()
    first, waiting = 0, count
    while waiting > 0:
        meeting = queue[first % count]
        first += 1
        waiting -= 1
        if _seat(board, meeting) or _bend(board, meeting) or _ease(board, meeting):
            continue
        if patience == 0:
            continue
        patience -= 1
        for turned_out in _force(board, meeting):
            if turned_out != NOWHERE:
                queue[(first + waiting) % count] = turned_out
                waiting += 1
    left = 0
    for meeting in ranked:
        if board.slot[meeting] == NOWHERE and not _seat(board, meeting):
            left += 1
    return left


@compiled
def _seat(board: Board, meeting: int) -> bool:
    """Take the emptiest slot in which both are free and a table is."""
    one, other = board.ends[meeting, 0], board.ends[meeting, 1]
    free = board.allowed[meeting] & ~board.busy[one] & ~board.busy[other]
    best = NOWHERE
    for slot in range(len(board.load)):
        roomy = free >> slot & 1 and board.load[slot] < board.room[slot]
        if roomy and (best == NOWHERE or board.load[slot] < board.load[best]):
            best = slot
    if best == NOWHERE:
        return False
    put(board, meeting, best)
    return True


@compiled
def _bend(board: Board, meeting: int) -> bool:
    """Free a slot of one of the two along a chain, where the other is free already."""
    for end in range(2):
        free_one, busy_one = board.ends[meeting, end], board.ends[meeting, 1 - end]
        wanted = board.allowed[meeting] & ~board.busy[free_one] & board.busy[busy_one]
        for slot in range(len(board.load)):
            if wanted >> slot & 1 and _make_way(board, board.diary[busy_one, slot], free_one, busy_one):
                put(board, meeting, slot)
                return True
    return False


@compiled
def _make_way(board: Board, sitting: int, free_one: int, busy_one: int) -> bool:
    """Move a meeting of the busy one to a slot that it has free; the free one's day stays as it is."""
    slot = board.slot[sitting]
    for spare in range(len(board.load)):
        if board.busy[busy_one] >> spare & 1:
            continue
        length = find_chain(board, sitting, spare)
        if length <= 0 or board.chain[0] == free_one or board.chain[1] == free_one:
            continue
        leaving = surplus(board, length, slot)
        if board.load[slot] - leaving < board.room[slot] and board.load[spare] + leaving <= board.room[spare]:
            swap(board, length, slot, spare)
            return True
    return False


@compiled
def _ease(board: Board, meeting: int) -> bool:
    """Free a table along a chain where both are free but every table is taken."""
    one, other = board.ends[meeting, 0], board.ends[meeting, 1]
    free = board.allowed[meeting] & ~board.busy[one] & ~board.busy[other]
    for slot in range(len(board.load)):
        if not free >> slot & 1 or board.load[slot] > board.room[slot]:
            continue
        for spare in range(len(board.load)):
            if board.load[spare] < board.room[spare] and _free_table(board, slot, spare, one, other):
                put(board, meeting, slot)
                return True
    return False


@compiled
def _free_table(board: Board, slot: int, spare: int, one: int, other: int) -> bool:
    """Swap a chain that takes one meeting more out of the slot than into it, and leaves these two alone."""
    people = len(board.busy)
    start = below(board, people)
    for step in range(people):
        who = (start + step) % people
        sitting = board.diary[who, slot]
        if sitting == NOWHERE or board.busy[who] >> spare & 1:
            continue
        length = find_chain(board, sitting, spare)
        if length <= 0 or surplus(board, length, slot) != 1:
            continue
        first, last = board.chain[0], board.chain[1]
        if first not in (one, other) and last not in (one, other):
            swap(board, length, slot, spare)
            return True
    return False


@compiled
def _force(board: Board, meeting: int) -> Numbers:
    """Take a slot that costs few others theirs; return those turned out, NOWHERE for none.

    A meeting with one slot alone is never turned out.
    """
    turned_out = np.full(3, NOWHERE, np.int64)
    chosen = _cheapest(board, meeting)
    if chosen == NOWHERE:
        return turned_out
    for end in range(2):
        sitting = board.diary[board.ends[meeting, end], chosen]
        if sitting != NOWHERE:
            take(board, sitting)
            turned_out[end] = sitting
    if board.load[chosen] >= board.room[chosen]:
        turned_out[2] = _somebody(board, chosen)
        if turned_out[2] == NOWHERE:
            return turned_out
        take(board, turned_out[2])
    put(board, meeting, chosen)
    return turned_out


@compiled
def _cheapest(board: Board, meeting: int) -> int:
    """Choose a slot in which the fewest must leave, NOWHERE where somebody may not; equal ones by chance.

    Now and then a dearer slot passes for cheap, so that no two meetings turn each other out for ever.
    """
    chosen, cheapest, ties = NOWHERE, TOO_DEAR, 0
    for slot in range(len(board.load)):
        if not board.allowed[meeting] >> slot & 1 or board.room[slot] == 0:
            continue
        price = _price(board, meeting, slot)
        if price < TOO_DEAR and below(board, 8) == 0:
            price = 1
        if price < cheapest:
            chosen, cheapest, ties = slot, price, 0
        if price == cheapest and price < TOO_DEAR:
            ties += 1
            if below(board, ties) == 0:
                chosen = slot
    return chosen


@compiled
def _price(board: Board, meeting: int, slot: int) -> int:
    """Count who must leave a slot, at least one: else the meeting would have been seated there."""
    price = 0
    for end in range(2):
        sitting = board.diary[board.ends[meeting, end], slot]
        if sitting != NOWHERE:
            price += 1 if _may_leave(board, sitting) else TOO_DEAR
    return max(price, 1)


@compiled
def _somebody(board: Board, slot: int) -> int:
    """Choose a meeting of a slot that may leave it, NOWHERE if none may."""
    people = len(board.busy)
    start = below(board, people)
    for step in range(people):
        sitting = board.diary[(start + step) % people, slot]
        if sitting != NOWHERE and _may_leave(board, sitting):
            return int(sitting)
    return NOWHERE


@compiled
def _may_leave(board: Board, meeting: int) -> bool:
    mask = board.allowed[meeting]
    return bool(mask & (mask - 1))
