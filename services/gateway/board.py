"""A market day as its board shows it: who sits where now and next, which tables are free, who is late, who is here."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.gateway.board_views import Board, Cell, Counts, Guest, Presence
from shared.events.matching import (
    EventState,
    MeetingState,
    MeetingStatus,
    ParticipationState,
    ParticipationStatus,
    start_of,
)

Seen = EventState | MeetingState | ParticipationState

TOOK_PLACE: frozenset[MeetingStatus] = frozenset({"held", "reported", "converted", "closed"})
PRESENCE: Mapping[ParticipationStatus, Presence] = {
    "confirmed": "expected",
    "checked_in": "here",
    "withdrawn": "not_coming",
    "declined": "not_coming",
}
"""Who still applies or waits has no place and is not on the board."""


class Hall:
    """What is known of a market day: its state, and the newest of each of its meetings and participations."""

    def __init__(self, event: EventState, others: Iterable[Seen]) -> None:
        self.event = event
        self.meetings: dict[str, MeetingState] = {}
        self.participations: dict[str, ParticipationState] = {}
        self._cells: dict[str, Cell] = {}
        """Of the meetings, as they are while nobody is late: most stay the same from change to change."""
        self.learn(others)

    def learn(self, states: Iterable[Seen]) -> None:
        """Take over what is newer."""
        for each in states:
            if isinstance(each, EventState):
                self.event = each
            elif isinstance(each, MeetingState):
                self.meetings[each.id] = each
                self._cells[each.id] = _cell(each)
            else:
                self.participations[each.id] = each

    def board(self, at: datetime) -> Board:
        """Return the board at a moment. A cancelled meeting stays on it as cancelled."""
        now, coming = self._slots(at)
        cells = [self._cell(each, at) for each in self.meetings.values()]
        guests = [_guest(each) for each in self.participations.values() if each.status in PRESENCE]
        return Board(
            event=self.event.id,
            title=self.event.title,
            status=self.event.status,
            at=at,
            now=now,
            next=coming,
            free_now=self._free(now),
            free_next=self._free(coming),
            counts=self._counts(guests),
            cells=sorted(cells, key=lambda cell: (cell.slot, cell.table, cell.meeting)),
            guests=sorted(guests, key=lambda guest: guest.party),
        )

    def _cell(self, meeting: MeetingState, at: datetime) -> Cell:
        cell = self._cells[meeting.id]
        if meeting.status != "booked" or meeting.starts_at > at:
            return cell
        late = [party for party in (meeting.firm, meeting.institution) if party not in meeting.arrived]
        return cell.model_copy(update={"late": late})

    def _slots(self, at: datetime) -> tuple[int | None, int | None]:
        """Return the slot that is on and the next to begin."""
        event = self.event
        starts = [
            start_of(slot, event.starts_at, event.slot_minutes, event.rests, event.buffer_minutes)
            for slot in range(1, event.slots + 1)
        ]
        begun = sum(start <= at for start in starts)
        is_on = begun > 0 and at < starts[begun - 1] + timedelta(minutes=event.slot_minutes)
        return begun if is_on else None, begun + 1 if begun < event.slots else None

    def _free(self, slot: int | None) -> list[int]:
        if slot is None:
            return []
        closed = {each.table for each in self.event.closed_tables if each.from_slot <= slot}
        had = {each.table for each in self.meetings.values() if each.slot == slot and each.status != "cancelled"}
        return [table for table in range(1, self.event.tables + 1) if table not in closed | had]

    def _counts(self, guests: Iterable[Guest]) -> Counts:
        statuses = [each.status for each in self.meetings.values()]
        presences = [each.presence for each in guests]
        return Counts(
            booked=statuses.count("booked"),
            in_progress=statuses.count("in_progress"),
            held=sum(status in TOOK_PLACE for status in statuses),
            no_show=statuses.count("no_show"),
            cancelled=statuses.count("cancelled"),
            walk_in=sum(each.origin == "onsite" for each in self.meetings.values()),
            here=presences.count("here"),
            expected=presences.count("expected"),
        )


def _cell(meeting: MeetingState) -> Cell:
    return Cell(
        meeting=meeting.id,
        slot=meeting.slot,
        table=meeting.table,
        starts_at=meeting.starts_at,
        firm=meeting.firm,
        institution=meeting.institution,
        walk_in=meeting.origin == "onsite",
        status=meeting.status,
        arrived=meeting.arrived,
        late=[],
    )


def _guest(participation: ParticipationState) -> Guest:
    presence = "gone" if participation.left else PRESENCE[participation.status]
    return Guest(
        participation=participation.id,
        party=participation.party,
        party_kind=participation.party_kind,
        presence=presence,
    )
