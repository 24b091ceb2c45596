"""All events as they happen: one reader for the process, a window of the last ones, and any number of listeners.

Everybody hears what is public; of everything else an event is for the parties it names, for who caused it, and for the
operator.
"""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

import orjson
import structlog

from services.gateway.policy import HEARD_BY_ALL
from shared.auth import Caller
from shared.errors import Invalid, Unavailable
from shared.events.envelope import TYPE_PREFIX, Envelope
from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import Partition, Record, end_offsets
from shared.reading import partitions_of, reader_at, reader_of
from shared.tasks import end

log = structlog.get_logger()

WINDOW = 10_000
WAITING_LIMIT = 1_000
REPLAYS_AT_ONCE = 8
REPLAY_BATCH = 500
POLL_MS = 1_000
PARTITIONS = partitions_of(topic for topic in TOPIC_PARTITIONS if topic.endswith(".events"))
INDEX = {partition: number for number, partition in enumerate(PARTITIONS)}
DIGEST = hashlib.blake2b(repr([tuple(each) for each in PARTITIONS]).encode(), digest_size=3).hexdigest()
"""Changes when topics are added: positions written before then are of another list."""
PUBLIC_TYPES = frozenset(event.wire_type() for event in HEARD_BY_ALL)
PARTY = re.compile(rb'"(pty_[a-z0-9]{1,40})"')
OFFSET_FORMAT = re.compile(r"^\d{1,18}$")

Positions = list[int]
"""For each of PARTITIONS the offset of the next record."""


class Item(NamedTuple):
    """One event in the feed: where it stands, its type, and its text for listeners."""

    partition: int
    """Number in PARTITIONS."""
    offset: int
    type: str
    text: bytes
    parties: frozenset[str] = frozenset()
    """Whom it names, and who caused it."""


class Listener:
    """One caller who listens: what still has to be sent, and up to where everything was."""

    def __init__(self, caller: Caller, positions: Positions, prefixes: Sequence[str]) -> None:
        self._caller = caller
        self.positions = positions
        self.waiting: asyncio.Queue[Item] = asyncio.Queue(WAITING_LIMIT)
        self.closed = asyncio.Event()
        self.too_slow = False
        self._prefixes = tuple(TYPE_PREFIX + each.removeprefix(TYPE_PREFIX) for each in prefixes) or ("",)

    def wants(self, item: Item) -> bool:
        """Return whether an event is new to this listener, asked for and theirs to hear; it is passed now."""
        if item.offset < self.positions[item.partition]:
            return False
        self.positions[item.partition] = item.offset + 1
        return self.hears(item)

    def hears(self, item: Item) -> bool:
        """Return whether an event is asked for and theirs to hear."""
        return bool(item.text) and item.type.startswith(self._prefixes) and self._may_hear(item)

    def _may_hear(self, item: Item) -> bool:
        theirs = self._caller.is_operator or self._caller.principal in item.parties
        return theirs or item.type in PUBLIC_TYPES

    def offer(self, item: Item) -> None:
        """Queue an event, or give up on a listener who does not keep up: it can come back to where it was."""
        try:
            self.waiting.put_nowait(item)
        except asyncio.QueueFull:
            self.too_slow = True
            self.closed.set()


