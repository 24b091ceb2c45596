"""Meetings as edges, slots as colours: no two meetings of a party in one slot.

When nobody meets within their own side, the slots of the busiest party are enough for everybody
(D. Koenig, Ueber Graphen und ihre Anwendung auf Determinantentheorie und Mengenlehre,
Mathematische Annalen 77, 1916), and any timetable in k slots can be evened out until no slot holds
more than the k-th part of all meetings, rounded up (J. Folkman and D. R. Fulkerson, Edge colorings
in bipartite graphs, 1969; D. de Werra, Equitable colorations of graphs, 1971). Both proofs swap two
slots along a chain of meetings (Kempe chain), and so does this module.
"""

from collections import Counter, deque
from collections.abc import Iterable

from services.matching.timetable.day import Day

_FREE = -1


class Colouring:
    """Who meets in which slot; slots are counted from 0 here, tables are not given out yet.

    A meeting is meant by its number: first the requests of the day, then what is booked.
    """

    def __init__(self, day: Day) -> None:
        """Only what is booked has a slot."""
        self.pairs = day.pairs
        self.slots = range(day.slots)
        self.tables = day.tables
        self.slot_of: dict[int, int] = {}
        self.loads = [0] * day.slots
        self._booked_from = len(day.requests)
        self._diaries = {who: [_FREE] * day.slots for pair in self.pairs for who in pair}
        for meeting, booked in enumerate(day.booked, start=self._booked_from):
            self._put(meeting, booked.place.slot - 1)

    def free(self, party: str) -> list[int]:
        """List the slots in which a party does not meet."""
        diary = self._diaries[party]
        return [slot for slot in self.slots if diary[slot] == _FREE]

    def common(self, meeting: int) -> list[int]:
        """List the slots in which neither of the two meets, those with a free table first."""
        one, other = (self._diaries[who] for who in self.pairs[meeting])
        slots = [slot for slot in self.slots if one[slot] == other[slot] == _FREE]
        return sorted(slots, key=self.is_full)

    def is_full(self, slot: int) -> bool:
        """Whether every table is taken."""
        return self.loads[slot] >= self.tables

    def place_within_tables(self, meeting: int) -> bool:
        """Give a meeting a slot in which both are free and a table is, if there is one."""
        slots = self.common(meeting)
        if not slots or self.is_full(slots[0]):
            return False
        self._put(meeting, slots[0])
        return True

    def place(self, meeting: int) -> bool:
        """Give a meeting a slot, tables aside, moving others along a chain where it must be.

        It fails only if a party has no free slot, a booked meeting is in the way, or the day has no
        two sides.
        """
        one, other = self.pairs[meeting]
        slots = self.common(meeting) or self._made_common(one, other)
        if slots:
            self._put(meeting, slots[0])
        return bool(slots)

    def place_all(self, meetings: Iterable[int]) -> None:
        """Place one after the other; who finds no slot takes one, and who stood there looks again.

        Nobody may have more of them than slots. Each takes only so many times, so it ends.
        """
        waiting = deque(meetings)
        taken = Counter[int]()
        while waiting:
            meeting = waiting.popleft()
            if self.place(meeting):
                continue
            in_the_way = self._in_the_way(meeting)
            if taken[meeting] < len(in_the_way):
                other = in_the_way[taken[meeting]]
                taken[meeting] += 1
                self._put(meeting, self._take(other))
                waiting.append(other)

    def even_out(self) -> None:
        """Move meetings out of slots with too few tables, as long as a chain allows it."""
        for crowded in self.slots:
            for roomy in sorted(self.slots, key=self.loads.__getitem__):
                if not self.is_full(roomy):
                    self._move_surplus(crowded, roomy)

    def drop_surplus(self, ranked: Iterable[int]) -> list[int]:
        """Take out, in the order given, what stands in a slot with too few tables."""
        dropped = []
        for meeting in ranked:
            slot = self.slot_of.get(meeting)
            if slot is not None and self.loads[slot] > self.tables:
                self._take(meeting)
                dropped.append(meeting)
        return dropped

    def _made_common(self, one: str, other: str) -> list[int]:
        """Find a slot free for one party and, by one swap, make it free for the other."""
        for wanted in self.free(one):
            for spare in self.free(other):
                chain = self._chain(other, wanted, spare)
                if self._may_move(chain) and one not in self.pairs[chain[-1]]:
                    self._swap(chain, wanted, spare)
                    return [wanted]
        return []

    def _chain(self, party: str, slot: int, spare: int) -> list[int]:
        """Follow the meetings from a party free in `spare`, to and fro between the two slots."""
        chain = []
        while (meeting := self._diaries[party][slot]) != _FREE:
            chain.append(meeting)
            one, other = self.pairs[meeting]
            party = other if party == one else one
            slot, spare = spare, slot
        return chain

    def _in_the_way(self, meeting: int) -> list[int]:
        """Movable meetings of one of the two while the other is free."""
        one, other = self.pairs[meeting]
        standing = [self._diaries[other][slot] for slot in self.free(one)]
        standing += [self._diaries[one][slot] for slot in self.free(other)]
        return [it for it in standing if self._may_move([it])]

    def _may_move(self, meetings: Iterable[int]) -> bool:
        return all(meeting < self._booked_from for meeting in meetings)

    def _swap(self, chain: list[int], slot: int, spare: int) -> None:
        now = [self._take(meeting) for meeting in chain]
        for meeting, old in zip(chain, now, strict=True):
            self._put(meeting, spare if old == slot else slot)

    def _move_surplus(self, crowded: int, roomy: int) -> None:
        """Swap chains that begin and end in the crowded slot: each takes one meeting out of it."""
        for party, diary in self._diaries.items():
            if self.loads[crowded] <= self.tables or self.is_full(roomy):
                return
            if diary[crowded] != _FREE and diary[roomy] == _FREE:
                chain = self._chain(party, crowded, roomy)
                if len(chain) % 2 and self._may_move(chain):
                    self._swap(chain, crowded, roomy)

    def _put(self, meeting: int, slot: int) -> None:
        for party in self.pairs[meeting]:
            self._diaries[party][slot] = meeting
        self.slot_of[meeting] = slot
        self.loads[slot] += 1

    def _take(self, meeting: int) -> int:
        slot = self.slot_of.pop(meeting)
        for party in self.pairs[meeting]:
            self._diaries[party][slot] = _FREE
        self.loads[slot] -= 1
        return slot
