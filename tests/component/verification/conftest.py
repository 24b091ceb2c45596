"""Verification on servers of its own.

Other tests' verification is in the same consumer group. The embedded broker keeps the partitions of a killed member, so
Apache Kafka where it can run. The Rust database server (0.5.3-beta.196) refuses an insert with a unique value that
another document has given up; the Python one takes it, as MongoDB does.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import pytest

from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, Part, choose_kafka, choose_mongo
from deploy.local.services import Service, replicas_of, settings_of
from deploy.local.stack import create_topics
from tests.component.verification.office import Office

READY = 90.0


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    server = choose_kafka("apache", tmp_path_factory.mktemp("kafka"), free_port())
    with _running(server):
        create_topics(server)
        yield server


@pytest.fixture(scope="package")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    server = choose_mongo("python", tmp_path_factory.mktemp("mongo"), free_port())
    with _running(server):
        yield server


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    replicas = replicas_of("verification", 1, tmp_path_factory.mktemp("verification"), free_port())
    [process] = replicas
    process.configure(settings_of("verification", {"verification": replicas}, kafka, mongo))
    with _running(process):
        yield process


@pytest.fixture
async def office(kafka: Kafka, mongo: Mongo, service: Service) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as http:
        yield Office(kafka, mongo, service, http)


@contextmanager
def _running(part: Part) -> Iterator[None]:
    try:
        part.start()
        part.wait_ready(READY)
        yield
    finally:
        part.stop()
