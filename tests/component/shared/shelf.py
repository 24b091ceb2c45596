"""A service of the tests: it keeps a mirror of each tally, made from its events, and fails where it is told to."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from shared.aggregate import Cause
from shared.copies import Copies
from shared.errors import NotFound
from shared.kafka import Outgoing, Producer, new_producer, publish
from shared.messaging import Consumer, Subscriptions
from shared.mongo import Database
from shared.parking import Parking
from shared.relay import Relay
from tests.builders import NOON, an_envelope
from tests.component.shared.tally import Counted, Kind, TallyState, a_kind


def no_producer() -> Producer:
    raise AssertionError


class Shelf:
    """The mirrors of one service, and what its handler went through."""

    def __init__(self, database: Database, kind: Kind) -> None:
        self.kind = kind
        self.database = database
        self.mirrors = a_kind(f"{kind.tally.kind}_mirror").store(database, Relay(no_producer))
        self.copies: Copies[TallyState] = Copies(database, kind.state, "copies")
        self.parking = Parking(database)
        self.tried: defaultdict[str, int] = defaultdict(int)
        self.failing: dict[str, list[Exception]] = {}
        self.pause = 0.0
        self.running = 0
        self.most_running = 0

    async def take(self, event: Counted, cause: Cause) -> None:
        self.tried[event.entry] += 1
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await asyncio.sleep(self.pause)
            if self.failing.get(event.entry):
                errors = self.failing[event.entry]
                raise errors.pop(0) if len(errors) > 1 else errors[0]
            await self._mirror(event, cause)
        finally:
            self.running -= 1

    async def entries(self, key: str) -> list[str]:
        mirror = await self.mirrors.find(f"mir_{key}")
        return [] if mirror is None else mirror.entries

    async def parked(self) -> list[dict[str, Any]]:
        return await self.parking.listed()

    def consumer(self, bootstrap: str, group: str) -> Consumer["Shelf"]:
        subscriptions: Subscriptions[Shelf] = Subscriptions()

        @subscriptions.on(self.kind.event)
        async def mirror(event: Counted, cause: Cause, shelf: Shelf) -> None:
            await shelf.take(event, cause)

        return Consumer(bootstrap, group, subscriptions, [self.copies], self, self.parking)

    async def _mirror(self, event: Counted, cause: Cause) -> None:
        try:
            mirror = await self.mirrors.load(f"mir_{cause.source}", cause)
        except NotFound:
            mirror = self.mirrors._aggregate(id=f"mir_{cause.source}")
            mirror.note(event.entry)
            await self.mirrors.create(mirror, cause)
        else:
            mirror.note(event.entry)
            await self.mirrors.save(mirror, cause)


@asynccontextmanager
async def consuming(shelf: Shelf, bootstrap: str, group: str = "shelf") -> AsyncIterator[Consumer[Shelf]]:
    """Consume in a group of this test's own."""
    await shelf.mirrors.prepare()
    consumer = shelf.consumer(bootstrap, f"{shelf.kind.tally.kind}.{group}")
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


def counted(kind: Kind, key: str, sequence: int, entry: str = "") -> Outgoing:
    """The record of one event."""
    envelope = an_envelope(type=kind.event.wire_type(), subject=key, sequence=sequence)
    event = kind.event(at=NOON, entry=entry or f"{key} {sequence}")
    return Outgoing(kind.event.topic(), key, event.model_dump_json().encode(), envelope.headers())


def state(kind: Kind, key: str, sequence: int, value: bytes | None = None) -> Outgoing:
    """The state record of one tally."""
    envelope = an_envelope(type=kind.state.wire_type(), subject=key, sequence=sequence)
    whole = kind.state(id=key, entries=[f"{key} {number}" for number in range(1, sequence + 1)], label="")
    data = whole.model_dump_json().encode() if value is None else value
    return Outgoing(kind.state.topic(), key, data, envelope.headers())


async def send(bootstrap: str, *records: Outgoing) -> None:
    producer = new_producer(bootstrap)
    await producer.start()
    try:
        await publish(producer, records)
    finally:
        await producer.stop()


async def send_raw(bootstrap: str, topic: str, records: Iterable[tuple[str | None, bytes | None, list[Any]]]) -> None:
    """Send what no service of ours would: (key, value, headers)."""
    producer = new_producer(bootstrap)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(topic, value, key=None if key is None else key.encode(), headers=headers)
    finally:
        await producer.stop()
