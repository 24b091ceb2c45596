"""Every deployable put together from dummy settings: building an app opens no connection, so its routes can be read."""

from functools import cache
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from cli.documents.events import Model
from shared.events.topics import PUBLISHED

SERVICES = tuple(PUBLISHED)
CATALOG = "catalog"
GATEWAY = "gateway"
NOWHERE = "127.0.0.1:1"


@cache
def app_of(name: str) -> FastAPI:
    """Return the app of one deployable."""
    settings = import_module(f"services.{name}.settings").Settings(
        profile="production",
        mongo_uri=f"mongodb://{NOWHERE}",
        kafka_bootstrap=NOWHERE,
        jwks_uri="file:///dev/null",
        cursor_secret="only to read the routes",  # noqa: S106  signs nothing
        **({"files_url": "file:///nowhere"} if name == CATALOG else {}),
        **{f"upstream_{service}": f"http://{NOWHERE}" for service in SERVICES if name == GATEWAY},
    )
    app: FastAPI = import_module(f"services.{name}.app").create_app(settings)
    return app


def heard_by(name: str) -> set[Model]:
    """Return the states a deployable keeps copies of and, for a service, the events it subscribes to."""
    states = {copies.state for copies in app_of(name).state.ground.copies}
    if name == GATEWAY:
        return states
    subscriptions: Any = import_module(f"services.{name}.subscribers").subscriptions
    return states | {event for event, _ in subscriptions.handlers.values()}
