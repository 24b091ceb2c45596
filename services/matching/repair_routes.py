"""Matching's HTTP routes for repairs of a released timetable: what would move, and then let it move."""

import asyncio
from typing import Annotated

from fastapi import Body, Depends, Path, Request, Response

from services.matching.commands import eligible, participant
from services.matching.confirming import Confirming
from services.matching.domain.event import MarketEvent
from services.matching.domain.repair import Repair
from services.matching.domain.sides import must_face
from services.matching.domain.trouble import Trouble
from services.matching.mending import mending_now, walk_in_of
from services.matching.repair_views import RepairPage, RepairView, repair_view
from services.matching.routes import Owned, Planned
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.web import api_router

repairs = api_router("/v1/repairs", "repairs")

RepairId = Annotated[str, Path(pattern=r"^rpr_[a-z0-9]{1,40}$", examples=["rpr_5t2m9x"])]


async def confirming(request: Request) -> Confirming:
    found: Confirming = request.app.state.confirming
    return found


@repairs.post("", response_model=RepairView, status_code=201)
async def propose_repair(
    body: Annotated[Trouble, Body()],
    call: Creating,
    matching: Owned,
    solver: Planned,
    confirmer: Annotated[Confirming, Depends(confirming)],
) -> Response:
    """Find the fewest moves that mend a released timetable: for who is late or gone, a lost table or a walk-in.

    Nobody is told and nothing moves before it is applied. What was held or has begun never moves. What begins within 15
    minutes is final: it moves only when it is hit itself, or when that is allowed. The moves found in time are mostly
    the best there are: a longer search goes on behind the answer, and the repair says what it `confirmed`.
    """
    repair_id = call.new_id("rpr")
    await matching.repairs.refuse_repeat(repair_id, call.cause)
    event = await matching.events.load(body.event)
    await _must_be_possible(body, event, call, matching)
    mending = await mending_now(matching, event, body, call.at)
    mended = await solver.mend(mending.day, mending.standing, mending.since)
    moves = await asyncio.to_thread(mending.shifts, mended.timetable, walk_in_of(repair_id))
    repair = Repair.propose(repair_id, body, moves, call.at)
    made = await matching.repairs.create(repair, call.cause)
    confirmer.begin(repair, mended.price, mending, call.cause, matching)
    return answer(made, 201)


@repairs.get("", response_model=RepairPage)
async def list_repairs(
    request: Request,
    call: Reading,  # noqa: ARG001  who calls is checked
    matching: Owned,
    page: Listing,
    event: str | None = None,
) -> RepairPage:
    """List repairs, newest first."""
    found = await listed(matching.repairs, {"trouble.event": event}, page, request)
    return RepairPage(items=[repair_view(each) for each in found.items], next=found.next)


@repairs.get("/{repair_id}", response_model=RepairView)
async def get_repair(repair_id: RepairId, request: Request, call: Reading, matching: Owned) -> Response:  # noqa: ARG001
    """Show one repair."""
    repair = await matching.repairs.load(repair_id)
    return shown(repair_view(repair), repair.version, request)


@repairs.post("/{repair_id}/application", response_model=RepairView)
async def apply_repair(repair_id: RepairId, call: Changing, matching: Owned) -> Response:
    """Let it happen: the meetings move right after, and the event releases the mended timetable. Then it is `applied`.

    Refused when the day has changed so that these moves are no longer possible, or no longer enough.
    """
    repair = await matching.repairs.load(repair_id, call.cause)
    event = await matching.events.load(repair.event)
    await _must_be_possible(repair.trouble, event, call, matching)
    mending = await mending_now(matching, event, repair.trouble, call.at)
    await asyncio.to_thread(repair.apply, mending, call.at)
    return answer(await matching.repairs.save(repair, call.cause))


async def _must_be_possible(trouble: Trouble, event: MarketEvent, call: Call, matching: Owned) -> None:
    """Raise Refused, or Invalid, for what cannot befall this event."""
    trouble.must_be_of(event)
    if trouble.pair is None:
        for party in trouble.parties:
            trouble.must_suit(await participant(matching, event.id, party))
        return
    firm, institution = [await eligible(matching, event.id, party, call) for party in trouble.pair]
    must_face(firm.side, institution.side)
