"""Every generated file: where it lies and what it must hold now."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from cli.documents import problems
from cli.documents.asyncapi import Models, asyncapi
from cli.documents.events import event_schemas
from cli.documents.openapi import merged
from cli.documents.services import GATEWAY, SERVICES, app_of, heard_by

EVENTS = "docs/events"
SCHEMAS = f"{EVENTS}/schemas"
SERVED = "services/gateway/static"
TITLE = "Technology market · 기술마켓"


def generated() -> dict[str, str]:
    """Return {path from the root of the repository: text} of everything that is generated from this code."""
    deployables = (*SERVICES, GATEWAY)
    return files({name: app_of(name) for name in deployables}, {name: heard_by(name) for name in deployables})


def files(apps: Mapping[str, FastAPI], heard: Mapping[str, Models]) -> dict[str, str]:
    """Return the same for these apps and what each hears.

    The gateway serves its own copies: its image holds its folder and `shared`, not the documentation.
    """
    schemas = event_schemas()
    whole = asyncapi(TITLE, SERVICES, heard)
    found: dict[str, Any] = {f"{SCHEMAS}/{name}.json": schema for name, schema in schemas.items()}
    found[f"{EVENTS}/asyncapi.json"] = whole
    for name, models in heard.items():
        found[f"{EVENTS}/{name}.asyncapi.json"] = asyncapi(f"{TITLE}: {name}", (name,), {name: models})
    found[f"{SERVED}/asyncapi.json"] = whole
    found[f"{SERVED}/schemas.json"] = schemas
    found[f"{SERVED}/openapi.json"] = merged(apps)
    found[f"{SERVED}/problems.json"] = problems.catalogue()
    return {path: _text(content) for path, content in found.items()}


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
