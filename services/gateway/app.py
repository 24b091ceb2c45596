"""The gateway put together."""

import math

from fastapi import FastAPI, Request, Response

from services.gateway import board_routes, documents, routes
from services.gateway.development_issuer import issuer_routes
from services.gateway.ground import Gateway
from services.gateway.limits import Limits, RateExceeded
from services.gateway.live import Feed
from services.gateway.policy import POLICY
from services.gateway.proxy import PASSED_ON, Proxy
from services.gateway.rebuilding import Rebuilds
from services.gateway.settings import Settings
from services.gateway.upstreams import Upstreams
from shared import operations
from shared.errors import TooMany
from shared.messaging import Subscriptions
from shared.service import build
from shared.web import STATUS, problem

NOTHING_TO_DO: Subscriptions[Gateway] = Subscriptions()
"""The gateway only copies states; it decides nothing on events."""


def create_app(settings: Settings) -> FastAPI:
    """Return the gateway's app."""
    upstreams = Upstreams(settings.upstreams, settings.time_limit_seconds)
    feed = Feed(settings.kafka_bootstrap)
    rebuilds = Rebuilds(settings.kafka_bootstrap)
    routers = [routes.views, routes.live, board_routes.boards, routes.rebuilds, documents.router]
    if settings.profile == "local":
        routers.append(issuer_routes(settings))
    app = build(
        "gateway",
        "The one door to the technology market.",
        settings,
        settings.database,
        Gateway,
        NOTHING_TO_DO,
        routers,
        POLICY,
        (upstreams, feed, rebuilds),
        {PASSED_ON: math.inf},  # the service behind says how long one may be
    )
    limits = Limits(settings.rate_per_second, settings.rate_burst)
    app.state.limits = limits
    app.state.feed = feed
    app.state.rebuilds = rebuilds
    app.include_router(operations.router, prefix="/v1/operations/gateway", include_in_schema=False)
    # what is read without a token has shares of its own, one for each thing read: strangers use up no caller's
    open_limits = Limits(settings.rate_per_second, settings.rate_burst)
    # before all others: most calls are for it
    app.router.routes.insert(0, Proxy(upstreams, app.state.verifier, limits, open_limits))

    @app.exception_handler(RateExceeded)
    async def too_often(request: Request, error: RateExceeded) -> Response:
        response = problem(request, error, STATUS[TooMany])
        response.headers.update(error.headers)
        return response

    return app
