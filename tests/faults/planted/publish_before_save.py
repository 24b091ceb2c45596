"""Catalog publishes an aggregate's first events and saves it afterwards; it dies in between, at the first product."""

import os
from collections.abc import Sequence

from shared import store
from shared.events.envelope import State
from shared.kafka import new_producer, publish
from shared.mongo import Collection, Document, insert_each
from shared.relay import Pending, _event_record
from tests.faults.planted.planting import serve_with


def not_sent() -> State:
    raise AssertionError


async def publish_first(collection: Collection, documents: Sequence[Document]) -> list[Exception | None]:
    kind = f"catalog.{collection.name}"
    offered = [Pending(kind, each["_id"], each["outbox"], not_sent) for each in documents]
    producer = new_producer(os.environ["KAFKA_BOOTSTRAP"])
    await producer.start()
    await publish(producer, [_event_record(pending, event) for pending in offered for event in pending.events])
    await producer.stop()
    if kind == "catalog.product":
        os._exit(1)
    return await insert_each(collection, documents)


serve_with("catalog", store, insert_each=publish_first)
