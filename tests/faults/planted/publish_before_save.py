"""Catalog publishes an aggregate's first events and saves it afterwards; it dies in between, at the first product."""

import os
from collections.abc import Sequence
from typing import Any

from shared.kafka import publish
from shared.relay import Pending, _event_record
from shared.store import Document, Store
from tests.faults.planted.planting import serve_with

insert_many = Store._insert_many


async def publish_first(store: Store[Any], documents: Sequence[Document]) -> list[Exception | None]:
    kind = store._aggregate.kind
    offered = [Pending(kind, each["_id"], each["outbox"], store._read(each).public) for each in documents]
    records = [_event_record(pending, event) for pending in offered for event in pending.events]
    await publish(await store._relay._started_producer(), records)
    if kind == "catalog.product":
        os._exit(1)
    return await insert_many(store, documents)


serve_with("catalog", Store, _insert_many=publish_first)
