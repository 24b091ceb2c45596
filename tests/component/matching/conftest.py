"""Matching on servers of its own: it is killed here, and only Apache Kafka lets the dead member of a group go."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, choose_kafka, choose_mongo
from deploy.local.services import Service, replicas_of, settings_of
from deploy.local.stack import create_topics
from shared.mongo import Database, connect
from tests.component.matching.fair import Fair

READY = 60.0


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    server = choose_kafka("apache", tmp_path_factory.mktemp("kafka"), free_port())
    server.start()
    server.wait_ready(READY)
    create_topics(server)
    yield server
    server.stop()


@pytest.fixture(scope="package")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    """The Python server: the Rust one keeps refusing inserts for claims that an update has given up."""
    server = choose_mongo("python", tmp_path_factory.mktemp("mongo"), free_port())
    server.start()
    server.wait_ready(READY)
    yield server
    server.stop()


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    replicas = replicas_of("matching", 1, Path(tmp_path_factory.mktemp("matching")), free_port())
    [process] = replicas
    process.configure(settings_of("matching", {"matching": replicas}, kafka, mongo))
    process.start()
    process.wait_ready(READY)
    yield process
    process.stop()


@pytest.fixture
async def database(mongo: Mongo) -> AsyncIterator[Database]:
    """The service's documents, as they are stored."""
    found = connect(mongo.uri, "market_matching")
    yield found
    found.client.close()


@pytest.fixture
async def fair(kafka: Kafka, mongo: Mongo, service: Service) -> AsyncIterator[Fair]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as http:
        yield Fair(kafka, mongo, service, http)
