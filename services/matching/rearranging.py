"""What many booked meetings have to do at once: go elsewhere, end, or make way for others."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from services.matching.commands import EVERY
from services.matching.domain.participation import Participation
from services.matching.ground import Matching
from services.matching.placement import cancel, fill, look_again, rearrange
from services.matching.steps import all_of
from services.matching.timetable.day import Place
from shared.aggregate import Cause
from shared.events.matching import ConsultationBooked, ConsultationMoved


async def cancel_meetings(participation: Participation, reason: str, cause: Cause, matching: Matching) -> None:
    """Cancel what a party has booked at an event."""
    booked = {"event": participation.event, participation.side: participation.party, "status": "booked"}
    meetings = await matching.meetings.where(booked, EVERY)
    await all_of(cancel(each.id, reason, cause, matching) for each in meetings)


async def rearrange_for(
    participation: Participation, away: Iterable[Collection[int]], reason: str, cause: Cause, matching: Matching
) -> None:
    """Find other places for what a party's officers, the first one first, have in slots in which they are away."""
    for officer, slots in enumerate(away, 1):
        here = {"event": participation.event, participation.side: participation.party}
        theirs = here | {f"{participation.side}_officer": officer}
        await rearrange_all({**theirs, "slot": {"$in": sorted(slots)}}, reason, cause, matching)


async def rearrange_all(booked: Mapping[str, Any], reason: str, cause: Cause, matching: Matching) -> None:
    """Find other places for these meetings, one after the other: each sees where the last one went."""
    event = await matching.events.load(booked["event"])
    if event.meets:
        meetings = await matching.meetings.where({**booked, "status": "booked"}, EVERY)
        await all_of((rearrange(each.id, reason, event, cause, matching) for each in meetings), at_once=1)


async def look_again_at(taken: ConsultationBooked | ConsultationMoved, cause: Cause, matching: Matching) -> None:
    """Undo what overtook a place that was just taken."""
    event = await matching.events.load(taken.event)
    if event.status == "cancelled":
        await all_of([cancel(taken.meeting, "event_cancelled", cause, matching)])
    elif event.meets:
        await all_of([look_again(taken.meeting, event, cause, matching)])


async def fill_place(event_id: str, freed: Place, cause: Cause, matching: Matching) -> None:
    """Give a place that is freed before it begins to a request that the timetable could not serve."""
    event = await matching.events.load(event_id)
    if event.meets and event.plan.start_of(freed.slot) > cause.at:
        await fill(freed, event, cause, matching)
