"""What every deployable is told by its environment."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """Settings of any process that answers HTTP and knows who calls."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    profile: Literal["local", "production"] = "production"
    host: str = "0.0.0.0"  # noqa: S104  in a container; the local stack says 127.0.0.1
    port: int = 8080
    mongo_uri: str
    kafka_bootstrap: str
    empty_fetch_pause_ms: int = Field(default=0, ge=0, description="For a stand-in that does not hold empty fetches")
    stale_relay_seconds: float = Field(default=30.0, gt=0, description="Not ready once an event waits longer for Kafka")
    jwks_uri: str
    token_issuer: str = "https://market.example/issuer"  # noqa: S105  a name, not a secret
    token_audience: str = "techmarket"  # noqa: S105  a name, not a secret
    cursor_secret: str = Field(min_length=16)
