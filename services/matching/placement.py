"""From a released timetable to meetings: the saga's steps, each safe to repeat and to be killed in.

A request's meeting has an id derived from the request, so it is booked once however often a step runs; the meeting is
booked first and the request says so afterwards, compared with the version that was read, so the two cannot part.
"""

from collections.abc import Set as AbstractSet

from services.matching.commands import EVERY, active_parties, room_at
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import party_claim
from services.matching.domain.plan import Unserved
from services.matching.domain.request import Request
from services.matching.domain.room import Room
from services.matching.domain.scheduling import waiting_for_a_slot
from services.matching.domain.seating import Seating, table_claim
from services.matching.ground import Matching
from services.matching.timetable.day import Place
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import AlreadyApplied, Conflict, Refused
from shared.events.matching import ConsultationGaveWay, Session

Wanted = Seating | Unserved | None
"""What the release says of a request: where, and with which officers; why nowhere; nothing if it came too late."""


def meeting_of(request_id: str) -> str:
    """Return the id of the meeting that serves this request."""
    return derived_id("mtg", request_id)


async def settle(
    request_id: str,
    wanted: Wanted,
    event: MarketEvent,
    absences: AbstractSet[tuple[str, int, int]],
    cause: Cause,
    matching: Matching,
) -> None:
    """Bring one request to where the release wants it, or to what is still possible.

    `absences` are by party, officer, slot. Raise AlreadyApplied when it is there, Conflict when it changed meanwhile.
    """
    request = await matching.requests.load(request_id, cause)
    meeting = await matching.meetings.find(meeting_of(request_id))
    if request.status == "filed":
        request.expire("unanswered", cause.at)
    elif request.status == "accepted":
        if meeting is None and not isinstance(wanted, Unserved):
            if wanted is not None and absences & wanted.people(request.parties):
                wanted = None
            meeting, wanted = await _book(request, wanted, event, cause, matching)
        if meeting is not None:
            request.place(meeting.id, meeting.place, cause.at)
        elif isinstance(wanted, Unserved):
            request.unplace(wanted.reason, wanted.binding, cause.at)
    elif request.status == "withdrawn" and meeting is not None:
        await cancel(meeting.id, request.reason, cause, matching)
        return
    else:
        return
    await matching.requests.save(request, cause)


