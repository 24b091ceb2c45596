"""The `market` command as a shell runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "cli.main")
PATIENCE = 180.0
WITHOUT = ("KAFKA_BOOTSTRAP", "MONGO_URI", "MARKET_URL", "MARKET_TOKEN")


def environment(**more: str) -> Mapping[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in WITHOUT}
    return ours | {"PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1"} | more


def market(*arguments: str, cwd: Path = CHECKOUT, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def data(result: subprocess.CompletedProcess[str]) -> Any:
    """What is on stdout, which must be JSON and nothing else."""
    return json.loads(result.stdout)
