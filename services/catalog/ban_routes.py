"""Bans over HTTP: load, decide, save."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from services.catalog.ban_views import AppealQueue, appealed_party
from services.catalog.domain.ban import BanOrder, BanOutcome, Decision
from services.catalog.ground import Owned
from services.catalog.party_routes import PartyId
from services.catalog.party_views import PartyView
from services.catalog.routes import Body
from shared.calls import Changing, Listing, Reading, answer, queued
from shared.events.envelope import WHOLE
from shared.web import api_router

bans = api_router("/v1/parties", "parties")

BanNumber = Annotated[
    int, Field(ge=1, le=10_000, examples=[1], description="Which of its bans, as they are numbered"), WHOLE
]


class BanAppeal(Body):
    """Why a ban is wrong, as its party sees it."""

    ban: BanNumber
    text: str = Field(min_length=1, max_length=4000, pattern=r"\S", examples=["제출한 성적서는 원본과 같습니다"])


class BanDecision(Body):
    """What becomes of a ban, and why."""

    ban: BanNumber
    outcome: BanOutcome = Field(examples=["lifted"])
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["성적서가 원본임을 확인함"])


@bans.get("/ban-appeals", response_model=AppealQueue)
async def list_ban_appeals(request: Request, call: Reading, catalog: Owned, page: Listing) -> AppealQueue:
    """Show the operators which appeals wait, what is due first in front: how old, whose move it is, and by when."""
    found = await queued(catalog.parties, "decision_due", {}, page, request)
    return AppealQueue(items=[appealed_party(each, call.at) for each in found.items], next=found.next)


@bans.post("/{party_id}/bans", response_model=PartyView)
async def ban_party(party_id: PartyId, body: BanOrder, call: Changing, catalog: Owned) -> Response:
    """Let a party start nothing new until a time within two years, or until another operator lifts it."""
    party = await catalog.parties.load(party_id, call.cause)
    party.ban(body, call.caller.actor, call.principal, call.at)
    return answer(await catalog.parties.save(party, call.cause))


@bans.post("/{party_id}/ban-appeal", response_model=PartyView)
async def appeal_ban(party_id: PartyId, body: BanAppeal, call: Changing, catalog: Owned) -> Response:
    """Say why a ban of your party is wrong: once for each, within 22 working days. It stays in force meanwhile.

    Another operator than the one who banned decides within 10 working days; until one does, they are called for.
    """
    call.caller.must_act_for(party_id)
    party = await catalog.parties.load(party_id, call.cause)
    party.appeal(body.ban, body.text, call.caller.actor, call.principal, call.at)
    return answer(await catalog.parties.save(party, call.cause))


@bans.post("/{party_id}/ban-decision", response_model=PartyView)
async def decide_ban(party_id: PartyId, body: BanDecision, call: Changing, catalog: Owned) -> Response:
    """Uphold a ban that was appealed, or lift one; the operator who banned may not."""
    party = await catalog.parties.load(party_id, call.cause)
    said = body.model_dump(include={"outcome", "reason"})
    party.decide(body.ban, Decision(**said, at=call.at, by=call.caller.actor, principal=call.principal))
    return answer(await catalog.parties.save(party, call.cause))
