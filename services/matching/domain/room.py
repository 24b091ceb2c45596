"""What room a day has left beside the meetings that stand."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.numbers import open_numbers
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Unserved
from services.matching.domain.request import Request
from services.matching.domain.seating import Officers, Seating, party_taken
from services.matching.timetable.day import Place, Reason
from shared.events.matching import Session


class Room:
    """Who is free in which slot that is not over, and at which tables nobody sits.

    Requests have less of it than walk-ins and meetings that move: they leave the spare tables alone, and give nobody
    more meetings than the plan does. It is what was so when it was read: that nobody and no table is taken twice,
    whoever books meanwhile, is claimed by each meeting.
    """

    def __init__(
        self, event: MarketEvent, participations: Iterable[Participation], meetings: Iterable[Meeting], at: datetime
    ) -> None:
        standing = [meeting for meeting in meetings if meeting.stands]
        self._event = event
        self._slots = event.plan.slots_left(at)
        self._present = {each.party: each for each in participations if each.takes_part}
        self._away = {each.party: event.away(each) for each in self._present.values()}
        self._busy = {
            (party, officer, it.place.slot)
            for each in standing
            for it in each.seatings
            for party, officer in zip(each.parties, it.officers, strict=True)
        }
        self._taken = {it.place for each in standing for it in each.seatings}
        self._pairs = {each.parties for each in standing if each.is_ahead}
        self._given = Counter(it.place.slot for each in standing if each.request for it in each.seatings)
        self._meetings = Counter(party for each in standing for party in each.parties)
        self._own_tables = {(each.institution, each.table) for each in standing}

    def is_free(self, party: str, slot: int) -> bool:
        """Return whether a party takes part, is there in this slot, and has an officer who meets nobody."""
        return bool(self._free_officers(party, slot))

    def officers(self, parties: tuple[str, str], slot: int, now: Officers = (1, 1)) -> list[Officers]:
        """Return who of two parties could meet in a slot, those who do `now` first."""
        firms, hosts = (self._free_officers(party, slot, officer) for party, officer in zip(parties, now, strict=True))
        return [*product(firms, hosts)]

    def officers_in(self, meeting: Meeting, slot: int) -> Officers:
        """Return who of a meeting would meet in a slot: its officers, but others for those who are taken there."""
        both = zip(meeting.parties, meeting.officers, strict=True)
        firm, institution = (next(iter(self._free_officers(party, slot, now)), now) for party, now in both)
        return firm, institution

    def must_be_free(self, parties: Iterable[str], slot: int) -> None:
        """Raise Refused when one of them is not."""
        for party in parties:
            if not self.is_free(party, slot):
                raise party_taken(party, slot)

    def tables(self, slot: int, host: str, key: str = "") -> list[int]:
        """Return the free tables, those its host sits at that day first; the others begin where `key` says."""
        numbers = range(1, self._event.plan.tables + 1)
        taken = {
            table for table in numbers if Place(slot, table) in self._taken or self._event.is_closed(Place(slot, table))
        }
        free = open_numbers(len(numbers), taken, key)
        return sorted(free, key=lambda table: (host, table) not in self._own_tables)

    def seatings(self, meeting: Meeting, near: int, session: Session) -> Iterator[Seating]:
        """Yield where a meeting could move, the slots nearest to `near` first; nowhere if the two have another one.

        Its own place comes before the other tables of its slot: other officers may meet there.
        """
        if meeting.parties in self._pairs:
            return
        for slot in sorted(self._slots_of(session), key=lambda slot: abs(slot - near)):
            places = [Place(slot, table) for table in self.tables(slot, meeting.institution)]
            places.sort(key=lambda place: place != meeting.place)
            for officers in self.officers(meeting.parties, slot, meeting.officers):
                yield from (Seating(place, officers) for place in places)

    def may_serve(self, request: Request, slot: int) -> bool:
        """Return whether a request may have a table of this slot."""
        return (
            slot in self._slots_of(request.session)
            and request.parties not in self._pairs
            and all(self.is_free(party, slot) and not self._has_enough(party) for party in request.parties)
            and bool(self._tables_of(request, slot))
        )

    def seatings_for(self, request: Request) -> Iterator[Seating]:
        """Yield where a request may be placed, the first slots first."""
        for slot in self._slots_of(request.session):
            if self.may_serve(request, slot):
                for officers in self.officers(request.parties, slot):
                    yield from (Seating(Place(slot, table), officers) for table in self._tables_of(request, slot))

    def why_not(self, request: Request) -> Unserved:
        """Say why it can be served nowhere: who is away or has met enough, or who is taken and which slots are."""
        pair = request.parties
        if away := [party for party in pair if party not in self._present]:
            return Unserved(request=request.id, reason="not_taking_part", parties=away)
        if pair in self._pairs:
            return Unserved(request=request.id, reason="meets_already", parties=[*pair])
        if parties := [party for party in pair if self._has_enough(party)]:
            return Unserved(request=request.id, reason=Reason.OVER_QUOTA, parties=parties)
        slots = self._slots_of(request.session)
        full = [slot for slot in slots if not self._tables_of(request, slot)]
        rest = [slot for slot in slots if slot not in full]
        return Unserved(
            request=request.id,
            reason=Reason.TABLES_FULL if full and not rest else Reason.NO_COMMON_SLOT,
            parties=[party for party in pair if any(not self.is_free(party, slot) for slot in rest)],
            full_slots=full,
        )

    def _free_officers(self, party: str, slot: int, first: int = 1) -> list[int]:
        there = [number for number, away in enumerate(self._away.get(party, ()), 1) if slot not in away]
        free = [each for each in there if (party, each, slot) not in self._busy]
        return sorted(free, key=lambda each: each != first)

    def _slots_of(self, session: Session) -> list[int]:
        wanted = self._event.plan.slots_of(session)
        return [slot for slot in self._slots if wanted is None or slot in wanted]

    def _tables_of(self, request: Request, slot: int) -> list[int]:
        plan = self._event.plan
        closed = sum(self._event.is_closed(Place(slot, table)) for table in range(1, plan.tables + 1))
        left = plan.tables - plan.spare_tables - closed - self._given[slot]
        return self.tables(slot, request.institution) if left > 0 else []

    def _has_enough(self, party: str) -> bool:
        most = self._event.plan.most_meetings(self._present[party].side)
        return most is not None and self._meetings[party] >= most
