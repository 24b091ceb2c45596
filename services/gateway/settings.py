"""What the gateway is told by its environment."""

from pathlib import Path

from pydantic import Field

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """The gateway's settings. A caller may call `rate_burst` times at once and `rate_per_second` times on and on."""

    database: str = "market_gateway"
    upstream_catalog: str
    upstream_verification: str
    upstream_matching: str
    upstream_contracts: str
    time_limit_seconds: float = Field(default=10.0, gt=0)
    rate_per_second: float = Field(default=200.0, gt=0)
    rate_burst: int = Field(default=400, ge=1)
    development_key_file: Path | None = None

    @property
    def upstreams(self) -> dict[str, str]:
        """The address of each service behind the gateway."""
        return {
            "catalog": self.upstream_catalog,
            "verification": self.upstream_verification,
            "matching": self.upstream_matching,
            "contracts": self.upstream_contracts,
        }
