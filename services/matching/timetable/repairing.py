"""A released timetable mended while the day runs: the fewest dropped, then the fewest sent away, then the fewest moved.

What is held, running or final is booked in the day and stays. Mending with those near the trouble takes a tenth of a
second and is mostly the best there is; with everybody, it is proven. Cores fail here and linear programming helps, as
was measured. The last timetable is the hint.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from services.matching.timetable.day import Day, Place, Timetable
from services.matching.timetable.reasons import Taken
from services.matching.timetable.serving import Wishes, pair_of

DROPPED, REFUSED, MOVED, RESEATED = 1000, 300, 10, 1
"""The price of a meeting that had a place and lost it, of a walk-in sent away, of another slot, of another table."""


@dataclass(frozen=True, slots=True)
class Move:
    """What both parties of a request must be told: from where to where, None for nowhere."""

    request: str
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Repair:
    """The mended timetable, the moves that lead to it, their price, and a bound: whoever moves, none costs less.

    Unless everybody may move, nothing is known of a bound.
    """

    timetable: Timetable
    moves: tuple[Move, ...]
    price: int
    bound: int


def repair(
    day: Day,
    standing: Mapping[str, Place],
    since: int,
    lost: frozenset[Place],
    seconds: float,
    hops: int | None = 2,
) -> Repair:
    """Mend the day as it is now, from slot `since` on; requests that do not stand yet walk in.

    `lost`: places that cannot be used any more. `hops`: who may move beside those in trouble: 0 nobody, 1 the other
    meetings of their parties, 2 those of their partners too, None everybody.
    """
    open_slots = frozenset(range(since, day.slots + 1))
    requests = tuple(
        replace(it, slots=open_slots if it.slots is None else it.slots & open_slots) for it in day.requests
    )
    return _Mending(replace(day, requests=requests), standing, lost).run(seconds, hops)


class _Counted:
    """The meetings of each party, of each party in each slot, and of each slot."""

    def __init__(self) -> None:
        self.parties: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
        self.hours: dict[tuple[str, int], list[cp_model.LinearExprT]] = defaultdict(list)
        self.slots: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)

    def add(self, pair: tuple[str, str], slot: int, here: cp_model.LinearExprT) -> None:
        self.slots[slot].append(here)
        for who in pair:
            self.parties[who].append(here)
            self.hours[who, slot].append(here)


class _Mending:
    """Requests are meant by their number in the day."""

    def __init__(self, day: Day, standing: Mapping[str, Place], lost: frozenset[Place]) -> None:
        self._day = day
        self._wishes = Wishes(day)
        self._lost = lost
        self._at = {number: standing[it.id] for number, it in enumerate(day.requests) if it.id in standing}
        gone = lost | {it.place for it in day.booked}
        self._tables = {
            slot: {it for it in range(1, day.tables + 1) if Place(slot, it) not in gone} - day.closed_in(slot)
            for slot in range(1, day.slots + 1)
        }

    def run(self, seconds: float, hops: int | None) -> Repair:
        """Search among those near the trouble, and give tables to who moved."""
        free = self._near(hops)
        slots, price, bound = self._search(free, seconds)
        places = {number: at for number, at in self._at.items() if number not in free}
        self._seat(slots, places)
        placed = {self._day.requests[number].id: place for number, place in places.items()}
        taken = Taken(self._day, placed)
        certain = hops is None and price == bound
        unplaced = {it.id: taken.reason(it, certain=certain) for it in self._day.requests if it.id not in placed}
        moves = tuple(
            Move(it.id, self._at.get(number), places.get(number))
            for number, it in enumerate(self._day.requests)
            if self._at.get(number) != places.get(number)
        )
        return Repair(Timetable(placed, unplaced), moves, price, bound if hops is None else 0)

    def _near(self, hops: int | None) -> set[int]:
        if hops is None:
            return set(range(len(self._day.requests)))
        near = self._in_trouble()
        for _ in range(hops):
            parties = {who for number in near for who in pair_of(self._day.requests[number])}
            near |= {it for it in self._at if parties.intersection(pair_of(self._day.requests[it]))}
        return near

    def _in_trouble(self) -> set[int]:
        """Find who walks in, who lost a table or a slot, and who is in a slot in which a party has too many."""
        met = Counter((who, at.slot) for number, at in self._at.items() for who in pair_of(self._day.requests[number]))
        return {
            number
            for number, request in enumerate(self._day.requests)
            if (at := self._at.get(number)) is None
            or at.table not in self._tables[at.slot]
            or not self._wishes.could_be(number, at.slot)
            or any(met[who, at.slot] > self._wishes.free(who, at.slot) for who in pair_of(request))
        }

    def _search(self, free: set[int], seconds: float) -> tuple[dict[int, int], int, int]:
        """Find slots for those who may move, round those who may not; return the price and its bound, too."""
        model = cp_model.CpModel()
        counted = _Counted()
        for number, at in self._at.items():
            if number not in free:
                counted.add(pair_of(self._day.requests[number]), at.slot, 1)
        there: dict[tuple[int, int], cp_model.IntVar] = {}
        prices: list[cp_model.LinearExprT] = []
        for number in sorted(free):
            possible = [slot for slot in range(1, self._day.slots + 1) if self._wishes.could_be(number, slot)]
            literals = {slot: model.new_bool_var("") for slot in possible}
            nowhere = model.new_bool_var("")
            model.add_exactly_one([*literals.values(), nowhere])
            prices.append((DROPPED if number in self._at else REFUSED) * nowhere)
            for slot, here in literals.items():
                there[number, slot] = here
                model.add_hint(here, number in self._at and self._at[number].slot == slot)
                prices.append(self._price(number, slot) * here)
                counted.add(pair_of(self._day.requests[number]), slot, here)
        near = {who for number in free for who in pair_of(self._day.requests[number])}
        standing = Counter(who for number in self._at for who in pair_of(self._day.requests[number]))
        for who in sorted(near):
            # A quota is no reason to drop what stands already.
            model.add(sum(counted.parties[who]) <= max(self._wishes.room(who), standing[who]))
        for (who, slot), met in counted.hours.items():
            if who in near:
                model.add(sum(met) <= self._wishes.free(who, slot))
        for slot, held in counted.slots.items():
            model.add(sum(held) <= len(self._tables[slot]) - self._day.spare)
        model.minimize(sum(prices))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 2
        solver.parameters.max_time_in_seconds = max(seconds, 0.0)
        status = solver.solve(model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            raise TimeoutError(f"no mended timetable in {seconds} s")
        found = {number: slot for (number, slot), here in there.items() if solver.value(here)}
        return found, round(solver.objective_value), round(solver.best_objective_bound)

    def _price(self, number: int, slot: int) -> int:
        at = self._at.get(number)
        if at is None:
            return 0
        if at.slot != slot:
            return MOVED
        return 0 if at.table in self._tables[slot] else RESEATED

    def _seat(self, slots: Mapping[int, int], places: dict[int, Place]) -> None:
        """Keep tables where the slot stays, then give the host's own where it is free, then any."""
        stay = [it for it, slot in slots.items() if self._at.get(it) and self._price(it, slot) == 0]
        for number in stay:
            places[number] = self._at[number]
        taken = set(places.values())
        tables: dict[str, set[int]] = defaultdict(set)
        for number, place in places.items():
            tables[self._day.requests[number].host].add(place.table)
        for number in sorted(set(slots).difference(stay)):
            left = [it for it in sorted(self._tables[slots[number]]) if Place(slots[number], it) not in taken]
            own = tables[self._day.requests[number].host]
            place = places[number] = Place(slots[number], next((it for it in left if it in own), left[0]))
            taken.add(place)
