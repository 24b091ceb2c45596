"""Why a request has no place: what is certain, the strongest first."""

from collections import Counter
from collections.abc import Mapping

from services.matching.timetable.day import Day, Place, Reason, Request, Unplaced
from services.matching.timetable.serving import pair_of, together


class Taken:
    """Who meets when on a finished day, and where tables are left."""

    def __init__(self, day: Day, placed: Mapping[str, Place]) -> None:
        """Count what is booked and what is placed."""
        self._day = day
        meetings = [(it.host, it.guest, it.place.slot) for it in day.booked]
        meetings += [(it.host, it.guest, placed[it.id].slot) for it in day.requests if it.id in placed]
        self._slots = range(1, day.slots + 1)
        self._met = Counter((who, slot) for host, guest, slot in meetings for who in (host, guest))
        self._meetings = Counter(who for host, guest, _ in meetings for who in (host, guest))
        held = Counter(slot for _, _, slot in meetings)
        self._full = tuple(slot for slot in self._slots if held[slot] >= day.room(slot))

    def reason(self, request: Request, *, certain: bool) -> Unplaced:
        """Say why a request has no place; `certain`: no timetable could have placed it and served as much besides."""
        pair = pair_of(request)
        if not together(self._day, request):
            return Unplaced(Reason.NEVER_TOGETHER, parties=pair)
        if parties := tuple(filter(self._has_all, pair)):
            return Unplaced(Reason.OVER_QUOTA, parties=parties)
        if parties := tuple(who for who in pair if all(self._is_busy(who, slot) for slot in self._slots)):
            return Unplaced(Reason.OVER_SLOTS, parties=parties)
        if len(self._full) == self._day.slots:
            return Unplaced(Reason.TABLES_FULL)
        rest = {*(self._slots if request.slots is None else request.slots)}.difference(self._full)
        parties = tuple(who for who in pair if any(self._is_busy(who, slot) for slot in rest))
        reason = Reason.NO_COMMON_SLOT if certain else Reason.SEARCH_ENDED
        return Unplaced(reason, parties, self._full)

    def _has_all(self, party: str) -> bool:
        most = self._day.party(party).most
        return most is not None and self._meetings[party] >= most

    def _is_busy(self, party: str, slot: int) -> bool:
        return self._met[party, slot] >= sum(slot not in away for away in self._day.party(party).away)
