"""A process that writes and relays until it is killed: `python relaying.py STEM MONGO_URI DATABASE BOOTSTRAP FIRST`."""

import asyncio
import sys
from itertools import count

from shared.errors import Conflict
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from tests.builders import NOON, a_cause
from tests.component.shared.tally import a_kind

AGGREGATES = 8


async def main(stem: str, uri: str, database: str, bootstrap: str, first: int) -> None:
    relay = Relay(lambda: new_producer(bootstrap))
    tallies = a_kind(stem).store(connect(uri, database), relay)
    await relay.start()

    async def write(worker: int) -> None:
        for number in count():
            try:
                tally = await tallies.load(f"tal_{(worker + number) % AGGREGATES}")
                tally.count(f"{first}-{worker}-{number}", NOON)
                await tallies.save(tally, a_cause())
            except Conflict:
                continue
            await asyncio.sleep(0.02)

    await asyncio.gather(*(write(worker) for worker in range(4)))


if __name__ == "__main__":
    _, stem, uri, database, bootstrap, first = sys.argv
    asyncio.run(main(stem, uri, database, bootstrap, int(first)))
