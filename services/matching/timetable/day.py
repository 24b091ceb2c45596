"""What a timetable is made from and what comes out. Slots and tables are numbered from 1."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Request:
    """An accepted wish to meet. The host (the institution, mostly) keeps its table, guests walk."""

    id: str
    host: str
    guest: str
    priority: int
    filed: int
    slots: frozenset[int] | None = None
    """The slots it is wanted in (a session, say); None for any."""


@dataclass(frozen=True, slots=True)
class Party:
    """The people a party meets with, one meeting a slot each: the slots each of them is away; its quota of meetings."""

    away: tuple[frozenset[int], ...] = (frozenset(),)
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where one meeting happens."""

    slot: int
    table: int


@dataclass(frozen=True, slots=True)
class Booked:
    """A meeting both sides were already told of: it stays where it is."""

    host: str
    guest: str
    place: Place


@dataclass(frozen=True, slots=True)
class Day:
    """The requests of one day, its slots, the tables in each slot and what is booked already.

    `spare` tables stay free in each slot for who walks in. `halves` are the slots that begin after a rest, across which
    waiting is no gap. `first_meeting` is what a party's first meeting is worth beside the priorities: one step of them,
    so that of choices that are as good nobody goes without a meeting. `closed` are the tables at which nobody may sit,
    by slot. A party that is not named has one person, always there. Raises ValueError for a day that no timetable could
    be right for.
    """

    requests: tuple[Request, ...]
    slots: int
    tables: int
    booked: tuple[Booked, ...] = ()
    parties: Mapping[str, Party] = field(default_factory=dict)
    spare: int = 0
    halves: tuple[int, ...] = ()
    first_meeting: int = 1
    closed: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def party(self, name: str) -> Party:
        """Return what is known of a party."""
        return self.parties.get(name, Party())

    def room(self, slot: int) -> int:
        """Count the meetings a slot holds."""
        return max(0, self.tables - self.spare - len(self.closed_in(slot)))

    def closed_in(self, slot: int) -> frozenset[int]:
        """Return the tables that are closed in a slot."""
        return self.closed.get(slot, frozenset())

    @property
    def is_plain(self) -> bool:
        """Whether everybody is one person, there all day and without a quota, and every table may be taken."""
        unlike = any(party != Party() for party in self.parties.values())
        sessions = any(it.slots is not None for it in self.requests)
        return not (unlike or sessions or self.spare or any(self.closed.values()))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Host and guest of every request, then of every booked meeting."""
        wished = [(it.host, it.guest) for it in self.requests]
        return wished + [(it.host, it.guest) for it in self.booked]

    def __post_init__(self) -> None:
        """Refuse ids used twice, a party meeting itself, and booked meetings that clash."""
        _refuse_repeated("request", (request.id for request in self.requests))
        places = [meeting.place for meeting in self.booked]
        _refuse_repeated("booked place", places)
        met = Counter((who, it.place.slot) for it in self.booked for who in (it.host, it.guest))
        if crowded := [who for (who, _), times in met.items() if times > len(self.party(who).away)]:
            raise ValueError(f"{crowded[0]} is booked twice in a slot")
        if any(host == guest for host, guest in self.pairs):
            raise ValueError("a party cannot meet itself")
        if not all(1 <= at.slot <= self.slots and 1 <= at.table <= self.tables for at in places):
            raise ValueError("a booked meeting lies outside the day")
        if any(at.table in self.closed_in(at.slot) for at in places):
            raise ValueError("a booked meeting is at a closed table")


def closed_from(places: Iterable[Place], slots: int, taken: Collection[Place]) -> dict[int, frozenset[int]]:
    """Return the tables closed in each slot, when each of these places is closed to the end of the day.

    A table is not closed to a meeting that has `taken` it, before that has gone elsewhere.
    """
    closed = defaultdict[int, set[int]](set)
    for first in places:
        for slot in range(first.slot, slots + 1):
            if Place(slot, first.table) not in taken:
                closed[slot].add(first.table)
    return {slot: frozenset(tables) for slot, tables in closed.items()}


class Reason(StrEnum):
    """Why a request has no place."""

    OVER_SLOTS = "over_slots"
    """A party of it has more meetings than the day has slots, and meets in every slot."""

    TABLES_FULL = "tables_full"
    """The day has more meetings than slots x tables, and every table is taken in every slot."""

    NO_COMMON_SLOT = "no_common_slot"
    """Round the booked meetings, no slot is left in which both are free and a table is."""

    SEARCH_ENDED = "search_ended"
    """The same, where nothing proves that no timetable serves more: another might place it; none was found."""

    OVER_QUOTA = "over_quota"
    """A party of it has all the meetings that its quota allows."""

    NEVER_TOGETHER = "never_together"
    """The day has no slot that it is wanted in and both parties are there."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """The reason with what binds: the busy parties, the slots in which every table is taken."""

    reason: Reason
    parties: tuple[str, ...] = ()
    full_slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Timetable:
    """Every request of a day by id, in one of the first two.

    `people`: who of the host and of the guest meet, by number from 1; anybody who is free where it is not said.
    """

    placed: Mapping[str, Place] = field(default_factory=dict)
    unplaced: Mapping[str, Unplaced] = field(default_factory=dict)
    people: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A timetable, the value it serves and its gaps, and a bound beside each."""

    timetable: Timetable
    value: int
    most_value: int
    gaps: int
    least_gaps: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The fewest gaps found, None before the first timetable, and how few any timetable has at least."""

    stage: str
    best: int | None
    bound: int


def _refuse_repeated(what: str, things: Iterable[object]) -> None:
    seen = set[object]()
    for thing in things:
        if thing in seen:
            raise ValueError(f"{what} {thing} is there twice")
        seen.add(thing)
