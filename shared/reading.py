"""Reading topics again from chosen places, without a group and without leaving a trace."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import Consumer, Partition, new_reader


def partitions_of(topics: Iterable[str]) -> list[Partition]:
    """Return every declared partition of these topics, in an order that only a new declaration changes."""
    return [Partition(topic, number) for topic in sorted(topics) for number in range(TOPIC_PARTITIONS[topic])]


@asynccontextmanager
async def reader_at(bootstrap: str, places: Mapping[Partition, int]) -> AsyncIterator[Consumer]:
    """Open a reader whose next record of each partition is the one at this offset, or the oldest kept after it."""
    async with reader_of(bootstrap, places) as consumer:
        for partition, offset in places.items():
            consumer.seek(partition, offset)
        yield consumer


@asynccontextmanager
async def reader_of(bootstrap: str, partitions: Iterable[Partition]) -> AsyncIterator[Consumer]:
    """Open a reader of these partitions."""
    consumer = new_reader(bootstrap)
    consumer.assign(list(partitions))
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
