"""The contracts service put together."""

from fastapi import FastAPI

from services.contracts import commitment_routes, routes
from services.contracts.ground import Contracts
from services.contracts.policy import POLICY
from services.contracts.settings import Settings
from services.contracts.subscribers import subscriptions
from shared.service import build


def create_app(settings: Settings) -> FastAPI:
    """Return the contracts service's app."""
    return build(
        "contracts",
        "Contracts signed by both sides, paid and completed; purchase commitments followed until kept.",
        settings,
        settings.database,
        Contracts,
        subscriptions,
        (routes.contracts, commitment_routes.commitments),
        POLICY,
    )
