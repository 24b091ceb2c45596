"""What the catalog is told by its environment."""

from pydantic import Field

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """The catalog's settings."""

    database: str = "market_catalog"
    business_registry_url: str | None = Field(
        default=None, description="Asked about business numbers every week; without it operators check by hand"
    )
