"""A few services on small servers, one of them perhaps with a planted bug: enough to see what the checker says."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp

from deploy.local.brokers import NoidaKafka
from deploy.local.databases import SecantusPython
from deploy.local.ports import free_port
from deploy.local.services import GATEWAY, SERVICES, Service, settings_of
from shared.events.topics import TOPIC_PARTITIONS, TOPIC_SETTINGS
from shared.kafka import create_topics
from tests.faults.calling import Callers
from tests.faults.checker import violations_of
from tests.faults.collecting import Collector
from tests.faults.facts import Violation
from tests.faults.history import History

READY = 60.0
SETTLED = 3.0
LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Trial:
    """Callers to make use of, and the verdict afterwards."""

    kafka: NoidaKafka
    callers: Callers
    history: History
    collector: Collector

    async def verdict(self) -> list[Violation]:
        """Let the market settle as far as it can, and check everything."""
        await self.callers.finish()
        for _ in range(int(SETTLED / LOOK_EVERY)):
            if not (await self.collector.views_differ() or await self.collector.unrest()):
                break
            await asyncio.sleep(LOOK_EVERY)
        return violations_of(await self.collector.facts(self.history.attempts))


@asynccontextmanager
async def a_trial(folder: Path, running: Sequence[str], planted: str = "", into: str = "") -> AsyncIterator[Trial]:
    """Run the gateway and these services, one of them with the bug of that name planted `into` it."""
    kafka, mongo = NoidaKafka(folder, free_port()), SecantusPython(folder, free_port())
    modules = {name: f"services.{name}" for name in SERVICES} | (
        {into: f"tests.faults.planted.{planted}"} if into else {}
    )
    services = {name: Service(f"{name}-0", modules[name], folder, free_port()) for name in SERVICES}
    started = {name: services[name] for name in (*running, GATEWAY)}
    history = History()
    collector = None
    try:
        for server in (kafka, mongo):
            server.start()
        for server in (kafka, mongo):
            await asyncio.to_thread(server.wait_ready, READY)
        await create_topics(kafka.bootstrap, TOPIC_PARTITIONS, TOPIC_SETTINGS, 1)
        for name, service in started.items():
            service.configure(settings_of(name, {each: [found] for each, found in services.items()}, kafka, mongo))
            service.start()
        for service in started.values():
            await asyncio.to_thread(service.wait_ready, READY)
        collector = Collector(kafka.bootstrap, mongo.uri, started)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            callers = Callers(session, services[GATEWAY].url, history, Random(1))
            yield Trial(kafka, callers, history, collector)
    finally:
        if collector is not None:
            collector.close()
        for service in started.values():
            service.ask_to_stop()
        for part in (*started.values(), kafka, mongo):
            await asyncio.to_thread(part.stop)
