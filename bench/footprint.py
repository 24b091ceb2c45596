"""What a market at rest costs: memory of each process, time until ready, import time."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Single
from deploy.local.databases import SecantusPython
from deploy.local.ports import free_port
from deploy.local.servers import choose_kafka
from deploy.local.services import SERVICES
from deploy.local.stack import Stack, free_ports, market_services

SETTLE_SECONDS = 5.0


def footprint() -> list[Single]:
    """Start a whole market, let it rest, weigh it."""
    with tempfile.TemporaryDirectory(prefix="techmarket-bench-") as name:
        folder = Path(name)
        kafka, mongo = choose_kafka("noida", folder, free_port()), SecantusPython(folder, free_port())
        stack = Stack(kafka, mongo, market_services(folder, free_ports(), {}))
        began = time.perf_counter()
        stack.start(lambda _: None)
        ready = time.perf_counter() - began
        try:
            time.sleep(SETTLE_SECONDS)
            weights = {service: stack.services[service][0].resident_mb() for service in SERVICES}
        finally:
            stack.stop()
    each = ", ".join(f"{service} {megabytes:.0f}" for service, megabytes in weights.items())
    return [
        Single("resident memory of each idle service", f"{each} MB", "≤ 120 MB"),
        Single("the whole stack without the servers", f"{sum(weights.values()):.0f} MB", "≤ 600 MB"),
        Single("`make up` until ready", f"{ready:.1f} s", "≤ 15 s"),
        Single(
            "import time of a service", ", ".join(f"{s} {_import_seconds(s):.2f}" for s in SERVICES) + " s", "≤ 1.5 s"
        ),
    ]


def _import_seconds(service: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", f"import services.{service}.app"], check=True)
    return time.perf_counter() - began
