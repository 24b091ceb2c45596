"""The whole market as processes: servers, then topics, then services; ended the other way round."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn, Self

from deploy.local.errors import StackError
from deploy.local.ports import free_port
from deploy.local.process import CHECKOUT, READY_TIMEOUT
from deploy.local.servers import Kafka, Mongo, Part
from deploy.local.services import GATEWAY, REGISTRY, SERVICES, Service, registry_on, replicas_of, settings_of

FIXED_PORTS: Mapping[str, int] = {
    "kafka": 9092,
    "mongo": 27017,
    "gateway": 8080,
    "catalog": 8081,
    "verification": 8082,
    "matching": 8083,
    "contracts": 8084,
    REGISTRY: 8085,
}
TOPICS_TIMEOUT = 60.0
WATCH_EVERY = 0.5

Tell = Callable[[str], None]


def free_ports() -> dict[str, int]:
    """A free port for each name of FIXED_PORTS, so that a stack disturbs no other."""
    return {name: free_port() for name in FIXED_PORTS}


def market_services(folder: Path, ports: Mapping[str, int], replicas: Mapping[str, int]) -> dict[str, list[Service]]:
    """The five services, one replica each unless `replicas` says more, and the registry the catalog asks."""
    services = {name: replicas_of(name, replicas.get(name, 1), folder, ports[name]) for name in SERVICES}
    return services | {REGISTRY: [registry_on(folder, ports[REGISTRY])]}


def create_topics(kafka: Kafka) -> None:
    """Declare the topics to the broker; those that are there stay as they are."""
    command = [sys.executable, "-m", "cli.main", "topics", "create"]
    environment = os.environ | {"KAFKA_BOOTSTRAP": kafka.bootstrap}
    try:
        result = subprocess.run(
            command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=TOPICS_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"the topics were not created within {TOPICS_TIMEOUT:g} s; is {kafka.label} well?") from error
    if result.returncode != 0:
        raise StackError(f"the topics could not be created:\n{result.stdout}{result.stderr}")


class Stack:
    """Servers and services of one market. Any part is reached by name: `stack["catalog"][0].kill()`.

    All calls block; from asyncio go through a thread.
    """

    def __init__(
        self,
        kafka: Kafka,
        mongo: Mongo,
        services: Mapping[str, Sequence[Service]],
        topics: Callable[[Kafka], None] = create_topics,
    ) -> None:
        """Nothing runs yet. A server that runs already is used as it is."""
        self.kafka = kafka
        self.mongo = mongo
        self.services = services
        self._topics = topics

    def __getitem__(self, name: str) -> Sequence[Part]:
        """The replicas of a service, or the one server called kafka or mongo."""
        parts: Mapping[str, Sequence[Part]] = {"kafka": [self.kafka], "mongo": [self.mongo], **self.services}
        return parts[name]

    @property
    def url(self) -> str:
        """Where the market is reached: its gateway."""
        return self.services[GATEWAY][0].url

    def parts(self) -> Iterator[Part]:
        """Everything that runs, servers first."""
        yield self.kafka
        yield self.mongo
        yield from self._replicas()

    def start(self, tell: Tell) -> None:
        """Start all and return when every part is ready, or stop all and raise; `tell` hears each step.

        What the error says of one part may come of another's end, so every part that ended is reported before it.
        """
        try:
            self._start(tell)
        except StackError as error:
            ended = [report for report in self._deaths() if report != str(error)]
            self.stop()
            raise StackError("\n\n".join([*ended, str(error)])) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Services first and side by side, so that each can finish what it holds; then the servers."""
        for service in self._replicas():
            service.ask_to_stop()
        for service in self._replicas():
            service.stop()
        self.kafka.stop()
        self.mongo.stop()

    def check(self) -> None:
        """Raise StackError when a part ended that nobody killed or stopped, with each one's report."""
        if reports := self._deaths():
            raise StackError("\n\n".join(reports))

    def watch(self) -> NoReturn:
        """Stay until a part dies (StackError) or a signal ends us."""
        while True:
            self.check()
            time.sleep(WATCH_EVERY)

    @contextmanager
    def running(self, tell: Tell) -> Iterator[Self]:
        """Start all for a `with` block and stop all however it is left: SIGTERM leaves it as Ctrl-C does.

        From the main thread only; elsewhere call `start` and `stop`.
        """
        before = signal.signal(signal.SIGTERM, _leave)
        try:
            self.start(tell)
            yield self
        finally:
            self.stop()
            signal.signal(signal.SIGTERM, before)

    def _deaths(self) -> list[str]:
        return [report for part in self.parts() if (report := part.death())]

    def _replicas(self) -> Iterator[Service]:
        for replicas in self.services.values():
            yield from replicas

    def _start(self, tell: Tell) -> None:
        tell(f"starting {self.kafka.label} and {self.mongo.label}")
        self._start_together([self.kafka, self.mongo])
        tell("creating the topics")
        self._topics(self.kafka)
        for name, replicas in self.services.items():
            settings = settings_of(name, self.services, self.kafka, self.mongo)
            for replica in replicas:
                replica.configure(settings)
        tell(f"starting {', '.join(replica.name for replica in self._replicas())}")
        self._start_together(list(self._replicas()))

    def _start_together(self, parts: Sequence[Part]) -> None:
        for part in parts:
            part.start()
        for part in parts:
            part.wait_ready(READY_TIMEOUT)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
