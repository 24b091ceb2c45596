"""Which Kafka and which MongoDB a stack runs on: a given address, else Docker, else processes of this machine."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from deploy.local.brokers import ApacheKafka, NoidaKafka
from deploy.local.databases import SecantusPython, SecantusRust
from deploy.local.errors import StackError

DOCKER_PATIENCE = 3.0


class Part(Protocol):
    """A server or a service of a stack: what can be done to any of them."""

    name: str

    def start(self) -> None: ...
    def wait_ready(self, timeout: float) -> None: ...
    def death(self) -> str | None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...


class Kafka(Part, Protocol):
    """A broker; `label` is its name for people, `service_settings` what services must be told because of it."""

    label: str
    service_settings: Mapping[str, str]

    @property
    def bootstrap(self) -> str: ...


class Mongo(Part, Protocol):
    """A database server; `label` is its name for people."""

    label: str

    @property
    def uri(self) -> str: ...


class External:
    """A server somebody else runs: used as it is, and not ours to end."""

    service_settings: Mapping[str, str] = {}

    def __init__(self, name: str, address: str) -> None:
        """The address was given in the environment; a password in it is not shown."""
        self.name = name
        self.label = f"given from outside: {address.rpartition('@')[2]}"
        self._address = address

    @property
    def bootstrap(self) -> str:
        """What Kafka clients connect to."""
        return self._address

    @property
    def uri(self) -> str:
        """What MongoDB clients connect to."""
        return self._address

    def start(self) -> None:
        """It runs already."""

    def wait_ready(self, timeout: float) -> None:
        """Its users find out."""

    def death(self) -> str | None:
        """Not ours to watch."""
        return None

    def stop(self) -> None:
        """It goes on without us."""

    def kill(self) -> None:
        """Refused."""
        raise self._refusal("killed")

    def pause(self) -> None:
        """Refused."""
        raise self._refusal("paused")

    def resume(self) -> None:
        """Refused."""
        raise self._refusal("resumed")

    def restart(self) -> None:
        """Refused."""
        raise self._refusal("restarted")

    def _refusal(self, verb: str) -> StackError:
        variable = {"kafka": "KAFKA_BOOTSTRAP", "mongo": "MONGO_URI"}[self.name]
        return StackError(f"{self.name} is {self.label} and cannot be {verb} here; unset {variable} to run an own one")


def choose_kafka(prefer: Literal["apache", "noida"], folder: Path, port: int) -> Kafka:
    """The broker for a stack, not started. `prefer` counts where it can be met and nothing better is at hand."""
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        return External("kafka", given)
    if _docker_answers():
        from deploy.local.containers import ContainerKafka  # noqa: PLC0415 - testcontainers may be missing

        return ContainerKafka(port)
    if prefer == "apache" and ApacheKafka.possible():
        return ApacheKafka(folder, port)
    return NoidaKafka(folder, port)


def choose_mongo(prefer: Literal["rust", "python"], folder: Path, port: int) -> Mongo:
    """The database server for a stack, not started. `prefer` counts as for `choose_kafka`."""
    if given := os.environ.get("MONGO_URI"):
        return External("mongo", given)
    if _docker_answers():
        from deploy.local.containers import ContainerMongo  # noqa: PLC0415 - testcontainers may be missing

        return ContainerMongo(port)
    if prefer == "rust" and SecantusRust.program():
        return SecantusRust(folder, port)
    return SecantusPython(folder, port)


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None or importlib.util.find_spec("testcontainers") is None:
        return False
    try:
        asked = subprocess.run([docker, "info"], capture_output=True, timeout=DOCKER_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0
