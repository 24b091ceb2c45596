"""The documents the catalog owns, and what it knows of others."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request

from services.catalog.bulk.drafting import Documents as BulkDocuments
from services.catalog.bulk.running import Importing
from services.catalog.bulk.views import import_view
from services.catalog.checks import Checks
from services.catalog.domain.content import Content
from services.catalog.domain.field_schema import FieldSchema, fields_of
from services.catalog.domain.file import File, named_once, not_there
from services.catalog.domain.member import Member
from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import ProductImport
from services.catalog.domain.shortlist import Shortlist
from services.catalog.files.sweeping import Sweep
from services.catalog.files.uploading import Uploads
from services.catalog.files.views import file_view
from services.catalog.member_views import member_view
from services.catalog.party_views import party_view
from services.catalog.schema_views import field_schema_view
from services.catalog.search.following import Documents, Search
from services.catalog.search.listing import analysed, lacks_words
from services.catalog.shortlist_views import shortlist_view
from services.catalog.views import product_view
from shared.aggregate import Cause
from shared.copies import Copies
from shared.events.contracts import ContractState
from shared.events.matching import ParticipationState, RequestState
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Answer, Store


class Products(Store[Product]):
    """Products. One that is listed has the words it is found by written with it."""

    async def save(self, aggregate: Product, cause: Cause) -> Answer:
        if aggregate.recorded and lacks_words(aggregate):
            # In a thread: a long summary takes milliseconds, and the first text of all the dictionary's 50.
            words = await asyncio.to_thread(analysed, aggregate.content, aggregate.version_shown)
            aggregate.be_found_by(words)
        return await super().save(aggregate, cause)


class Beside(NamedTuple):
    """What runs beside the routes."""

    search: Search
    checks: Checks
    sweep: Sweep
    importing: Importing


class Catalog:
    """Parties, checks and members, products and what is asked of them, shortlists, files, search.

    Copies of contracts, of participations and of requests. `place` has the bytes of the files; `bulk` is what imports
    read and write.
    """

    def __init__(self, database: Database, relay: Relay, beside: Beside) -> None:
        self.parties = Store(database, Party, party_view, relay)
        self.members = Store(database, Member, member_view, relay)
        self.products = Products(database, Product, product_view, relay)
        self.field_schemas = Store(database, FieldSchema, field_schema_view, relay)
        self.shortlists = Store(database, Shortlist, shortlist_view, relay)
        self.files = Store(database, File, file_view, relay)
        self.imports = Store(database, ProductImport, import_view, relay)
        self.place = beside.sweep.place
        self.bulk = BulkDocuments(self.imports, self.products, self.parties, self.field_schemas, self.files, self.place)
        self.uploads = Uploads()
        self.search, self.checks, self._sweep, self.importing = beside
        self.contracts = Copies(database, ContractState)
        self.participations = Copies(database, ParticipationState)
        self.requests = Copies(database, RequestState)

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return (
            self.parties,
            self.members,
            self.products,
            self.field_schemas,
            self.shortlists,
            self.files,
            self.imports,
        )

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return (self.contracts, self.participations, self.requests)

    async def prepare(self) -> None:
        await self.parties.prepare(
            ["party_kind"], ["status"], ["councils"], ["check_after"], ["decision_due"], ["business_number"]
        )
        await self.members.prepare(["party"])
        await self.products.prepare(["status"], ["owner"], ["certificates.id"], ["withheld.id"])
        await self.field_schemas.prepare()
        await self.shortlists.prepare(["owner"])
        await self.files.prepare(["stored"])
        self._sweep.begin(self.files)
        await self.imports.prepare(["owner"], ["status"])
        self.importing.begin(self.bulk)
        await self.contracts.prepare("product.id")
        await self.participations.prepare("event")
        await self.requests.prepare("requester", "target")
        await self.search.fill(Documents(self.products, self.parties))
        self.checks.begin(self.parties)

    async def with_files(self, content: Content, owner: str, cause: Cause, place: str = "/files") -> Content:
        """Return content with what is to know of the files it names.

        Raise Invalid for one that is not the owner's, or named twice.
        """
        if not content.files:
            return content
        named_once(content.files, place)
        attached = []
        for at, named in enumerate(content.files):
            file = await self.files.find(named.file)
            if file is None:
                raise not_there(named.file, f"{place}/{at}/file")
            attached.append(file.be_named(named, owner, cause.at, f"{place}/{at}/file"))
            # The caller's key and If-Match are for the product.
            await self.files.save(file, replace(cause, key="", expected=None))
        return content.model_copy(update={"files": tuple(attached)})

    async def asked_of(self, content: Content) -> FieldSchema | None:
        """Return the field schema in force for this content, None where no fields are asked for."""
        return await self.field_schemas.holding(fields_of(content.council, content.category))


async def ground(request: Request) -> Catalog:
    catalog: Catalog = request.app.state.ground
    return catalog


Owned = Annotated[Catalog, Depends(ground)]
