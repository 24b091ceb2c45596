"""Servers for the whole suite: chosen once, named in the header, started when a test first asks, fresh in every run."""

import re
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, choose_kafka, choose_mongo
from deploy.local.stack import Stack, free_ports, market_services

READY_TIMEOUT = 90.0
COMPLAINT = re.compile(r"\"level\": ?\"(warning|error|critical)\"|Traceback|Error\b")
COMPLAINTS_SHOWN = 12
FOLDER = pytest.StashKey[Path]()
KAFKA = pytest.StashKey[Kafka]()
MONGO = pytest.StashKey[Mongo]()

# How long an example takes says how busy the machine is: servers run beside the tests.
settings.register_profile("beside_servers", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beside_servers")


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


class ByFolder(LoadScopeScheduling):
    """Keeps the tests of a folder in one process: they share its servers."""

    def _split_scope(self, nodeid: str) -> str:
        return "/".join(nodeid.partition("::")[0].split("/")[:-1][:3])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByFolder(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the processes complained of last: a run elsewhere leaves nothing else to look at."""
    report = yield
    if report.failed:
        for log in sorted(item.config.stash[FOLDER].rglob("*.log")):
            complaints = [line for line in log.read_text(errors="replace").splitlines() if COMPLAINT.search(line)]
            if complaints:
                report.sections.append((f"{log.name} complained", "\n".join(complaints[-COMPLAINTS_SHOWN:])))
    return report


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
def stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The whole market, one replica of each service, on servers of its own.

    On the broker of the other tests it would hear of what is in no database of its own, park that, and stop at last;
    and the embedded database slows with age.
    """
    folder = pytestconfig.stash[FOLDER] / "stack"
    folder.mkdir()
    ports = free_ports()
    kafka = choose_kafka(pytestconfig.getoption("--kafka"), folder, ports["kafka"])
    market = Stack(kafka, choose_mongo("python", folder, ports["mongo"]), market_services(folder, ports, replicas={}))
    market.start(tell=print)
    yield market
    market.stop()