class Feed:
    """Reads every event topic from now on. A broken reader is replaced by one that goes on where it was."""

    def __init__(self, bootstrap: str, window: int = WINDOW) -> None:
        self._bootstrap = bootstrap
        self._window: deque[Item] = deque()
        self._size = window
        self._oldest: Positions = []
        self._positions: Positions = []
        self._listeners: set[Listener] = set()
        self._replaying = asyncio.Semaphore(REPLAYS_AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await end(self._task)

    @property
    def window(self) -> Sequence[Item]:
        """The last events."""
        return tuple(self._window)

    def now(self) -> Positions:
        """Return where the feed is. Raise Unavailable before it has found that out."""
        if not self._positions:
            raise Unavailable(
                "live.starting", "the live feed is not ready yet", "실시간 피드가 아직 준비되지 않았습니다"
            )
        return list(self._positions)

    async def check(self, positions: Positions) -> None:
        """Raise Invalid for positions that lie beyond the topics: they are of another market, or of one since emptied.

        Another replica may be ahead of this one, so in doubt Kafka is asked.
        """
        if all(asked <= here for asked, here in zip(positions, self.now(), strict=True)):
            return
        async with reader_of(self._bootstrap, PARTITIONS) as reader:
            ends = await end_offsets(reader, PARTITIONS)
        if any(asked > ends[partition] for asked, partition in zip(positions, PARTITIONS, strict=True)):
            raise _no_place()

    async def replayed(self, listener: Listener) -> AsyncGenerator[Item, None]:
        """Yield the events between a listener's positions and the window, read again from Kafka."""
        while not self._covers(listener.positions):
            places = dict(zip(PARTITIONS, listener.positions, strict=True))
            async with self._replaying, reader_at(self._bootstrap, places) as reader:
                while not self._covers(listener.positions):
                    for records in (await reader.getmany(timeout_ms=POLL_MS, max_records=REPLAY_BATCH)).values():
                        for record in records:
                            yield _item(record)
                    for number, partition in enumerate(PARTITIONS):
                        # what the topic no longer keeps cannot be read: go on where the reader could
                        place = await reader.position(partition)
                        listener.positions[number] = max(listener.positions[number], place)

    def attach(self, listener: Listener) -> list[Item]:
        """Let a listener hear what comes from now on; return the window, for what it has missed until now."""
        self._listeners.add(listener)
        return list(self._window)

    def detach(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def _covers(self, positions: Positions) -> bool:
        return all(asked >= oldest for asked, oldest in zip(positions, self._oldest, strict=True))

    async def _run(self) -> None:
        while True:
            try:
                await self._read()
            except Exception as error:  # noqa: BLE001  Kafka is away: open a new reader, at the same place
                log.warning("live_reader_broken", error=repr(error))
                await asyncio.sleep(1.0)

    async def _read(self) -> None:
        if not self._positions:
            async with reader_of(self._bootstrap, PARTITIONS) as reader:
                ends = await end_offsets(reader, PARTITIONS)
            self._positions = [ends[partition] for partition in PARTITIONS]
            self._oldest = list(self._positions)
        async with reader_at(self._bootstrap, dict(zip(PARTITIONS, self._positions, strict=True))) as reader:
            while True:
                for records in (await reader.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        self._take(_item(record))

    def _take(self, item: Item) -> None:
        if item.offset < self._positions[item.partition]:
            return
        self._positions[item.partition] = item.offset + 1
        self._window.append(item)
        if len(self._window) > self._size:
            gone = self._window.popleft()
            self._oldest[gone.partition] = gone.offset + 1
        for listener in self._listeners:
            listener.offer(item)


def written(positions: Positions) -> str:
    """Return positions as the text that a client sends back as Last-Event-ID."""
    return f"{DIGEST}.{'.'.join(map(str, positions))}"


def read(text: str) -> Positions:
    """Return the positions of a Last-Event-ID. Raise Invalid for one that is not of this feed."""
    digest, _, rest = text.partition(".")
    numbers = rest.split(".")
    if digest != DIGEST or len(numbers) != len(PARTITIONS) or not all(map(OFFSET_FORMAT.match, numbers)):
        raise _no_place()
    return [int(number) for number in numbers]


def _no_place() -> Invalid:
    return Invalid(
        "live.unknown_place",
        "this Last-Event-ID is no place in this feed; start again without it",
        "이 Last-Event-ID는 이 피드의 위치가 아닙니다. 없이 다시 시작하십시오",
        field="header/Last-Event-ID",
    )


def _item(record: Record) -> Item:
    """Return a record as listeners get it: a CloudEvent in JSON, without who did it.

    One that cannot be decoded has no type and no text: it only counts as passed.
    """
    number = INDEX[Partition(record.topic, record.partition)]
    value = record.value or b""
    try:
        envelope = Envelope.of(record.headers)
        event = {
            "specversion": "1.0",
            "id": envelope.id,
            "type": envelope.type,
            "source": envelope.source,
            "subject": envelope.subject,
            "time": envelope.time,
            "sequence": str(envelope.sequence),
            "datacontenttype": "application/json",
            "data": orjson.loads(value),
        }
        parties = frozenset(each.decode() for each in PARTY.findall(value)) | {envelope.principal} - {""}
        return Item(number, record.offset, envelope.type, orjson.dumps(event), parties)
    except ValueError as error:
        log.warning("record_skipped", topic=record.topic, offset=record.offset, error=repr(error))
        return Item(number, record.offset, "", b"")
