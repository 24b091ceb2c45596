"""How the relay confirms what Kafka has: nothing forgotten while the database is away, no two in each other's way."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from shared.events.catalog import PartyState
from shared.kafka import Producer
from shared.relay import Pending, Relay

KINDS = ("catalog.party", "catalog.product")


def no_producer() -> Producer:
    raise AssertionError


def nothing_public() -> PartyState:
    raise AssertionError


class Outboxes:
    """Confirms only while it is there; `now` is where each aggregate has got to."""

    def __init__(self, now: Mapping[str, int]) -> None:
        self.there = True
        self.now = now
        self.confirmed: dict[str, int] = {}

    async def waiting(self, limit: int) -> dict[str, tuple[int, datetime]]:  # noqa: ARG002  nobody sweeps here
        raise AssertionError

    async def pending(self, ids: Sequence[str]) -> list[Pending]:
        return [Pending("catalog.party", each, [], nothing_public, self.now[each]) for each in ids]

    async def confirm(self, sequences: Mapping[str, int]) -> dict[str, int]:
        await asyncio.sleep(0)
        if not self.there:
            raise ConnectionError
        self.confirmed.update(sequences)
        return {each: self.now[each] for each, sequence in sequences.items() if self.now[each] > sequence}


@pytest.fixture
def outboxes() -> Outboxes:
    return Outboxes({"pty_1": 1, "pty_2": 5})


@pytest.fixture
def relay(outboxes: Outboxes) -> Relay:
    relay = Relay(no_producer)
    for kind in KINDS:
        relay.serves(kind, outboxes)
    return relay


async def confirm(relay: Relay, kind: str, **sequences: int) -> None:
    """Do what follows when Kafka has these events."""
    relay._confirm([Pending(kind, each, [], nothing_public, sequence) for each, sequence in sequences.items()])
    assert relay._confirming is not None
    await relay._confirming


async def test_what_the_database_did_not_take_is_confirmed_later(relay: Relay, outboxes: Outboxes) -> None:
    outboxes.there = False
    await confirm(relay, "catalog.party", pty_1=1)
    outboxes.there = True

    await relay._remove()

    assert outboxes.confirmed == {"pty_1": 1}
    assert not relay._unconfirmed


async def test_two_confirmations_at_once_disturb_neither(relay: Relay, outboxes: Outboxes) -> None:
    for kind in KINDS:
        relay._note_unconfirmed(kind, {"pty_1": 1})

    await asyncio.gather(relay._remove(), relay._remove(), relay._remove())

    assert outboxes.confirmed == {"pty_1": 1}


async def test_what_kafka_gets_meanwhile_is_confirmed_by_the_same_task(relay: Relay, outboxes: Outboxes) -> None:
    outboxes.now = {"pty_1": 1, "pty_3": 1}
    first = asyncio.create_task(confirm(relay, "catalog.party", pty_1=1))
    await asyncio.sleep(0)
    under_way = relay._confirming

    await confirm(relay, "catalog.product", pty_3=1)
    await first

    assert relay._confirming is under_way
    assert outboxes.confirmed == {"pty_1": 1, "pty_3": 1}


async def test_an_aggregate_that_has_gone_on_without_us_is_queued(relay: Relay) -> None:
    await confirm(relay, "catalog.party", pty_1=1, pty_2=3)

    assert {each: pending.last for each, pending in relay._offered.items()} == {"pty_2": 5}


async def test_an_aggregate_that_we_took_further_ourselves_is_not(relay: Relay) -> None:
    relay._acknowledged["pty_2"] = 5

    await confirm(relay, "catalog.party", pty_2=3)

    assert not relay._offered
