"""Run a service that dies as by kill -9 right after the write that records an event, before anybody hears of it.

`python -m tests.flow.dying verification verification.review.decided`; without an event it lives.
"""

import os
import signal
import sys

from shared.relay import Pending, Relay
from tests.faults.planted.planting import serve_with

_, service, *fatal = sys.argv
offer = Relay.offer


def die_or_offer(relay: Relay, pending: Pending) -> None:
    if any(f".{name}.v" in event["type"] for event in pending.events for name in fatal):
        os.kill(os.getpid(), signal.SIGKILL)
    offer(relay, pending)


serve_with(service, Relay, offer=die_or_offer)
