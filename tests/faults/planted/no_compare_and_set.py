"""Catalog writes what it decided over whatever was written meanwhile."""

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne

from shared.store import Change, Store
from tests.faults.planted.planting import serve_with


async def write_over(store: Store[Any], changes: Sequence[Change]) -> list[Exception | None]:
    await store._collection.bulk_write([UpdateOne({"_id": each.id}, each.update) for each in changes])
    return [None] * len(changes)


serve_with("catalog", Store, _update_many=write_over)
