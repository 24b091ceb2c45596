"""Lets certificates grow older than the market is: `python -m deploy.local.later DAYS`, told what verification is told.

Only the demo needs it, which cannot wait until one ends. What ends is written and published as the service's own clock
would do it, side by side with the service.
"""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from deploy.local.errors import StackError
from deploy.local.services import VERIFICATION, settings_of
from deploy.local.stack import Stack
from services.verification.ground import Verification
from services.verification.settings import Settings
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.timers import tick

SECONDS = 300.0


def let_certificates_age(stack: Stack, days: int) -> None:
    """End those that so many days would end. Raise StackError when that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.later", str(days)],
        env={**os.environ, **settings_of(VERIFICATION, stack.services, stack.kafka, stack.mongo)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        *_, why = done.stderr.strip().splitlines() or ["nothing was said why"]
        raise StackError(f"the certificates do not age: {why}")


async def age(settings: Settings, days: int) -> None:
    """Tick every certificate that is due by then, as often as it is."""
    relay = Relay(lambda: new_producer(settings.kafka_bootstrap))
    certificates = Verification(connect(settings.mongo_uri, settings.database), relay).certificates
    at = datetime.now(UTC) + timedelta(days=days)
    await relay.start()
    before: list[str] = []
    while (due := await certificates.due(at)) and due != before:
        await tick(certificates, at)
        before = due
    await relay.stop()
    if due:
        raise RuntimeError(f"{due[0]} stays due")


if __name__ == "__main__":
    asyncio.run(age(Settings(), int(sys.argv[1])))
