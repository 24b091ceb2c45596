"""`market demo`, as `make demo` runs it: on a stack of its own, from nothing to every promise checked."""

import json
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 240.0


def test_the_demo_plays_every_way_of_verification_and_a_mended_day_and_keeps_every_promise() -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--json"]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert result.returncode == 0, result.stderr[-2000:]
    told = json.loads(result.stdout)
    assert [each["text"] for each in told["promises"] if not each["held"]] == []
    counts = told["counts"]
    assert [way for way, count in counts["ways of verification"].items() if not count] == []
    assert counts["certificates"]["expired"] > 0
    assert counts["products"]["lapsed"] > 0
    assert counts["repairs"] == {"applied": 5}
    assert counts["moves of repairs"]["hit"] > 0
    assert counts["products"]["listed"] == sum(counts["listed by council"].values())
