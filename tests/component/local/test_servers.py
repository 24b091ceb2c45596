"""Each server keeps what it acknowledged: Apache and durable Secantus through kill -9, noida through a polite stop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.brokers import ApacheKafka, KafkaProcess, NoidaKafka
from deploy.local.databases import MongoProcess, SecantusPython, SecantusRust
from deploy.local.errors import StackError
from deploy.local.ports import free_port
from deploy.local.process import ChildProcess
from deploy.local.servers import External, choose_kafka, choose_mongo

READY = 90.0
PATIENCE = 30.0
TOPIC = "catalog.product.events"
Server = TypeVar("Server", bound=ChildProcess)


@pytest.fixture
def noida(tmp_path: Path) -> Iterator[NoidaKafka]:
    yield from served(NoidaKafka(tmp_path, free_port()))


@pytest.fixture
def apache(tmp_path: Path) -> Iterator[ApacheKafka]:
    if not ApacheKafka.possible():
        pytest.skip("needs java and mvn")
    yield from served(ApacheKafka(tmp_path, free_port()))


@pytest.fixture(params=[SecantusPython, SecantusRust])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MongoProcess]:
    if request.param is SecantusRust and not SecantusRust.program():
        pytest.skip("secantusd-rs is not built")
    yield from served(request.param(tmp_path, free_port(), durable=True))


async def test_a_message_survives_the_kill_of_apache_kafka(apache: ApacheKafka) -> None:
    await create_topic(apache)
    await publish(apache, b"registered")

    apache.kill()
    apache.restart()

    assert await first_message(apache) == b"registered"


async def test_a_message_survives_the_polite_stop_of_noida(noida: NoidaKafka) -> None:
    await create_topic(noida)
    await publish(noida, b"registered")

    noida.restart()

    assert await first_message(noida) == b"registered"


async def test_a_document_survives_the_kill_of_its_database(database: MongoProcess) -> None:
    async with connected(database) as products:
        await products.insert_one({"_id": "p-1", "version": 1})

    database.kill()
    database.restart()

    async with connected(database) as products:
        assert await products.find_one({"_id": "p-1"}) == {"_id": "p-1", "version": 1}


def test_what_was_given_is_used_and_not_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("MONGO_URI", "mongodb://market:secret@database:27017")

    kafka = choose_kafka("apache", tmp_path, free_port())
    mongo = choose_mongo("rust", tmp_path, free_port())

    assert (kafka.bootstrap, mongo.uri) == ("broker:9092", "mongodb://market:secret@database:27017")
    assert mongo.label == "given from outside: database:27017"
    with pytest.raises(StackError, match="unset KAFKA_BOOTSTRAP"):
        kafka.kill()


def test_starting_and_stopping_what_was_given_does_nothing() -> None:
    given = External("mongo", "mongodb://database")

    given.start()
    given.stop()

    assert given.death() is None


def served(server: Server) -> Iterator[Server]:
    server.start()
    server.wait_ready(READY)
    yield server
    server.stop()


async def create_topic(broker: KafkaProcess) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)])
    await admin.close()


async def publish(broker: KafkaProcess, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait(TOPIC, value, key=b"p-1")


async def first_message(broker: KafkaProcess) -> bytes | None:
    reader = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=broker.bootstrap, group_id="matching", auto_offset_reset="earliest"
    )
    async with asyncio.timeout(PATIENCE), reader:
        value: bytes | None = (await reader.getone()).value
        return value


@asynccontextmanager
async def connected(database: MongoProcess) -> AsyncIterator[Any]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(database.uri)
    try:
        yield client["market_catalog"]["products"]
    finally:
        client.close()
