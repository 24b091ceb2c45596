"""A repair carried out: the saga's steps, each safe to repeat and to be killed in.

All that moves leaves its place before anything takes one. Who fills freed places or books walk-ins sees where they are
going; whatever comes between all the same is found at the landing, which takes the nearest place with room, or cancels.
"""

from datetime import datetime

from services.matching.commands import EVERY, room_at
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.mending import Mending, Shift, mending_of
from services.matching.domain.participation import party_claim
from services.matching.domain.repair import Repair, repair_claim, under_way
from services.matching.domain.room import Room
from services.matching.domain.seating import Seating, pair_claim
from services.matching.domain.trouble import Trouble
from services.matching.ground import Matching
from services.matching.placement import cancel, land
from services.matching.steps import all_of
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import Refused


def walk_in_of(repair_id: str) -> str:
    """Return the id of the meeting of those who walk in."""
    return derived_id("mtg", repair_id)


async def mending_now(matching: Matching, event: MarketEvent, trouble: Trouble, at: datetime) -> Mending:
    """Return the day as it is to be mended at this moment. Raise Refused while it is being mended already."""
    if await matching.repairs.holding(repair_claim(event.id)):
        raise under_way(event.id)
    if trouble.pair and (other := await matching.meetings.holding(claim := pair_claim(event.id, *trouble.pair))):
        raise other.taken(claim)
    present = await matching.participations.where({"event": event.id}, EVERY)
    meetings = await matching.meetings.where({"event": event.id}, EVERY)
    asked = await matching.requests.where({"event": event.id, "session": {"$ne": "any"}}, EVERY)
    return mending_of(event, trouble, present, meetings, {each.id: each.session for each in asked}, at)


async def make_room(repair: Repair, cause: Cause, matching: Matching) -> None:
    """Let all that moves leave its place, one after the other: each sees where the last one goes."""
    event = await matching.events.load(repair.event)
    if event.meets:
        await all_of((_step_aside(each, repair, event, cause, matching) for each in repair.moving), at_once=1)
    repair.make_room(cause.at)
    await matching.repairs.save(repair, cause)


async def carry_out(repair: Repair, cause: Cause, matching: Matching) -> None:
    """Cancel what has no place, hand over, land the rest, let the trouble be known, and release what came of it.

    The trouble is known last: whoever rearranges for it then finds nothing left to do.
    """
    await all_of(_drop(each, repair, cause, matching) for each in repair.moves if each.after is None)
    await all_of((_hand_over(each, repair, cause, matching) for each in repair.handed_over), at_once=1)
    await all_of((_land(each, repair, cause, matching) for each in repair.moving), at_once=1)
    await all_of(_walk_in(each, repair, cause, matching) for each in repair.moves if each.before is None)
    await all_of(_befall(each, repair, cause, matching) for each in repair.trouble.parties)
    await all_of([_release(repair, cause, matching)])
    repair.finish(cause.at)
    await matching.repairs.save(repair, cause)


async def _step_aside(shift: Shift, repair: Repair, event: MarketEvent, cause: Cause, matching: Matching) -> None:
    """Leave the place, unless the meeting has begun or was moved meanwhile: then it stays."""
    meeting = await matching.meetings.load(shift.meeting, cause)
    if shift.after is None or meeting.place != shift.before:
        return
    room = await room_at(matching, event, cause.at, leaving=meeting.id)
    to = Seating(shift.after, shift.officers or room.officers_in(meeting, shift.after.slot))
    shared = [party for party in meeting.parties if party in repair.shared]
    try:
        meeting.step_aside(to, shared, repair.trouble.reason, cause.at)
        await matching.meetings.save(meeting, cause)
    except Refused:
        return


async def _land(shift: Shift, repair: Repair, cause: Cause, matching: Matching) -> None:
    """Take the new place as if the trouble was known: nobody lands where it strikes."""
    meeting = await matching.meetings.load(shift.meeting, cause)
    if shift.after is None or meeting.swap is None:
        return
    event = await matching.events.load(repair.event)
    repair.trouble.befall_event(event, cause.at)
    present = await matching.participations.where({"event": event.id}, EVERY)
    for each in present:
        repair.trouble.befall(each, event.plan.slots_left(cause.at), cause.at)
    meetings = await matching.meetings.where({"event": event.id}, EVERY)
    room = Room(event, present, (each for each in meetings if each.id != meeting.id), cause.at)
    officers = shift.officers or room.officers_in(meeting, shift.after.slot)
    await land(meeting, Seating(shift.after, officers), room, event, cause, matching)


async def _hand_over(shift: Shift, repair: Repair, cause: Cause, matching: Matching) -> None:
    """Let others meet at the same table; where they are taken by now, who is free does, once the trouble is known."""
    meeting = await matching.meetings.load(shift.meeting, cause)
    if meeting.place != shift.before:
        return
    event = await matching.events.load(repair.event)
    try:
        meeting.move(event, meeting.place, repair.trouble.reason, cause.at, shift.officers)
        await matching.meetings.save(meeting, cause)
    except Refused:
        return


async def _drop(shift: Shift, repair: Repair, cause: Cause, matching: Matching) -> None:
    """Cancel a meeting for which there is no place, unless it has begun or was moved meanwhile."""
    meeting = await matching.meetings.load(shift.meeting, cause)
    if meeting.place == shift.before:
        await cancel(meeting.id, repair.trouble.reason, cause, matching)


async def _walk_in(shift: Shift, repair: Repair, cause: Cause, matching: Matching) -> None:
    """Book those who walk in where room was made for them, or else at the nearest place."""
    event = await matching.events.load(repair.event)
    if shift.after is None or not event.meets:
        return

    def at(seating: Seating) -> Meeting:
        where, who = seating.place, seating.officers
        return Meeting.book(shift.meeting, event, shift.firm, shift.institution, where, cause.at, officers=who)

    room = await room_at(matching, event, cause.at)
    shown = shift.officers or (1, 1)
    wanted = [Seating(shift.after, each) for each in room.officers(shift.parties, shift.after.slot, shown)]
    for seating in (*wanted, *room.seatings(at(Seating(shift.after)), shift.after.slot, "any")):
        try:
            await matching.meetings.create(at(seating), cause)
        except Refused:
            continue
        return


async def _befall(party: str, repair: Repair, cause: Cause, matching: Matching) -> None:
    """Let a party's participation say what befell it."""
    found = await matching.participations.holding(party_claim(repair.event, party))
    if found is not None:
        participation = await matching.participations.load(found.id, cause)
        left = (await matching.events.load(repair.event)).plan.slots_left(cause.at)
        repair.trouble.befall(participation, left, cause.at)
        await matching.participations.save(participation, cause)


async def _release(repair: Repair, cause: Cause, matching: Matching) -> None:
    """Release the mended timetable, where anybody moved; what befell the event comes behind it."""
    event = await matching.events.load(repair.event, cause)
    if not event.meets:
        return
    if repair.moves:
        meetings = await matching.meetings.where({"event": event.id}, EVERY)
        moved = {each.meeting for each in repair.moves}
        lost = sum(each.id in moved and not each.stands for each in meetings)
        event.release_repaired(repair.id, sum(each.stands for each in meetings), lost, cause.at)
    repair.trouble.befall_event(event, cause.at)
    await matching.events.save(event, cause)
