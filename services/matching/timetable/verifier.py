"""An independent reading of a timetable; nothing in it is shared with what made the timetable."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from services.matching.timetable.day import Booked, Day, Place, Reason, Request, Timetable, Unplaced

Person = tuple[str, int]
"""A party and the number of one of its people."""


def faults(day: Day, timetable: Timetable) -> list[str]:
    """Everything wrong with a timetable of the day, a sentence each; none means it may be released.

    Checked: every request has one answer; slots and tables exist; nobody and no table is taken
    twice in a slot, also by what is booked; absences, quotas, sessions, spare and closed tables are kept;
    and each reason given for an unplaced request is true.
    """
    wrong = [*_answers(day, timetable), *_ranges(day, timetable)]
    # Reasons and clashes speak of the requests of the day only.
    return wrong or [
        *_clashes(day, timetable),
        *_wrong_people(day, timetable),
        *_broken_limits(day, timetable),
        *_false_reasons(day, timetable),
    ]


def waits(day: Day, timetable: Timetable) -> int:
    """Count the gaps of everybody between two rests again, on a day on which who is booked already is the first."""
    return sum(waits_of_each(day, timetable).values())


def waits_of_each(day: Day, timetable: Timetable) -> dict[Person, int]:
    """Count them for everybody who meets somebody."""
    met: dict[tuple[str, int, int], set[int]] = {}
    booked = [((it.host, 1), (it.guest, 1), it.place) for it in day.booked]
    for *both, at in (*booked, *_sittings(day, timetable)):
        rests = sum(first <= at.slot for first in day.halves)
        for who, number in both:
            met.setdefault((who, number, rests), set()).add(at.slot)
    found: dict[Person, int] = {}
    for (who, number, _), slots in met.items():
        gaps = sum(slot + 1 not in slots for slot in slots - {max(slots)})
        found[who, number] = found.get((who, number), 0) + gaps
    return found


def _answers(day: Day, timetable: Timetable) -> Iterator[str]:
    answers = Counter([*timetable.placed, *timetable.unplaced])
    asked = {request.id for request in day.requests}
    for request in sorted(asked):
        if answers[request] != 1:
            yield f"request {request} is answered {answers[request]} times, not once"
    for request in sorted(set(answers) - asked):
        yield f"request {request} was never filed"


def _ranges(day: Day, timetable: Timetable) -> Iterator[str]:
    for request, place in timetable.placed.items():
        if place.slot not in range(1, day.slots + 1):
            yield f"request {request} is in slot {place.slot}, which the day does not have"
        if place.table not in range(1, day.tables + 1):
            yield f"request {request} is at table {place.table}, which the day does not have"


def _meetings(day: Day, timetable: Timetable) -> list[Booked]:
    """All that happens on the day, booked before or placed now."""
    placed = timetable.placed
    return [
        *day.booked,
        *(Booked(it.host, it.guest, placed[it.id]) for it in day.requests if it.id in placed),
    ]


def _sittings(day: Day, timetable: Timetable) -> Iterator[tuple[Person, Person, Place]]:
    """Who of the host and of the guest sit where: the first where nobody is named."""
    for it in day.requests:
        if it.id in timetable.placed:
            host, guest = timetable.people.get(it.id, (1, 1))
            yield (it.host, host), (it.guest, guest), timetable.placed[it.id]


def _wrong_people(day: Day, timetable: Timetable) -> Iterator[str]:
    """Who is named meets once in a slot, and is there."""
    named = replace(day, requests=tuple(it for it in day.requests if it.id in timetable.people))
    met = Counter((who, at.slot) for *both, at in _sittings(named, timetable) for who in both)
    for ((who, number), slot), times in met.items():
        away = day.party(who).away
        if times > 1:
            yield f"person {number} of {who} meets {times} times in slot {slot}"
        if not 1 <= number <= len(away) or slot in away[number - 1]:
            yield f"person {number} of {who} is not there in slot {slot}"


def _clashes(day: Day, timetable: Timetable) -> Iterator[str]:
    meetings = _meetings(day, timetable)
    people = _People(day)
    before = Counter((it.place.slot, who) for it in day.booked for who in (it.host, it.guest))
    parties = Counter((it.place.slot, who) for it in meetings for who in (it.host, it.guest))
    tables = Counter(it.place for it in meetings)
    for (slot, who), times in parties.items():
        # What is booked was agreed whoever is away.
        if times > max(people.there(who, slot), before[slot, who]):
            yield f"{who} meets {times} times in slot {slot}"
    for place, times in tables.items():
        if times > 1:
            yield f"table {place.table} is taken {times} times in slot {place.slot}"


def _broken_limits(day: Day, timetable: Timetable) -> Iterator[str]:
    """Quotas, sessions and the tables to be kept free."""
    meetings = _meetings(day, timetable)
    booked = Counter(it.place.slot for it in day.booked)
    for slot, taken in Counter(it.place.slot for it in meetings).items():
        if taken > max(_open_tables(day, slot) - day.spare, booked[slot]):
            yield f"slot {slot} has fewer than {day.spare} tables to spare"
    for name, at in timetable.placed.items():
        if at.table in day.closed.get(at.slot, ()):
            yield f"request {name} is at table {at.table}, which is closed in slot {at.slot}"
    asked = Counter(who for it in day.requests if it.id in timetable.placed for who in (it.host, it.guest))
    for who, times in Counter(who for it in meetings for who in (it.host, it.guest)).items():
        most = day.party(who).most
        if most is not None and times > most and asked[who]:
            yield f"{who} has {times} meetings and a quota of {most}"
    for request in day.requests:
        place = timetable.placed.get(request.id)
        if place is not None and request.slots is not None and place.slot not in request.slots:
            yield f"request {request.id} is not wanted in slot {place.slot}"


def _open_tables(day: Day, slot: int) -> int:
    return sum(table not in day.closed.get(slot, ()) for table in range(1, day.tables + 1))


class _People:
    """How many people of a party are there when."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def there(self, party: str, slot: int) -> int:
        return sum(slot not in away for away in self._day.party(party).away)


