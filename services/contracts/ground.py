"""The documents the contracts service owns, and what it knows of others."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from services.contracts.domain.commitment import Commitment
from services.contracts.domain.contract import Contract
from services.contracts.domain.eligibility import Standing
from services.contracts.views import commitment_view, contract_view
from shared.calls import Call
from shared.copies import Copies
from shared.events.catalog import PartyState, ProductState
from shared.events.matching import MeetingState
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store


class Contracts:
    """Contracts and commitments, and copies of the parties, products and meetings they rest on."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self.contracts = Store(database, Contract, contract_view, relay)
        self.commitments = Store(database, Commitment, commitment_view, relay)
        self.parties = Copies(database, PartyState)
        self.products = Copies(database, ProductState)
        self.meetings = Copies(database, MeetingState)

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return (self.contracts, self.commitments)

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return (self.parties, self.products, self.meetings)

    async def prepare(self) -> None:
        await self.contracts.prepare(["status"], ["institution"], ["firm"], ["product.id"])
        await self.commitments.prepare(["status"], ["institution"], ["firm"])

    async def standing(self, institution: str, firm: str, product: str, call: Call) -> Standing:
        """Return how both parties and the product stand now, at least as new as the caller has seen them."""
        return Standing(
            institution=await self.parties.require(institution, call.seen(institution)),
            firm=await self.parties.require(firm, call.seen(firm)),
            product=await self.products.require(product, call.seen(product)),
        )


async def ground(request: Request) -> Contracts:
    """Return what the routes work with."""
    owned: Contracts = request.app.state.ground
    return owned
