"""What matching is told by its environment."""

from pydantic import Field

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """Matching's settings. The gateway waits 10 s for an answer; a timetable has to be planned, or not, before that."""

    database: str = "market_matching"
    plan_seconds: float = Field(default=2.0, gt=0, description="How long a timetable is improved")
    plan_patience_seconds: float = Field(default=8.0, gt=0, description="After how long a plan is no longer waited for")
