"""MongoDB: the connection, and the statements in which many documents travel. The only module that imports its driver.

A statement over many documents answers for each of them: what one caller wrote never fails because of another's.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, TypeVar

from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorCursor, AsyncIOMotorDatabase
from pymongo import UpdateMany, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.errors import Conflict, TooLarge

GROWN_TOO_LARGE = frozenset({10334, 17419})
"""Codes of a document that an update would bring above 16 MiB."""
DUPLICATE_KEY = 11000
FEW = 16
"""Up to so many rows a view waits for one statement and not for two."""

UNSTORABLE = (BSONError, OverflowError)
"""What the driver raises for a value no document can hold, before it sends anything."""

T = TypeVar("T")
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
Cursor = AsyncIOMotorCursor[Document]
DatabaseError = PyMongoError
DuplicateKey = DuplicateKeyError
Rows = Mapping[str, tuple[int, Document]]
"""{id: (sequence, fields)}"""


@dataclass(frozen=True, slots=True)
class Change:
    """An update of one document, decided on version `before` of it, and on what else of it `guard` names."""

    id: str
    before: int
    update: Document
    guard: Document = field(default_factory=dict)


def connect(uri: str, database: str) -> Database:
    """Return the database. Acknowledged means journalled by a majority; times come back aware, in UTC."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        uri, serverSelectionTimeoutMS=3000, timeoutMS=10000, maxPoolSize=64, tz_aware=True
    )
    return client.get_database(
        database,
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        write_concern=WriteConcern(w="majority", j=True),
        read_concern=ReadConcern("majority"),
    )


async def insert_each(collection: Collection, documents: Sequence[Document]) -> list[Exception | None]:
    """Insert them; return for each the error it met, DuplicateKey for one whose id or claim is taken."""
    results: list[Exception | None] = [None] * len(documents)
    try:
        await collection.insert_many(documents, ordered=False)
    except UNSTORABLE as error:
        return await _one_by_one(insert_each, collection, documents, error)
    except BulkWriteError as error:
        _raise_unless_acknowledged(error)
        for each in error.details["writeErrors"]:
            results[each["index"]] = _write_error(each)
    return results


async def update_each(collection: Collection, changes: Sequence[Change]) -> list[Exception | None]:
    """Apply each change to its own document, if that is still at the version it was decided on; else Conflict.

    The database counts matches for the whole statement only. When one is missing, those whose document does not bear
    the mark they wrote are told Conflict. One of them may have been written and overtaken at once: deciding again is
    right for it too, for it then finds its own command, or its own event, in the document.
    """
    results: list[Exception | None] = [None] * len(changes)
    marks = [ObjectId() for _ in changes]
    statements = [
        UpdateOne({"_id": each.id, "version": each.before} | each.guard, _marked(each.update, mark))
        for each, mark in zip(changes, marks, strict=True)
    ]
    try:
        matched = (await collection.bulk_write(statements, ordered=False)).matched_count
    except UNSTORABLE as error:
        return await _one_by_one(update_each, collection, changes, error)
    except BulkWriteError as error:
        _raise_unless_acknowledged(error)
        matched = error.details["nMatched"]
        for each in error.details["writeErrors"]:
            results[each["index"]] = _write_error(each)
    failed = sum(result is not None for result in results)
    if matched + failed < len(changes):
        found = await collection.find({"_id": {"$in": [each.id for each in changes]}}, {"write": 1}).to_list(None)
        written = {document.get("write") for document in found}
        for number, each in enumerate(changes):
            if results[number] is None and marks[number] not in written:
                results[number] = Conflict(each.id)
    return results


async def _one_by_one(
    write: Callable[[Collection, Sequence[T]], Awaitable[list[Exception | None]]],
    collection: Collection,
    items: Sequence[T],
    error: Exception,
) -> list[Exception | None]:
    """Write each alone: one of them cannot be stored, and a statement that cannot be sent is nobody's but its own."""
    if len(items) > 1:
        return [result for item in items for result in await write(collection, [item])]
    if isinstance(error, DocumentTooLarge):
        return [_too_large()]
    return [error]


