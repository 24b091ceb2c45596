from datetime import UTC, date, datetime

from hypothesis import strategies as st

from services.verification.domain import clock

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def test_days_waiting_for_the_firm_are_not_the_institutions() -> None:
    def at(day: int) -> datetime:
        return datetime(2026, 11, day, 3, tzinfo=UTC)

    turns = [
        clock.Turn(of="institution", since=at(2)),
        clock.Turn(of="firm", since=at(4)),
        clock.Turn(of="institution", since=at(18)),
    ]

    assert clock.days_used(turns, "institution", at(20)) == 2 + 2
    assert clock.days_used(turns, "firm", at(20)) == 10
    assert clock.last_day(turns, 5) == date(2026, 11, 23)
    assert clock.last_day(turns, 1) == date(2026, 11, 18)
