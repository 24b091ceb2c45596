"""What matching is told by its environment."""

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """Matching's settings."""

    database: str = "market_matching"
