"""What more than one edge does, or what needs more than one document to decide."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.numbers import NUMBER_TAKEN, open_numbers
from services.matching.domain.participation import Participation, party_claim
from services.matching.domain.plan import Score, Unserved
from services.matching.domain.request import Request
from services.matching.domain.room import Room
from services.matching.domain.scheduling import day_of, gate
from services.matching.domain.seating import PARTY_TAKEN, TABLE_TAKEN, Seating, person_of
from services.matching.domain.sides import Side, not_taking_part
from services.matching.ground import Matching
from services.matching.solver import Planning
from services.matching.timetable import placing
from services.matching.timetable.day import Day, Place, Plan, Timetable
from shared.aggregate import Cause
from shared.calls import Call
from shared.errors import Refused, Unavailable
from shared.store import Answer

EVERY = 20_000
"""More than the participations, requests or meetings of the largest event."""


async def seat(matching: Matching, event: MarketEvent, new: Callable[[], Participation], cause: Cause) -> Answer:
    """Create a participation: confirmed at once while places last and nobody waits, else on the waiting list."""
    store = matching.participations
    participation = new()
    capacity = event.plan.capacity(participation.side)
    if capacity is None:
        participation.confirm(cause.at)
        return await store.create(participation, cause)
    present = await _of_side(matching, event.id, participation.side)
    if not any(each.status == "waiting" for each in present):
        for place in open_numbers(capacity, {each.place for each in present}, participation.id):
            participation = new()
            participation.confirm(cause.at, place)
            if answer := await _unless_taken(store.create(participation, cause)):
                return answer
    participation = new()
    participation.wait(cause.at)
    return await store.create(participation, cause)


async def promote(matching: Matching, event: MarketEvent, side: Side, cause: Cause) -> None:
    """Give free places to those who wait and may still take part, the longest first.

    Called whenever somebody begins to wait, may take part again, or leaves: whichever comes last sees the others, so
    nobody waits beside a free place.
    """
    capacity = event.plan.capacity(side) or 0
    present = await _of_side(matching, event.id, side)
    taken = {each.place for each in present}
    waiting = [each for each in present if each.status == "waiting"]
    active = await active_parties(matching, (each.party for each in waiting), cause.at)
    for participation in (each for each in waiting if each.party in active):
        for place in open_numbers(capacity, taken, participation.id):
            taken.add(place)
            promoted = await matching.participations.load(participation.id)
            if promoted.status != "waiting":
                break
            promoted.confirm(cause.at, place)
            if await _unless_taken(matching.participations.save(promoted, cause)):
                break


async def plan_in_series(
    matching: Matching, series: str, year: int, new: Callable[[int], MarketEvent], cause: Cause
) -> Answer:
    """Create an event under the next number of this year in its series.

    A number is tried only once the one before is taken, and taken for good: none is left out, whoever plans meanwhile.
    """
    numbered = await matching.events.where({"edition.series": series, "edition.year": year}, EVERY)
    number = len(numbered) + 1
    while (answer := await _unless_taken(matching.events.create(new(number), cause))) is None:
        number += 1
    return answer


async def file_within_quota(
    matching: Matching, event: MarketEvent, requester: str, new: Callable[[int], Request], cause: Cause
) -> Answer:
    """Create a request under a free number of its requester's quota. Raise Refused when there is none."""
    filed = await matching.requests.where({"event": event.id, "requester": requester}, EVERY)
    used = {each.number for each in filed if each.claims()}
    for number in open_numbers(event.plan.quota, used, cause.key):
        if answer := await _unless_taken(matching.requests.create(new(number), cause)):
            return answer
    raise Refused(
        "request.quota_used",
        f"{requester} has filed its {event.plan.quota} requests for this event",
        f"{requester}은(는) 이 행사에서 신청 가능한 {event.plan.quota}건을 모두 사용했습니다",
    )


async def day_to_plan(matching: Matching, event: MarketEvent, at: datetime) -> tuple[Day, list[Unserved]]:
    """Return the day as it is to be planned at this moment, and the accepted requests that may not be scheduled."""
    accepted = await matching.requests.where({"event": event.id, "status": "accepted"}, EVERY)
    active = await active_parties(matching, (party for it in accepted for party in (it.firm, it.institution)), at)
    present = await matching.participations.where({"event": event.id}, EVERY)
    admitted, turned_away = gate(accepted, {each.party for each in present if each.takes_part}, active)
    meetings = await matching.meetings.where({"event": event.id}, EVERY)
    return day_of(event, admitted, meetings, present, at), turned_away


