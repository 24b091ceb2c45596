"""A consumer that keeps a view, as a process: `python -m bench.viewer ours|floor`. Settings from the environment."""

import asyncio
import os
import sys

import uvloop
from aiokafka import AIOKafkaConsumer
from pymongo import UpdateOne

from bench.subjects import TOPIC
from shared.copies import Copies
from shared.events.catalog import ProductState
from shared.messaging import Consumer, Subscriptions
from shared.mongo import Database, connect
from shared.parking import Parking


async def ours(database: Database, bootstrap: str, group: str) -> None:
    """Keep the view with our consumer shell: state records into guarded upserts."""
    subscriptions: Subscriptions[None] = Subscriptions()
    copies = [Copies(database, ProductState)]
    consumer = Consumer(bootstrap, group, subscriptions, copies, None, Parking(database))
    await consumer.start()
    await asyncio.Event().wait()


async def floor(database: Database, bootstrap: str, group: str) -> None:
    """Keep the view the bare way: getmany, one unordered bulk upsert, commit."""
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    view = database["view"]
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=500)
        rows = [
            UpdateOne({"_id": record.key.decode()}, {"$set": {"state": record.value}}, upsert=True)
            for records in batches.values()
            for record in records
        ]
        if rows:
            await view.bulk_write(rows, ordered=False)
            await consumer.commit()


if __name__ == "__main__":
    keep = ours if sys.argv[1] == "ours" else floor
    environment = os.environ
    uvloop.run(
        keep(
            connect(environment["MONGO_URI"], environment["DATABASE"]),
            environment["KAFKA_BOOTSTRAP"],
            environment["GROUP"],
        )
    )
