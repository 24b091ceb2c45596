"""Matching's HTTP routes for the talks and awards of an event: load, decide, save."""

from typing import Annotated

from fastapi import Path, Response

from services.matching.domain.event import MarketEvent
from services.matching.domain.participation import party_claim
from services.matching.domain.programme import PlannedPart
from services.matching.routes import EventId, Owned, Reason
from services.matching.views import EventView
from shared.calls import Call, Changing, answer
from shared.web import api_router

parts = api_router("/v1/events", "events")

Number = Annotated[int, Path(ge=1, le=1000, description="Which part of the event", examples=[1])]


@parts.post("/{event_id}/parts", response_model=EventView)
async def plan_part(event_id: EventId, body: PlannedPart, call: Changing, matching: Owned) -> Response:
    """Take a talk or an award into the programme. Who is on stage meets nobody meanwhile: what is booked there moves.

    No hall has two parts at once, and nobody is in two. A talk on purchasing policy names the buyer's criteria, a file
    that the buyer has uploaded; whoever is signed in may read it from then on.
    """
    event = await matching.events.load(event_id, call.cause)
    await _must_be_possible(event, body, call, matching)
    event.plan_part(body, call.at)
    return answer(await matching.events.save(event, call.cause))


@parts.put("/{event_id}/parts/{number}", response_model=EventView)
async def change_part(
    event_id: EventId, number: Number, body: PlannedPart, call: Changing, matching: Owned
) -> Response:
    """Let a part that has not begun be this, whatever it was before."""
    event = await matching.events.load(event_id, call.cause)
    await _must_be_possible(event, body, call, matching)
    event.change_part(number, body, call.at)
    return answer(await matching.events.save(event, call.cause))


@parts.post("/{event_id}/parts/{number}/withdrawal", response_model=EventView)
async def withdraw_part(event_id: EventId, number: Number, body: Reason, call: Changing, matching: Owned) -> Response:
    """Take a part that has not begun out of the programme. It stays to be seen, as withdrawn."""
    event = await matching.events.load(event_id, call.cause)
    event.withdraw_part(number, body.reason, call.at)
    return answer(await matching.events.save(event, call.cause))


async def _must_be_possible(event: MarketEvent, part: PlannedPart, call: Call, matching: Owned) -> None:
    part.must_suit(event.plan, call.at)
    document = await matching.files.require(part.document, call.seen(part.document)) if part.document else None
    by = [await matching.participations.holding(party_claim(event.id, each.party)) for each in part.on_stage]
    part.must_be_presented(by, document)
