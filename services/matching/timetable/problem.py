"""Who is to meet whom, and in which slots: what is left of any day once the meetings are chosen.

This is the B2B meeting scheduling problem of M. Bofill and others, Constraint Solving Approaches to the
Business-to-Business Meeting Scheduling Problem, Journal of Artificial Intelligence Research 74 (2022), article 12670.
Participants, meetings and slots are counted from 0; a set of slots is a bit mask.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two participants, the slots they may meet in, and the meetings that come strictly earlier."""

    one: int
    other: int
    slots: int
    after: tuple[int, ...] = ()


@dataclass(frozen=True)
class Problem:
    """The meetings of a day; each needs one slot, nobody has two in one, a slot holds as many as tables.

    `fairness`: the gaps of any two participants differ by at most so many; None for as they fall.
    `halves`: the slots that begin after a rest (lunch); idle time across one is no gap. `rooms`: how many meetings each
    slot holds, where they are not all as many as the tables.
    """

    participants: int
    slots: int
    tables: int
    meetings: tuple[Meeting, ...]
    fairness: int | None = None
    halves: tuple[int, ...] = ()
    rooms: tuple[int, ...] | None = None

    @cached_property
    def meetings_of(self) -> list[list[int]]:
        """The meetings of each participant."""
        found: list[list[int]] = [[] for _ in range(self.participants)]
        for number, meeting in enumerate(self.meetings):
            found[meeting.one].append(number)
            found[meeting.other].append(number)
        return found

    @cached_property
    def most_gaps(self) -> int | None:
        """How many gaps fairness leaves anyone: who meets at most once has none, and is never far from the others."""
        lonely = any(len(mine) <= 1 for mine in self.meetings_of)
        return self.fairness if lonely else None

    def room(self, slot: int) -> int:
        """Return how many meetings a slot holds."""
        return self.tables if self.rooms is None else self.rooms[slot]

    @cached_property
    def parts(self) -> list[range]:
        """The slots between rests."""
        starts = sorted({0, *self.halves})
        return [range(start, end) for start, end in zip(starts, [*starts[1:], self.slots], strict=True)]


def slots_in(mask: int) -> list[int]:
    """List the slots of a set in order."""
    return [slot for slot in range(mask.bit_length()) if mask >> slot & 1]


def mask_of(slots: Iterable[int]) -> int:
    """Return the set of these slots."""
    mask = 0
    for slot in slots:
        mask |= 1 << slot
    return mask


def gaps_in(mask: int, parts: Sequence[range]) -> int:
    """Count the runs of idle slots between two used ones of a part."""
    gaps = 0
    for part in parts:
        here = mask >> part.start & (1 << len(part)) - 1
        gaps += max((here & ~(here << 1)).bit_count() - 1, 0)
    return gaps


def narrowed(problem: Problem) -> list[int]:
    """The slots each meeting can have once those before and after it have room; 0 for none.

    Rounds of earliest and latest slots along the orders, until nothing changes; a circle ends with no slots at all.
    """
    allowed = [meeting.slots for meeting in problem.meetings]
    changed = True
    while changed:
        changed = False
        for later, earlier in orders(problem):
            first = (allowed[earlier] & -allowed[earlier]).bit_length()
            last = allowed[later].bit_length() - 1
            behind = allowed[later] >> first << first if allowed[earlier] else 0
            before = allowed[earlier] & (1 << last) - 1 if last >= 0 else 0
            changed |= (behind, before) != (allowed[later], allowed[earlier])
            allowed[later], allowed[earlier] = behind, before
    return allowed


def orders(problem: Problem) -> Iterator[tuple[int, int]]:
    """Every (later, earlier) pair of meetings."""
    for later, meeting in enumerate(problem.meetings):
        for earlier in meeting.after:
            yield later, earlier
