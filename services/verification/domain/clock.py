"""The reviews' clock: Korean working days in Seoul dates, counted for the side whose turn it is.

Every figure is a function of the log of turns and the calendar; nothing is counted by a running clock.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from shared.events.days import seoul_date
from shared.events.working_days import working_day_after, working_days

Side = Literal["institution", "firm", "market"]
"""Who must act next: `market` means our own next step, `firm` and `institution` are people."""


class Turn(BaseModel):
    """From when on a side must act."""

    of: Side
    since: AwareDatetime


def days_used(turns: Sequence[Turn], side: Side, at: datetime) -> int:
    """Return the working days this side has had its turn until `at`; the other side's days do not count."""
    ends = [*(turn.since for turn in turns[1:]), at]
    return sum(
        working_days(seoul_date(turn.since), seoul_date(end))
        for turn, end in zip(turns, ends, strict=False)
        if turn.of == side
    )


def last_day(turns: Sequence[Turn], days: int) -> date:
    """Return the day on which the side whose turn it is now has used `days` working days, if nothing changes."""
    now = turns[-1]
    left = days - days_used(turns[:-1], now.of, now.since)
    return working_day_after(seoul_date(now.since), max(left, 0))
