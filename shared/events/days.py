"""Korean days: what is dated - a certificate, a deadline - holds by the day it is in Korea."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


def seoul_date(at: datetime) -> date:
    """Return the day it is in Korea at this moment."""
    return at.astimezone(SEOUL).date()


def start_of(day: date) -> datetime:
    """Return the first moment of this day in Seoul, in UTC."""
    return datetime.combine(day, time(), SEOUL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first moment after this day in Seoul, in UTC."""
    return start_of(day + timedelta(days=1))
