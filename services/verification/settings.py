"""What verification is told by its environment."""

from pathlib import Path

from pydantic import Field

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """Verification's settings."""

    database: str = "market_verification"
    certificate_keys_file: Path | None = Field(
        default=None, description="JWK set of Ed25519 keys; the one with its private half signs certificates"
    )
