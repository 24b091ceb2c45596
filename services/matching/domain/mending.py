"""A released timetable with a trouble in it: what is hit, what may move for it and what stays whatever happens.

Final is what began, where somebody sits, and what begins within 15 minutes: people are on their way to the table. It
stays, unless it is hit itself or the operator allows it to move. Nobody comes to a slot that is as near. Who
meets goes with the meeting wherever they are free there; else one of their party who is takes over.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.matching.domain.event import EARLY, MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from services.matching.domain.seating import Officers, Seating
from services.matching.domain.trouble import Trouble
from services.matching.timetable.day import Day, Party, Place, Request, Timetable, closed_from
from services.matching.timetable.verifier import faults
from shared.errors import Refused
from shared.events.matching import Session

WALK_IN = "walk_in"
"""What the day calls the meeting of those who walk in; it has no place yet."""
FIRST: Officers = (1, 1)
"""Who of two parties walks in, if they are free."""


Why = Literal["hit", "makes_room", "walks_in", "hands_over"]


class Shift(BaseModel):
    """Who moves, from where to where, null for nowhere, and why: hit by the trouble, or making room for another.

    What `hands_over` stays where it is, and other officers meet.
    """

    meeting: str = Field(examples=["mtg_2k9fm3"])
    firm: str
    institution: str
    before: Place | None
    after: Place | None
    firm_officer: int | None = Field(
        default=None, examples=[1], description="Who of the firm meets there; null for nobody, or whoever is free then"
    )
    institution_officer: int | None = Field(default=None, examples=[2], description="Who of the institution does")
    why: Why

    @property
    def parties(self) -> tuple[str, str]:
        return self.firm, self.institution

    @property
    def officers(self) -> Officers | None:
        """Who meets there; None where nobody does, and in repairs that were found before they said so."""
        if self.firm_officer is None or self.institution_officer is None:
            return None
        return self.firm_officer, self.institution_officer


@dataclass(frozen=True, slots=True)
class Mending:
    """The day from slot `since` on, the places of what may move and who meets there, and of that what is `hit`.

    `taken` are the people who meet at what stays, each with the slot.
    """

    day: Day
    standing: Mapping[str, Place]
    officers: Mapping[str, Officers]
    taken: frozenset[tuple[str, int, int]]
    since: int
    hit: frozenset[str]

    def shifts(self, timetable: Timetable, walk_in: str) -> list[Shift]:
        """Return what a timetable moves; who walks in gets a meeting of this id. Raise Refused for no place for it."""
        wrong = faults(self._of(timetable.placed), Timetable(timetable.placed))
        if wrong:
            raise outdated(wrong[0])
        if any(it.id == WALK_IN and it.id not in timetable.placed for it in self.day.requests):
            raise Refused(
                "repair.no_place",
                "no slot to come was found for these two, whoever moves for them",
                "다른 상담을 옮겨도 두 당사자가 만날 수 있는 시간대를 찾지 못했습니다",
            )
        people = self._people(timetable.placed, self.officers)
        found = []
        for it in self.day.requests:
            before, after = self.standing.get(it.id), timetable.placed.get(it.id)
            if before == after and people[it.id] == self.officers[it.id]:
                continue
            firm, institution = people.get(it.id, (None, None))
            found.append(
                Shift(
                    meeting=walk_in if it.id == WALK_IN else it.id,
                    firm=it.guest,
                    institution=it.host,
                    before=before,
                    after=after,
                    firm_officer=firm,
                    institution_officer=institution,
                    why="hands_over" if before == after else self._why(it.id),
                )
            )
        return found

    def must_take(self, shifts: Iterable[Shift]) -> None:
        """Raise Refused unless these are possible still, and all that is needed."""
        placed, officers = dict(self.standing), dict(self.officers)
        for shift in shifts:
            name = shift.meeting if shift.before else WALK_IN
            if placed.pop(name, None) != shift.before:
                raise outdated(f"{shift.meeting} is not where it was, or final")
            if shift.after:
                placed[name] = shift.after
                officers[name] = shift.officers or officers.get(name, FIRST)
        if wrong := faults(self._of(placed), Timetable(placed)):
            raise outdated(wrong[0])
        free = self._people(placed, officers)
        if taken := [name for name in placed if free[name] != officers[name]]:
            raise outdated(f"who is to meet in {taken[0]} is away or taken")

    def _people(self, placed: Mapping[str, Place], wanted: Mapping[str, Officers]) -> dict[str, Officers]:
        """Return who meets at these places: those who are wanted there if they can, else who is free.

        Where a meeting keeps its slot and nobody is away, those who meet come before those who come there.
        """
        taken = set(self.taken)
        found: dict[str, Officers] = {}
        there = [it for it in self.day.requests if it.id in placed]
        for it in sorted(there, key=lambda it: not self._keeps(it, placed[it.id].slot)):
            slot, (firm, institution) = placed[it.id].slot, wanted.get(it.id, FIRST)
            found[it.id] = self._who(it.guest, firm, slot, taken), self._who(it.host, institution, slot, taken)
            taken |= Seating(placed[it.id], found[it.id]).people((it.guest, it.host))
        return found

    def _keeps(self, it: Request, slot: int) -> bool:
        before = self.standing.get(it.id)
        if before is None or before.slot != slot:
            return False
        both = zip((it.guest, it.host), self.officers[it.id], strict=True)
        return all(slot not in self.day.party(party).away[officer - 1] for party, officer in both)

    def _who(self, party: str, wanted: int, slot: int, taken: Collection[tuple[str, int, int]]) -> int:
        """Return the officer who is wanted, or the first who is free, where one is."""
        there = [officer for officer, away in enumerate(self.day.party(party).away, 1) if slot not in away]
        free = [officer for officer in there if (party, officer, slot) not in taken]
        return wanted if wanted in free else next(iter(free), wanted)

    def _of(self, placed: Mapping[str, Place]) -> Day:
        return replace(self.day, requests=tuple(it for it in self.day.requests if it.id in placed))

    def _why(self, request: str) -> Why:
        if request == WALK_IN:
            return "walks_in"
        return "hit" if request in self.hit else "makes_room"


def outdated(fault: str) -> Refused:
    return Refused(
        "repair.outdated",
        f"the day has changed since ({fault}); have it repaired again",
        "재배정안을 만든 뒤 상담 일정이 바뀌었습니다. 재배정안을 다시 만드십시오",
    )


def mending_of(
    event: MarketEvent,
    trouble: Trouble,
    participations: Iterable[Participation],
    meetings: Iterable[Meeting],
    sessions: Mapping[str, Session],
    at: datetime,
) -> Mending:
    """Return the day as it is now with the trouble in it; `sessions` by request.

    Quotas and spare tables are for requests: they hold up nobody who has a place or walks in.
    """
    left = event.plan.slots_left(at)
    soon = at if trouble.even_final else at + EARLY
    since = next((slot for slot in left if event.plan.start_of(slot) > soon), event.plan.slots + 1)
    stands = [each for each in meetings if each.stands]
    hit = {each.id for each in stands if each.status == "booked" and each.slot in left and _is_hit(each, trouble, left)}
    free = [each for each in stands if each.id in hit or (each.slot >= since and _may_move(each))]
    names = {each.id for each in free}
    stays = [each for each in stands if each.id not in names and each.slot >= since]
    booked = tuple(each.booked() for each in stays)
    ahead = frozenset(range(since, event.plan.slots + 1))
    requests = [
        Request(each.id, each.institution, each.firm, 0, 0, ahead & _wanted(event, each, sessions)) for each in free
    ]
    if trouble.pair:
        firm, institution = trouble.pair
        requests.append(Request(WALK_IN, institution, firm, 0, 0, ahead))
    closed = [Place(each.from_slot, each.table) for each in event.closed_tables] + (
        [trouble.lost] if trouble.lost else []
    )
    day = Day(
        tuple(requests),
        event.plan.slots,
        event.plan.tables,
        booked,
        {
            each.party: Party(
                tuple(
                    away | trouble.away(each.party, officer, left) for officer, away in enumerate(event.away(each), 1)
                )
            )
            for each in participations
        },
        closed=closed_from(closed, event.plan.slots, {it.place for it in booked}),
    )
    taken = frozenset(person for each in stays for person in each.seating.people(each.parties))
    places, officers = {each.id: each.place for each in free}, {each.id: each.officers for each in free}
    return Mending(day, places, officers, taken, since, frozenset(hit))


def _is_hit(meeting: Meeting, trouble: Trouble, left: Collection[int]) -> bool:
    lost = trouble.lost
    if lost is not None and lost.table == meeting.table and lost.slot <= meeting.slot:
        return True
    return any(
        party not in meeting.arrived and meeting.slot in trouble.away(party, officer, left)
        for party, officer in zip(meeting.parties, meeting.officers, strict=True)
    )


def _may_move(meeting: Meeting) -> bool:
    return meeting.status == "booked" and not meeting.arrived


def _wanted(event: MarketEvent, meeting: Meeting, sessions: Mapping[str, Session]) -> frozenset[int]:
    """Return the slots that it was asked for, and that which it has."""
    wanted = event.plan.slots_of(sessions.get(meeting.request, "any"))
    return frozenset(range(1, event.plan.slots + 1)) if wanted is None else wanted | {meeting.slot}
