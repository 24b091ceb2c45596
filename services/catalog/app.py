"""The catalog put together."""

from fastapi import FastAPI

from services.catalog import routes
from services.catalog.ban_routes import bans
from services.catalog.bulk.routes import exports, imports
from services.catalog.bulk.running import Importing
from services.catalog.checks import Checks
from services.catalog.files.place import Place
from services.catalog.files.routes import files
from services.catalog.files.sweeping import Sweep
from services.catalog.ground import Beside, Catalog
from services.catalog.member_routes import members
from services.catalog.party_routes import parties
from services.catalog.policy import POLICY
from services.catalog.schema_routes import field_schemas
from services.catalog.search.following import Search
from services.catalog.search.routes import search as searches
from services.catalog.settings import Settings
from services.catalog.shortlist_routes import shortlists
from services.catalog.subscribers import subscriptions
from services.catalog.suggestion_routes import suggestions
from services.catalog.version_routes import versions
from shared.service import build


def create_app(settings: Settings) -> FastAPI:
    """Return the catalog's app."""
    beside = Beside(
        Search(settings.kafka_bootstrap),
        Checks(settings.business_registry_url),
        Sweep(Place(settings.files_url, settings.bucket)),
        Importing(),
    )
    return build(
        "catalog",
        "Parties and products: registered, verified by others, listed, shortlisted by buyers; their files.",
        settings,
        settings.database,
        lambda database, relay: Catalog(database, relay, beside),
        subscriptions,
        # in this order: no product is called `search` or `workbook.xlsx`, no party `ban-appeals`;
        # and most calls are about products
        (
            *(searches, exports, routes.products, versions, bans, parties, members),
            *(field_schemas, shortlists, suggestions, files, imports),
        ),
        POLICY,
        beside,
        {"/v1/files": settings.file_bytes},
    )
