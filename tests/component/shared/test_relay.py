"""From outboxes to Kafka: every event, numbered 1..n, first copies in order, whatever dies on the way."""

import asyncio
import gc
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local.brokers import ApacheKafka
from deploy.local.servers import Mongo
from shared.errors import Conflict, TooLarge, Unavailable
from shared.events.envelope import Envelope
from shared.kafka import BrokerError, Outgoing, Producer, new_producer, publish
from shared.mongo import Database
from shared.relay import OFFERED_LIMIT, Pending, Relay
from shared.store import RECORD_BYTES, Store
from tests.builders import NOON, a_call_cause, a_cause, an_envelope
from tests.component.shared.conftest import make_topics
from tests.component.shared.reading import all_records, first_copies, until
from tests.component.shared.relaying import AGGREGATES
from tests.component.shared.tally import Kind, Tally

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("relaying.py")


@asynccontextmanager
async def relaying(database: Database, kind: Kind, bootstrap: str) -> AsyncIterator[tuple[Relay, Store[Tally]]]:
    relay = Relay(lambda: new_producer(bootstrap))
    store = kind.store(database, relay)
    await store.prepare()
    await relay.start()
    try:
        yield relay, store
    finally:
        await relay.stop()


async def create(store: Store[Tally], tally_id: str, entries: int = 1) -> None:
    tally = store._aggregate(id=tally_id)
    for number in range(entries):
        tally.count(f"entry {number}", NOON)
    await store.create(tally, a_call_cause(tally_id))


async def add(store: Store[Tally], tally_id: str, entry: str) -> None:
    while True:
        tally = await store.load(tally_id)
        tally.count(entry, NOON)
        try:
            await store.save(tally, a_cause())
        except Conflict:
            await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
        else:
            return


async def outboxes_are_empty(store: Store[Tally]) -> bool:
    return not await store.waiting(10)


async def sequences(store: Store[Tally]) -> dict[str, list[int]]:
    """What must be on Kafka, by what the documents say."""
    return {tally.id: list(range(1, tally.ledger.sequence + 1)) for tally in await store.where({})}


async def test_what_was_saved_is_on_kafka(database: Database, kind: Kind, broker: str) -> None:
    async with relaying(database, kind, broker) as (_, store):
        await asyncio.gather(*(create(store, f"tal_{number}") for number in range(20)))
        await asyncio.gather(*(add(store, f"tal_{number % 20}", f"더 {number}") for number in range(60)))
        await until(lambda: outboxes_are_empty(store))

        events = await all_records(broker, kind.event.topic())

        assert first_copies(events) == await sequences(store)
        assert any("더 ".encode() in record.value for record in events)
        assert {record.key.decode() for record in events} == {f"tal_{number}" for number in range(20)}
        partitions = {(record.key, record.partition) for record in events}
        assert len(partitions) == 20


async def test_the_last_state_record_of_each_is_its_newest(database: Database, kind: Kind, broker: str) -> None:
    async with relaying(database, kind, broker) as (_, store):
        await create(store, "tal_1", 2)
        await add(store, "tal_1", "third")
        await until(lambda: outboxes_are_empty(store))

        last = (await all_records(broker, kind.state.topic()))[-1]

        assert kind.state.model_validate_json(last.value).entries == ["entry 0", "entry 1", "third"]
        envelope = Envelope.of(last.headers)
        assert (envelope.sequence, envelope.type) == (3, kind.state.wire_type())


async def test_what_a_dead_process_left_behind_is_found(database: Database, kind: Kind, broker: str) -> None:
    dead = kind.store(database, Relay(lambda: new_producer(broker)))
    await dead.prepare()
    await asyncio.gather(*(create(dead, f"tal_{number}", 3) for number in range(5)))

    async with relaying(database, kind, broker) as (_, store):
        await until(lambda: outboxes_are_empty(store))

    assert first_copies(await all_records(broker, kind.event.topic())) == await sequences(store)


async def test_a_stopped_relay_has_sent_all_it_was_offered(database: Database, kind: Kind, broker: str) -> None:
    async with relaying(database, kind, broker) as (_, store):
        await asyncio.gather(*(create(store, f"tal_{number}") for number in range(200)))

    assert await outboxes_are_empty(store)
    assert len(await all_records(broker, kind.event.topic())) == 200


