"""A consumer that keeps a view, as a process: `python -m bench.viewer ours|floor`. Settings from the environment.

It writes to the file `WRITTEN` what it has put into the view and when, by the clock of the whole machine: to look from
outside, over and over, would be measured as well.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

import uvloop
from aiokafka import AIOKafkaConsumer
from pymongo import UpdateOne

from bench.subjects import TOPIC
from shared.copies import Copies
from shared.events.catalog import ProductState
from shared.messaging import Consumer, Subscriptions
from shared.mongo import Database, connect
from shared.parking import Parking
from shared.service import GARBAGE_AFTER


def note(written: TextIO, ids: Iterable[str]) -> None:
    now = time.perf_counter()
    written.writelines(f"{each} {now}\n" for each in ids)
    written.flush()


class NotedCopies(Copies[ProductState]):
    """Copies that say when."""

    def __init__(self, database: Database, written: TextIO) -> None:
        super().__init__(database, ProductState)
        self._written = written

    async def apply(self, rows: Mapping[str, tuple[int, ProductState]]) -> None:
        """Write, then note it."""
        await super().apply(rows)
        note(self._written, rows)


async def ours(database: Database, bootstrap: str, group: str, written: TextIO) -> None:
    """Keep the view with our consumer shell: state records into guarded upserts."""
    subscriptions: Subscriptions[None] = Subscriptions()
    copies = [NotedCopies(database, written)]
    consumer = Consumer(bootstrap, group, subscriptions, copies, None, Parking(database))
    await consumer.start()
    await asyncio.Event().wait()


async def floor(database: Database, bootstrap: str, group: str, written: TextIO) -> None:
    """Keep the view the bare way: getmany, one unordered bulk upsert, commit."""
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    view = database["view"]
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=500)
        rows = {record.key.decode(): record.value for records in batches.values() for record in records}
        if rows:
            upserts = [UpdateOne({"_id": key}, {"$set": {"state": value}}, upsert=True) for key, value in rows.items()]
            await view.bulk_write(upserts, ordered=False)
            note(written, rows)
            await consumer.commit()


if __name__ == "__main__":
    keep = ours if sys.argv[1] == "ours" else floor
    environment = os.environ
    gc.set_threshold(GARBAGE_AFTER)  # as in a service
    with Path(environment["WRITTEN"]).open("w") as written:
        uvloop.run(
            keep(
                connect(environment["MONGO_URI"], environment["DATABASE"]),
                environment["KAFKA_BOOTSTRAP"],
                environment["GROUP"],
                written,
            )
        )
