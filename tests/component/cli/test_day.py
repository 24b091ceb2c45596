"""A real brokerage day from its file to a released timetable, on a market of its own."""

from tests.component.cli.running import CHECKOUT, data, market

PUBLISHED = CHECKOUT / "tests" / "data" / "b2b" / "cp2014-v2" / "extra" / "dadesF2014-16r-4t-25e.dzn"
SMALL = CHECKOUT / "tests" / "data" / "small.dzn"


def test_a_published_day_is_released_round_the_slots_its_participants_cannot_use_and_in_the_halves_it_asks_for() -> (
    None
):
    result = market("day", "import", str(PUBLISHED), "--local", "--json")

    assert result.returncode == 0, result.stderr
    done = data(result)
    assert done["held"]
    assert (done["filed"], done["placed"], done["meetings_of_absent_parties"]) == (15, 15, 0)
    assert done["score"]["value"] == done["score"]["most_value"]
    assert done["score"]["gaps"] >= done["score"]["least_gaps"]
    assert "absences: 6" in result.stderr
    assert done["carried"] == {"slots that participants cannot use": 17, "meetings of one half of the day": 4}
    assert (done["meetings_out_of_their_half"], done["not_carried"]) == (0, [])


def test_what_an_event_cannot_be_told_is_said_aloud() -> None:
    result = market("day", "import", str(SMALL), "--local", "--json")

    assert result.returncode == 0, result.stderr
    assert [each["in_file"] for each in data(result)["not_carried"]] == [3, 1]
    assert "not carried over, an event cannot be told: 3 meetings that must come before others" in result.stderr
