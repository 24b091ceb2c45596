"""What the contracts service is told by its environment."""

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """The contracts service's settings."""

    database: str = "market_contracts"
