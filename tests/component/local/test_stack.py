"""A stack of real servers and stand-ins for the services."""

import json
import os
import signal
import stat
import threading
import urllib.request
from pathlib import Path

import pytest

from deploy.local.brokers import NoidaKafka
from deploy.local.databases import SecantusPython
from deploy.local.errors import StackError
from deploy.local.ports import free_port
from deploy.local.process import ChildProcess
from deploy.local.servers import Kafka
from deploy.local.services import SERVICES, Service
from deploy.local.stack import Stack, free_ports, market_services

STAND_IN = "tests.component.local.stand_in"


def a_stack(folder: Path) -> Stack:
    services = {name: [Service(f"{name}-0", STAND_IN, folder, free_port())] for name in SERVICES}
    return Stack(
        NoidaKafka(folder, free_port()),
        SecantusPython(folder, free_port()),
        services,
        topics=no_topics,
    )


def no_topics(kafka: Kafka) -> None:
    """Stand-ins listen to none."""
    assert kafka.bootstrap


def run_into_sigterm(stack: Stack) -> None:
    with stack.running(tell=print):
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        stack.watch()


def nothing_runs(stack: Stack) -> bool:
    return not any(part.running for part in stack.parts() if isinstance(part, ChildProcess))


def environment_of(service: Service) -> dict[str, str]:
    with urllib.request.urlopen(service.url) as answer:  # noqa: S310 - our own address
        shown: dict[str, str] = json.load(answer)
        return shown


def test_every_service_is_told_where_everything_is(tmp_path: Path) -> None:
    stack = a_stack(tmp_path)

    with stack.running(tell=print):
        gateway = environment_of(stack.services["gateway"][0])
        matching = environment_of(stack.services["matching"][0])

    assert matching["DATABASE"] == "market_matching"
    assert matching["KAFKA_BOOTSTRAP"] == stack.kafka.bootstrap
    assert matching["MONGO_URI"] == stack.mongo.uri
    assert "DEVELOPMENT_KEY_FILE" not in matching
    assert gateway["UPSTREAM_CATALOG"] == stack.services["catalog"][0].url
    assert stat.S_IMODE(Path(gateway["DEVELOPMENT_KEY_FILE"]).stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert "d" not in json.loads((tmp_path / "jwks.json").read_text())["keys"][0]


def test_keys_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    stack = a_stack(tmp_path)

    with stack.running(tell=print):
        first = (
            environment_of(stack.services["gateway"][0])["CURSOR_SECRET"],
            (tmp_path / "jwks.json").read_text(),
        )
    with stack.running(tell=print):
        second = (
            environment_of(stack.services["gateway"][0])["CURSOR_SECRET"],
            (tmp_path / "jwks.json").read_text(),
        )

    assert first == second


def test_a_part_is_killed_and_restarted_by_its_name(tmp_path: Path) -> None:
    stack = a_stack(tmp_path)

    with stack.running(tell=print):
        for name in ("catalog", "kafka", "mongo"):
            stack[name][0].kill()
        stack.check()  # our own kills are no deaths to report
        for name in ("mongo", "kafka", "catalog"):
            stack[name][0].restart()

        assert stack.services["catalog"][0].is_ready()


def test_a_dead_service_ends_the_watch_and_the_stack(tmp_path: Path) -> None:
    stack = a_stack(tmp_path)
    matching = stack.services["matching"][0]

    with stack.running(tell=print):
        os.kill(matching.pid, signal.SIGKILL)
        with pytest.raises(StackError, match=r"matching-0 ended by itself \(signal SIGKILL\)"):
            stack.watch()

    assert nothing_runs(stack)


def test_a_service_that_cannot_start_takes_the_others_down(tmp_path: Path) -> None:
    whole = a_stack(tmp_path)
    broken = {**whole.services, "catalog": [Service("catalog-0", "nowhere", tmp_path, free_port())]}
    stack = Stack(whole.kafka, whole.mongo, broken, topics=no_topics)

    with pytest.raises(StackError, match="No module named nowhere"):
        stack.start(tell=print)

    assert nothing_runs(stack)


def test_a_server_that_dies_during_the_start_is_named_before_who_missed_it(tmp_path: Path) -> None:
    whole = a_stack(tmp_path)
    mongo = whole.mongo
    assert isinstance(mongo, ChildProcess)

    def killing_the_database(_: Kafka) -> None:
        os.kill(mongo.pid, signal.SIGKILL)

    broken = {**whole.services, "catalog": [Service("catalog-0", "nowhere", tmp_path, free_port())]}
    stack = Stack(whole.kafka, mongo, broken, topics=killing_the_database)

    with pytest.raises(StackError, match=r"(?s)^\S+ ended by itself \(signal SIGKILL\).*No module named nowhere"):
        stack.start(tell=print)

    assert nothing_runs(stack)


def test_sigterm_stops_everything(tmp_path: Path) -> None:
    stack = a_stack(tmp_path)

    with pytest.raises(SystemExit):
        run_into_sigterm(stack)

    assert nothing_runs(stack)


def test_replicas_share_their_settings_and_not_their_ports(tmp_path: Path) -> None:
    services = market_services(tmp_path, free_ports(), replicas={"matching": 3})

    assert [replica.name for replica in services["matching"]] == [
        "matching-0",
        "matching-1",
        "matching-2",
    ]
    assert len({replica.port for replicas in services.values() for replica in replicas}) == len(SERVICES) + 3
