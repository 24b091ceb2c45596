"""Matching's HTTP routes for events: load, decide, save. The other three kinds have a module each beside this one."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.matching.commands import EVERY, day_to_plan, plan_in_series, timetable_for
from services.matching.domain.event import MarketEvent
from services.matching.domain.plan import Plan
from services.matching.domain.release import Title
from services.matching.ground import Matching
from services.matching.ledger import (
    Ledger,
    Lineage,
    TimetableView,
    WonFromEvents,
    ledger_of,
    lineage_of,
    timetable_of,
    won_from,
)
from services.matching.solver import Solver
from services.matching.timetable.day import Place
from services.matching.views import EventPage, EventView, event_view
from shared.calls import Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.envelope import WHOLE
from shared.events.matching import EventKind, EventStatus
from shared.web import api_router

events = api_router("/v1/events", "events")

EventId = Annotated[str, Path(pattern=r"^evt_[a-z0-9]{1,40}$", examples=["evt_4k2qj4"])]
DRAFT = r"^drf_[a-z0-9]{1,40}$"


async def ground(request: Request) -> Matching:
    matching: Matching = request.app.state.ground
    return matching


async def solver(request: Request) -> Solver:
    found: Solver = request.app.state.solver
    return found


Owned = Annotated[Matching, Depends(ground)]
Planned = Annotated[Solver, Depends(solver)]


class Body(BaseModel):
    """What a caller sends: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["일정 중복"])


class Advancement(Body):
    """The next status."""

    status: EventStatus = Field(examples=["registering"])


class Chosen(Body):
    """Which draft is released, a new timetable when none is said; and what the release is called, else as the draft."""

    draft: Annotated[str, Field(pattern=DRAFT, examples=["drf_3m8x1c"])] | None = None
    title: Title | None = None


class Closure(Reason):
    """Which table, and from which slot on: the one that is on, when none is said."""

    table: Annotated[int, WHOLE] = Field(ge=1, examples=[12])
    from_slot: Annotated[int, Field(ge=1), WHOLE] | None = Field(default=None, examples=[5])


@events.post("", response_model=EventView, status_code=201)
async def plan_event(body: Plan, call: Creating, matching: Owned) -> Response:
    """Plan an event: its slots and tables, the places for each side, and how many requests each party may file.

    One of a `series` gets the next number of its year there: numbers are unique and none is left out.
    """
    event_id = call.new_id("evt")
    await matching.events.refuse_repeat(event_id, call.cause)
    if body.series is None:
        made = await matching.events.create(MarketEvent.of_plan(event_id, body, call.at), call.cause)
    else:
        await matching.series.load(body.series)
        new = partial(MarketEvent.of_plan, event_id, body, call.at)
        made = await plan_in_series(matching, body.series, body.year, new, call.cause)
    return answer(made, 201)


@events.get("", response_model=EventPage)
async def list_events(
    request: Request,
    call: Reading,  # noqa: ARG001  who calls is checked
    matching: Owned,
    page: Listing,
    event_kind: EventKind | None = None,
    status: EventStatus | None = None,
    series: str | None = None,
) -> EventPage:
    """List events, newest first."""
    filters = {"plan.event_kind": event_kind, "status": status, "edition.series": series}
    found = await listed(matching.events, filters, page, request)
    return EventPage(items=[event_view(each) for each in found.items], next=found.next)


@events.get("/lineage", response_model=WonFromEvents)
async def get_lineage_of_events(call: Reading, matching: Owned) -> WonFromEvents:  # noqa: ARG001
    """Show what was won from events: the contracts that name a meeting, added up for each event and in all."""
    meetings = await matching.meetings.where({"status": "converted"}, EVERY)
    held = await asyncio.gather(*(matching.events.load(each) for each in {meeting.event for meeting in meetings}))
    return won_from(sorted(held, key=lambda event: event.plan.starts_at), meetings)


