from datetime import UTC, datetime, timedelta

import pytest
from typer import BadParameter

from cli.tail import _start

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "age"),
    [("90s", timedelta(seconds=90)), ("10m", timedelta(minutes=10)), ("2h", timedelta(hours=2)), ("1d", timedelta(1))],
)
def test_an_age_is_counted_back_from_now(since: str, age: timedelta) -> None:
    assert _start(since, NOON) == NOON - age


def test_now_has_no_start_and_the_beginning_is_before_everything() -> None:
    assert _start("now", NOON) is None
    assert _start("beginning", NOON) == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize("since", ["yesterday", "10", "m10", "-5m", "", "999999d", "99999999999d"])
def test_anything_else_is_refused_with_what_would_do(since: str) -> None:
    with pytest.raises(BadParameter, match="beginning"):
        _start(since, NOON)
