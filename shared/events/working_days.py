"""Korean working days, by which deadlines count, in Seoul dates."""

from collections.abc import Container
from datetime import date, datetime, timedelta
from functools import cache

from shared.events.days import end_of

SATURDAY = 5
CALLED_AGAIN = 5
"""Working days after which what is overdue is called for again, until somebody takes it."""


def is_working_day(day: date) -> bool:
    """Return whether offices work: no weekend, no public or substitute holiday."""
    return day.weekday() < SATURDAY and day not in _holidays()


def working_days(after: date, until: date) -> int:
    """Return how many working days follow `after`, up to and including `until`."""
    return sum(is_working_day(after + timedelta(days=number)) for number in range(1, (until - after).days + 1))


def working_day_after(day: date, number: int) -> date:
    """Return the `number`th working day after this day."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day


def next_call(by: date, called: date | None) -> datetime:
    """Return when something that is to be done by a day is next called for: behind it, and again some days after."""
    first = end_of(by)
    return first if called is None else max(first, end_of(working_day_after(called, CALLED_AGAIN)))


@cache
def _holidays() -> Container[date]:
    # Here, because it takes 11 MB and a fifth of a second: a service that counts no deadline never does.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("KR")
