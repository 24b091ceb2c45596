"""Matching on servers of its own: it is killed here, and only Apache Kafka lets the dead member of a group go."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from shared.mongo import Database, connect
from tests.component.matching.fair import Fair
from tests.component.serving import a_broker, a_database, one_replica


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with a_broker("apache", tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="package")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    with a_database(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    with one_replica("matching", tmp_path_factory.mktemp("matching"), kafka, mongo) as process:
        yield process


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
