"""What is on Kafka, and waiting until something is so."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

from shared.events.envelope import Envelope
from shared.kafka import Partition, Record, end_offsets, new_reader

PATIENCE = 30.0


async def until(holds: Callable[[], Awaitable[bool]], patience: float = PATIENCE, pause: float = 0.05) -> None:
    """Return as soon as it holds, looking every `pause` seconds; fail when it does not within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not await holds():
        assert time.monotonic() < deadline, f"not so within {patience} s"
        await asyncio.sleep(pause)


async def all_records(bootstrap: str, topic: str) -> list[Record]:
    """Every record of a topic, each partition in its order."""
    reader = new_reader(bootstrap)
    await reader.start()
    try:
        partitions = [
            Partition(topic, number)
            for number in sorted(reader.partitions_for_topic(topic) or await _known(reader, topic))
        ]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await end_offsets(reader, partitions)
        records: list[Record] = []
        for partition in partitions:
            while await reader.position(partition) < ends[partition]:
                records += (await reader.getmany(partition, timeout_ms=200)).get(partition, [])
        return records
    finally:
        await reader.stop()


async def _known(reader: object, topic: str) -> Iterable[int]:
    client = reader._client  # type: ignore[attr-defined]
    client.add_topic(topic)
    await client.force_metadata_update()
    return client.cluster.partitions_for_topic(topic) or ()


def first_copies(records: Iterable[Record]) -> dict[str, list[int]]:
    """For each aggregate the sequences in the order in which each was first seen."""
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for record in records:
        envelope = Envelope.of(record.headers)
        if envelope.sequence not in seen[envelope.subject]:
            seen[envelope.subject].append(envelope.sequence)
    return dict(seen)
