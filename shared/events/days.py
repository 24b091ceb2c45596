"""Korean days: what is dated - a certificate, a deadline - holds by the day it is in Korea."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

SEOUL = ZoneInfo("Asia/Seoul")


def _full_date(text: object) -> date:
    if isinstance(text, str) and FULL_DATE.fullmatch(text):
        return date.fromisoformat(text)
    raise ValueError("a day is written as 2027-04-01")


FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
FullDate = Annotated[date, BeforeValidator(_full_date)]
"""A day as RFC 3339 writes it; left alone, pydantic takes any number for a time since 1970."""


def seoul_date(at: datetime) -> date:
    """Return the day it is in Korea at this moment."""
    return at.astimezone(SEOUL).date()


def start_of(day: date) -> datetime:
    """Return the first moment of this day in Seoul, in UTC."""
    return datetime.combine(day, time(), SEOUL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first moment after this day in Seoul, in UTC."""
    return start_of(day + timedelta(days=1))


def next_notice(last: date, ahead: Sequence[int]) -> datetime:
    """Return when the end of something dated is next spoken of: `ahead[0]` days before its last day, or behind it."""
    return start_of(last - timedelta(days=ahead[0])) if ahead else end_of(last)
