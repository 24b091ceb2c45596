"""Collects the facts of a run from Kafka and MongoDB, and tells when a market has come to rest."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from services.catalog.bulk.running import Importing
from services.catalog.checks import Checks
from services.catalog.files.place import Place
from services.catalog.files.sweeping import Sweep
from services.catalog.ground import Beside, Catalog
from services.catalog.search.following import Search
from services.catalog.subscribers import subscriptions as of_catalog
from services.contracts.ground import Contracts
from services.contracts.subscribers import subscriptions as of_contracts
from services.gateway.ground import Gateway
from services.matching.ground import Matching
from services.matching.subscribers import subscriptions as of_matching
from services.verification.ground import Verification
from services.verification.subscribers import subscriptions as of_verification
from shared.events.envelope import TYPE_PREFIX, Envelope
from shared.events.topics import KINDS, TOPIC_PARTITIONS
from shared.kafka import Partition, Record, end_offsets, new_producer, new_reader
from shared.mongo import Database, Document, connect
from shared.relay import Relay
from shared.service import Ground
from shared.store import COMMANDS_KEPT, Store
from tests.faults.facts import Copied, Facts, Heard, Remembered, Stored
from tests.faults.history import Attempt, commands_of
from tests.faults.nemesis import records_of

BESIDE = Beside(Search(""), Checks(None), Sweep(Place("file:///nowhere", {})), Importing())
GROUNDS: Mapping[str, Callable[[Database, Relay], Ground]] = {
    "catalog": lambda database, relay: Catalog(database, relay, BESIDE),
    "verification": Verification,
    "matching": Matching,
    "contracts": Contracts,
    "gateway": Gateway,
}
SUBSCRIBED = {
    "catalog": of_catalog.topics(),
    "verification": of_verification.topics(),
    "matching": of_matching.topics(),
    "contracts": of_contracts.topics(),
    "gateway": set[str](),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """A service's database, and its stores and copies over it."""

    service: str
    database: Database
    ground: Ground

    @property
    def topics(self) -> set[str]:
        """What it reads."""
        return SUBSCRIBED[self.service] | {each.state.topic() for each in self.ground.copies}


class Collector:
    """Looks at the databases of these services and at Kafka, past the services themselves."""

    def __init__(self, bootstrap: str, mongo: str, services: Iterable[str] = tuple(GROUNDS)) -> None:
        self._bootstrap = bootstrap
        self._owners: list[Owner] = []
        relay = Relay(lambda: new_producer(bootstrap))
        for service in services:
            database = connect(mongo, f"market_{service}")
            self._owners.append(Owner(service, database, GROUNDS[service](database, relay)))

    def close(self) -> None:
        for owner in self._owners:
            owner.database.client.close()

    async def facts(self, attempts: Sequence[Attempt]) -> Facts:
        """Read everything."""
        events = await records_of(self._bootstrap, *(f"{kind}.events" for kind in KINDS))
        states = await records_of(self._bootstrap, *(f"{kind}.state" for kind in KINDS))
        heard = [_heard(each) for each in (*events, *states)]
        return Facts(
            commands=commands_of(attempts),
            events=[each for each in heard[: len(events)] if each is not None],
            states=[each for each in heard[len(events) :] if each is not None],
            stored=[each for owner in self._owners for store in owner.ground.stores for each in await _stored(store)],
            copied=[each for owner in self._owners for each in await _copied(owner)],
            copied_kinds=[(owner.service, each.state.kind) for owner in self._owners for each in owner.ground.copies],
            parked=[each for owner in self._owners for each in await _parked(owner)],
            unreadable=heard.count(None),
        )

    async def views_differ(self) -> str:
        """Return the first view or copy that is not as far as its owner's documents, empty when all are."""
        sequences: dict[str, dict[str, int]] = {}
        for owner in self._owners:
            for store in owner.ground.stores:
                found = await store._collection.find({}, {"sequence": 1}).to_list(None)
                sequences[store._aggregate.kind] = {each["_id"]: each["sequence"] for each in found}
        for owner in self._owners:
            for copies in owner.ground.copies:
                kind = copies.state.kind
                query = {"kind": kind} if owner.service == "gateway" else {}
                rows = await copies._collection.find(query, {"sequence": 1}).to_list(None)
                copied = {each["_id"]: each["sequence"] for each in rows}
                owned = sequences.get(kind, copied)
                if copied != owned:
                    behind = [each for each, sequence in owned.items() if copied.get(each) != sequence]
                    return f"{owner.service} is behind with {len(behind)} of {len(owned)} {kind}"
        return ""

    async def unrest(self) -> str:
        """Return what still moves: events that wait for Kafka or for a consumer, parked records; empty at rest."""
        for owner in self._owners:
            if parked := await owner.database["parked"].count_documents({}):
                return f"{parked} records are parked by {owner.service}"
            for store in owner.ground.stores:
                if waiting := await store.waiting(10):
                    return f"{len(waiting)} outboxes of {store._aggregate.kind} are not empty"
        return await self._lag()

    async def _lag(self) -> str:
        topics = sorted({topic for owner in self._owners for topic in owner.topics})
        partitions = [Partition(topic, number) for topic in topics for number in range(TOPIC_PARTITIONS[topic])]
        reader = new_reader(self._bootstrap)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await reader.start()
        await admin.start()
        try:
            ends = await end_offsets(reader, partitions)
            for owner in self._owners:
                committed = await admin.list_consumer_group_offsets(f"market.{owner.service}")
                reached = {partition: each.offset for partition, each in committed.items()}
                behind = sum(
                    max(0, end - max(0, reached.get(each, 0)))
                    for each, end in ends.items()
                    if each.topic in owner.topics
                )
                if behind:
                    return f"{owner.service} has {behind} records to read"
        finally:
            await admin.close()
            await reader.stop()
        return ""


async def _stored(store: Store[Any]) -> list[Stored]:
    return [_document(store, each) for each in await store._collection.find({}).to_list(None)]


def _document(store: Store[Any], document: Document) -> Stored:
    records = [document["created"], *document["commands"]]
    return Stored(
        kind=store._aggregate.kind,
        id=document["_id"],
        version=document["version"],
        sequence=document["sequence"],
        waiting=len(document["outbox"]),
        remembered=tuple(Remembered(each["key"], each["version"], each["sequence"]) for each in records if each["key"]),
        forgetful=len(document["commands"]) >= COMMANDS_KEPT,
        state=document["state"],
        public=store._read(document).public().model_dump(mode="json"),
    )


async def _copied(owner: Owner) -> list[Copied]:
    found = []
    for copies in owner.ground.copies:
        kind = copies.state.kind
        query = {"kind": kind} if owner.service == "gateway" else {}
        found += [
            Copied(owner.service, kind, row["_id"], row["sequence"], row["state"])
            for row in await copies._collection.find(query).to_list(None)
        ]
    return found


async def _parked(owner: Owner) -> list[str]:
    rows = await owner.database["parked"].find({}).to_list(None)
    return [f"{owner.service} has {row['lane']} parked: {row['error'][:200]}" for row in rows]


def _heard(record: Record) -> Heard | None:
    try:
        envelope = Envelope.of(record.headers)
        data = json.loads(record.value or b"")
    except ValueError:
        return None
    return Heard(
        kind=record.topic.rpartition(".")[0],
        name=envelope.type.removeprefix(TYPE_PREFIX).rpartition(".")[0],
        subject=envelope.subject,
        sequence=envelope.sequence,
        correlation=envelope.correlation,
        causation=envelope.causation,
        data=data,
        offset=record.offset,
    )
