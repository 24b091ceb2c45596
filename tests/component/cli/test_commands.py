import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.component.cli.running import CHECKOUT, WITHOUT, data, market

NOWHERE = "http://127.0.0.1:9"
SMALL = CHECKOUT / "tests" / "data" / "small.dzn"
PUBLISHED = CHECKOUT / "tests" / "data" / "b2b" / "cp2014-v2" / "extra" / "dadesF2014-16r-4t-25e.dzn"


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WITHOUT:
        monkeypatch.delenv(name, raising=False)


def told(*arguments: str) -> Result:
    """Run a command in this process: a new one takes seconds to start."""
    return CliRunner().invoke(app, arguments)


def test_help_lists_every_command_and_leads_with_examples() -> None:
    everything = told("--help")
    one = told("demo", "--help")

    assert everything.exit_code == 0
    names = ("up", "demo", "seed", "events", "parked", "rebuild", "doctor", "day", "timetable", "products", "topics")
    for name in names:
        assert f" {name} " in everything.stdout
    assert one.stdout.index("market demo --scale full") < one.stdout.index("--seed  ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("seed", "--scale", "huge"),
        ("events", "tail", "--since", "yesterday"),
        ("parked", "list", "nobody"),
        ("rebuild", "everything"),
        ("day", "import", "there-is-no-such-file.dzn"),
        ("timetable", "solve", "there-is-no-such-file.dzn"),
        ("timetable", "repair", "evt_1", "--reason", "정전"),
        ("timetable", "repair", "evt_1", "--gone", "pty_1", "--table", "1", "--slot", "2", "--reason", "정전"),
        ("timetable", "repair", "evt_1", "--late", "pty_1", "--reason", "정전"),
        ("timetable", "repair", "evt_1", "--gone", "pty_1", "--slot", "2", "--reason", "정전"),
        ("timetable", "repair", "evt_1", "--gone", "pty_1"),
        ("timetable", "repair", "rpr_1", "--gone", "pty_1", "--reason", "정전"),
        ("products", "import", "there-is-no-such-file.xlsx"),
        ("demo", "--url", NOWHERE),
        ("topics", "create", "--kafka-bootstrap", "127.0.0.1:1", "--replication", "0"),
    ],
)
def test_a_wrong_use_is_told_apart_from_a_failure(arguments: tuple[str, ...]) -> None:
    result = told(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("seed", "--url", NOWHERE),
        ("parked", "list", "catalog", "--url", NOWHERE),
        ("timetable", "solve", "evt_1", "--url", NOWHERE),
        ("timetable", "repair", "evt_1", "--gone", "pty_1", "--reason", "정전", "--url", NOWHERE),
        ("parked", "retry", "catalog", "catalog.party.events:0:1", "--url", NOWHERE),
        ("rebuild", "product", "--url", NOWHERE),
        ("products", "check", str(CHECKOUT / "pyproject.toml"), "--url", NOWHERE),
        ("products", "export", str(CHECKOUT / "never.xlsx"), "--url", NOWHERE),
        ("demo", "--url", NOWHERE, "--kafka-bootstrap", "127.0.0.1:9"),
        ("day", "import", str(CHECKOUT / "tests/data/small.dzn"), "--url", NOWHERE),
        ("events", "tail", "--kafka-bootstrap", "127.0.0.1:9"),
    ],
)
def test_without_a_market_a_command_is_not_ready_and_says_what_to_start(arguments: tuple[str, ...]) -> None:
    result = told(*arguments, "--json")

    assert result.exit_code == 3
    assert result.stdout == ""
    assert ".venv/bin/market up" in result.stderr


def test_without_a_broker_no_topic_is_created_and_nobody_reads_a_traceback() -> None:
    result = told("topics", "create", "--kafka-bootstrap", "127.0.0.1:9", "--json")

    assert result.exit_code == 3
    assert result.stdout == ""
    assert "the topics could not be created at 127.0.0.1:9" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_truncated_day_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    whole = (CHECKOUT / "tests/data/small.dzn").read_text()
    file = tmp_path / "cut.dzn"
    file.write_text(whole[: len(whole) // 2])

    # nobody answers at this address, which would be another exit code
    result = told("day", "import", str(file), "--url", NOWHERE)

    assert result.exit_code == 1
    assert "cut.dzn, line" in result.stderr
    assert "Nothing was created" in result.stderr
    assert result.stdout == ""


def test_the_doctor_looks_at_everything_and_prints_json_only() -> None:
    result = market("doctor", "--json")

    found = data(result)
    subjects = {each["subject"] for each in found["findings"]}
    assert result.returncode == (0 if found["ok"] else 1)
    assert {"python", "disk", "clock", "java", "cargo", "port 8080"} <= subjects
    assert any(subject.startswith("features of noida-db") for subject in subjects)
    assert all(each["fix"] for each in found["findings"] if each["verdict"] != "ok")
    assert not any("\x1b" in each["found"] for each in found["findings"])


def test_a_timetable_is_solved_from_a_file() -> None:
    result = told("timetable", "solve", str(PUBLISHED), "--limit", "600", "--json")

    done = json.loads(result.stdout)
    assert (result.exit_code, done["status"], done["gaps"], done["bound"]) == (0, "optimal", 0, 0)
    assert len(done["slots"]) == 16
    assert "at least" in result.stderr


def test_a_file_that_allows_no_timetable_is_an_answer() -> None:
    """The third meeting must follow the first, and both cannot be before the fourth."""
    result = told("timetable", "solve", str(SMALL), "--json")

    assert (result.exit_code, json.loads(result.stdout)["status"]) == (0, "infeasible")


def test_a_file_cut_short_is_no_timetable(tmp_path: Path) -> None:
    cut = tmp_path / "cut.dzn"
    cut.write_text("nBusiness = 6;")

    result = told("timetable", "solve", str(cut), "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "nTotalSlots" in result.stderr
