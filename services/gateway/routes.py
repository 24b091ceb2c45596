"""The gateway's own routes: the composed view, its rebuild, and the live feed."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Response

from services.gateway.ground import Gateway
from services.gateway.limits import Limits
from services.gateway.live import Feed, Listener, Positions, read
from services.gateway.rebuilding import Rebuilds, progress
from services.gateway.streaming import LiveStream
from services.gateway.views import MeetingOverview, ProductOverview, RebuildProgress
from shared.calls import Call, reading
from shared.errors import NotFound
from shared.events.catalog import ProductState
from shared.web import api_router

views = api_router("/v1/views", "views")
live = api_router("/v1/live", "live")
rebuilds = api_router("/v1/operations/views", "operations")

UNSIGNED = frozenset({"drafted", "offered", "part_signed", "cancelled"})
KEPT = ("pty_", "prd_", "crt_", "mtg_", "ctr_", "evt_", "ptc_", "req_")
"""Ids of what the view has rows of; positions of anything else are not waited for."""

MeetingId = Annotated[str, Path(pattern=r"^mtg_[a-z0-9]{1,40}$", examples=["mtg_2k9fm3"])]
ProductId = Annotated[str, Path(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])]
LastEventId = Annotated[
    str | None, Header(description="`id` of the last event received: the feed goes on right after it")
]


def sent_events(description: str, event: str, told: str) -> dict[int | str, dict[str, Any]]:
    """Describe an answer of server-sent events, each as a client has it, by an example of one."""
    text = {"type": "string"}
    fields = {"id": text, "event": text, "data": text | {"contentMediaType": "application/json"}}
    content = {
        "schema": {"type": "object", "properties": fields, "required": [*fields]},
        "example": {"id": "9f2c1a.0.14", "event": event, "data": told},
    }
    return {200: {"description": description, "content": {"text/event-stream": content}}}


LIVE_ANSWER = sent_events(
    "Events as they happen, each a CloudEvent in JSON; `id` is the place to come back to",
    "kr.techmarket.catalog.party.closed.v1",
    '{"id":"pty_7:3"}',
)


async def ground(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.ground
    return gateway


async def counted(request: Request, call: Annotated[Call, Depends(reading)]) -> Call:
    """Count a call against its caller's share."""
    limits: Limits = request.app.state.limits
    limits.take(call.caller)
    return call


async def place_in(feed: Feed, last_event_id: str | None) -> Positions:
    """Return where a listener goes on: after what it heard last, or now."""
    here = feed.now()
    if not last_event_id:
        return here
    positions = read(last_event_id)
    await feed.check(positions)
    return positions


Owned = Annotated[Gateway, Depends(ground)]
Counted = Annotated[Call, Depends(counted)]


@views.get("/product/{product_id}", response_model=ProductOverview)
async def get_product_overview(product_id: ProductId, call: Counted, gateway: Owned) -> Response:
    """Show a product with its certificates, meetings and contracts.

    With Market-Position it waits up to 2 seconds until the view has those positions. Market-Position-Reached says
    `true` when it has, `false` when this is what there was by then.
    """
    reached = await _reached(call, gateway)
    overview = await gateway.overview(product_id)
    unheard = overview.product is None and product_id not in call.positions
    if unheard or (overview.product is not None and not _may_see(overview.product, call)):
        raise NotFound("product.unknown", f"there is no product {product_id}", f"{product_id}을(를) 찾을 수 없습니다")
    return _shown(overview, call, reached)


@views.get("/meeting/{meeting_id}", response_model=MeetingOverview)
async def get_meeting_overview(meeting_id: MeetingId, call: Counted, gateway: Owned) -> Response:
    """Show what led to a meeting and what it became: its event, its request, and the contracts that name it.

    With Market-Position it waits as the view of a product does.
    """
    reached = await _reached(call, gateway)
    overview = await gateway.chain(meeting_id)
    if overview.meeting is None and meeting_id not in call.positions:
        raise NotFound("meeting.unknown", f"there is no meeting {meeting_id}", f"{meeting_id}을(를) 찾을 수 없습니다")
    return _shown(overview, call, reached)


async def _reached(call: Call, gateway: Gateway) -> bool:
    positions = {each: sequence for each, sequence in call.positions.items() if each.startswith(KEPT)}
    return await gateway.reached(positions) if positions else True


def _shown(overview: ProductOverview | MeetingOverview, call: Call, reached: bool) -> Response:  # noqa: FBT001
    """Leave out what two others are still negotiating: an unsigned contract is for its sides alone."""
    kept = [
        contract
        for contract in overview.contracts
        if contract.status not in UNSIGNED
        or call.caller.is_operator
        or call.principal in {contract.institution, contract.firm}
    ]
    headers = {"Market-Position-Reached": str(reached).lower()} if call.positions else {}
    body = overview.model_copy(update={"contracts": kept}).model_dump_json()
    return Response(body, 200, headers, "application/json")


def _may_see(product: ProductState, call: Call) -> bool:
    """Return whether the catalog would show it: what waits for its review is for institutions too, a draft is not."""
    waits = product.status == "registered" and call.caller.kind == "institution"
    return product.is_public or waits or call.caller.is_operator or call.principal == product.owner


@live.get("", responses=LIVE_ANSWER, response_class=LiveStream, status_code=200)
async def listen_live(
    request: Request,
    call: Counted,
    types: Annotated[
        str,
        Query(
            pattern=r"^[a-z0-9_.]{1,100}(,[a-z0-9_.]{1,100}){0,19}$|^$",
            description="Only events whose type begins with one of these, separated by commas",
            examples=["catalog.product,contracts.contract.signed"],
        ),
    ] = "",
    last_event_id: LastEventId = None,
) -> Response:
    """Follow the market live, as server-sent events. No event names a person.

    Everybody hears what is public: listings, certificates, market events, signed contracts. All else is heard by the
    parties it names, by the one that caused it, and by the operator.
    """
    feed: Feed = request.app.state.feed
    listener = Listener(call.caller, await place_in(feed, last_event_id), [each for each in types.split(",") if each])
    return LiveStream(feed, listener, request.app.state.stopping)


@rebuilds.post("/product/rebuild", response_model=RebuildProgress, status_code=202)
async def rebuild_product_overview(request: Request, call: Counted, gateway: Owned) -> RebuildProgress:  # noqa: ARG001
    """Begin to write the product view anew from the topics, in the background; it stays readable meanwhile."""
    running: Rebuilds = request.app.state.rebuilds
    return await running.begin(gateway)


@rebuilds.get("/product/rebuild", response_model=RebuildProgress)
async def get_product_overview_rebuild(call: Counted, gateway: Owned) -> RebuildProgress:  # noqa: ARG001
    """Show how far the last rebuild of the product view is."""
    return await progress(gateway)
