"""Clients of Kafka, set up to lose nothing. The only module that imports the Kafka driver."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import ConsumerRecord

Producer: TypeAlias = AIOKafkaProducer
Consumer: TypeAlias = AIOKafkaConsumer
Record: TypeAlias = ConsumerRecord
RebalanceListener: TypeAlias = ConsumerRebalanceListener
Partition: TypeAlias = TopicPartition
BrokerError: TypeAlias = KafkaError

BATCH_BYTES = 262_144


class Outgoing(NamedTuple):
    """A record on its way to Kafka."""

    topic: str
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]


def new_producer(bootstrap: str) -> Producer:
    """Return an idempotent producer: acknowledged by all in-sync replicas, no duplicates from its own retries."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=10_000,
    )


async def publish(producer: Producer, records: Sequence[Outgoing]) -> None:
    """Send records and wait until Kafka has them all; raise the first error.

    All records for one partition travel in one record batch, which Kafka appends whole or not at all, and what does not
    fit waits for that batch. So no failure can put a later record of a key in front of an earlier one, which
    `producer.send` cannot promise when a batch expires.
    """
    batches: defaultdict[Partition, list[BatchBuilder]] = defaultdict(list)
    partitions = {topic: len(await producer.partitions_for(topic)) for topic in {record.topic for record in records}}
    for record in records:
        partition = Partition(record.topic, _partition_of(record.key, partitions[record.topic]))
        of_partition = batches[partition]
        if not of_partition or not _append(of_partition[-1], record):
            of_partition.append(producer.create_batch())
            _append(of_partition[-1], record)  # an empty batch takes a record of any size; Kafka may refuse it
    for turn in range(max(map(len, batches.values()), default=0)):
        sent = [
            await producer.send_batch(of_partition[turn], partition.topic, partition=partition.partition)
            for partition, of_partition in batches.items()
            if turn < len(of_partition)
        ]
        for result in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def _append(batch: BatchBuilder, record: Outgoing) -> bool:
    added = batch.append(timestamp=None, key=record.key.encode(), value=record.value, headers=record.headers)
    return added is not None


@lru_cache(maxsize=20_000)
def _partition_of(key: str, partitions: int) -> int:
    """Place a key as every Kafka client does by default, so that other producers would agree."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def pause_after_empty_fetches(seconds: float) -> None:
    """Wait here after an empty fetch, in this whole process.

    Kafka holds an empty fetch for `fetch.max.wait.ms`. The embedded stand-in answers it at once, so an idle consumer
    would ask a thousand times a second and take a core.
    """
    send = AIOKafkaClient.send

    async def patient(client: AIOKafkaClient, node: Any, request: Any, **options: Any) -> Any:
        response = await send(client, node, request, **options)
        if type(request).__name__.startswith("Fetch") and not any(
            partition[-1] for _, partitions in response.topics for partition in partitions
        ):
            await asyncio.sleep(seconds)
        return response

    AIOKafkaClient.send = patient


def new_reader(bootstrap: str, *topics: str) -> Consumer:
    """Return a consumer without a group: it reads where it is told to and commits nothing."""
    return AIOKafkaConsumer(
        *topics, bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )


async def create_topics(
    bootstrap: str, partitions: dict[str, int], settings: dict[str, dict[str, str]], replication: int
) -> list[str]:
    """Create the topics that are missing and return their names."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [name for name in partitions if name not in present]
        response: Any = await admin.create_topics(
            [NewTopic(name, partitions[name], replication, topic_configs=settings[name]) for name in missing]
        )
        for topic, code, *_ in response.topic_errors if missing else ():
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                message = f"topic {topic}: {error.__name__}"
                raise BrokerError(message)
    finally:
        await admin.close()
    return missing


async def end_offsets(consumer: Consumer, partitions: Sequence[Partition]) -> dict[Partition, int]:
    """Return where each partition ends now."""
    return dict(await consumer.end_offsets(list(partitions)))
