"""Korean working days."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.days import end_of
from shared.events.working_days import is_working_day, working_day_after, working_days

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 9, 25), False),  # Chuseok
        (date(2026, 3, 2), False),  # substitute for 1 March, a Sunday
        (date(2026, 3, 3), True),
    ],
)
def test_offices_work_on_no_weekend_and_no_korean_holiday(day: date, works: bool) -> None:  # noqa: FBT001
    assert is_working_day(day) is works


def test_a_day_ends_in_seoul() -> None:
    assert end_of(date(2026, 11, 22)) == datetime(2026, 11, 22, 15, tzinfo=UTC)


@given(DAYS, st.integers(1, 60))
def test_the_nth_working_day_after_is_a_working_day_with_n_working_days_to_it(day: date, number: int) -> None:
    later = working_day_after(day, number)

    assert is_working_day(later)
    assert working_days(day, later) == number
