"""Matching's HTTP routes for drafts of a timetable: planned beside the calls, compared, one of them released."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import Field

from services.matching.commands import EVERY, day_to_plan
from services.matching.domain.draft import Draft
from services.matching.domain.event import MarketEvent
from services.matching.domain.plan import timetable_in
from services.matching.domain.references import EventRef
from services.matching.domain.release import Title
from services.matching.domain.scheduling import day_of
from services.matching.draft_views import Comparison, DraftPage, DraftView, draft_view, merits_of, moves_between
from services.matching.drafting import Drafting
from services.matching.routes import DRAFT, Body, Owned, Reason
from shared.calls import Changing, Creating, Listing, Reading, answer, listed, shown
from shared.web import api_router

drafts = api_router("/v1/drafts", "drafts")

DraftId = Annotated[str, Path(pattern=DRAFT, examples=["drf_3m8x1c"])]


async def drafting(request: Request) -> Drafting:
    found: Drafting = request.app.state.drafting
    return found


class Drafted(Body):
    """Of which event, what it is called, and for how many seconds it is improved."""

    event: EventRef
    title: Title
    seconds: float = Field(default=10.0, ge=0.5, le=120, examples=[10.0])


@drafts.post("", response_model=DraftView, status_code=201)
async def plan_draft(
    body: Drafted, call: Creating, matching: Owned, planner: Annotated[Drafting, Depends(drafting)]
) -> Response:
    """Plan a timetable that nobody is told, of the requests accepted by now. It is `planning` until it is `ready`.

    How far it has come is told by `matching.draft.progressed` on the live feed, and by reading it.
    """
    draft_id = call.new_id("drf")
    await matching.drafts.refuse_repeat(draft_id, call.cause)
    event = await matching.events.load(body.event)
    draft = Draft.begin(draft_id, event, body.title, body.seconds, call.at)
    day, _ = await day_to_plan(matching, event, call.at)
    made = await matching.drafts.create(draft, call.cause)
    planner.begin(draft, day, call.cause, matching)
    return answer(made, 201)


@drafts.get("", response_model=DraftPage)
async def list_drafts(
    request: Request,
    call: Reading,  # noqa: ARG001  who calls is checked
    matching: Owned,
    page: Listing,
    event: str | None = None,
) -> DraftPage:
    """List drafts, newest first."""
    found = await listed(matching.drafts, {"event": event}, page, request)
    return DraftPage(items=[draft_view(each) for each in found.items], next=found.next)


@drafts.get("/{draft_id}", response_model=DraftView)
async def get_draft(draft_id: DraftId, request: Request, call: Reading, matching: Owned) -> Response:  # noqa: ARG001
    """Show one draft."""
    draft = await matching.drafts.load(draft_id)
    return shown(draft_view(draft), draft.version, request)


@drafts.get("/{draft_id}/comparison", response_model=Comparison)
async def compare_draft(
    draft_id: DraftId,
    call: Reading,  # noqa: ARG001  who calls is checked
    matching: Owned,
    other: Annotated[str | None, Query(pattern=DRAFT, examples=["drf_9k2w7t"])] = None,
) -> Comparison:
    """Compare a draft with another one of its event, or with the release where none is named: merits and moves."""
    draft = await matching.drafts.load(draft_id)
    event = await matching.events.load(draft.event)
    draft.must_be_of(event, "path/draft_id")
    beside: Draft | MarketEvent = event
    if other is not None:
        beside = await matching.drafts.load(other)
        beside.must_be_of(event, "query/other")
    new, old = (timetable_in(each.placements, []) for each in (draft, beside))
    asked = draft.asked.union(old.placed, (each.request for each in beside.unserved))
    requests = [it for it in await matching.requests.where({"event": event.id}, EVERY) if it.id in asked]
    present = await matching.participations.where({"event": event.id}, EVERY)
    day = day_of(event, requests, [], present, event.plan.starts_at)
    return Comparison(
        draft=draft_id,
        other=other or "",
        merits=merits_of(day, new),
        merits_of_other=merits_of(day, old),
        moves=moves_between(old.placed, new.placed, ((it.id, it.firm, it.institution) for it in requests)),
    )


@drafts.post("/{draft_id}/cancellation", response_model=DraftView)
async def cancel_draft(draft_id: DraftId, body: Reason, call: Changing, matching: Owned) -> Response:
    """Give a draft up, or stop planning it."""
    draft = await matching.drafts.load(draft_id, call.cause)
    draft.cancel(body.reason, call.at)
    return answer(await matching.drafts.save(draft, call.cause))
