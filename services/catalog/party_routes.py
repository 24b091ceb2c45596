"""Parties over HTTP: load, decide, save."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import Field, StrictBool

from services.catalog.domain.description import Contact, Description
from services.catalog.domain.membership import Councils, Membership
from services.catalog.domain.party import Party
from services.catalog.ground import Owned
from services.catalog.party_views import PartyPage, PartyView, party_view
from services.catalog.routes import Body, Reason
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import Refused
from shared.events.catalog import Council, PartyKind, PartyStatus
from shared.events.days import FullDate
from shared.web import api_router

parties = api_router("/v1/parties", "parties")

PartyId = Annotated[str, Path(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_5k2qj4"])]


class Activation(Body):
    """The checks an operator made."""

    tax_active: StrictBool = Field(examples=[True])
    sme_certificate_until: FullDate | None = Field(default=None, examples=["2027-03-31"])


class CouncilsOrder(Body):
    """Which councils an institution belongs to from now on, and why."""

    councils: Councils
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["에너지 협의회 신규 가입"])


@parties.post("", response_model=PartyView, status_code=201)
async def register_party(body: Description, call: Creating, catalog: Owned) -> Response:
    """Register a party. Its business number must be valid and free; the operator confirms it afterwards."""
    party = Party.register(call.new_id("pty"), body, call.at)
    return answer(await catalog.parties.create(party, call.cause), 201)


@parties.get("", response_model=PartyPage)
async def list_parties(
    request: Request,
    call: Reading,
    catalog: Owned,
    page: Listing,
    party_kind: PartyKind | None = None,
    status: PartyStatus | None = None,
    council: Annotated[Council | None, Query(description="Only those that belong to this council")] = None,
    sme_certificate_before: Annotated[
        FullDate | None,
        Query(description="Only those whose SME certificate ends before this day", examples=["2027-04-01"]),
    ] = None,
) -> PartyPage:
    """List parties, newest first. Small firms whose SME certificate ends before a day are the queue of renewals."""
    filters: dict[str, Any] = {"party_kind": party_kind, "status": status, "councils": council}
    if sme_certificate_before:
        filters["sme_certificate_until"] = {"$lt": sme_certificate_before.isoformat()}
        filters["party_kind"] = party_kind or "sme"
        filters["status"] = status or {"$in": ["active", "restricted"]}
    found = await listed(catalog.parties, filters, page, request)
    return PartyPage(items=[_for(call, party) for party in found.items], next=found.next)


@parties.get("/{party_id}", response_model=PartyView)
async def get_party(party_id: PartyId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show one party."""
    party = await catalog.parties.load(party_id)
    return shown(_for(call, party), party.version, request)


@parties.post("/{party_id}/activation", response_model=PartyView)
async def activate_party(party_id: PartyId, body: Activation, call: Changing, catalog: Owned) -> Response:
    """Confirm a party after its checks, and again when it has a new SME certificate."""
    party = await catalog.parties.load(party_id, call.cause)
    left = await catalog.parties.where({"business_number": party.business_number, "status": "closed"})
    party.activate(call.at, tax_active=body.tax_active, sme_certificate_until=body.sme_certificate_until, left=left)
    return answer(await catalog.parties.save(party, call.cause))


@parties.post("/{party_id}/checks", response_model=PartyView)
async def check_party(party_id: PartyId, call: Changing, catalog: Owned) -> Response:
    """Have the business registry asked about a party now: what it answers is among `findings` a moment later."""
    if not catalog.checks.possible:
        raise Refused("registry.none", "there is no business registry to ask", "조회할 사업자 등록 시스템이 없습니다")
    party = await catalog.parties.load(party_id, call.cause)
    party.ask_for_check(call.at)
    return answer(await catalog.parties.save(party, call.cause))


@parties.put("/{party_id}/councils", response_model=PartyView)
async def change_party_councils(party_id: PartyId, body: CouncilsOrder, call: Changing, catalog: Owned) -> Response:
    """Let an institution join or leave councils. What was listed or certified before stays so."""
    party = await catalog.parties.load(party_id, call.cause)
    membership = Membership(**body.model_dump(), at=call.at, by=call.caller.actor, principal=call.principal)
    party.belong_to(membership)
    return answer(await catalog.parties.save(party, call.cause))


@parties.put("/{party_id}/contact", response_model=PartyView)
async def change_party_contact(party_id: PartyId, body: Contact, call: Changing, catalog: Owned) -> Response:
    """Name whom to call at your party; who was named before is forgotten, as by `DELETE`."""
    call.caller.must_act_for(party_id)
    party = await catalog.parties.load(party_id, call.cause)
    party.be_reached_by(body)
    return answer(await catalog.parties.forget(party, call.cause))


@parties.delete("/{party_id}/contact", response_model=PartyView)
async def erase_party_contact(party_id: PartyId, call: Changing, catalog: Owned) -> Response:
    """Erase whom to call at your party, for good: also from what a repeat of an earlier call is answered."""
    call.caller.must_act_for(party_id)
    party = await catalog.parties.load(party_id, call.cause)
    party.erase_contact()
    return answer(await catalog.parties.forget(party, call.cause))


@parties.post("/{party_id}/closure", response_model=PartyView)
async def close_party(party_id: PartyId, body: Reason, call: Changing, catalog: Owned) -> Response:
    """Leave the market for good."""
    call.caller.must_act_for(party_id)
    party = await catalog.parties.load(party_id, call.cause)
    party.close(body.reason, call.at)
    return answer(await catalog.parties.save(party, call.cause))


def _for(call: Call, party: Party) -> PartyView:
    view = party_view(party)
    own = call.caller.is_operator or call.principal == party.id
    return view if own else view.model_copy(update={"contact": None, "findings": [], "bans": [], "memberships": []})
