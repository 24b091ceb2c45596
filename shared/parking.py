"""Where records wait that could not be applied: raw, in order per key, tried again, and open to an operator.

Modelled on Axon's sequenced dead letter queue: later records of a parked key follow it here, all other keys go on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from shared.errors import NotFound
from shared.kafka import Record
from shared.mongo import Collection, Database, Document, DuplicateKey
from shared.telemetry import PARKED

log = structlog.get_logger()

LIMIT = 1000
TRIES = 12
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
LEASE = timedelta(seconds=60)
LOOK_EVERY = 1.0
FOLLOWS = "an earlier record of this key is parked"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it came: enough to decode and apply it later with newer code."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]

    @classmethod
    def of(cls, record: Record) -> "RawRecord":
        return cls(record.topic, record.partition, record.offset, record.key, record.value, list(record.headers))

    @property
    def id(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def lane(self) -> str:
        """Return what orders this record: its topic and key, or itself when it has no key."""
        return self.id if self.key is None else f"{self.topic}|{self.key.decode(errors='replace')}"


Apply = Callable[[RawRecord], Awaitable[None]]


class Parking:
    """The `parked` collection of one service."""

    def __init__(self, database: Database) -> None:
        self._collection: Collection = database["parked"]
        self._lanes: set[str] = set()
        self.count = 0

    async def reload(self) -> None:
        """Learn which lanes are parked: at start, and when partitions change hands."""
        await self._collection.create_index([("lane", 1), ("offset", 1)])
        self._lanes = set(await self._collection.distinct("lane"))
        await self._recount()

    async def holds(self, lane: str) -> bool:
        """Return whether this lane has records here.

        Only the consumer of the lane adds to it, so memory is enough
        for a no; a yes is looked up, for another replica may have emptied the lane.
        """
        if lane not in self._lanes:
            return False
        if await self._collection.find_one({"lane": lane}, {"_id": 1}) is None:
            self._lanes.discard(lane)
            return False
        return True

    async def add(self, record: RawRecord, error: str) -> None:
        """Set a record aside, behind what its lane already has here. A repeat changes nothing.

        What only `FOLLOWS` has not failed itself and goes as soon as it is first: were it to wait like a failure, a
        lane with an event every few seconds would never be through.
        """
        document: Document = {
            "_id": record.id,
            "lane": record.lane,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "value": record.value,
            "headers": [list(header) for header in record.headers],
            "error": error[:2000],
            "attempts": 0,
            "status": "parked",
            "parked_at": datetime.now(UTC),
            "next_at": datetime.now(UTC) + (timedelta(0) if error == FOLLOWS else FIRST_DELAY),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateKey:
            return
        finally:
            self._lanes.add(record.lane)
        await self._recount()
        log.error("record_parked", record=record.id, lane=record.lane, error=error)

    async def listed(self, limit: int = 200) -> list[Document]:
        """Return what is parked, in the order it will be tried."""
        return await self._collection.find({}).sort([("lane", 1), ("offset", 1)]).to_list(limit)

    async def shown(self, record_id: str) -> Document:
        """Return one parked record. Raise NotFound."""
        document = await self._collection.find_one({"_id": record_id})
        if document is None:
            raise NotFound(
                "parked.unknown", f"nothing is parked as {record_id}", f"{record_id}은(는) 보류 중이 아닙니다"
            )
        return document

    async def retry(self, record_id: str) -> None:
        """Try this record again now, once those before it are through."""
        await self.shown(record_id)
        change = {"status": "parked", "attempts": 0, "next_at": datetime.now(UTC)}
        await self._collection.update_one({"_id": record_id}, {"$set": change})

    async def skip(self, record_id: str) -> None:
        """Give this record up: those behind it go on without it."""
        await self.shown(record_id)
        await self._collection.delete_one({"_id": record_id})
        await self._recount()
        log.warning("parked_record_skipped", record=record_id)

    async def work(self, apply: Apply) -> None:
        """Try the first record of each lane again whenever its time has come. Runs until cancelled."""
        while True:
            try:
                if not await self._try_heads(apply):
                    await asyncio.sleep(LOOK_EVERY)
            except Exception as error:  # noqa: BLE001  the database is away: look again
                log.warning("parking_failed", error=repr(error))
                await asyncio.sleep(LOOK_EVERY)

    async def _try_heads(self, apply: Apply) -> int:
        """Try each lane's head that is due. Return how many went through."""
        heads: dict[str, Document] = {}
        for document in await self.listed(LIMIT * 2):
            heads.setdefault(document["lane"], document)
        now = datetime.now(UTC)
        ready = [head for head in heads.values() if head["status"] == "parked" and head["next_at"] <= now]
        return sum([await self._try(head, apply) for head in ready])

    async def _try(self, head: Document, apply: Apply) -> bool:
        lease = {"next_at": datetime.now(UTC) + LEASE}
        taken = await self._collection.update_one({"_id": head["_id"], "next_at": head["next_at"]}, {"$set": lease})
        if taken.matched_count == 0:
            return False
        try:
            await apply(_raw(head))
        except Exception as error:  # noqa: BLE001  any failure is kept with the record for the operator
            await self._failed(head, error)
            return False
        await self._collection.delete_one({"_id": head["_id"]})
        await self._recount()
        return True

    async def _failed(self, head: Document, error: Exception) -> None:
        attempts = head["attempts"] + 1
        change = {
            "attempts": attempts,
            "error": repr(error)[:2000],
            "next_at": datetime.now(UTC) + min(FIRST_DELAY * 2**attempts, LONGEST_DELAY),
            "status": "parked" if attempts < TRIES else "dead",
        }
        await self._collection.update_one({"_id": head["_id"]}, {"$set": change})

    async def _recount(self) -> None:
        self.count = await self._collection.count_documents({}, limit=LIMIT + 1)
        PARKED.set(self.count)


def _raw(document: Document) -> RawRecord:
    return RawRecord(
        document["topic"],
        document["partition"],
        document["offset"],
        document["key"],
        document["value"],
        [(name, value) for name, value in document["headers"]],
    )
