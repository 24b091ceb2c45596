"""From a released timetable to meetings: the saga's steps, each safe to repeat and to be killed in.

A request's meeting has an id derived from the request, so it is booked once however often a step runs; the meeting is
booked first and the request says so afterwards, compared with the version that was read, so the two cannot part.
"""

from services.matching.commands import EVERY, parties_taking_part
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting, table_claim
from services.matching.domain.plan import Unserved
from services.matching.domain.request import Request
from services.matching.domain.scheduling import day_of, still_free, waiting_for_a_slot
from services.matching.ground import Matching
from services.matching.timetable.day import Place
from services.matching.timetable.placing import place as timetable_of
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import AlreadyApplied, Conflict, Refused

Wanted = Place | Unserved | None
"""What the release says of a request: its place, why it has none, or nothing because it came too late for it."""


def meeting_of(request_id: str) -> str:
    """Return the id of the meeting that serves this request."""
    return derived_id("mtg", request_id)


async def settle(request_id: str, wanted: Wanted, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Bring one request to where the release wants it, or to what is still possible.

    Raise AlreadyApplied when it is there, Conflict when it changed meanwhile.
    """
    request = await matching.requests.load(request_id, cause)
    meeting = await matching.meetings.find(meeting_of(request_id))
    if request.status == "filed":
        request.expire("unanswered", cause.at)
    elif request.status == "accepted":
        if meeting is None and not isinstance(wanted, Unserved):
            meeting, wanted = await _book(request, wanted, event, cause, matching)
        if meeting is not None:
            request.place(meeting.id, meeting.place, cause.at)
        elif isinstance(wanted, Unserved):
            request.unplace(wanted.reason, wanted.binding, cause.at)
    elif request.status == "withdrawn" and meeting is not None:
        await _call_off(meeting, request.reason, cause, matching)
        return
    else:
        return
    await matching.requests.save(request, cause)


async def fill(freed: Meeting, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Give a freed slot and table to the request that waits with the first claim to it, if one fits.

    A meeting that is there already was booked by a run of this step that did not end: its request is told now.
    """
    meeting = await matching.meetings.holding(table_claim(event.id, freed.place))
    if meeting is None:
        meeting = await _first_that_fits(freed.place, event, cause, matching)
    if meeting is None or not meeting.request:
        return
    request = await matching.requests.load(meeting.request, cause)
    if request.status == "unplaced":
        request.place(meeting.id, meeting.place, cause.at)
        await matching.requests.save(request, cause)


async def _book(
    request: Request, wanted: Place | None, event: MarketEvent, cause: Cause, matching: Matching
) -> tuple[Meeting | None, Wanted]:
    """Book the wanted place; where it is taken, or none was wanted, one that is still free. Else say why not."""
    if wanted is not None and (meeting := await _try(request, wanted, event, cause, matching)):
        return meeting, wanted
    meetings = await matching.meetings.where({"event": event.id}, EVERY)
    found = timetable_of(day_of(event, [request], meetings))
    if why := found.unplaced.get(request.id):
        return None, Unserved(
            request=request.id, reason=why.reason, parties=[*why.parties], full_slots=[*why.full_slots]
        )
    meeting = await _try(request, found.placed[request.id], event, cause, matching)
    if meeting is None:
        raise Conflict(request.id)
    return meeting, found.placed[request.id]


async def _try(request: Request, place: Place, event: MarketEvent, cause: Cause, matching: Matching) -> Meeting | None:
    """Book this place for a request; None when a party or the table is taken there."""
    meeting = Meeting.book(
        meeting_of(request.id),
        event,
        request.firm,
        request.institution,
        place,
        cause.at,
        request=request.id,
        product=request.product,
    )
    try:
        await matching.meetings.create(meeting, cause)
    except Refused:
        return None
    except AlreadyApplied:
        return await matching.meetings.load(meeting.id)
    return meeting


async def _first_that_fits(place: Place, event: MarketEvent, cause: Cause, matching: Matching) -> Meeting | None:
    unplaced = waiting_for_a_slot(await matching.requests.where({"event": event.id, "status": "unplaced"}, EVERY))
    if not unplaced:
        return None
    in_slot = await matching.meetings.where({"event": event.id, "slot": place.slot}, EVERY)
    busy = {party for meeting in in_slot if meeting.stands for party in meeting.parties}
    for request in still_free(unplaced, await parties_taking_part(matching, event.id), busy):
        meeting = await _try(request, place, event, cause, matching)
        if meeting is not None and meeting.stands and meeting.place == place:
            return meeting
    return None


async def _call_off(meeting: Meeting, reason: str, cause: Cause, matching: Matching) -> None:
    """Cancel a meeting that was booked while its request was being withdrawn."""
    if meeting.status == "booked":
        meeting.cancel(reason, cause.at)
        await matching.meetings.save(meeting, cause)
