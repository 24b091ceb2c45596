"""From the documents' outboxes to Kafka: whole pending prefix, in order, in batches; confirmed in bulk.

Several replicas may publish the same event twice, never in the wrong first order: each sends an aggregate's whole
unconfirmed prefix, so the first copy of n always precedes the first copy of n + 1. The sweep finds what a dead process
left behind. It compares two looks at the outboxes and not their times, so no clock can mislead it.

A slow replica may so send an older state behind a newer one, and compaction keeps the last. Who finds, on confirming,
that a document has gone on without it sends the newest state once more.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from shared.events.envelope import Envelope, Headers, State
from shared.kafka import Outgoing, Producer, publish
from shared.telemetry import OUTBOX_OLDEST, RELAYED, new_traceparent

log = structlog.get_logger()

BATCH = 500
OFFERED_LIMIT = 20_000
REMEMBERED = 20_000
SWEEP_EVERY = 1.0
GATHER_SECONDS = 0.02
"""How long what Kafka has may wait for more, so that many outboxes are emptied in one statement."""
SWEEP_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Pending:
    """The events of one aggregate that Kafka has not confirmed, lowest sequence first, and its public state."""

    kind: str
    id: str
    events: Sequence[Mapping[str, Any]]
    public: Callable[[], State]
    sequence: int = 0
    """Of which event the public state is, should there be none left to publish."""

    @property
    def last(self) -> int:
        return int(self.events[-1]["sequence"]) if self.events else self.sequence


class Outboxes(Protocol):
    """What the relay needs of a store."""

    async def waiting(self, limit: int) -> dict[str, tuple[int, datetime]]: ...
    async def pending(self, ids: Sequence[str]) -> list[Pending]: ...
    async def confirm(self, sequences: Mapping[str, int]) -> Mapping[str, int]: ...


class Relay:
    """Publishes what stores offer it. One task sends, so an aggregate's events are never in flight twice from here."""

    def __init__(self, new_producer: Callable[[], Producer]) -> None:
        self._new_producer = new_producer
        self._producer: Producer | None = None
        self._outboxes: dict[str, Outboxes] = {}
        self._offered: OrderedDict[str, Pending] = OrderedDict()
        self._acknowledged: OrderedDict[str, int] = OrderedDict()
        self._sending: dict[str, int] = {}
        self._unconfirmed: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._seen: dict[str, dict[str, int]] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._confirming: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.oldest_seconds = 0.0

    def serves(self, kind: str, outboxes: Outboxes) -> None:
        """Publish for this kind of aggregate."""
        self._outboxes[kind] = outboxes

    def offer(self, pending: Pending) -> None:
        """Take an aggregate's unconfirmed events. Above the limit they are left for the sweep: memory stays bounded."""
        if pending.events and (pending.id in self._offered or len(self._offered) < OFFERED_LIMIT):
            self._queue(pending)

    def _queue(self, pending: Pending) -> None:
        known = self._offered.get(pending.id)
        if known is None or known.last < pending.last:
            self._offered[pending.id] = pending
        self._wake.set()

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._sweep())]

    async def stop(self, patience: float = 10.0) -> None:
        """Publish what was offered, then end. What does not go out in time is found by the next sweep."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            sending, sweeping = self._tasks
            sweeping.cancel()
            await asyncio.wait([sending], timeout=patience)
            sending.cancel()
            await asyncio.gather(sending, sweeping, return_exceptions=True)
        if self._confirming is not None:
            await asyncio.wait([self._confirming], timeout=patience)
        await self._close_producer()

    async def _send(self) -> None:
        while not (self._stopping and not self._offered):
            await self._wake.wait()
            self._wake.clear()
            while self._offered:
                batch = [self._offered.popitem(last=False)[1] for _ in range(min(BATCH, len(self._offered)))]
                try:
                    await self._publish(batch)
                except Exception as error:  # noqa: BLE001  whatever broke, the events stay and a new producer tries again
                    await self._retry(batch, error)
            if self._stopping and self._confirming is not None:
                await self._confirming  # it may queue something more

    async def _publish(self, batch: list[Pending]) -> None:
        records: list[Outgoing] = []
        self._sending = {pending.id: pending.last for pending in batch}
        for pending in batch:
            known = self._acknowledged.get(pending.id, 0)
            unsent = [event for event in pending.events if event["sequence"] > known]
            records += [_event_record(pending, event) for event in unsent]
            if unsent:
                records.append(_state_record(pending, records[-1].headers))
            elif pending.last > known:
                records.append(_state_record(pending, _envelope(pending, _sent_again(pending)).headers()))
        await publish(await self._started_producer(), records)
        RELAYED.inc(len(records))
        self._confirm(batch)
        if self._confirming is not None and sum(map(len, self._unconfirmed.values())) > OFFERED_LIMIT:
            await self._confirming

    def _confirm(self, batch: list[Pending]) -> None:
        """Remember what Kafka has; it leaves the outboxes while the next batches are on their way."""
        for pending in batch:
            self._note_unconfirmed(pending.kind, {pending.id: pending.last})
            self._acknowledged[pending.id] = max(pending.last, self._acknowledged.get(pending.id, 0))
            self._acknowledged.move_to_end(pending.id)
        while len(self._acknowledged) > REMEMBERED:
            self._acknowledged.popitem(last=False)
        if self._confirming is None or self._confirming.done():
            self._confirming = asyncio.create_task(self._remove())

    async def _remove(self) -> None:
        """Remove from the outboxes what Kafka has, and what it gets meanwhile."""
        await asyncio.sleep(GATHER_SECONDS)
        while self._unconfirmed:
            kind, sequences = self._unconfirmed.popitem()
            try:
                gone_on = await self._outboxes[kind].confirm(sequences)
                await self._send_again(kind, gone_on)
            except Exception as error:  # noqa: BLE001  the database is away: the sweep confirms them
                log.warning("outbox_not_confirmed", kind=kind, aggregates=len(sequences), error=repr(error))
                self._note_unconfirmed(kind, sequences)
                return

    def _note_unconfirmed(self, kind: str, sequences: Mapping[str, int]) -> None:
        known = self._unconfirmed[kind]
        known.update({each: max(sequence, known.get(each, 0)) for each, sequence in sequences.items()})

    async def _send_again(self, kind: str, gone_on: Mapping[str, int]) -> None:
        """Queue what another replica wrote meanwhile: what it published may now stand in front of what we sent."""
        theirs = [each for each, sequence in gone_on.items() if sequence > self._last_known(each)]
        for pending in await self._outboxes[kind].pending(theirs) if theirs else ():
            self._queue(pending)

    def _last_known(self, aggregate_id: str) -> int:
        """Return the last event of an aggregate that this relay has sent, is sending or is about to send."""
        offered = self._offered.get(aggregate_id)
        sending, sent = self._sending.get(aggregate_id, 0), self._acknowledged.get(aggregate_id, 0)
        return max(sending, sent, offered.last if offered else 0)

    async def _retry(self, batch: list[Pending], error: Exception) -> None:
        log.warning("relay_failed", aggregates=len(batch), error=repr(error))
        for pending in batch:
            self._queue(pending)
        await self._close_producer()
        await asyncio.sleep(0.5)

    async def _sweep(self) -> None:
        while True:
            try:
                waiting = [await self._look(kind, outboxes) for kind, outboxes in self._outboxes.items()]
                oldest = min((at for at in waiting if at is not None), default=None)
                self.oldest_seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
                OUTBOX_OLDEST.set(self.oldest_seconds)
                await self._remove()
            except Exception as error:  # noqa: BLE001  the database is away: look again
                log.warning("sweep_failed", error=repr(error))
            await asyncio.sleep(SWEEP_EVERY)

    async def _look(self, kind: str, outboxes: Outboxes) -> datetime | None:
        """Offer what was already waiting, unchanged, at the last look. Return since when the oldest waits."""
        waiting = await outboxes.waiting(SWEEP_LIMIT)
        seen = self._seen.get(kind, {})
        left = [each for each, (sequence, _) in waiting.items() if seen.get(each) == sequence]
        if left:
            for pending in await outboxes.pending(left):
                self.offer(pending)
        self._seen[kind] = {each: sequence for each, (sequence, _) in waiting.items()}
        return min((at for _, at in waiting.values()), default=None)

    async def _started_producer(self) -> Producer:
        if self._producer is None:
            producer = self._new_producer()
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _close_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                await asyncio.wait_for(producer.stop(), 5)


def _envelope(pending: Pending, event: Mapping[str, Any]) -> Envelope:
    return Envelope(
        type=event["type"],
        source="/" + pending.kind.replace(".", "/"),
        subject=pending.id,
        sequence=event["sequence"],
        time=event["at"],
        actor=event["actor"],
        principal=event["principal"],
        correlation=event["correlation"],
        causation=event["causation"],
        traceparent=event["traceparent"],
    )


def _event_record(pending: Pending, event: Mapping[str, Any]) -> Outgoing:
    return Outgoing(f"{pending.kind}.events", pending.id, event["data"], _envelope(pending, event).headers())


def _state_record(pending: Pending, of_event: Headers) -> Outgoing:
    """Return the public state after an event: but for the type it has the headers of that."""
    state = pending.public()
    wire_type = state.wire_type().encode()
    headers = [(name, wire_type if name == "ce_type" else value) for name, value in of_event]
    return Outgoing(state.topic(), pending.id, state.model_dump_json().encode(), headers)


def _sent_again(pending: Pending) -> Mapping[str, Any]:
    """Return what stands for the last event in the envelope of a state that is sent a second time."""
    position = f"{pending.id}:{pending.last}"
    return {
        "type": "",
        "sequence": pending.last,
        "at": datetime.now(UTC),
        "actor": "relay",
        "principal": "market",
        "correlation": position,
        "causation": position,
        "traceparent": new_traceparent(),
    }
