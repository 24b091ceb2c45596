"""Verification put together."""

from fastapi import FastAPI

from services.verification import certificate_routes, credential_routes, routes
from services.verification.credentials import SigningKeys
from services.verification.ground import Verification
from services.verification.policy import POLICY
from services.verification.reviews.hearing_routes import hearings
from services.verification.reviews.routes import reviews
from services.verification.rule_routes import rule_sets, rules
from services.verification.settings import Settings
from services.verification.subscribers import subscriptions
from shared.service import build


def create_app(settings: Settings) -> FastAPI:
    """Return verification's app."""
    app = build(
        "verification",
        "Dossiers, reviews and certificates: a firm applies, institutions look, a certificate lists the product.",
        settings,
        settings.database,
        Verification,
        subscriptions,
        (
            routes.dossiers,
            routes.entry_checks,
            reviews,
            hearings,
            credential_routes.credentials,
            certificate_routes.certificates,
            rule_sets,
            rules,
        ),
        POLICY,
    )
    file = settings.certificate_keys_file
    app.state.certificate_keys = None if file is None else SigningKeys(file, settings.token_issuer)
    return app