async def test_offers_are_bounded(kind: Kind) -> None:
    def never() -> Producer:
        raise AssertionError

    relay = Relay(never)
    for number in range(OFFERED_LIMIT + 50):
        relay.offer(Pending(kind.tally.kind, f"tal_{number}", [{"sequence": 1}], kind.tally(id="x").public))
    relay.offer(Pending(kind.tally.kind, "tal_1", [{"sequence": 1}, {"sequence": 2}], kind.tally(id="x").public))
    relay.offer(Pending(kind.tally.kind, "tal_2", [], kind.tally(id="x").public))

    assert len(relay._offered) == OFFERED_LIMIT
    assert relay._offered["tal_1"].last == 2
    assert relay._offered["tal_2"].last == 1


async def test_a_relay_that_never_started_stops() -> None:
    await Relay(lambda: new_producer("127.0.0.1:9")).stop()


async def test_two_relays_and_random_crashes_lose_nothing(database: Database, kind: Kind, apache: ApacheKafka) -> None:
    """Relays of two replicas die in mid-flight, over and over; their successors take over."""
    await make_topics(apache.bootstrap, kind)
    chance = random.Random(7)  # noqa: S311
    writing = True
    stores: list[Store[Tally]] = []

    async def replica() -> None:
        while writing:
            made: list[Producer] = []
            relay = Relay(partial(noted, made, apache.bootstrap))
            store = kind.store(database, relay)
            await relay.start()
            stores.append(store)
            await asyncio.sleep(chance.uniform(0.1, 1.5))
            stores.remove(store)
            await until(partial(is_connected, relay, made))
            await crash(relay)

    first = kind.store(database, Relay(lambda: new_producer(apache.bootstrap)))
    await first.prepare()
    await asyncio.gather(*(create(first, f"tal_{number}") for number in range(AGGREGATES)))
    replicas = [asyncio.create_task(replica()) for _ in range(2)]

    async def write(worker: int) -> None:
        for number in range(40):
            store = chance.choice(stores) if stores else first
            try:
                await add(store, f"tal_{chance.randrange(AGGREGATES)}", f"{worker}-{number}")
            except Unavailable:
                await asyncio.sleep(0.5)
            await asyncio.sleep(chance.uniform(0, 0.05))

    await asyncio.gather(*(write(worker) for worker in range(6)))
    writing = False
    await asyncio.gather(*replicas)
    async with relaying(database, kind, apache.bootstrap) as (_, store):
        await until(lambda: outboxes_are_empty(store))

    assert first_copies(await all_records(apache.bootstrap, kind.event.topic())) == await sequences(store)


async def crash(relay: Relay) -> None:
    """End as a killed process would: in the middle of whatever it does, nothing drained. Only sockets are closed."""
    for task in (*relay._tasks, relay._confirming):
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if relay._producer is not None:
        await relay._producer.stop()
    gc.collect()


def noted(made: list[Producer], bootstrap: str) -> Producer:
    made.append(new_producer(bootstrap))
    return made[-1]


async def is_connected(relay: Relay, made: list[Producer]) -> bool:
    """Not in the middle of connecting, which would leave an open socket behind."""
    return relay._producer is not None or not made


class SlowProducer(Producer):  # type: ignore[misc]
    """Sends only when it may."""

    def __init__(self, bootstrap: str, may_send: asyncio.Event) -> None:
        super().__init__(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
        self._may_send = may_send

    async def send_batch(self, *batch: Any, **where: Any) -> Any:
        await self._may_send.wait()
        return await super().send_batch(*batch, **where)


async def test_the_newest_state_is_last_whichever_replica_is_slower(
    database: Database, kind: Kind, broker: str
) -> None:
    may_send = asyncio.Event()
    slow = Relay(lambda: SlowProducer(broker, may_send))
    slow_store = kind.store(database, slow)
    await slow_store.prepare()
    await slow.start()
    await create(slow_store, "tal_1")
    async with relaying(database, kind, broker) as (_, store):
        await add(store, "tal_1", "second")
        await until(lambda: outboxes_are_empty(store))
    may_send.set()
    await slow.stop()

    states = await all_records(broker, kind.state.topic())

    assert len(states) > 1
    assert Envelope.of(states[-1].headers).sequence == 2


async def test_killed_processes_lose_nothing(database: Database, mongo: Mongo, kind: Kind, apache: ApacheKafka) -> None:
    await make_topics(apache.bootstrap, kind)
    async with relaying(database, kind, apache.bootstrap) as (_, store):
        await asyncio.gather(*(create(store, f"tal_{number}") for number in range(AGGREGATES)))
    arguments = [kind.tally.kind, mongo.uri, database.name, apache.bootstrap]

    def run(first: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, str(CHILD), *arguments, str(first)], env=os.environ | {"PYTHONPATH": str(ROOT)}
        )

    children = [run(0), run(1)]
    before = await written(store)
    for turn in range(3):
        await until(partial(has_grown, store, before), patience=60)
        await asyncio.sleep(random.uniform(0.1, 0.6))  # noqa: S311
        children[turn % 2].kill()
        children[turn % 2].wait()
        before = await written(store) + 20
        children[turn % 2] = run(turn + 2)
    await until(partial(has_grown, store, before), patience=60)
    for child in children:
        child.kill()
        child.wait()

    async with relaying(database, kind, apache.bootstrap) as (_, store):
        await until(lambda: outboxes_are_empty(store))
    assert first_copies(await all_records(apache.bootstrap, kind.event.topic())) == await sequences(store)
    assert sum(len(each) for each in (await sequences(store)).values()) > 60