async def fill(freed: Place, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Give a freed slot and table to the request that waits with the first claim to it, if one fits.

    A meeting that is there already was booked by a run of this step that did not end: its request is told now.
    """
    promised = {"event": event.id, "swap.slot": freed.slot, "swap.table": freed.table}
    if await matching.meetings.where(promised, limit=1):
        return
    meeting = await matching.meetings.holding(table_claim(event.id, freed))
    if meeting is None:
        meeting = await _first_that_fits(freed, event, cause, matching)
    if meeting is None or not meeting.request:
        return
    request = await matching.requests.load(meeting.request, cause)
    if request.status == "unplaced":
        request.place(meeting.id, meeting.place, cause.at)
        await matching.requests.save(request, cause)


async def rearrange(meeting_id: str, reason: str, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Move a booked meeting to the nearest place where both are free, or cancel it when there is none.

    Raise Conflict while it changes places with another one.
    """
    meeting = await matching.meetings.load(meeting_id, cause)
    if meeting.swap is not None:
        raise Conflict(meeting_id)
    room = await room_at(matching, event, cause.at, leaving=meeting_id)
    session = await _session_of(meeting, matching)
    for seating in room.seatings(meeting, meeting.slot, session):
        if meeting.status != "booked":
            return
        meeting.move(event, seating.place, reason, cause.at, seating.officers)
        try:
            await matching.meetings.save(meeting, cause)
        except Refused:
            meeting = await matching.meetings.load(meeting_id, cause)
        else:
            return
    await cancel(meeting_id, reason, cause, matching)


async def look_again(meeting_id: str, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Undo what overtook a place just taken: whoever left then, was away or closed the table did not see it yet."""
    meeting = await matching.meetings.load(meeting_id)
    both = [await matching.participations.holding(party_claim(event.id, party)) for party in meeting.parties]
    if gone := [each for each in both if each is None or not each.takes_part]:
        left = all(each is not None and each.left for each in gone)
        await cancel(meeting_id, "party_left" if left else "participation_ended", cause, matching)
    elif any(
        each is not None and meeting.slot in each.away_of(officer)
        for each, officer in zip(both, meeting.officers, strict=True)
    ):
        await rearrange(meeting_id, "party_absent", event, cause, matching)
    elif any(
        meeting.slot in event.on_stage(party, officer)
        for party, officer in zip(meeting.parties, meeting.officers, strict=True)
    ):
        await rearrange(meeting_id, "party_on_stage", event, cause, matching)
    elif event.is_closed(meeting.place):
        await rearrange(meeting_id, "table_closed", event, cause, matching)


async def exchange(gave_way: ConsultationGaveWay, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Carry a swap on: the other comes, this one goes there. Who finds its place taken stays, or goes where room is.

    Claims guard every step, so a walk-in that comes between them costs a swap, and books nobody twice.
    """
    meeting = await matching.meetings.load(gave_way.meeting, cause)
    if meeting.swap is None:
        return
    came = await _come(gave_way, meeting, event, cause, matching)
    room = await room_at(matching, event, cause.at, leaving=meeting.id)
    await land(meeting, meeting.swap.seating if came else meeting.seating, room, event, cause, matching)


async def land(
    meeting: Meeting, wanted: Seating, room: Room, event: MarketEvent, cause: Cause, matching: Matching
) -> None:
    """Let a meeting that has left its place take this one, or the nearest with room; cancel it when there is none."""
    session = await _session_of(meeting, matching)
    for seating in (wanted, *room.seatings(meeting, wanted.place.slot, session)):
        try:
            meeting.land(event, seating, cause.at)
            await matching.meetings.save(meeting, cause)
        except Refused:
            meeting = await matching.meetings.load(meeting.id, cause)
        else:
            return
    await cancel(meeting.id, "place_lost", cause, matching)


async def _come(
    gave_way: ConsultationGaveWay, meeting: Meeting, event: MarketEvent, cause: Cause, matching: Matching
) -> bool:
    """Move the other meeting of a swap to the place left to it. Return whether it is there."""
    other = await matching.meetings.load(gave_way.other)
    if other.place == meeting.place and other.stands:
        return True
    if other.place != Place(gave_way.slot, gave_way.table):
        return False
    room = await room_at(matching, event, cause.at, leaving=other.id)
    officers = other.officers_after(meeting, room.officers_in(other, meeting.slot))
    try:
        other.move(event, meeting.place, gave_way.reason, cause.at, officers)
        await matching.meetings.save(other, cause)
    except Refused:
        return False
    return True


async def cancel(meeting_id: str, reason: str, cause: Cause, matching: Matching) -> None:
    """Cancel a meeting unless it has begun."""
    meeting = await matching.meetings.load(meeting_id, cause)
    if meeting.status == "booked":
        meeting.cancel(reason, cause.at)
        await matching.meetings.save(meeting, cause)


async def _session_of(meeting: Meeting, matching: Matching) -> Session:
    """Return the part of the day its request was for; a walk-in is for any."""
    return (await matching.requests.load(meeting.request)).session if meeting.request else "any"


async def _book(
    request: Request, wanted: Seating | None, event: MarketEvent, cause: Cause, matching: Matching
) -> tuple[Meeting | None, Wanted]:
    """Book the wanted place; where it is taken, or none was wanted, one that is still free. Else say why not.

    Both parties must be active now: one may have lost its standing since the release, or since it accepted.
    """
    active = await active_parties(matching, request.parties, cause.at)
    if inactive := [party for party in request.parties if party not in active]:
        return None, Unserved(request=request.id, reason="party_not_active", parties=inactive)
    if wanted is not None and (meeting := await _try(request, wanted, event, cause, matching)):
        return meeting, wanted
    room = await room_at(matching, event, cause.at)
    seating = next(room.seatings_for(request), None)
    if seating is None:
        return None, room.why_not(request)
    meeting = await _try(request, seating, event, cause, matching)
    if meeting is None:
        raise Conflict(request.id)
    return meeting, seating


async def _try(
    request: Request, seating: Seating, event: MarketEvent, cause: Cause, matching: Matching
) -> Meeting | None:
    """Book this place for a request; None when an officer or the table is taken there, or the table closed."""
    try:
        meeting = Meeting.book(
            meeting_of(request.id),
            event,
            request.firm,
            request.institution,
            seating.place,
            cause.at,
            officers=seating.officers,
            request=request.id,
            product=request.product,
        )
        await matching.meetings.create(meeting, cause)
    except Refused:
        return None
    except AlreadyApplied:
        return await matching.meetings.load(meeting_of(request.id))
    return meeting


async def _first_that_fits(place: Place, event: MarketEvent, cause: Cause, matching: Matching) -> Meeting | None:
    unplaced = waiting_for_a_slot(await matching.requests.where({"event": event.id, "status": "unplaced"}, EVERY))
    if not unplaced:
        return None
    room = await room_at(matching, event, cause.at)
    fitting = [each for each in unplaced if room.may_serve(each, place.slot)]
    active = await active_parties(matching, (party for each in fitting for party in each.parties), cause.at)
    for request in (each for each in fitting if active.issuperset(each.parties)):
        for officers in room.officers(request.parties, place.slot):
            meeting = await _try(request, Seating(place, officers), event, cause, matching)
            if meeting is not None and meeting.stands and meeting.place == place:
                return meeting
    return None