async def cut_outboxes(collection: Collection, sequences: Mapping[str, int]) -> dict[str, int]:
    """Remove from the outbox of each id the events up to that sequence; return who has gone on since, and to where.

    An outbox whose last event is confirmed is emptied, many documents in one statement (a sixth of the cost of one
    statement each); the few that got newer events meanwhile are cut one by one.
    """
    at_rest: defaultdict[int, list[str]] = defaultdict(list)
    for document_id, sequence in sequences.items():
        at_rest[sequence].append(document_id)
    emptied = await collection.bulk_write(
        [
            UpdateMany({"_id": {"$in": ids}, "sequence": sequence}, {"$set": {"outbox": []}})
            for sequence, ids in at_rest.items()
        ],
        ordered=False,
    )
    if emptied.matched_count == len(sequences):
        return {}
    await collection.bulk_write(
        [
            UpdateOne({"_id": document_id}, {"$pull": {"outbox": {"sequence": {"$lte": sequence}}}})
            for document_id, sequence in sequences.items()
        ],
        ordered=False,
    )
    found = await collection.find({"_id": {"$in": list(sequences)}}, {"sequence": 1}).to_list(None)
    return {each["_id"]: each["sequence"] for each in found if each["sequence"] > sequences[each["_id"]]}


async def upsert_newer(collection: Collection, rows: Rows) -> None:
    """Write each row unless an equal or newer one is there. Any order, any repeats.

    Few rows go in one statement of guarded upserts, for it is the wait that counts. Of many, looking first and
    inserting what is missing costs a quarter. The guard decides either way: a row that somebody else inserted in
    between is updated like one that was there, only if it is older.
    """
    if len(rows) <= FEW:
        older = await _upsert_unless_there(collection, rows)
    else:
        found = await collection.find({"_id": {"$in": list(rows)}}, {"sequence": 1}).to_list(None)
        there = {document["_id"]: document["sequence"] for document in found}
        older = [row_id for row_id, sequence in there.items() if sequence < rows[row_id][0]]
        if missing := {row_id: row for row_id, row in rows.items() if row_id not in there}:
            older += await _insert_unless_there(collection, missing)
    if older:
        guarded = [UpdateOne(_older(each, rows[each][0]), _written(*rows[each])) for each in older]
        await collection.bulk_write(guarded, ordered=False)


async def write_anew(collection: Collection, rows: Rows) -> None:
    """Write each row over what is there, unless that is newer."""
    there = await _insert_unless_there(collection, rows)
    if there:
        changes = [({"_id": each, "sequence": {"$lte": rows[each][0]}}, _written(*rows[each])) for each in there]
        await collection.bulk_write([UpdateOne(*change) for change in changes], ordered=False)


async def _upsert_unless_there(collection: Collection, rows: Rows) -> list[str]:
    """Write older rows and missing ones; return the ids of the others: as new already, or inserted meanwhile."""
    upserts = [UpdateOne(_older(row_id, row[0]), _written(*row), upsert=True) for row_id, row in rows.items()]
    try:
        await collection.bulk_write(upserts, ordered=False)
    except BulkWriteError as error:
        return _duplicates(error, list(rows))
    return []


async def _insert_unless_there(collection: Collection, rows: Rows) -> list[str]:
    """Insert the rows and return the ids that were there."""
    documents = [{"_id": row_id, "sequence": sequence, **fields} for row_id, (sequence, fields) in rows.items()]
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return _duplicates(error, list(rows))
    return []


def _duplicates(error: BulkWriteError, ids: Sequence[str]) -> list[str]:
    """Return which of these ids were refused as duplicates; raise the error when anything else went wrong."""
    _raise_unless_acknowledged(error)
    if any(each["code"] != DUPLICATE_KEY for each in error.details["writeErrors"]):
        raise error
    return [ids[each["index"]] for each in error.details["writeErrors"]]


def _raise_unless_acknowledged(error: BulkWriteError) -> None:
    """Raise when no majority has confirmed a batch: whatever was written may be rolled back."""
    if error.details["writeConcernErrors"]:
        raise error


def _too_large() -> TooLarge:
    return TooLarge("document.too_large", "this has grown too large to be stored", "저장하기에 너무 커졌습니다")


def _write_error(details: Mapping[str, Any]) -> Exception:
    if details["code"] == DUPLICATE_KEY:
        return DuplicateKeyError(details["errmsg"])
    if details["code"] in GROWN_TOO_LARGE:
        return _too_large()
    return DatabaseError(details["errmsg"])


def _marked(update: Document, mark: ObjectId) -> Document:
    return update | {"$set": update["$set"] | {"write": mark}}


def _older(row_id: str, sequence: int) -> Document:
    return {"_id": row_id, "sequence": {"$lt": sequence}}


def _written(sequence: int, fields: Document) -> Document:
    return {"$set": fields | {"sequence": sequence}}
