"""What the catalog is told by its environment."""

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """The catalog's settings."""

    database: str = "market_catalog"
