"""Whom a party may want to meet at an event: those whose listings fit what is looked for, and why."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated

from fastapi import Query

from services.catalog.domain.fit import Fit, Market, Offer, Wanted, counted
from services.catalog.domain.party import Party
from services.catalog.ground import Catalog, Owned
from services.catalog.search.listing import FIELDS, NOBODY, Listing, listing_of
from services.catalog.search.tokens import words
from services.catalog.suggestion_views import Suggestions, suggestion
from shared.calls import Reading
from shared.errors import Refused
from shared.events.matching import ParticipationState
from shared.web import api_router

suggestions = api_router("/v1/suggestions", "suggestions")

EVERYBODY = 20_000
"""More than an event has places, and than a party may file requests."""
EventRef = Annotated[str, Query(pattern=r"^evt_[a-z0-9]{1,40}$", examples=["evt_4k2qj4"])]
PartyRef = Annotated[
    str | None,
    Query(pattern=r"^pty_[a-z0-9]{1,40}$", description="For the operator: who asks", examples=["pty_8ax3mt"]),
]


@suggestions.get("", response_model=Suggestions)
async def suggest_meetings(
    event: EventRef,
    call: Reading,
    catalog: Owned,
    party: PartyRef = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Suggestions:
    """Suggest to an institution firms whose listings fit its stated demand, to a firm institutions likewise.

    Suggested is who has a place at the event, is active, and has no request with the one who asks, unless it was
    withdrawn. What happened at the event is known here within 2 s; what Market-Position names is waited for.
    """
    asking = party or call.principal
    call.caller.must_act_for(asking)
    for each, sequence in call.positions.items():
        if each.startswith("ptc_"):
            await catalog.participations.require(each, sequence)
        elif each.startswith("req_"):
            await catalog.requests.require(each, sequence)
    there = await catalog.participations.where({"event": event}, EVERYBODY)
    guests = {each.party: each for each in there if each.status in {"confirmed", "checked_in"} and not each.left}
    if asking not in guests:
        raise Refused(
            "suggestion.not_at_event",
            f"{asking} has no confirmed place at {event}",
            f"{asking}은(는) {event} 행사의 확정된 참가자가 아닙니다",
        )
    parties = {each.id: each for each in await asyncio.gather(*map(catalog.parties.find, guests)) if each is not None}
    asked = await _asked(catalog, event, asking)
    open_to = {each for each in parties if each not in asked and parties[each].public().is_active(call.at)} | {asking}
    listings = await _listed(catalog, (each for each in guests if _is_firm(guests[each])))
    fits = await asyncio.to_thread(_fits, guests, parties, open_to, asking, listings)
    titles = {each.id: str(each.shown["title"]) for each in listings}
    items = []
    for fit in fits[:limit]:
        other = fit.institution if fit.firm == asking else fit.firm
        items.append(suggestion(fit, other, parties[other].title, titles[fit.product]))
    return Suggestions(event=event, party=asking, demand=guests[asking].demand, items=items)


async def _asked(catalog: Catalog, event: str, party: str) -> set[str]:
    """Return with whom a party has a request at an event, whichever of them filed it."""
    filed = await catalog.requests.where({"event": event, "requester": party}, EVERYBODY)
    received = await catalog.requests.where({"event": event, "target": party}, EVERYBODY)
    return {
        side for each in (*filed, *received) if each.status != "withdrawn" for side in (each.requester, each.target)
    }


async def _listed(catalog: Catalog, firms: Iterable[str]) -> list[Listing]:
    """Return what these firms have listed."""
    query = {"state.owner": {"$in": sorted(firms)}, "state.status": "listed"}
    return [
        listing
        async for batch in catalog.products.scanned(query, FIELDS)
        for document in batch
        if (listing := listing_of(document, NOBODY)) is not None
    ]


def _fits(
    guests: Mapping[str, ParticipationState],
    parties: Mapping[str, Party],
    open_to: Collection[str],
    asking: str,
    listings: Sequence[Listing],
) -> list[Fit]:
    """Return how the one who asks and those it may meet fit, against all that is listed by firms at the event."""
    market = Market(map(_offer, listings))
    firms = [each for each in open_to if _is_firm(guests[each])]
    institutions = [each for each in open_to if not _is_firm(guests[each])]
    if _is_firm(guests[asking]):
        firms = [asking]
    else:
        institutions = [asking]
    return market.best([_wanted(guests[each], parties[each]) for each in institutions], firms)


def _offer(listing: Listing) -> Offer:
    written = listing.words
    return Offer(
        product=listing.id,
        firm=str(listing.shown["owner"]),
        words=counted(
            f"{written['title']} {written['title_en']}".split(), f"{written['summary']} {written['codes']}".split()
        ),
        field=listing.facets["category"][0],
        council=listing.facets["council"][0],
        issuers=frozenset(listing.facets["issuer"]),
    )


def _wanted(participation: ParticipationState, party: Party) -> Wanted:
    stated = participation.demand
    return Wanted(
        institution=party.id,
        words=words(stated.text) if stated else (),
        fields=frozenset(stated.fields if stated else ()),
        councils=frozenset(party.councils),
    )


def _is_firm(participation: ParticipationState) -> bool:
    return participation.party_kind == "sme"