async def timetable_for(day: Day, planned: Planning) -> tuple[Timetable, Score | None]:
    """Return the best timetable found in time, and how good it is; a day without requests needs no planning.

    A plain day whose worker fails is placed without it: as many meetings, if with more gaps. Raise Unavailable for any
    other.
    """
    if not day.requests:
        return Timetable({}), None
    if plan := await planned(day):
        return plan.timetable, score_of(plan)
    if day.is_plain:
        return await asyncio.to_thread(placing.place, day), None
    raise Unavailable(
        "timetable.no_plan",
        "no timetable could be planned in time and nothing was released; try again with the same Idempotency-Key",
        "제한 시간 안에 시간표를 만들지 못해 배포하지 않았습니다. 같은 Idempotency-Key로 다시 시도하십시오",
    )


def score_of(plan: Plan) -> Score:
    """Return how good a plan is."""
    return Score(value=plan.value, most_value=plan.most_value, gaps=plan.gaps, least_gaps=plan.least_gaps)


async def room_at(matching: Matching, event: MarketEvent, at: datetime, leaving: str = "") -> Room:
    """Return what room an event has at this moment, as if the meeting that is `leaving` its place stood no more."""
    present = await matching.participations.where({"event": event.id}, EVERY)
    meetings = await matching.meetings.where({"event": event.id}, EVERY)
    return Room(event, present, (each for each in meetings if each.id != leaving), at)


async def seat_walk_in(
    matching: Matching,
    event: MarketEvent,
    both: tuple[Participation, Participation],
    slot: int,
    table: int | None,
    new: Callable[[Seating], Meeting],
    cause: Cause,
) -> Answer:
    """Create a meeting of a firm and an institution at this table, or at a free one: its host's of that day first.

    Who finds an officer or a table taken meanwhile tries the next one, until there is none.
    """
    pair = both[0].party, both[1].party
    told = ({"slot": slot}, {"swap.slot": slot}, {"institution": pair[1]})
    found = [each for some in told for each in await matching.meetings.where({"event": event.id} | some, EVERY)]
    room = Room(event, both, found, cause.at)
    room.must_be_free(pair, slot)
    officers = room.officers(pair, slot)
    tables = room.tables(slot, pair[1], cause.key) if table is None else [table]
    while tables:
        try:
            return await matching.meetings.create(new(Seating(Place(slot, tables[0]), officers[0])), cause)
        except Refused as refusal:
            if refusal.rule == TABLE_TAKEN and table is None:
                tables.pop(0)
            elif refusal.rule == PARTY_TAKEN and len(officers) > 1:
                officers.pop(0)
            else:
                raise
    raise Refused(
        "event.tables_full",
        f"every table is taken in slot {slot}",
        f"{slot}번 시간대의 모든 테이블이 예약되어 있습니다",
        field="/slot",
    )


async def participant(matching: Matching, event: str, party: str) -> Participation:
    """Return a party's participation in an event. Raise Refused unless it has a place there."""
    found = await matching.participations.holding(party_claim(event, party))
    if found is None:
        raise not_taking_part(party)
    found.must_take_part()
    return found


async def eligible(matching: Matching, event: str, party: str, call: Call) -> Participation:
    """Return a party's participation in an event. Raise Refused unless it has a place there and is active now."""
    found = await participant(matching, event, party)
    (await matching.parties.require(party, call.seen(party))).must_be_active(call.at)
    return found


async def active_parties(matching: Matching, parties: Iterable[str], at: datetime) -> set[str]:
    """Return which of these may start something new at this moment."""
    known = await matching.parties.among(parties)
    return {party.id for party in known if party.is_active(at)}


async def names_of(matching: Matching, event: MarketEvent, meetings: Iterable[Meeting]) -> dict[str, str]:
    """Return the names of who meets or is on stage at an event: the party's, numbered where it has several officers."""
    meeting = {party for each in meetings for party in each.parties}
    known = await matching.parties.among(meeting | {each.party for part in event.parts for each in part.on_stage})
    several = await matching.participations.where({"event": event.id, "officers": {"$gt": 1}}, EVERY)
    officers = {each.party: each.officers for each in several}
    return {party.id: party.title for party in known} | {
        person_of(party.id, officer): f"{party.title} 담당 {officer}"
        for party in known
        for officer in range(1, officers.get(party.id, 0) + 1)
    }


async def absences_at(matching: Matching, event: MarketEvent) -> set[tuple[str, int, int]]:
    """Return which officer of whom cannot meet in which slot."""
    present = await matching.participations.where({"event": event.id}, EVERY)
    return {
        (each.party, officer, slot)
        for each in present
        for officer, away in enumerate(event.away(each), 1)
        for slot in away
    }


async def _of_side(matching: Matching, event: str, side: Side) -> list[Participation]:
    """Return a side's participations, the oldest first."""
    return await matching.participations.where({"event": event, "side": side}, EVERY)


async def _unless_taken(writing: Coroutine[Any, Any, Answer]) -> Answer | None:
    """Return the answer of a write, None when another document claimed the same number first."""
    try:
        return await writing
    except Refused as refusal:
        if refusal.rule != NUMBER_TAKEN:
            raise
        return None
