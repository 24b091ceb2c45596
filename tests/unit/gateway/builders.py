"""Valid things of the gateway."""

from typing import Any

from services.gateway.settings import Settings


def a_gateway(**given: Any) -> Settings:
    """Settings under which nobody else is reached."""
    nowhere = "http://127.0.0.1:1"
    given.setdefault("jwks_uri", f"{nowhere}/jwks.json")
    return Settings(
        mongo_uri="mongodb://127.0.0.1:1",
        kafka_bootstrap="127.0.0.1:1",
        cursor_secret="0123456789abcdef",  # noqa: S106  worth nothing
        upstream_catalog=nowhere,
        upstream_verification=nowhere,
        upstream_matching=nowhere,
        upstream_contracts=nowhere,
        **given,
    )
