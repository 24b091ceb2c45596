"""Timetables in flat arrays, and the one move that changes them: swapping two slots along a Kempe chain.

Take a meeting in one slot and another slot. The meetings that its two participants have in that slot must make way,
those of their partners too, to and fro: the chain. Swapping all of it leaves everybody with one meeting a slot; only
the two participants at its ends have used a slot they did not, and left one they did.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.matching.timetable.compiled import compiled
from services.matching.timetable.problem import Problem, mask_of

Numbers: TypeAlias = NDArray[np.int64]
NOWHERE = -1


class Board(NamedTuple):
    """All that a kernel reads and writes; participants, meetings and slots by number, sets of slots as bits."""

    ends: Numbers
    """The two participants of each meeting."""
    allowed: Numbers
    slot: Numbers
    """Of each meeting; NOWHERE while it has none."""
    diary: Numbers
    """The meeting of each participant in each slot, or NOWHERE."""
    busy: Numbers
    load: Numbers
    room: Numbers
    """How many meetings each slot holds, and may."""
    halves: Numbers
    earlier: Numbers
    """Rows (later, earlier) of meetings in order."""
    chain: Numbers
    """The chain found last: the participants at its ends, then its meetings."""
    chance: NDArray[np.uint64]
    """The state of the generator."""


def a_board(problem: Problem, allowed: Sequence[int], seed: int) -> Board:
    """Nothing is placed yet."""
    count = len(problem.meetings)
    rows = [(later, it) for later, meeting in enumerate(problem.meetings) for it in meeting.after]
    return Board(
        ends=np.array([(it.one, it.other) for it in problem.meetings], np.int64).reshape(count, 2),
        allowed=np.array(allowed, np.int64),
        slot=np.full(count, NOWHERE, np.int64),
        diary=np.full((problem.participants, problem.slots), NOWHERE, np.int64),
        busy=np.zeros(problem.participants, np.int64),
        load=np.zeros(problem.slots, np.int64),
        room=np.array([problem.room(slot) for slot in range(problem.slots)], np.int64),
        halves=np.array([mask_of(part) for part in problem.parts], np.int64),
        earlier=np.array(rows, np.int64).reshape(len(rows), 2),
        chain=np.zeros(count + 2, np.int64),
        chance=np.array([0x9E3779B97F4A7C15 ^ (seed * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF)], np.uint64),
    )


@compiled
def below(board: Board, limit: int) -> int:
    """Draw a number from 0 to limit - 1 (G. Marsaglia, Xorshift RNGs, Journal of Statistical Software 8, 2003)."""
    state = board.chance[0]
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    board.chance[0] = state
    # Signed again: a kernel that mixes both kinds would go on with floating point.
    return np.int64(state >> np.uint64(33)) * limit >> 31  # type: ignore[return-value]


@compiled
def put(board: Board, meeting: int, slot: int) -> None:
    """Give a meeting a slot that its two have free."""
    board.slot[meeting] = slot
    board.load[slot] += 1
    for end in range(2):
        who = board.ends[meeting, end]
        board.diary[who, slot] = meeting
        board.busy[who] |= 1 << slot


@compiled
def take(board: Board, meeting: int) -> None:
    """Take a meeting out of its slot."""
    slot = board.slot[meeting]
    board.slot[meeting] = NOWHERE
    board.load[slot] -= 1
    for end in range(2):
        who = board.ends[meeting, end]
        board.diary[who, slot] = NOWHERE
        board.busy[who] &= ~(1 << slot)


@compiled
def find_chain(board: Board, meeting: int, to: int) -> int:
    """Find the chain by which a meeting can move; return its length, 0 if it cannot.

    A chain that closes to a ring has no ends, and changes nobody's used slots: its length is returned with a minus.
    """
    at = board.slot[meeting]
    if not board.allowed[meeting] >> to & 1:
        return 0
    board.chain[2] = meeting
    length = 1
    for end in range(2):
        who = board.ends[meeting, end]
        here, there = to, at
        while True:
            following = board.diary[who, here]
            if following == NOWHERE:
                break
            if following == meeting:
                return -length
            if not board.allowed[following] >> there & 1:
                return 0
            board.chain[2 + length] = following
            length += 1
            who = board.ends[following, 0] + board.ends[following, 1] - who
            here, there = there, here
        board.chain[end] = who
    return length


@compiled
def surplus(board: Board, length: int, at: int) -> int:
    """Count how many more meetings of the chain leave a slot than come into it: one, none, or minus one."""
    leaving = 0
    for link in range(length):
        leaving += 1 if board.slot[board.chain[2 + link]] == at else -1
    return leaving


@compiled
def swap(board: Board, length: int, one: int, other: int) -> None:
    """Swap two slots along the chain found last."""
    for link in range(length):
        meeting = board.chain[2 + link]
        slot = board.slot[meeting]
        for end in range(2):
            who = board.ends[meeting, end]
            board.diary[who, slot] = NOWHERE
            board.busy[who] &= ~(1 << slot)
    for link in range(length):
        meeting = board.chain[2 + link]
        before = board.slot[meeting]
        slot = one + other - before
        board.load[before] -= 1
        put(board, meeting, slot)
