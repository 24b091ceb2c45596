"""The one consumer shell: order per key, dedupe by sequence, retry with backoff, parking per key. It never raises.

A thin layer around a FastStream batch subscriber with manual acknowledgement; why it is built so, and what FastStream
and aiokafka do by default, is in docs/decisions.
"""

import asyncio
import random
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Generic, TypeVar

import structlog
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from faststream.kafka.subscriber.usecase import BatchSubscriber
from pydantic import ValidationError

from shared.aggregate import Cause
from shared.copies import Copies
from shared.errors import AlreadyApplied, Conflict, NotFound, NotKnownYet, Unavailable
from shared.events.envelope import Envelope, Event
from shared.kafka import BrokerError, Partition, RebalanceListener, Record
from shared.mongo import UNSTORABLE, DatabaseError
from shared.parking import FOLLOWS, LIMIT, Parking, RawRecord
from shared.tasks import end
from shared.telemetry import CONSUMED, GAPS

log = structlog.get_logger()

Context = TypeVar("Context")
E = TypeVar("E", bound=Event)
Handler = Callable[[Any, Cause, Context], Awaitable[None]]

MAX_RECORDS = 500
QUIET_MS = 500
LANES_AT_ONCE = 32
RETRY_DELAYS = (0.05, 0.2, 0.5)
CONFLICTS_ALLOWED = 20
DRAIN_SECONDS = 10.0
GATHER_SECONDS = 0.02
"""How long after a commit the next one follows at the earliest."""
STUCK_SECONDS = 30.0
SESSION_MS, HEARTBEAT_MS = 6_000, 2_000
"""How long the broker waits for a killed member before others get its partitions: the least it allows by default."""
REMEMBERED = 50_000
TRANSIENT = (DatabaseError, NotKnownYet, NotFound, Unavailable, TimeoutError, ConnectionError)


class Subscriptions(Generic[Context]):
    """What a service does on which event; `Context` is whatever its handlers work with."""

    def __init__(self) -> None:
        self.handlers: dict[str, tuple[type[Event], Handler[Context]]] = {}

    def on(
        self, *events: type[E]
    ) -> Callable[[Callable[[E, Cause, Context], Awaitable[None]]], Callable[[E, Cause, Context], Awaitable[None]]]:
        """Register a handler of these: `async def handler(event, cause, context)`. It may run twice for one event."""

        def register(
            handler: Callable[[E, Cause, Context], Awaitable[None]],
        ) -> Callable[[E, Cause, Context], Awaitable[None]]:
            for event in events:
                self.handlers[event.wire_type()] = (event, handler)
            return handler

        return register

    def topics(self) -> set[str]:
        return {event.topic() for event, _ in self.handlers.values()}


class _Prompt(BatchSubscriber):
    """FastStream's batch subscriber, without its second wait.

    After an empty poll it sleeps for another `batch_timeout_ms` with nobody polling: either latency or idle polling.
    """

    __slots__ = ()

    async def get_msg(self, consumer: Any) -> tuple[Record, ...]:
        """Return the next records as soon as there are any; nothing after a quiet while."""
        messages = await consumer.getmany(timeout_ms=QUIET_MS, max_records=self.max_records)
        return tuple(chain(*messages.values()))


