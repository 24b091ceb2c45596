"""The timetable of a whole day: choose what to serve, seat it, smooth it, prove it, and say why the rest waits.

There is a valid timetable from the first tenth of a second on, and a bound beside it: of the value served by the
choice, of gaps by the search.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from services.matching.timetable import audit
from services.matching.timetable.chains import NOWHERE
from services.matching.timetable.day import Day, Place, Plan, Progress, Request, Timetable
from services.matching.timetable.joining import joined
from services.matching.timetable.problem import Meeting, Problem, mask_of
from services.matching.timetable.proving import Model
from services.matching.timetable.reasons import Taken
from services.matching.timetable.serving import Wishes, pair_of
from services.matching.timetable.smoothing import seated
from services.matching.timetable.solving import MOVES, SHARE, Search
from services.matching.timetable.tables import Seat, tables_of


def plan(
    day: Day,
    left: Callable[[], float],
    seed: int = 1,
    tell: Callable[[Progress], None] = lambda _: None,
    moves: int = MOVES,
) -> Plan:
    """Give every request of the day a slot and a table, or the reason why not, in the time that is left.

    The same seed gives the same timetable, whatever the order of the requests, if the time does not cut in.
    """
    ranked = tuple(sorted(day.requests, key=lambda it: (-it.priority, it.filed, it.id)))
    return _Planner(replace(day, requests=ranked), seed).run(left, tell, moves)


class _Planner:
    """Every meeting has a person of both parties, by number; requests are meant by their number in the day."""

    def __init__(self, day: Day, seed: int) -> None:
        self._day = day
        self._seed = seed
        self._wishes = Wishes(day)
        names = sorted({who for pair in day.pairs for who in pair})
        self._people: dict[str, list[int]] = {}
        self._there: list[int] = []
        for name in names:
            away = day.party(name).away
            self._people[name] = list(range(len(self._there), len(self._there) + len(away)))
            self._there += [mask_of(slot for slot in range(day.slots) if slot + 1 not in each) for each in away]
        self._load = [0] * len(self._there)
        self._booked: list[Meeting] = []
        for it in day.booked:
            self._booked.append(self._book(it.host, it.guest, it.place.slot - 1))

    def run(self, left: Callable[[], float], tell: Callable[[Progress], None], moves: int) -> Plan:
        """Go through the stages."""
        served = self._wishes.best(left())
        meetings = {number: self._meeting(self._day.requests[number]) for number in served.requests}
        slots = self._seat(meetings, left)
        self._fill(meetings, slots)
        bound = served.bound
        if self._wishes.value(sorted(slots)) < bound and left() > 0:
            better = joined(self._wishes, slots, bound, left() * SHARE, self._seed)
            bound = better.bound
            if better.slots is not slots:
                slots = dict(better.slots)
                meetings = self._peopled(slots)
        order = sorted(slots)
        problem = self._problem([meetings[it] for it in order])
        first = [self._slot(it) for it in self._booked] + [slots[it] for it in order]
        proof = Search(problem, left, self._seed, tell, moves, first).run()
        if proof.slot_of is not None:
            slots = dict(zip(order, proof.slot_of[len(self._booked) :], strict=True))
        gaps, least = proof.gaps or 0, proof.bound
        self._fill(meetings, slots)
        if len(slots) > len(order):
            # The proof speaks of the meetings it was asked about; smoothing made room for more.
            gaps, least = self._gaps(meetings, slots), 0
        value = self._wishes.value(sorted(slots))
        timetable = self._told(meetings, slots, all_served=value == bound)
        return Plan(timetable, value, bound, gaps, least)

    def _gaps(self, meetings: dict[int, Meeting], slots: dict[int, int]) -> int:
        problem = self._problem([meetings[it] for it in slots])
        return audit.total_gaps(problem, [slot for _, slot in self._all(meetings, slots)])

    def _seat(self, meetings: dict[int, Meeting], left: Callable[[], float]) -> dict[int, int]:
        """Find a slot for each; where some have none, the solver tries all at once."""
        problem = self._problem(meetings.values())
        allowed = [it.slots for it in problem.meetings]
        booked = len(self._booked)
        ranked = sorted(range(len(allowed)), key=lambda it: (it >= booked, allowed[it].bit_count()))
        found: Sequence[int] = seated(problem, allowed, ranked, self._seed)
        if NOWHERE in found and all(allowed) and left() > 0:
            found = Model(problem, allowed).solve(left() * SHARE, self._seed, lambda _: None).slot_of or found
        return {number: slot for number, slot in zip(meetings, found[booked:], strict=True) if slot != NOWHERE}

    def _fill(self, meetings: dict[int, Meeting], slots: dict[int, int]) -> None:
        """Place whatever still fits without moving anybody, the first in rank first."""
        busy = [0] * len(self._there)
        held = Counter[int]()
        met = Counter[str]()
        for meeting, slot in self._all(meetings, slots):
            busy[meeting.one] |= 1 << slot
            busy[meeting.other] |= 1 << slot
            held[slot] += 1
        for booked in self._day.booked:
            met.update((booked.host, booked.guest))
        for number in slots:
            met.update(pair_of(self._day.requests[number]))
        for number in self._wishes.numbers:
            request = self._day.requests[number]
            if number in slots or any(met[who] >= self._most(who) for who in pair_of(request)):
                continue
            roomy = mask_of(slot for slot in range(self._day.slots) if held[slot] < self._day.room(slot + 1))
            for one, other in product(self._people[request.host], self._people[request.guest]):
                if free := self._common(request, one, other) & ~busy[one] & ~busy[other] & roomy:
                    slots[number] = (free & -free).bit_length() - 1
                    meetings[number] = Meeting(one, other, self._common(request, one, other))
                    busy[one] |= free & -free
                    busy[other] |= free & -free
                    held[slots[number]] += 1
                    met.update(pair_of(request))
                    break

    def _peopled(self, slots: dict[int, int]) -> dict[int, Meeting]:
        """Give meetings with slots, but without people, anybody of both parties who is there and free."""
        taken = {(who, self._slot(it)) for it in self._booked for who in (it.one, it.other)}
        meetings = {}
        for number, slot in slots.items():
            request = self._day.requests[number]
            one, other = (
                next(it for it in self._people[who] if self._there[it] >> slot & 1 and (it, slot) not in taken)
                for who in pair_of(request)
            )
            taken |= {(one, slot), (other, slot)}
            meetings[number] = Meeting(one, other, self._common(request, one, other))
        return meetings

    def _told(self, meetings: dict[int, Meeting], slots: dict[int, int], *, all_served: bool) -> Timetable:
        """Give tables to what has a slot, and reasons to the rest."""
        day = self._day
        hosts = {number: (day.requests[number].host, meetings[number].one) for number in slots}
        booked = [
            Seat((it.host, meeting.one), it.place.slot, it.place.table)
            for it, meeting in zip(day.booked, self._booked, strict=True)
        ]
        slot_of = {number: slot + 1 for number, slot in slots.items()}
        tables = tables_of(hosts, slot_of, booked, day.tables, day.closed)
        placed = {day.requests[number].id: Place(slots[number] + 1, table) for number, table in tables.items()}
        taken = Taken(day, placed)
        fitting = set(self._wishes.numbers)
        unplaced = {
            it.id: taken.reason(it, certain=all_served or number not in fitting)
            for number, it in enumerate(day.requests)
            if it.id not in placed
        }
        people = {day.requests[number].id: self._people_of(day.requests[number], meetings[number]) for number in tables}
        return Timetable(placed, unplaced, people)

    def _people_of(self, request: Request, meeting: Meeting) -> tuple[int, int]:
        """Return who of both parties meet, by number from 1."""
        host, guest = (self._people[who][0] for who in pair_of(request))
        return meeting.one - host + 1, meeting.other - guest + 1

    def _all(self, meetings: dict[int, Meeting], slots: dict[int, int]) -> Iterator[tuple[Meeting, int]]:
        yield from ((it, self._slot(it)) for it in self._booked)
        yield from ((meetings[number], slot) for number, slot in slots.items())

    def _problem(self, meetings: Iterable[Meeting]) -> Problem:
        day = self._day
        booked = Counter(map(self._slot, self._booked))
        rooms = tuple(max(day.room(slot + 1), booked[slot]) for slot in range(day.slots))
        halves = tuple(slot - 1 for slot in day.halves)
        return Problem(len(self._there), day.slots, max(rooms), (*self._booked, *meetings), halves=halves, rooms=rooms)

    def _book(self, host: str, guest: str, slot: int) -> Meeting:
        """Give a booked meeting people who are free then, those who are there first."""
        taken = {who for it in self._booked if self._slot(it) == slot for who in (it.one, it.other)}
        ends = [
            max((it for it in self._people[name] if it not in taken), key=lambda it: self._there[it] >> slot & 1)
            for name in (host, guest)
        ]
        for who in ends:
            self._load[who] += 1
        return Meeting(ends[0], ends[1], 1 << slot)

    def _meeting(self, request: Request) -> Meeting:
        """Give a request the people of its parties with the most time left that they share."""

        def rank(pair: tuple[int, int]) -> tuple[bool, int, int]:
            free = [self._there[it].bit_count() - self._load[it] for it in pair]
            return self._common(request, *pair) > 0, min(free), sum(free)

        one, other = max(product(self._people[request.host], self._people[request.guest]), key=rank)
        self._load[one] += 1
        self._load[other] += 1
        return Meeting(one, other, self._common(request, one, other))

    def _common(self, request: Request, one: int, other: int) -> int:
        both = self._there[one] & self._there[other]
        return both if request.slots is None else both & mask_of(slot - 1 for slot in request.slots)

    def _most(self, party: str) -> int:
        most = self._day.party(party).most
        return len(self._day.pairs) if most is None else most

    @staticmethod
    def _slot(booked: Meeting) -> int:
        """Return the one slot a booked meeting may have."""
        return booked.slots.bit_length() - 1
