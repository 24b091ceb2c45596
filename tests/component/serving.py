"""A service as a process on servers of its own, and the tokens of those who call it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from deploy.local.brokers import NoidaKafka
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, Part, choose_kafka, choose_mongo
from deploy.local.services import Service, replicas_of, settings_of
from deploy.local.stack import create_topics

READY = 90.0
ISSUER = "https://market.example/issuer"


@contextmanager
def running(part: Part) -> Iterator[None]:
    """Start a part and wait until it is ready; stop it in the end."""
    try:
        part.start()
        part.wait_ready(READY)
        yield
    finally:
        part.stop()


@contextmanager
def a_broker(kind: Literal["apache", "noida"], folder: Path) -> Iterator[Kafka]:
    """Run a broker with the market's topics."""
    server = choose_kafka(kind, folder, free_port())
    with running(server):
        create_topics(server)
        yield server


@contextmanager
def a_database(folder: Path) -> Iterator[Mongo]:
    """Run the Python server: the Rust one keeps refusing inserts for unique values that an update has given up."""
    server = choose_mongo("python", folder, free_port())
    with running(server):
        yield server


@contextmanager
def one_replica(name: str, folder: Path, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    """Run one replica of a service on these servers."""
    replicas = replicas_of(name, 1, folder, free_port())
    [process] = replicas
    process.configure(settings_of(name, {name: replicas}, kafka, mongo))
    with running(process):
        yield process


@contextmanager
def a_second_replica(name: str, first: Service, kafka: Kafka) -> Iterator[Service]:
    """Run another process of a service that runs already, on what it runs on and with its keys."""
    if isinstance(kafka, NoidaKafka):
        pytest.skip("noida-db takes one process of a consumer group: this needs Apache Kafka (Java and Maven)")
    second = Service(f"{name}-second", f"services.{name}", first.folder, free_port())
    second.configure(first.environment())
    with running(second):
        yield second


def token_for(service: Service, person: str, parties: Iterable[tuple[str, str, str]]) -> str:
    """Return a good token of a person who belongs to these (party, kind, role)."""
    return signed_token(service.folder, ISSUER, person, parties)
