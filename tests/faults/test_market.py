"""The whole market under load, killed thirty times: nothing is lost or doubled, and callers hardly wait."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults.running import run

KILLS = 30
SEED = 20261124


@pytest.mark.faults
async def test_nothing_is_lost_or_doubled_by_thirty_kills(pytestconfig: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="techmarket-faults-"))

    report = await run(folder, SEED, KILLS, print, pytestconfig.getoption("--kafka"))

    told = "\n".join(map(str, report.violations))
    assert not report.violations, f"{told}\nseed {SEED}; history, schedule and logs are kept in {folder}"
    assert report.figures["kills"] >= KILLS or not report.figures["kafka_survives"]
    shutil.rmtree(folder)
