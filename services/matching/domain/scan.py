"""What a device reads at the gate or at a table."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.matching.domain.programme import BESIDE


class Scan(BaseModel):
    """Somebody was here, at the device's own time; its nonce is the Idempotency-Key of the call.

    A device that was offline sends late what it read early, and more than once: both are as good as in time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scanned_at: AwareDatetime | None = Field(
        default=None,
        examples=["2027-04-14T09:52:00+09:00"],
        description="By the device's clock; now when not said, or when that clock is plainly wrong",
    )

    def moment(self, at: datetime, starts_at: datetime) -> datetime:
        """Return when it was read: by a clock that is ahead of ours, or long before the day and long ago, now."""
        earliest = min(starts_at, at) - BESIDE
        return at if self.scanned_at is None or self.scanned_at < earliest else min(self.scanned_at, at)