async def has_grown(store: Store[Tally], before: int) -> bool:
    return await written(store) > before + 10


async def written(store: Store[Tally]) -> int:
    return sum(tally.version for tally in await store.where({}))


async def test_commands_go_on_while_kafka_is_away(database: Database, kind: Kind, apache: ApacheKafka) -> None:
    await make_topics(apache.bootstrap, kind)
    async with relaying(database, kind, apache.bootstrap) as (relay, store):
        await create(store, "tal_1")
        await until(lambda: outboxes_are_empty(store))
        await asyncio.to_thread(apache.kill)
        for number in range(50):
            await create(store, f"tal_away{number}")
            await asyncio.sleep(0.1)
        await asyncio.sleep(4.0)
        assert len(await store.waiting(1000)) == 50
        assert relay.oldest_seconds > 0

        await asyncio.to_thread(apache.restart)

        await until(lambda: outboxes_are_empty(store))
        assert first_copies(await all_records(apache.bootstrap, kind.event.topic())) == await sequences(store)
        await until(lambda: nothing_waits(relay))


async def nothing_waits(relay: Relay) -> bool:
    return relay.oldest_seconds == 0


async def test_a_relay_stopped_while_kafka_is_away_ends(database: Database, kind: Kind) -> None:
    relay = Relay(lambda: new_producer("127.0.0.1:9"))
    store = kind.store(database, relay)
    await store.prepare()
    await relay.start()
    await create(store, "tal_1")

    await asyncio.wait_for(relay.stop(patience=1.0), 10)

    assert len(await store.waiting(10)) == 1


async def test_one_aggregate_that_cannot_go_out_holds_up_no_other(database: Database, kind: Kind, broker: str) -> None:
    async with relaying(database, kind, broker) as (_, store):
        huge = store._aggregate(id="tal_huge")
        huge.count("x" * (RECORD_BYTES + 1), NOON)
        with pytest.raises(TooLarge):
            await store.create(huge, a_call_cause("huge"))
        grown = store._aggregate(id="tal_grown", entries=["x" * RECORD_BYTES])
        with pytest.raises(TooLarge):
            await store.create(grown, a_call_cause("grown"))
        large = store._aggregate(id="tal_large")
        large.count("x" * (RECORD_BYTES - 1000), NOON)
        await store.create(large, a_call_cause("large"))
        await create(store, "tal_1")

        await until(lambda: outboxes_are_empty(store), patience=10)


async def test_kafka_refuses_what_the_store_refuses_earlier(kind: Kind, apache: ApacheKafka) -> None:
    await make_topics(apache.bootstrap, kind)
    producer = new_producer(apache.bootstrap)
    await producer.start()

    def record(size: int) -> Outgoing:
        return Outgoing(kind.event.topic(), "tal_1", b"x" * size, an_envelope().headers())

    try:
        await publish(producer, [record(RECORD_BYTES)])
        with pytest.raises(BrokerError, match="MessageSizeTooLarge"):
            await publish(producer, [record(2 * 2**20)])
    finally:
        await producer.stop()


async def test_more_than_a_batch_keeps_its_order(kind: Kind, broker: str) -> None:
    producer = new_producer(broker)
    await producer.start()
    records = [
        Outgoing(
            kind.event.topic(),
            f"tal_{number % 3}",
            b"x" * 20_000,
            an_envelope(subject=f"tal_{number % 3}", sequence=1 + number // 3).headers(),
        )
        for number in range(90)
    ]

    await publish(producer, records)
    await publish(producer, [])

    assert first_copies(await all_records(broker, kind.event.topic())) == {
        f"tal_{number}": list(range(1, 31)) for number in range(3)
    }
    await producer.stop()
