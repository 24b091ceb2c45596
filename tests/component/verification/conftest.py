"""Verification on servers of its own.

Other tests' verification is in the same consumer group. The embedded broker keeps the partitions of a killed member, so
Apache Kafka where it can run.
"""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from tests.component.serving import a_broker, a_database, one_replica
from tests.component.verification.office import Office


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
    with one_replica("verification", tmp_path_factory.mktemp("verification"), kafka, mongo) as process:
        yield process


@pytest.fixture
async def office(kafka: Kafka, mongo: Mongo, service: Service) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as http:
        yield Office(kafka, mongo, service, http)
