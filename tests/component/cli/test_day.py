"""A real brokerage day from its file to a released timetable, on a market of its own."""

from tests.component.cli.running import CHECKOUT, data, market

PUBLISHED = CHECKOUT / "tests" / "data" / "b2b" / "cp2014-v2" / "extra" / "dadesF2014-16r-4t-25e.dzn"


def test_a_published_day_is_released_round_the_slots_its_participants_cannot_use() -> None:
    result = market("day", "import", str(PUBLISHED), "--local", "--json")

    assert result.returncode == 0, result.stderr
    done = data(result)
    assert done["held"]
    assert (done["filed"], done["placed"], done["meetings_of_absent_parties"]) == (15, 15, 0)
    assert done["score"]["value"] == done["score"]["most_value"]
    assert done["score"]["gaps"] >= done["score"]["least_gaps"]
    assert "absences: 6" in result.stderr