def _false_reasons(day: Day, timetable: Timetable) -> Iterator[str]:
    facts = _Facts(day, timetable)
    for request in day.requests:
        if request.id in timetable.unplaced:
            answer = timetable.unplaced[request.id]
            if not facts.bear_out(request, answer):
                yield f"request {request.id} is unplaced for a reason that is not so: {answer}"


class _Facts:
    """What a finished timetable says about who and what is taken when."""

    def __init__(self, day: Day, timetable: Timetable) -> None:
        meetings = _meetings(day, timetable)
        self._day = day
        self._people = _People(day)
        self._wishes = Counter(party for pair in day.pairs for party in pair)
        self._meetings = Counter(who for it in meetings for who in (it.host, it.guest))
        self._met = Counter((who, it.place.slot) for it in meetings for who in (it.host, it.guest))
        self._taken = Counter(it.place.slot for it in meetings)
        self._rooms = {slot: max(0, _open_tables(day, slot) - day.spare) for slot in self._slots()}
        self._two_sided = _is_two_sided(day.pairs)

    def bear_out(self, request: Request, answer: Unplaced) -> bool:
        """Whether the reason is true and the parties and slots named are those that bind."""
        if not {request.host, request.guest}.issuperset(answer.parties):
            return False
        if answer.reason in {Reason.OVER_SLOTS, Reason.OVER_QUOTA}:
            binds = self._is_over if answer.reason is Reason.OVER_SLOTS else self._has_all
            return bool(answer.parties) and all(map(binds, answer.parties))
        if answer.reason is Reason.NEVER_TOGETHER:
            return not any(self._could_meet(request, slot) for slot in self._slots())
        if answer.reason is Reason.TABLES_FULL:
            meetings = len(self._day.requests) + len(self._day.booked)
            return meetings > sum(self._rooms.values()) and self._is_crowded()
        plain = self._two_sided and self._day.is_plain
        if answer.reason is Reason.NO_COMMON_SLOT:
            # With two sides, nobody away and nothing booked there is always a stronger reason.
            return (bool(self._day.booked) or not plain) and self._is_shut(request, answer)
        return not plain and self._is_shut(request, answer)

    def _slots(self) -> range:
        return range(1, self._day.slots + 1)

    def _is_busy(self, party: str, slot: int) -> bool:
        return self._met[party, slot] >= self._people.there(party, slot)

    def _is_over(self, party: str) -> bool:
        there = sum(self._people.there(party, slot) for slot in self._slots())
        return all(self._is_busy(party, slot) for slot in self._slots()) and self._wishes[party] > there

    def _has_all(self, party: str) -> bool:
        most = self._day.party(party).most
        return most is not None and self._meetings[party] >= most

    def _could_meet(self, request: Request, slot: int) -> bool:
        wanted = request.slots is None or slot in request.slots
        return wanted and all(self._people.there(who, slot) for who in (request.host, request.guest))

    def _is_crowded(self) -> bool:
        return all(self._taken[slot] >= room for slot, room in self._rooms.items())

    def _is_shut(self, request: Request, answer: Unplaced) -> bool:
        """Every slot named has no table left; in every other wanted one a named party is busy."""
        full = all(self._taken[slot] >= self._rooms[slot] for slot in answer.full_slots)
        wanted = set(self._slots()) if request.slots is None else set(request.slots)
        rest = wanted - set(answer.full_slots)
        return full and all(any(self._is_busy(who, slot) for who in answer.parties) for slot in rest)


def _is_two_sided(pairs: list[tuple[str, str]]) -> bool:
    """Whether no ring of meetings has an odd length: parties are joined to upside-down twins."""
    group: dict[tuple[str, bool], tuple[str, bool]] = {}

    def top(member: tuple[str, bool]) -> tuple[str, bool]:
        while group.setdefault(member, member) != member:
            group[member] = group[group[member]]
            member = group[member]
        return member

    for one, other in pairs:
        group[top((one, True))] = top((other, False))
        group[top((one, False))] = top((other, True))
    return all(top((one, True)) != top((one, False)) for one, _ in pairs)
