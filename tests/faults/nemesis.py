"""Does what the schedule says, one fault at a time, and heals each before the next."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deploy.local.errors import StackError
from deploy.local.servers import Part
from deploy.local.services import Service
from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import Outgoing, Partition, Record, end_offsets, new_producer, new_reader, publish
from tests.faults.market import Market
from tests.faults.schedule import Fault

READY = 90.0
READ_MS = 1_000
LOOK_EVERY = 0.1


@dataclass(slots=True)
class Done:
    """When a fault was done, from its first blow until its target served again."""

    fault: Fault
    start: float
    end: float


@dataclass
class Nemesis:
    """`done` says what was done when; `published_again` how many raw records were sent a second time."""

    market: Market
    now: Callable[[], float]
    tell: Callable[[str], None]
    done: list[Done] = field(default_factory=list)
    published_again: int = 0

    async def strike(self, faults: Sequence[Fault]) -> None:
        """Do all of it."""
        for number, fault in enumerate(faults, start=1):
            if not self._possible(fault):
                continue
            await asyncio.sleep(fault.rest)
            began = self.now()
            await self._do(fault)
            self.done.append(Done(fault, began, self.now()))
            self.tell(f"{number}/{len(faults)} {fault}: healed after {self.now() - began:.1f} s")

    def counts(self) -> Counter[str]:
        """Return how often each kind of fault was done to whom."""
        return Counter(f"{each.fault.kind} {each.fault.target}" for each in self.done)

    @property
    def kills(self) -> int:
        return sum(each.fault.kind == "kill" for each in self.done)

    def _possible(self, fault: Fault) -> bool:
        """Whether the target is here: without Apache Kafka there is no second replica."""
        return fault.kind == "duplicates" or fault.target in self.market.parts

    async def _do(self, fault: Fault) -> None:
        if fault.kind == "duplicates":
            await self._publish_again(fault)
            return
        part = self.market.parts[fault.target]
        if fault.kind == "pause":
            part.pause()
            await asyncio.sleep(fault.seconds)
            part.resume()
        else:
            await asyncio.to_thread(part.kill if fault.kind == "kill" else part.stop)
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(part.start)
        await self._serves(part)

    async def _serves(self, part: Part) -> None:
        """Wait until it answers its callers. A service that does may still be on its way into its consumer group."""
        if not isinstance(part, Service):
            await asyncio.to_thread(part.wait_ready, READY)
            return
        deadline = self.now() + READY
        while not await asyncio.to_thread(part.is_live):
            if report := part.death():
                raise StackError(report)
            if self.now() > deadline:
                raise StackError(f"{part.name} did not come back within {READY:g} s.\n{part.tail()}")
            await asyncio.sleep(LOOK_EVERY)

    async def _publish_again(self, fault: Fault) -> None:
        """Append a range of a topic's records once more, as they are."""
        bootstrap = self.market.stack.kafka.bootstrap
        records = await records_of(bootstrap, fault.target)
        first = int(len(records) * fault.place)
        chosen = records[first : first + fault.records]
        again = [
            Outgoing(each.topic, each.key.decode(), each.value, [(name, raw or b"") for name, raw in each.headers])
            for each in chosen
        ]
        producer = new_producer(bootstrap)
        await producer.start()
        try:
            await publish(producer, again)
        finally:
            await producer.stop()
        self.published_again += len(again)


async def records_of(bootstrap: str, *topics: str) -> list[Record]:
    """Return all records of these topics, each partition's in order."""
    partitions = [Partition(topic, number) for topic in topics for number in range(TOPIC_PARTITIONS[topic])]
    found: list[Record] = []
    reader = new_reader(bootstrap)
    reader.assign(partitions)
    await reader.start()
    try:
        ends = await end_offsets(reader, partitions)
        await reader.seek_to_beginning(*partitions)
        while any([await reader.position(each) < end for each, end in ends.items()]):
            for batch in (await reader.getmany(timeout_ms=READ_MS)).values():
                found += batch
    finally:
        await reader.stop()
    return found
