"""What we rely on in FastStream and aiokafka beyond their promises: a new version that changes it fails here."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.producer.message_accumulator import BatchBuilder
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from shared.kafka import BATCH_BYTES, Partition, RebalanceListener
from tests.component.shared.reading import until
from tests.component.shared.shelf import send_raw
from tests.component.shared.tally import Kind


class Listener(RebalanceListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.assigned: set[Partition] = set()

    async def on_partitions_revoked(self, revoked: set[Partition]) -> None:
        """Nothing to do."""

    async def on_partitions_assigned(self, assigned: set[Partition]) -> None:
        self.assigned |= assigned


async def test_faststream_hands_over_raw_batches_and_commits_nothing_by_itself(kind: Kind, broker: str) -> None:
    topic, group = kind.event.topic(), kind.tally.kind
    listener, taken = Listener(), []
    faststream = KafkaBroker(broker, allow_auto_create_topics=False, logger=None, consumer_only=True)

    async def parse(raw: Any) -> KafkaMessage:
        return KafkaMessage(body=b"", raw_message=raw, consumer=subscriber.consumer or FAKE_CONSUMER)

    async def decode(message: KafkaMessage) -> KafkaMessage:
        return message

    subscriber = faststream.subscriber(
        topic,
        group_id=group,
        batch=True,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        listener=listener,
        parser=parse,
        decoder=decode,
    )

    @subscriber
    async def take(message: KafkaMessage) -> None:
        taken.append(message.raw_message)

    await send_raw(broker, topic, [("k", b"\xff", [("note", b"\xff")]), (None, b"x", [])])
    assert subscriber.consumer is None
    await faststream.start()
    try:
        await until(lambda: holds(sum(map(len, taken)) == 2))
        assert all(isinstance(batch, tuple) for batch in taken)
        assert subscriber.consumer is not None
        assert subscriber.consumer.assignment() == listener.assigned
        assert len(listener.assigned) == 3
        assert subscriber.tasks
        assert not any(task.done() for task in subscriber.tasks)
        await asyncio.sleep(0.2)
        assert await offsets(broker, group) == {}
    finally:
        await faststream.stop()
    assert await offsets(broker, group) == {}


async def holds(truth: bool) -> bool:  # noqa: FBT001
    return truth


async def offsets(bootstrap: str, group: str) -> dict[Partition, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
        return {partition: each.offset for partition, each in found.items() if each.offset >= 0}
    finally:
        await admin.close()


async def test_a_full_batch_takes_no_more_and_an_empty_one_anything(kind: Kind, broker: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker, max_batch_size=BATCH_BYTES)

    def append(batch: BatchBuilder, size: int) -> bool:
        return batch.append(timestamp=None, key=b"k", value=b"x" * size, headers=[]) is not None

    async with producer:
        batch = producer.create_batch()
        assert append(batch, BATCH_BYTES // 2)
        assert append(batch, BATCH_BYTES // 4)
        assert not append(batch, BATCH_BYTES // 2)
        assert not append(batch, 1)
        assert batch.record_count() == 2
        assert append(producer.create_batch(), BATCH_BYTES * 2)

        done = await producer.send_batch(batch, kind.event.topic(), partition=1)
        assert (await done).partition == 1


@pytest.mark.parametrize("name", ["create_batch", "send_batch", "partitions_for"])
def test_the_producer_has_what_we_call(name: str) -> None:
    assert callable(getattr(AIOKafkaProducer, name))
