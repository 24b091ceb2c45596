"""A database, a kind of aggregate and its topics for each test; the real broker where a test needs one."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.brokers import ApacheKafka
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from shared.events.catalog import MemberState
from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import Producer, create_topics
from shared.mongo import Database, connect
from shared.relay import Pending, Relay
from shared.store import Store
from tests.component.shared.tally import Kind, Tally, a_kind

READY_TIMEOUT = 90.0
PARTITIONS = 3


def no_producer() -> Producer:
    raise AssertionError


class Offers(Relay):
    """A relay nobody starts: shows what it was offered."""

    def __init__(self) -> None:
        super().__init__(no_producer)
        self.taken: list[Pending] = []

    def offer(self, pending: Pending) -> None:
        self.taken.append(pending)


@pytest.fixture
def kind() -> Kind:
    return a_kind(f"test.t{secrets.token_hex(4)}")


@pytest.fixture
async def database(mongo: Mongo) -> AsyncIterator[Database]:
    database = connect(mongo.uri, f"test_{secrets.token_hex(6)}")
    yield database
    database.client.close()


@pytest.fixture
async def tallies(database: Database, kind: Kind) -> Store[Tally]:
    store = kind.store(database, Offers())
    await store.prepare()
    return store


@pytest.fixture
async def broker(kafka: Kafka, kind: Kind) -> str:
    """The address of a broker that has this test's topics."""
    await make_topics(kafka.bootstrap, kind)
    return kafka.bootstrap


@pytest.fixture(scope="session")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    if not ApacheKafka.possible():
        pytest.skip("needs java and mvn: the stand-in hangs when a second member joins, and forgets when killed")
    folder: Path = tmp_path_factory.mktemp("apache")
    server = ApacheKafka(folder, free_port())
    server.start()
    server.wait_ready(READY_TIMEOUT)
    yield server
    server.stop()


async def make_topics(bootstrap: str, kind: Kind) -> None:
    """Create the topics of this kind, and the one that every service reads: who acts for whom."""
    members = MemberState.topic()
    partitions = dict.fromkeys(kind.topics, PARTITIONS) | {members: TOPIC_PARTITIONS[members]}
    await create_topics(bootstrap, partitions, {topic: {} for topic in partitions}, replication=1)
