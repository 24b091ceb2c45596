"""Korean days: what is dated - a certificate, a deadline - holds by the day it is in Korea."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


def seoul_date(at: datetime) -> date:
    """Return the day it is in Korea at this moment."""
    return at.astimezone(SEOUL).date()
