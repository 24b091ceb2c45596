"""An independent reading of a timetable; nothing in it is shared with what made the timetable."""

from collections import Counter
from collections.abc import Iterator

from services.matching.timetable.day import Booked, Day, Reason, Request, Timetable, Unplaced


def faults(day: Day, timetable: Timetable) -> list[str]:
    """Everything wrong with a timetable of the day, a sentence each; none means it may be released.

    Checked: every request has one answer; slots and tables exist; no party and no table is taken
    twice in a slot, also by what is booked; and each reason given for an unplaced request is true.
    """
    wrong = [*_answers(day, timetable), *_ranges(day, timetable)]
    # Reasons and clashes speak of the requests of the day only.
    return wrong or [*_clashes(day, timetable), *_false_reasons(day, timetable)]


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


def _clashes(day: Day, timetable: Timetable) -> Iterator[str]:
    meetings = _meetings(day, timetable)
    parties = Counter((it.place.slot, who) for it in meetings for who in (it.host, it.guest))
    tables = Counter(it.place for it in meetings)
    for (slot, who), times in parties.items():
        if times > 1:
            yield f"{who} meets {times} times in slot {slot}"
    for place, times in tables.items():
        if times > 1:
            yield f"table {place.table} is taken {times} times in slot {place.slot}"


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
        self._wishes = Counter(party for pair in day.pairs for party in pair)
        self._busy = {(who, it.place.slot) for it in meetings for who in (it.host, it.guest)}
        self._taken = Counter(it.place.slot for it in meetings)
        self._two_sided = _is_two_sided(day.pairs)

    def bear_out(self, request: Request, answer: Unplaced) -> bool:
        """Whether the reason is true and the parties and slots named are those that bind."""
        if not {request.host, request.guest}.issuperset(answer.parties):
            return False
        if answer.reason is Reason.OVER_SLOTS:
            return bool(answer.parties) and all(map(self._is_over, answer.parties))
        if answer.reason is Reason.TABLES_FULL:
            meetings = len(self._day.requests) + len(self._day.booked)
            return meetings > self._day.slots * self._day.tables and self._is_crowded()
        if answer.reason is Reason.NO_COMMON_SLOT:
            # With two sides and nothing booked there is always a stronger reason.
            return self._two_sided and bool(self._day.booked) and self._is_shut(answer)
        return not self._two_sided and self._is_shut(answer)

    def _slots(self) -> range:
        return range(1, self._day.slots + 1)

    def _is_over(self, party: str) -> bool:
        meets_always = all((party, slot) in self._busy for slot in self._slots())
        return meets_always and self._wishes[party] > self._day.slots

    def _is_crowded(self) -> bool:
        return all(self._taken[slot] >= self._day.tables for slot in self._slots())

    def _is_shut(self, answer: Unplaced) -> bool:
        """Every slot named has no table left; in every other a named party is busy."""
        full = all(self._taken[slot] >= self._day.tables for slot in answer.full_slots)
        rest = set(self._slots()) - set(answer.full_slots)
        return full and all(any((who, slot) in self._busy for who in answer.parties) for slot in rest)


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
