"""One command = one aggregate = one compare-and-set write, with its events and its idempotency record inside.

A document holds

    _id, version, sequence, created_at, state {...}, claims [...], due_at,
    created {key, fingerprint, answer, version, sequence}, commands [the last 32 such records],
    inbox {source aggregate id: last sequence applied}, outbox [events that Kafka has not confirmed yet]

so a write can be neither torn nor repeated, and there is no second collection and no multi-document transaction.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial, reduce
from operator import getitem
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from shared.aggregate import Aggregate, Cause
from shared.errors import AlreadyApplied, Conflict, Invalid, MarketError, NotFound, Stale, TooLarge, Unavailable
from shared.mongo import (
    Change,
    Collection,
    Cursor,
    Database,
    Document,
    DuplicateKey,
    cut_outboxes,
    insert_each,
    update_each,
)
from shared.relay import Pending, Relay
from shared.together import Together

OUTBOX_LIMIT = 100
RECORD_BYTES = 500_000
COMMANDS_KEPT = 32
SCANNED_AT_ONCE = 100
"""So few are still in the processor's cache when they are looked at: with a thousand each takes half as long again."""
FORGOTTEN = ""
"""In place of the fingerprint of a body that may have told of people."""
EPOCH = datetime.fromtimestamp(0, UTC)
OLDEST, NEWEST = 1, -1
"""Which comes first."""

A = TypeVar("A", bound=Aggregate)
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command is answered: the aggregate's JSON view, its version (the ETag), its position for later reads."""

    body: bytes
    version: int
    position: str
    replayed: bool = False


