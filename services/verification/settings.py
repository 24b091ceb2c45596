"""What verification is told by its environment."""

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """Verification's settings."""

    database: str = "market_verification"
