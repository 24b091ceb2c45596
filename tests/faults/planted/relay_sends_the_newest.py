"""Matching's relay sends the newest event of an aggregate and not its whole pending prefix."""

from dataclasses import replace

from shared.relay import Pending, Relay
from tests.faults.planted.planting import serve_with

offer = Relay.offer


def offer_newest(relay: Relay, pending: Pending) -> None:
    offer(relay, replace(pending, events=pending.events[-1:]))


serve_with("matching", Relay, offer=offer_newest)