@events.get("/{event_id}", response_model=EventView)
async def get_event(event_id: EventId, request: Request, call: Reading, matching: Owned) -> Response:  # noqa: ARG001
    """Show one event."""
    event = await matching.events.load(event_id)
    return shown(event_view(event), event.version, request)


@events.post("/{event_id}/advancement", response_model=EventView)
async def advance_event(event_id: EventId, body: Advancement, call: Changing, matching: Owned) -> Response:
    """Go on to the next status. Only a timetable releases; what has a declared time also advances by itself."""
    event = await matching.events.load(event_id, call.cause)
    event.advance(body.status, call.at)
    return answer(await matching.events.save(event, call.cause))


@events.post("/{event_id}/cancellation", response_model=EventView)
async def cancel_event(event_id: EventId, body: Reason, call: Changing, matching: Owned) -> Response:
    """Call an event off: its requests end with that reason and its booked meetings are cancelled."""
    event = await matching.events.load(event_id, call.cause)
    event.cancel(body.reason, call.at)
    return answer(await matching.events.save(event, call.cause))


@events.post("/{event_id}/table-closures", response_model=EventView)
async def close_table(event_id: EventId, body: Closure, call: Changing, matching: Owned) -> Response:
    """Close a table for the rest of the day. What is booked there moves to another table, or to another slot."""
    event = await matching.events.load(event_id, call.cause)
    event.close_table(Place(body.from_slot or event.slot_at(call.at), body.table), body.reason, call.at)
    return answer(await matching.events.save(event, call.cause))


@events.post("/{event_id}/timetable", response_model=EventView)
async def release_timetable(
    event_id: EventId, call: Changing, matching: Owned, solver: Planned, body: Chosen | None = None
) -> Response:
    """Place every accepted request that can be placed, with few gaps, and release the timetable; or release a draft.

    It keeps to absences and closed tables. Parties must take part and be active at this moment. Nothing is released
    that an independent check finds fault with. The meetings are booked right after, one by one; the timetable says when
    all are `settled`. Planning takes seconds; 503 says that it failed and nothing was released.
    """
    chosen = body or Chosen()
    async with solver.turn() as plan:
        event = await matching.events.load(event_id, call.cause)
        event.must_be_scheduling()
        draft = await matching.drafts.load(chosen.draft) if chosen.draft else None
        day, turned_away = await day_to_plan(matching, event, call.at)
        title = chosen.title or ""
        if draft is None:
            timetable, score = await timetable_for(day, plan)
        else:
            draft.must_be_of(event, "/draft")
            timetable, score, title = draft.answer(day), draft.score, title or draft.title
        # The check of a large day takes long enough to keep other calls waiting.
        await asyncio.to_thread(event.release_timetable, day, timetable, turned_away, call.at, score, title)
        return answer(await matching.events.save(event, call.cause))


@events.get("/{event_id}/timetable", response_model=TimetableView)
async def get_timetable(event_id: EventId, call: Reading, matching: Owned) -> TimetableView:  # noqa: ARG001
    """Show the meetings that stand, by slot and table."""
    event = await matching.events.load(event_id)
    accepted = await matching.requests.where({"event": event_id, "status": "accepted"}, EVERY)
    return timetable_of(event, await matching.meetings.where({"event": event_id}, EVERY), len(accepted))


@events.get("/{event_id}/ledger", response_model=Ledger)
async def get_event_ledger(event_id: EventId, call: Reading, matching: Owned) -> Ledger:  # noqa: ARG001
    """Show how every request of an event ended and why; the counts are of what is shown."""
    event = await matching.events.load(event_id)
    return ledger_of(event, await matching.requests.where({"event": event_id}, EVERY))


@events.get("/{event_id}/lineage", response_model=Lineage)
async def get_event_lineage(event_id: EventId, call: Reading, matching: Owned) -> Lineage:  # noqa: ARG001
    """Show what came of an event: its meetings, what both sides reported, and the contracts that name a meeting."""
    event = await matching.events.load(event_id)
    return lineage_of(event, await matching.meetings.where({"event": event_id}, EVERY))
