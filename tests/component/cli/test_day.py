"""A brokerage day from its file to a released timetable, on a market of its own."""

from tests.component.cli.running import CHECKOUT, data, market

SMALL = CHECKOUT / "tests" / "data" / "small.dzn"


def test_what_an_event_cannot_be_told_is_said_aloud() -> None:
    result = market("day", "import", str(SMALL), "--local", "--json")

    assert result.returncode == 0, result.stderr
    assert [each["in_file"] for each in data(result)["not_carried"]] == [3, 1]
    assert "not carried over, an event cannot be told: 3 meetings that must come before others" in result.stderr
