"""The documents the catalog owns, and what it knows of others."""

from collections.abc import Sequence
from typing import Any

from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.domain.shortlist import Shortlist
from services.catalog.shortlist_views import shortlist_view
from services.catalog.views import party_view, product_view
from shared.copies import Copies
from shared.events.contracts import ContractState
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store


class Catalog:
    """Parties, products and shortlists, and copies of the contracts that were made about products."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self.parties = Store(database, Party, party_view, relay)
        self.products = Store(database, Product, product_view, relay)
        self.shortlists = Store(database, Shortlist, shortlist_view, relay)
        self.contracts = Copies(database, ContractState)

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return (self.parties, self.products, self.shortlists)

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return (self.contracts,)

    async def prepare(self) -> None:
        await self.parties.prepare(["party_kind"], ["status"])
        await self.products.prepare(["status"], ["owner"], ["certificates.id"], ["withheld.id"])
        await self.shortlists.prepare(["owner"])
        await self.contracts.prepare("product.id")
