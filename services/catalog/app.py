"""The catalog put together."""

from fastapi import FastAPI

from services.catalog import routes
from services.catalog.ground import Catalog
from services.catalog.policy import POLICY
from services.catalog.settings import Settings
from services.catalog.shortlist_routes import shortlists
from services.catalog.subscribers import subscriptions
from shared.service import build


def create_app(settings: Settings) -> FastAPI:
    """Return the catalog's app."""
    return build(
        "catalog",
        "Parties and products: registered, verified by others, listed, shortlisted by buyers.",
        settings,
        settings.database,
        Catalog,
        subscriptions,
        (routes.parties, routes.products, shortlists),
        POLICY,
    )