class Replayed(Exception):
    """The same command was carried out before; `answer` is what it was answered then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.position)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Page(Generic[A, P]):
    """A slice of a list; `after` is where the next one starts, None at the end."""

    items: list[A]
    after: tuple[P, str] | None


class Store(Generic[A]):
    """The documents of one kind of aggregate."""

    def __init__(self, database: Database, aggregate: type[A], view: Callable[[A], BaseModel], relay: Relay) -> None:
        self._collection: Collection = database[aggregate.kind.partition(".")[2]]
        self._aggregate = aggregate
        self._view = view
        self._relay = relay
        self._read_together = Together(self._read_many)
        self._holding_together = Together(self._read_holders)
        self._insert_together = Together(partial(insert_each, self._collection))
        self._update_together = Together(partial(update_each, self._collection))
        relay.serves(aggregate.kind, self)

    async def prepare(self, *indexes: Sequence[str]) -> None:
        """Create the indexes: those of the write path, and `indexes` over state fields for lists."""
        collection = self._collection
        await collection.create_index("claims", unique=True, sparse=True)
        await collection.create_index("outbox.at", sparse=True)
        await collection.create_index("due_at", sparse=True)
        await collection.create_index([("created_at", NEWEST), ("_id", NEWEST)])
        for fields in indexes:
            keys = [(f"state.{field}", OLDEST) for field in fields]
            await collection.create_index([*keys, ("created_at", NEWEST), ("_id", NEWEST)])

    async def load(self, aggregate_id: str, cause: Cause | None = None) -> A:
        """Return the aggregate as it is now.

        Raise NotFound; for a call that was carried out before, Replayed (or Invalid under another body), and Stale
        when it was decided on another version; for an event whose effect is in already, AlreadyApplied.
        """
        document = await self._read_together(aggregate_id)
        if document is None:
            raise self._unknown(aggregate_id)
        if cause is not None:
            _refuse_repeats(document, cause)
        return self._read(document)

    async def refuse_repeat(self, aggregate_id: str, cause: Cause) -> None:
        """Raise Replayed for a call that created this before.

        A route asks before it looks at anything that may have changed since, so that a repeat is answered alike.
        """
        document = await self._read_together(aggregate_id)
        if document is not None:
            _refuse_repeats(document, cause)

    @asynccontextmanager
    async def answering_repeats(self, aggregate_id: str, cause: Cause) -> AsyncIterator[None]:
        """Answer a call that created this before as it was then, whatever it is that refuses it by now.

        Where many calls create and few repeat, `refuse_repeat` would be a statement of the database more for each.
        """
        try:
            yield
        except MarketError:
            await self.refuse_repeat(aggregate_id, cause)
            raise

    async def find(self, aggregate_id: str) -> A | None:
        """Return the aggregate, or None."""
        document = await self._read_together(aggregate_id)
        return None if document is None else self._read(document)

    async def holding(self, claim: str) -> A | None:
        """Return the aggregate that holds this claim, or None."""
        document = await self._holding_together(claim)
        return None if document is None else self._read(document)

    async def holders(self, claims: Sequence[str]) -> list[A]:
        """Return the aggregates that hold any of these claims."""
        return [self._read(document) for document in await self._with_claims(claims)]

    async def where(self, state: Mapping[str, Any], limit: int = 1000) -> list[A]:
        """Return up to `limit` aggregates with these state fields, oldest first."""
        found = self._collection.find({f"state.{name}": value for name, value in state.items()})
        documents = await found.sort([("created_at", OLDEST), ("_id", OLDEST)]).to_list(limit)
        return [self._read(document) for document in documents]

    async def scanned(self, query: Document, fields: Sequence[str]) -> AsyncIterator[list[Document]]:
        """Yield the documents that match, of each only its id and these fields, so many at once, in no order."""
        found = self._cursor(query, fields)
        while documents := await found.to_list(SCANNED_AT_ONCE):
            yield documents

    def read_in_thread(self, query: Document, fields: Sequence[str]) -> Iterator[Document]:
        """Yield what `scanned` does, each alone, to a thread that may wait: without hops many take half as long."""
        found: Iterator[Document] = self._cursor(query, fields).delegate
        return found

    def _cursor(self, query: Document, fields: Sequence[str]) -> Cursor:
        return self._collection.find(query, dict.fromkeys(fields, 1), batch_size=SCANNED_AT_ONCE)

    async def page(
        self, filters: Mapping[str, Any], limit: int, after: tuple[datetime, str] | None
    ) -> Page[A, datetime]:
        """Return the next `limit` aggregates whose state matches `filters`, newest first."""
        return await self._page(_matching(filters), "created_at", NEWEST, limit, after)

    async def first_by(
        self, field: str, filters: Mapping[str, Any], limit: int, after: tuple[Any, str] | None
    ) -> Page[A, Any]:
        """Return the next `limit` aggregates whose state matches and has `field`, the lowest of it first."""
        name = f"state.{field}"
        return await self._page(_matching(filters) | {name: {"$ne": None}}, name, OLDEST, limit, after)

    async def counted_by(self, field: str, filters: Mapping[str, Any]) -> dict[str, int]:
        """Return how many aggregates match, by the value of this state field."""
        groups = {"_id": f"$state.{field}", "count": {"$sum": 1}}
        found = self._collection.aggregate([{"$match": _matching(filters)}, {"$group": groups}])
        return {each["_id"]: each["count"] for each in await found.to_list(None)}

    async def create(self, aggregate: A, cause: Cause) -> Answer:
        """Insert a new aggregate with its first events. Repeats and taken claims are refused as in `load`, `save`."""
        outbox, state, answer = self._prepare(aggregate, cause)
        document: Document = {
            "_id": aggregate.id,
            "version": aggregate.version,
            "sequence": aggregate.ledger.sequence,
            "created_at": cause.at,
            "state": state,
            "created": _command(cause, answer, aggregate),
            "commands": [],
            "inbox": {cause.source: cause.sequence} if cause.source else {},
            "outbox": outbox,
        }
        document |= _optional(aggregate)
        try:
            await self._insert_together(document)
        except DuplicateKey:
            await self._explain_duplicate(aggregate, cause)
        self._relay.offer(self._pending(aggregate))
        return answer

    async def save(self, aggregate: A, cause: Cause) -> Answer:
        """Write what was decided, if the version is still the one that was loaded.

        Raise Conflict when it is not (the edge decides again), Refused when another document holds a claim,
        Unavailable when Kafka has not taken this aggregate's last 100 events.
        """
        if not cause.source and self._is_unchanged(aggregate):
            return await self._remember(aggregate, cause)
        change, answer = self._change(aggregate, cause)
        if cause.key:
            change.update.setdefault("$push", {}).update(_pushed(cause, answer, aggregate))
        return await self._write(aggregate, cause, change, answer)

    async def forget(self, aggregate: A, cause: Cause) -> Answer:
        """Write as `save` does a call that changes what is known of people, and blank that in every answer kept here.

        What is told in a repeat of an earlier call is so no longer personal. Raise as `save` does.
        """
        if self._is_unchanged(aggregate):
            return await self._remember(aggregate, cause)
        kept = await self._read_together(aggregate.id)
        if kept is None:
            raise self._unknown(aggregate.id)
        change, answer = self._change(aggregate, cause)
        # Set whole: one update of MongoDB cannot both change what is in an array and push to it. A command that changed
        # nothing leaves the version as it was, so it is by the mark of its write that it is not lost.
        commands = [_without(aggregate.personal, each) for each in kept["commands"]]
        change.update["$set"] |= {
            "created": _without(aggregate.personal, kept["created"]),
            "commands": [*commands, _command(cause, answer, aggregate)][-COMMANDS_KEPT:],
        }
        return await self._write(aggregate, cause, replace(change, guard={"write": kept.get("write")}), answer)

    def _is_unchanged(self, aggregate: A) -> bool:
        return not aggregate.recorded and aggregate.ledger.loaded == _state(aggregate)

    def _change(self, aggregate: A, cause: Cause) -> tuple[Change, Answer]:
        """Return the update that writes what was decided, but for the record of its command, and the answer to it."""
        before = aggregate.version
        outbox, state, answer = self._prepare(aggregate, cause)
        change: Document = {
            "version": aggregate.version,
            "sequence": aggregate.ledger.sequence,
            "state": state,
        }
        optional = _optional(aggregate)
        update: Document = {"$set": change | optional}
        absent = {name: "" for name in ("claims", "due_at") if name not in optional}
        if absent:
            update["$unset"] = absent
        if cause.source:
            update["$set"][f"inbox.{cause.source}"] = cause.sequence
        if outbox:
            update["$push"] = {"outbox": {"$each": outbox}}
        return Change(aggregate.id, before, update), answer

    async def _write(self, aggregate: A, cause: Cause, change: Change, answer: Answer) -> Answer:
        try:
            await self._update_together(change)
        except DuplicateKey:
            await self._explain_duplicate(aggregate, cause)
        self._relay.offer(self._pending(aggregate))
        return answer

    async def _remember(self, aggregate: A, cause: Cause) -> Answer:
        """Keep the key of a command that changed nothing: its repeat, however late, must change nothing either."""
        answer = self._answer(aggregate)
        if cause.key:
            push = _pushed(cause, answer, aggregate)
            await self._update_together(Change(aggregate.id, aggregate.version, {"$set": {}, "$push": push}))
        return answer

    async def due(self, at: datetime, limit: int = 200) -> list[str]:
        """Return the ids of aggregates the clock must look at, the longest due first."""
        found = self._collection.find({"due_at": {"$lte": at}}, {"_id": 1}).sort("due_at", OLDEST)
        return [document["_id"] for document in await found.to_list(limit)]

    async def waiting(self, limit: int) -> dict[str, tuple[int, datetime]]:
        """Return aggregates with events that Kafka has not confirmed: their last sequence, and since when."""
        found = self._collection.find({"outbox.at": {"$gt": EPOCH}}, {"sequence": 1, "outbox.at": 1})
        documents = await found.sort("outbox.at", OLDEST).to_list(limit)
        return {each["_id"]: (each["sequence"], each["outbox"][0]["at"]) for each in documents if each["outbox"]}

    async def pending(self, ids: Sequence[str]) -> list[Pending]:
        """Return what these aggregates still have to publish."""
        documents = await self._collection.find({"_id": {"$in": list(ids)}}).to_list(len(ids))
        return [self._pending(self._read(document)) for document in documents]

    async def confirm(self, sequences: Mapping[str, int]) -> dict[str, int]:
        """Remove the events that Kafka has: for each aggregate id, up to and including that sequence.

        Return the aggregates that have gone on since, with their last sequence now.
        """
        return await cut_outboxes(self._collection, sequences)

    async def _page(
        self, query: Document, name: str, order: int, limit: int, after: tuple[Any, str] | None
    ) -> Page[A, Any]:
        """Return the next `limit` that match, in the order of a dotted name and then of their ids, behind `after`."""
        if after is not None:
            value, last = after
            behind = "$lt" if order == NEWEST else "$gt"
            query["$or"] = [{name: {behind: value}}, {name: value, "_id": {behind: last}}]
        documents = await self._collection.find(query).sort([(name, order), ("_id", order)]).to_list(limit + 1)
        items = [self._read(document) for document in documents[:limit]]
        more = len(documents) > limit
        return Page(items, (_value(documents[limit - 1], name), documents[limit - 1]["_id"]) if more else None)

    async def _read_many(self, ids: Sequence[str]) -> list[Document | None]:
        found = await self._collection.find({"_id": {"$in": list(set(ids))}}).to_list(None)
        by_id = {document["_id"]: document for document in found}
        return [by_id.get(each) for each in ids]

    async def _read_holders(self, claims: Sequence[str]) -> list[Document | None]:
        found = await self._with_claims(claims)
        by_claim = {claim: document for document in found for claim in document["claims"]}
        return [by_claim.get(each) for each in claims]

    async def _with_claims(self, claims: Iterable[str]) -> list[Document]:
        return await self._collection.find({"claims": {"$in": list(set(claims))}}).to_list(None)

    def _prepare(self, aggregate: A, cause: Cause) -> tuple[list[Document], Document, Answer]:
        """Number the recorded events, count the version up, and render what will be stored."""
        ledger = aggregate.ledger
        if len(ledger.pending) + len(ledger.recorded) > OUTBOX_LIMIT:
            raise Unavailable(
                "outbox.full",
                "events of this aggregate are not leaving; try again later",
                "이 건의 이벤트가 전송되지 못하고 있습니다. 잠시 후 다시 시도하십시오",
            )
        outbox = [
            _outgoing(event, number, cause) for number, event in enumerate(ledger.recorded, start=ledger.sequence + 1)
        ]
        ledger.version += 1
        ledger.sequence += len(outbox)
        ledger.pending = [*ledger.pending, *outbox]
        ledger.recorded = []
        answer = self._answer(aggregate)
        _must_fit(aggregate, outbox, answer)
        return outbox, _state(aggregate), answer

    def _answer(self, aggregate: A) -> Answer:
        body = self._view(aggregate).model_dump_json().encode()
        return Answer(body, aggregate.version, f"{aggregate.id}:{aggregate.ledger.sequence}")

    def _read(self, document: Document) -> A:
        aggregate = self._aggregate.model_validate(document["state"] | {"id": document["_id"]})
        ledger = aggregate.ledger
        ledger.version, ledger.sequence = document["version"], document["sequence"]
        ledger.pending, ledger.loaded = document["outbox"], document["state"]
        return aggregate

    def _pending(self, aggregate: A) -> Pending:
        return Pending(
            self._aggregate.kind, aggregate.id, aggregate.ledger.pending, aggregate.public, aggregate.ledger.sequence
        )

    async def _explain_duplicate(self, aggregate: A, cause: Cause) -> None:
        """Say why the database refused a write as a duplicate: a repeat, or a claim that is taken."""
        own = await self._collection.find_one({"_id": aggregate.id})
        if own is not None and aggregate.version == 1:
            _refuse_repeats(own, cause)
            raise AlreadyApplied(aggregate.id)
        other = await self._collection.find_one({"claims": {"$in": aggregate.claims()}, "_id": {"$ne": aggregate.id}})
        if other is None:
            raise Conflict(aggregate.id)
        raise aggregate.taken(next(claim for claim in aggregate.claims() if claim in other["claims"]))

    def _unknown(self, aggregate_id: str) -> NotFound:
        noun = self._aggregate.kind.partition(".")[2]
        return NotFound(
            f"{noun}.unknown", f"there is no {noun} {aggregate_id}", f"{aggregate_id}을(를) 찾을 수 없습니다"
        )


def _matching(filters: Mapping[str, Any]) -> Document:
    return {f"state.{name}": value for name, value in filters.items() if value is not None}


def _value(document: Document, name: str) -> Any:
    """Return what a document has under a dotted name."""
    return reduce(getitem, name.split("."), document)


def _must_fit(aggregate: Aggregate, outbox: Sequence[Document], answer: Answer) -> None:
    """Refuse what Kafka would (1 MB by default): once in the outbox, it would hold up everything behind it for ever.

    The public state is rendered only to be sent, so it is measured here only when what the caller sees is long already.
    """
    longest = max((len(event["data"]) for event in outbox), default=0)
    if len(answer.body) > RECORD_BYTES // 2:
        longest = max(longest, len(aggregate.public().model_dump_json().encode()))
    if longest > RECORD_BYTES:
        raise TooLarge(
            "record.too_large",
            f"this would be published as {longest} bytes; at most {RECORD_BYTES} fit",
            f"게시할 내용이 {longest}바이트입니다. 최대 {RECORD_BYTES}바이트까지 가능합니다",
        )


def _refuse_repeats(document: Document, cause: Cause) -> None:
    if cause.source and document["inbox"].get(cause.source, 0) >= cause.sequence:
        raise AlreadyApplied(document["_id"])
    if cause.key:
        for record in (document["created"], *document["commands"]):
            if record["key"] == cause.key:
                raise _replay(document["_id"], record, cause)
    if cause.expected is not None and cause.expected != document["version"]:
        raise Stale(
            "version.stale",
            f"version {cause.expected} is not the current one ({document['version']})",
            f"{cause.expected} 버전은 최신({document['version']})이 아닙니다",
        )


def _replay(aggregate_id: str, record: Document, cause: Cause) -> Exception:
    if record["fingerprint"] not in {FORGOTTEN, cause.fingerprint}:
        return Invalid(
            "idempotency.other_request",
            "this Idempotency-Key was used for another request",
            "이 Idempotency-Key는 다른 요청에 사용되었습니다",
        )
    return Replayed(Answer(record["answer"], record["version"], f"{aggregate_id}:{record['sequence']}", replayed=True))


def _state(aggregate: Aggregate) -> Document:
    return aggregate.model_dump(mode="json", exclude={"id"})


def _optional(aggregate: Aggregate) -> Document:
    optional: Document = {"claims": aggregate.claims(), "due_at": aggregate.due()}
    return {name: value for name, value in optional.items() if value}


def _command(cause: Cause, answer: Answer, aggregate: Aggregate) -> Document:
    return {
        "key": cause.key,
        "fingerprint": cause.fingerprint,
        "answer": answer.body,
        "version": answer.version,
        "sequence": aggregate.ledger.sequence,
    }


def _pushed(cause: Cause, answer: Answer, aggregate: Aggregate) -> Document:
    return {"commands": {"$each": [_command(cause, answer, aggregate)], "$slice": -COMMANDS_KEPT}}


def _without(personal: Iterable[str], record: Document) -> Document:
    """Return the record of a command with nothing of people in it, nor of its body: a digest can be guessed at."""
    answer = json.loads(record["answer"]) | dict.fromkeys(personal)
    blank = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return record | {"answer": blank, "fingerprint": FORGOTTEN}


def _outgoing(event: Any, sequence: int, cause: Cause) -> Document:
    return {
        "sequence": sequence,
        "type": event.wire_type(),
        "data": event.model_dump_json().encode(),
        "at": cause.at,
        "actor": cause.actor,
        "principal": cause.principal,
        "correlation": cause.correlation,
        "causation": cause.causation,
        "traceparent": cause.traceparent,
    }
