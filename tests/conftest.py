"""Servers for the whole suite: chosen once, named in the header, started when a test first asks, fresh in every run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, choose_kafka, choose_mongo
from deploy.local.stack import Stack, free_ports, market_services

READY_TIMEOUT = 90.0
FOLDER = pytest.StashKey[Path]()
KAFKA = pytest.StashKey[Kafka]()
MONGO = pytest.StashKey[Mongo]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The real broker where Java and Maven are; the stand-in elsewhere."""
    parser.addoption(
        "--kafka",
        choices=["apache", "noida"],
        default="apache",
        help="broker of the `kafka` fixture; noida is quicker to start and idles hotter",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the servers; the folder with their data and logs goes when the run ends."""
    folder = tempfile.TemporaryDirectory(prefix="techmarket-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    config.stash[FOLDER] = Path(folder.name)
    config.stash[KAFKA] = choose_kafka(config.getoption("--kafka"), config.stash[FOLDER], free_port())
    config.stash[MONGO] = choose_mongo("python", config.stash[FOLDER], free_port())


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what the tests run on."""
    return [f"kafka: {config.stash[KAFKA].label}", f"mongo: {config.stash[MONGO].label}"]


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> Iterator[Kafka]:
    """The broker of this run."""
    server = pytestconfig.stash[KAFKA]
    server.start()
    server.wait_ready(READY_TIMEOUT)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mongo(pytestconfig: pytest.Config) -> Iterator[Mongo]:
    """The database server of this run."""
    server = pytestconfig.stash[MONGO]
    server.start()
    server.wait_ready(READY_TIMEOUT)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, kafka: Kafka) -> Iterator[Stack]:
    """The whole market, one replica of each service. Its database is new: the embedded one slows with age."""
    folder = pytestconfig.stash[FOLDER] / "stack"
    folder.mkdir()
    services = market_services(folder, free_ports(), replicas={})
    market = Stack(kafka, choose_mongo("python", folder, free_port()), services)
    market.start(tell=print)
    yield market
    market.stop()
