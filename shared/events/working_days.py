"""Korean working days, by which deadlines count, in Seoul dates."""

from collections.abc import Container
from datetime import date, timedelta
from functools import cache

SATURDAY = 5


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


@cache
def _holidays() -> Container[date]:
    # Here, because it takes 11 MB and a fifth of a second: a service that counts no deadline never does.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("KR")
