"""Hurt a market at length: `python -m tests.faults --kills 300 --seed 7`. Exit code 0 only if every promise held."""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.running import run


def main() -> int:
    """Run once; say what was done, what was broken and where everything is kept."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument("--kills", type=int, default=300, help="how many times SIGKILL is sent (default 300)")
    asked.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="replays the same schedule")
    asked.add_argument("--kafka", choices=["apache", "noida"], default="apache")
    asked.add_argument("--folder", type=Path, default=None, help="where history, schedule and logs are kept")
    given = asked.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix=f"techmarket-faults-{given.seed}-"))
    if folder.exists() and any(folder.iterdir()):
        asked.error(f"{folder} is not empty: the data of another run would pass for this one's")
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", file=sys.stderr, flush=True)

    tell(f"seed {given.seed}, {given.kills} kills, everything is kept in {folder}")
    report = asyncio.run(run(folder, given.seed, given.kills, tell, given.kafka))
    print(json.dumps(report.figures, indent=1, ensure_ascii=False, default=str))
    for violation in report.violations:
        print(violation)
    print(f"{len(report.broken)} violations, {len(report.bars)} bars missed, seed {given.seed}; kept in {folder}")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
