"""Catalog writes what it decided over whatever was written meanwhile."""

from collections.abc import Sequence

from pymongo import UpdateOne

from shared import store
from shared.mongo import Change, Collection
from tests.faults.planted.planting import serve_with


async def write_over(collection: Collection, changes: Sequence[Change]) -> list[Exception | None]:
    await collection.bulk_write([UpdateOne({"_id": each.id}, each.update) for each in changes])
    return [None] * len(changes)


serve_with("catalog", store, update_each=write_over)
