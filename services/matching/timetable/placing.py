"""The timetable of a day without absences: everything placeable is placed, the rest has a reason.

On a day with two sides (firms and institutions) and nothing booked this is a theorem: when nobody
has more meetings than slots and the day not more than slots x tables, all are placed; otherwise the
most are, see `choosing` and `colouring` for the sources. Beside booked meetings, or on a day where
anybody may meet anybody, it is a search that places what it can.
"""

from dataclasses import replace

from services.matching.timetable.choosing import Choice, one_side
from services.matching.timetable.colouring import Colouring
from services.matching.timetable.day import Day, Place, Reason, Timetable, Unplaced
from services.matching.timetable.tables import Seat, tables_of


def place(day: Day) -> Timetable:
    """Give every request of the day a slot and a table, or the reason why not.

    The same day gives the same timetable, whatever the order of its requests. Raises ValueError for a day with more to
    it than slots, tables and what is booked: that takes `planning`.
    """
    if not day.is_plain:
        raise ValueError("absences, officers, quotas, sessions, spare and closed tables take a planned timetable")
    ranked = sorted(day.requests, key=lambda it: (-it.priority, it.filed, it.id))
    day = replace(day, requests=tuple(ranked))
    colouring = Colouring(day)
    side = one_side(colouring.pairs)
    _colour(colouring, Choice(day).best(side), range(len(ranked)))
    tables = _tables(day, colouring)
    return Timetable(
        placed={
            request.id: Place(colouring.slot_of[number] + 1, tables[number])
            for number, request in enumerate(ranked)
            if number in tables
        },
        unplaced={
            request.id: _reason(colouring, number, two_sided=side is not None)
            for number, request in enumerate(ranked)
            if number not in tables
        },
    )


def _colour(colouring: Colouring, chosen: set[int], meetings: range) -> None:
    """Slots for the chosen, then as many others as what could not be placed leaves room for."""
    colouring.place_all(sorted(chosen))
    places = len(colouring.slots) * colouring.tables
    for meeting in meetings:
        if meeting not in colouring.slot_of and len(colouring.slot_of) < places:
            colouring.place(meeting)
    colouring.even_out()
    colouring.drop_surplus(reversed(meetings))
    for meeting in meetings:
        if meeting not in colouring.slot_of:
            colouring.place_within_tables(meeting)


def _tables(day: Day, colouring: Colouring) -> dict[int, int]:
    """Give each request with a slot a table."""
    numbers = range(len(day.requests))
    booked = [Seat((it.host, 0), it.place.slot, it.place.table) for it in day.booked]
    slots = {it: colouring.slot_of[it] + 1 for it in numbers if it in colouring.slot_of}
    return tables_of({it: (day.requests[it].host, 0) for it in numbers}, slots, booked, day.tables)


def _reason(colouring: Colouring, number: int, *, two_sided: bool) -> Unplaced:
    """Say what is certain, the strongest first."""
    pair = colouring.pairs[number]
    if full := tuple(who for who in pair if not colouring.free(who)):
        return Unplaced(Reason.OVER_SLOTS, parties=full)
    full_slots = tuple(slot for slot in colouring.slots if colouring.is_full(slot))
    if len(full_slots) == len(colouring.slots):
        return Unplaced(Reason.TABLES_FULL)
    open_slots = set(colouring.slots) - set(full_slots)
    return Unplaced(
        Reason.NO_COMMON_SLOT if two_sided else Reason.SEARCH_ENDED,
        parties=tuple(who for who in pair if not open_slots.issubset(colouring.free(who))),
        full_slots=tuple(slot + 1 for slot in full_slots),
    )
