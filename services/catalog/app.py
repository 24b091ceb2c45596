"""The catalog put together."""

from fastapi import FastAPI

from services.catalog import routes
from services.catalog.checks import Checks
from services.catalog.files.place import Place
from services.catalog.files.routes import files
from services.catalog.files.sweeping import Sweep
from services.catalog.ground import Catalog
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
    search, checks = Search(settings.kafka_bootstrap), Checks(settings.business_registry_url)
    sweep = Sweep(Place(settings.files_url, settings.bucket))
    return build(
        "catalog",
        "Parties and products: registered, verified by others, listed, shortlisted by buyers; their files.",
        settings,
        settings.database,
        lambda database, relay: Catalog(database, relay, search, checks, sweep),
        subscriptions,
        # in this order: no product is called `search`, and most calls are about products
        (searches, routes.products, versions, parties, members, field_schemas, shortlists, suggestions, files),
        POLICY,
        (search, checks, sweep),
        {"/v1/files": settings.file_bytes},
    )
