"""Kafka and MongoDB in Docker through testcontainers (a development dependency), where an engine answers."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping

from testcontainers.core.container import DockerContainer
from testcontainers.kafka import KafkaContainer
from testcontainers.mongodb import MongoDbContainer

from deploy.local.errors import StackError
from deploy.local.ports import HOST, require_free
from deploy.local.probes import kafka_answers, mongo_answers
from deploy.local.process import LOG_LINES, POLL, READY_TIMEOUT

KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"
MONGO_IMAGE = "mongo:8.0"


class ContainerServer(ABC):
    """A server in a container on a fixed port. Its data lives until `stop`: a kill and a restart keep it."""

    def __init__(self, name: str, port: int, container: DockerContainer) -> None:
        """The port is fixed, because Docker picks another one at each restart otherwise."""
        self.name = name
        self.port = port
        self._container = container
        self._ended_by_us = True

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it serves its callers now."""

    def start(self) -> None:
        """Pull the image if needed and start, unless it runs."""
        if not self._ended_by_us:
            return
        require_free(self.port, self.name)
        self._container.start()
        self._ended_by_us = False

    def wait_ready(self, timeout: float) -> None:
        """Return once it serves; raise StackError if it ends or the time (seconds) is over."""
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            if report := self.death():
                raise StackError(report)
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready on port {self.port} within {timeout:g} s.\n{self._tail()}")
            time.sleep(POLL)

    def death(self) -> str | None:
        """The report of an end nobody asked for; None while all is well."""
        if self._ended_by_us:
            return None
        engine = self._container.get_wrapped_container()
        engine.reload()
        if engine.status in {"running", "paused", "restarting"}:
            return None
        return f"the container of {self.name} ended by itself ({engine.status}).\n{self._tail()}"

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._ended_by_us = True
        self._container.get_wrapped_container().kill()

    def pause(self) -> None:
        """Freeze it: connections stay open, nobody answers."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """Let a paused container go on."""
        self._container.get_wrapped_container().unpause()

    def stop(self) -> None:
        """Remove the container and its data."""
        self._ended_by_us = True
        self._container.stop()

    def restart(self) -> None:
        """Start again on the same data and port and wait until it is ready."""
        self._container.get_wrapped_container().restart()
        self._ended_by_us = False
        self.wait_ready(READY_TIMEOUT)

    def _tail(self) -> str:
        logged = b"".join(self._container.get_logs()).decode(errors="replace")
        return "\n".join(["Its last lines:", *logged.splitlines()[-LOG_LINES:]])


class ContainerKafka(ContainerServer):
    """Kafka in KRaft mode, one node."""

    label = f"Kafka in Docker ({KAFKA_IMAGE})"
    service_settings: Mapping[str, str] = {}

    def __init__(self, port: int) -> None:
        """Topics exist only if created, as everywhere."""
        image = KafkaContainer(KAFKA_IMAGE).with_kraft().with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        super().__init__("kafka", port, image.with_bind_ports(image.port, port))

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return f"{HOST}:{self.port}"

    def is_ready(self) -> bool:
        """Whether the broker offers itself to clients."""
        return kafka_answers(self.port)


class ContainerMongo(ContainerServer):
    """MongoDB, a single member."""

    label = f"MongoDB in Docker ({MONGO_IMAGE})"

    def __init__(self, port: int) -> None:
        """A fixed port of this machine leads to it."""
        self._image = MongoDbContainer(MONGO_IMAGE)
        super().__init__("mongo", port, self._image.with_bind_ports(self._image.port, port))

    @property
    def uri(self) -> str:
        """Carries the password testcontainers made up; known only once it is started."""
        return self._image.get_connection_url()

    def is_ready(self) -> bool:
        """Whether the server takes writes."""
        return mongo_answers(self.port)
