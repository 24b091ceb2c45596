"""Run a service under libfaketime: `python -m tests.faults.behind services.contracts`, with its library preloaded.

The library (0.9.10) shifts the end of a sleep on the monotonic clock too, so that `time.sleep` fails with EINVAL and
the threads with which the database driver watches its server die. Waiting with select is left alone.
"""

import runpy
import select
import sys
import time
from typing import SupportsIndex


def sleep(seconds: SupportsIndex | float) -> None:
    """Wait, by no clock that is faked."""
    select.select([], [], [], float(seconds))


time.sleep = sleep
runpy.run_module(sys.argv[1], run_name="__main__")
