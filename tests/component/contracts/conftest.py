"""The contracts service on servers of its own: the embedded broker takes one process per group."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from tests.component.contracts.market import Market
from tests.component.serving import a_broker, a_database, one_replica


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with a_broker("noida", tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="package")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    with a_database(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    with one_replica("contracts", tmp_path_factory.mktemp("contracts"), kafka, mongo) as process:
        yield process


@pytest.fixture
async def market(kafka: Kafka, mongo: Mongo, service: Service) -> AsyncIterator[Market]:
    async with aiohttp.ClientSession() as http:
        yield Market(kafka, mongo, service, http)
