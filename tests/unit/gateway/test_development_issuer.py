"""Tokens for anybody: on a developer's machine and nowhere else."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute

from deploy.local.keys import DevelopmentKeys, development_keys
from services.gateway.app import create_app
from services.gateway.development_issuer import SEEDED, Issuer, issuer_routes
from shared.auth import Verifier, caller
from tests.unit.gateway.builders import a_gateway

ISSUER, AUDIENCE = "https://market.example/issuer", "techmarket"


@pytest.fixture
def keys(tmp_path: Path) -> DevelopmentKeys:
    return development_keys(tmp_path)


def test_outside_the_local_profile_the_issuer_refuses_to_be_built(keys: DevelopmentKeys) -> None:
    with pytest.raises(RuntimeError, match="local profile only"):
        issuer_routes(a_gateway(profile="production", development_key_file=keys.private_key))


def test_without_a_key_the_local_gateway_does_not_start() -> None:
    with pytest.raises(RuntimeError, match="DEVELOPMENT_KEY_FILE"):
        create_app(a_gateway(profile="local"))


async def test_a_production_gateway_has_no_such_routes_even_with_a_key(keys: DevelopmentKeys) -> None:
    production = create_app(a_gateway(profile="production", development_key_file=keys.private_key))
    local = create_app(a_gateway(profile="local", development_key_file=keys.private_key))

    for path in ("/dev/token", "/dev/people", "/.well-known/jwks.json"):
        assert not await _answers(production, path)
        assert await _answers(local, path)


async def test_its_tokens_are_good_for_eight_hours_for_seeded_people(keys: DevelopmentKeys) -> None:
    issuer = Issuer(keys.private_key, ISSUER, AUDIENCE)
    verifier = Verifier(keys.jwks.as_uri(), ISSUER, AUDIENCE)

    operator = await verifier.person(issuer.token("prs_operator", SEEDED["prs_operator"].parties))

    assert operator.id == "prs_operator"
    assert caller(operator, None).is_operator
    assert caller(operator, None).principal == "pty_operator"


def test_only_the_public_half_of_its_key_is_shown(keys: DevelopmentKeys) -> None:
    private = json.loads(keys.private_key.read_text())

    shown = Issuer(keys.private_key, ISSUER, AUDIENCE).key_set()

    assert private["d"] not in json.dumps(shown)
    assert shown["keys"][0]["kid"] == private["kid"]


async def _answers(app: FastAPI, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "", "headers": []}
    routes: list[BaseRoute] = app.router.routes
    return any(route.matches(dict(scope))[0].value > 0 for route in routes)