class Consumer(RebalanceListener, Generic[Context]):
    """Reads what a service subscribes to. Every record ends applied, dropped as stale or foreign, or parked."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        subscriptions: Subscriptions[Context],
        copies: Iterable[Copies[Any]],
        context: Context,
        parking: Parking,
    ) -> None:
        self._subscriptions = subscriptions
        self._copies = {each.state.wire_type(): each for each in copies}
        self._names = {_name_of(each) for each in (*subscriptions.handlers, *self._copies)}
        self._context = context
        self._parking = parking
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lanes_known = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._worker: asyncio.Task[None] | None = None
        self._committing: asyncio.Task[None] | None = None
        self._uncommitted: dict[Partition, int] = {}
        self._stopping = False
        self._postponed_since: float | None = None
        self._broker = KafkaBroker(
            bootstrap,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=15.0,
            consumer_only=True,
        )
        topics = subscriptions.topics() | {each.state.topic() for each in self._copies.values()}
        self._subscriber = self._broker.subscriber(
            *sorted(topics),
            group_id=group,
            batch=True,
            max_records=MAX_RECORDS,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            listener=self,
            parser=self._parse,
            decoder=_no_decoding,
        )
        self._subscriber.__class__ = _Prompt
        self._subscriber(self._on_batch)

    async def start(self) -> None:
        await self._parking.reload()
        try:
            await self._broker.start()
        except BaseException:
            await self._broker.stop()  # or each attempt leaves a half-open client behind
            raise
        self._worker = asyncio.create_task(self._parking.work(self._apply))

    async def stop(self) -> None:
        self._stopping = True
        await end(self._worker)
        await self._committed()
        await self._broker.stop()

    def problem(self) -> str | None:
        """Return why this consumer is not consuming, or None."""
        consumer = self._subscriber.consumer
        if consumer is None or not self._subscriber.running:
            return "the consumer is not running"
        if self._subscriber.tasks and all(task.done() for task in self._subscriber.tasks):
            return "the consume task has ended"
        if not consumer.assignment():
            return "no partitions are assigned"
        if self._parking.count > LIMIT:
            return "too much is parked"
        since = self._postponed_since
        stuck = time.monotonic() - since if since is not None else 0.0
        return f"a batch has been postponed for {stuck:.0f} s" if stuck > STUCK_SECONDS else None

    async def on_partitions_revoked(self, revoked: set[Partition]) -> None:
        """Let the running batch end and commit before the partitions go to another member."""
        if revoked:
            try:
                await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)
                await asyncio.wait_for(self._committed(), DRAIN_SECONDS)
            except TimeoutError:
                log.warning("batch_still_running_on_rebalance")

    async def on_partitions_assigned(self, _: set[Partition]) -> None:
        """Forget what the last owners may have changed. Nothing that can fail is done here: nobody would hear it."""
        self._seen.clear()
        self._lanes_known = False

    async def _parse(self, raw: Any) -> KafkaMessage:
        """Pass the records on untouched: the default parser raises on a null or non-UTF-8 header and so loses them."""
        records = raw if isinstance(raw, tuple) else (raw,)
        return KafkaMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer or FAKE_CONSUMER)

    async def _on_batch(self, message: KafkaMessage) -> None:
        records: tuple[Record, ...] = message.raw_message
        self._idle.clear()
        try:
            await self._take(records)
            self._postponed_since = None
            self._commit_soon(records)
            if self._stopping:
                await self._committed()
        except Exception as error:  # noqa: BLE001  neither applied nor parked, so the database is away: read them again
            log.warning("batch_postponed", records=len(records), error=repr(error))
            self._postponed_since = self._postponed_since or time.monotonic()
            self._rewind(records)
            self._idle.set()
            await asyncio.sleep(1.0)
        finally:
            self._idle.set()

    async def _take(self, records: Iterable[Record]) -> None:
        """Copies first, for handlers may need them; then the lanes, in order inside and side by side."""
        if not self._lanes_known or self._parking.count > LIMIT:
            await self._parking.reload()
            self._lanes_known = True
        if self._parking.count > LIMIT:
            message = f"more than {LIMIT} records are parked"
            raise RuntimeError(message)
        lanes: defaultdict[str, list[tuple[RawRecord, Envelope | None]]] = defaultdict(list)
        states: list[tuple[RawRecord, Envelope]] = []
        for record in records:
            raw = RawRecord.of(record)
            envelope = _envelope(raw)
            if envelope is not None and envelope.type in self._copies:
                states.append((raw, envelope))
                continue
            if envelope is not None:
                self._watch(raw.lane, envelope)
            if envelope is None or _name_of(envelope.type) in self._names:
                lanes[raw.lane].append((raw, envelope))
            else:
                CONSUMED.labels("foreign").inc()
        await self._copy(states)
        limit = asyncio.Semaphore(LANES_AT_ONCE)
        # A group and not gather: when one lane gives up, none may still be running as the batch is read again.
        async with asyncio.TaskGroup() as running:
            for lane in lanes.values():
                running.create_task(self._run_lane(lane, limit))

    async def _copy(self, states: list[tuple[RawRecord, Envelope]]) -> None:
        rows: defaultdict[str, dict[str, tuple[int, Any]]] = defaultdict(dict)
        read: defaultdict[str, dict[str, RawRecord]] = defaultdict(dict)
        for raw, envelope in states:
            copies = self._copies[envelope.type]
            try:
                state = copies.state.model_validate_json(raw.value or b"")
            except ValidationError as error:
                await self._park(raw, error)
                continue
            known = rows[envelope.type].get(envelope.subject)
            if known is None or known[0] < envelope.sequence:
                rows[envelope.type][envelope.subject] = (envelope.sequence, state)
                read[envelope.type][envelope.subject] = raw
        for wire_type, of_type in rows.items():
            try:
                await self._copies[wire_type].apply(of_type)
            except UNSTORABLE:
                await self._copy_each(self._copies[wire_type], of_type, read[wire_type])
        CONSUMED.labels("copied").inc(len(states))

    async def _copy_each(
        self, copies: Copies[Any], rows: Mapping[str, tuple[int, Any]], read: Mapping[str, RawRecord]
    ) -> None:
        """Copy row by row: one of them no document can hold, and the others must not wait for it."""
        for subject, row in rows.items():
            try:
                await copies.apply({subject: row})
            except UNSTORABLE as error:
                await self._park(read[subject], error)

    async def _run_lane(self, lane: list[tuple[RawRecord, Envelope | None]], limit: asyncio.Semaphore) -> None:
        async with limit:
            for raw, envelope in lane:
                if await self._parking.holds(raw.lane):
                    await self._park(raw, FOLLOWS)
                    continue
                try:
                    await self._persist(raw, envelope)
                except Exception as error:  # noqa: BLE001  whatever it is, the record must not be lost
                    await self._park(raw, error)

    async def _persist(self, raw: RawRecord, envelope: Envelope | None) -> None:
        """Apply a record, trying again a few times when time may help."""
        for delay in (*RETRY_DELAYS, None):
            try:
                return await self._apply(raw, envelope)
            except TRANSIENT:
                if delay is None:
                    raise
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
        return None

    async def _apply(self, raw: RawRecord, envelope: Envelope | None = None) -> None:
        """Decode one record, unless its envelope is, and run its handler, deciding again when another write came first.

        Raise what the handler raises; ValueError for what cannot be decoded.
        """
        envelope = envelope or Envelope.of(raw.headers)
        if envelope.type in self._copies:
            copies = self._copies[envelope.type]
            state = copies.state.model_validate_json(raw.value or b"")
            await copies.apply({envelope.subject: (envelope.sequence, state)})
            return
        if envelope.type not in self._subscriptions.handlers:
            raise ValueError(f"{envelope.type} is of a version that is not known here")
        event_type, handler = self._subscriptions.handlers[envelope.type]
        event = event_type.model_validate_json(raw.value or b"")
        for _ in range(CONFLICTS_ALLOWED):
            try:
                await handler(event, _cause(envelope), self._context)
            except AlreadyApplied:
                CONSUMED.labels("stale").inc()
                return
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
                continue
            CONSUMED.labels("applied").inc()
            return
        raise Conflict(envelope.subject)

    def _watch(self, lane: str, envelope: Envelope) -> None:
        """Raise the alarm when an event's predecessor was never seen. The first sight of an aggregate may be any."""
        last = self._seen.get(lane)
        if last is not None and envelope.sequence > last + 1:
            GAPS.labels(lane.partition("|")[0]).inc()
            log.error("sequence_gap", lane=lane, after=last, got=envelope.sequence)
        self._seen[lane] = max(envelope.sequence, last or 0)
        self._seen.move_to_end(lane)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def _park(self, raw: RawRecord, error: Exception | str) -> None:
        await self._parking.add(raw, error if isinstance(error, str) else repr(error))
        CONSUMED.labels("parked").inc()

    def _commit_soon(self, records: Iterable[Record]) -> None:
        self._uncommitted |= {Partition(each.topic, each.partition): each.offset + 1 for each in records}
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())

    async def _committed(self) -> None:
        """Wait until all that was taken is committed."""
        if self._committing is not None:
            await asyncio.shield(self._committing)

    async def _commit(self) -> None:
        """Commit what was taken, and what is taken meanwhile. Batches do not wait: a commit takes as long as a batch.

        After a rebalance the broker refuses; the next owner reads again, harmlessly.
        """
        consumer = self._subscriber.consumer
        while self._uncommitted and consumer is not None:
            offsets, self._uncommitted = self._uncommitted, {}
            try:
                await consumer.commit(offsets)
            except (BrokerError, ValueError) as error:
                log.warning("offsets_not_committed", error=repr(error))
            await asyncio.sleep(GATHER_SECONDS)

    def _rewind(self, records: Iterable[Record]) -> None:
        consumer = self._subscriber.consumer
        first: dict[Partition, int] = {}
        for record in records:
            first.setdefault(Partition(record.topic, record.partition), record.offset)
        for partition, offset in first.items():
            if consumer is not None and partition in consumer.assignment():
                consumer.seek(partition, offset)
        self._seen.clear()


async def _no_decoding(message: KafkaMessage) -> KafkaMessage:
    return message


def _name_of(wire_type: str) -> str:
    """Return what happened, without the version in which it is told."""
    return wire_type.rpartition(".v")[0]


def _envelope(raw: RawRecord) -> Envelope | None:
    try:
        return Envelope.of(raw.headers)
    except ValueError:
        return None


def _cause(envelope: Envelope) -> Cause:
    return Cause(
        at=datetime.now(UTC),
        actor=envelope.actor,
        principal=envelope.principal,
        correlation=envelope.correlation,
        causation=envelope.id,
        traceparent=envelope.traceparent,
        source=envelope.subject,
        sequence=envelope.sequence,
    )
