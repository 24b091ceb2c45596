"""Matching's HTTP routes for requests: load, decide, save."""

from typing import Annotated

from fastapi import Path, Response
from fastapi import Request as HttpRequest
from pydantic import Field

from services.matching.commands import eligible, file_within_quota
from services.matching.domain.references import EventRef, PartyRef, ProductRef
from services.matching.domain.request import Request
from services.matching.domain.sides import must_be_offered
from services.matching.request_views import RequestPage, RequestView, request_view
from services.matching.routes import Body, Owned, Reason
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.envelope import WHOLE
from shared.events.matching import RequestStatus, Session
from shared.web import api_router

requests = api_router("/v1/requests", "requests")

RequestId = Annotated[str, Path(pattern=r"^req_[a-z0-9]{1,40}$", examples=["req_8s1kd0"])]


class Wish(Body):
    """Whom to meet at which event, about what. The operator may file for a party; everybody else for their own."""

    event: EventRef
    requester: PartyRef | None = None
    target: PartyRef
    product: ProductRef | None = None
    priority: Annotated[int, WHOLE] = Field(default=5, ge=0, le=9, description="9 is placed first")
    purpose: str = Field(
        default="",
        max_length=500,
        pattern=r"^$|\S",
        examples=["노후 관로 누수 탐지 시범 적용 협의"],
        description="What for; nobody but the two parties and the operator reads it",
    )
    session: Session = Field(
        default="any", examples=["morning"], description="The longest rest of the event parts morning and afternoon"
    )


@requests.post("", response_model=RequestView, status_code=201)
async def file_request(body: Wish, call: Creating, matching: Owned) -> Response:
    """Ask a party of the other side to meet. A pair has one request at an event, each party so many as its quota."""
    asking = body.requester or call.principal
    call.caller.must_act_for(asking)
    request_id = call.new_id("req")
    await matching.requests.refuse_repeat(request_id, call.cause)
    event = await matching.events.load(body.event)
    event.must_take_requests()
    requester = await eligible(matching, event.id, asking, call)
    target = await eligible(matching, event.id, body.target, call)
    if body.product:
        firm = requester if requester.side == "firm" else target
        must_be_offered(await matching.products.require(body.product, call.seen(body.product)), firm.party)

    def new(number: int) -> Request:
        return Request.file(
            request_id,
            event,
            requester,
            target,
            product=body.product or "",
            priority=body.priority,
            purpose=body.purpose,
            session=body.session,
            number=number,
            at=call.at,
        )

    return answer(await file_within_quota(matching, event, asking, new, call.cause), 201)


@requests.get("", response_model=RequestPage)
async def list_requests(
    request: HttpRequest,
    call: Reading,
    matching: Owned,
    page: Listing,
    event: str | None = None,
    status: RequestStatus | None = None,
    requester: str | None = None,
    target: str | None = None,
) -> RequestPage:
    """List requests, newest first."""
    filters = {"event": event, "status": status, "requester": requester, "target": target}
    found = await listed(matching.requests, filters, page, request)
    return RequestPage(items=[_for(call, each) for each in found.items], next=found.next)


@requests.get("/{request_id}", response_model=RequestView)
async def get_request(request_id: RequestId, request: HttpRequest, call: Reading, matching: Owned) -> Response:
    """Show one request; what for only to its two parties and the operator."""
    found = await matching.requests.load(request_id)
    return shown(_for(call, found), found.version, request)


@requests.post("/{request_id}/acceptance", response_model=RequestView)
async def accept_request(request_id: RequestId, call: Changing, matching: Owned) -> Response:
    """Agree to meet, while the event takes answers and both parties may still take part."""
    request = await matching.requests.load(request_id, call.cause)
    call.caller.must_act_for(request.target)
    (await matching.events.load(request.event)).must_take_requests()
    for party in (request.firm, request.institution):
        await eligible(matching, request.event, party, call)
    request.accept(call.at)
    return answer(await matching.requests.save(request, call.cause))


@requests.post("/{request_id}/refusal", response_model=RequestView)
async def decline_request(request_id: RequestId, body: Reason, call: Changing, matching: Owned) -> Response:
    """Refuse to meet, and say why."""
    request = await matching.requests.load(request_id, call.cause)
    call.caller.must_act_for(request.target)
    request.decline(body.reason, call.at)
    return answer(await matching.requests.save(request, call.cause))


@requests.post("/{request_id}/withdrawal", response_model=RequestView)
async def withdraw_request(request_id: RequestId, body: Reason, call: Changing, matching: Owned) -> Response:
    """Take a request back before it has a place; its number in the quota is free again."""
    request = await matching.requests.load(request_id, call.cause)
    call.caller.must_act_for(request.requester)
    request.withdraw(body.reason, call.at)
    return answer(await matching.requests.save(request, call.cause))


def _for(call: Call, request: Request) -> RequestView:
    view = request_view(request)
    own = call.caller.is_operator or call.principal in request.parties
    return view if own else view.model_copy(update={"purpose": ""})
