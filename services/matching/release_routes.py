"""Matching's HTTP routes for releases of a timetable: what was told, and what changed since."""

from services.matching.commands import EVERY
from services.matching.releases import Releases, releases_of
from services.matching.routes import EventId, Owned
from shared.calls import Reading
from shared.web import api_router

releases = api_router("/v1/events", "events")


@releases.get("/{event_id}/releases", response_model=Releases)
async def list_releases(event_id: EventId, call: Reading, matching: Owned) -> Releases:
    """List an event's releases and the changes since each: who moved, from where, to where, why; to a party its own."""
    event = await matching.events.load(event_id)
    meetings = await matching.meetings.where({"event": event_id}, EVERY)
    unplaced = await matching.requests.where({"event": event_id, "status": "unplaced"}, EVERY)
    return releases_of(event, meetings, unplaced, None if call.caller.is_operator else {call.principal})
