"""The gateway's view takes every state it hears, also one older than what it has."""

from collections.abc import Mapping

from pymongo import UpdateOne

from shared import copies
from shared.mongo import Collection, Document
from tests.faults.planted.planting import serve_with


async def upsert(collection: Collection, rows: Mapping[str, tuple[int, Document]]) -> None:
    changes = [
        UpdateOne({"_id": row_id}, {"$set": fields | {"sequence": sequence}}, upsert=True)
        for row_id, (sequence, fields) in rows.items()
    ]
    await collection.bulk_write(changes)


serve_with("gateway", copies, upsert_newer=upsert)
