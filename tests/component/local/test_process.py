"""What every child process keeps, shown on stand-ins of a service."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.errors import StackError
from deploy.local.ports import HOST, free_port
from deploy.local.services import Service

STAND_IN = "tests.component.local.stand_in"
READY = 20.0
PARENT = """
import sys, time
from pathlib import Path
from deploy.local.services import Service
service = Service("orphan", sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
service.start()
service.wait_ready(20)
print(service.pid, flush=True)
time.sleep(60)
"""

OTHER = """
import sys
from deploy.local import ports
ports.UNUSED = iter([int(sys.argv[1]), *ports.CANDIDATES])
print(ports.free_port())
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    child = Service("catalog-0", STAND_IN, tmp_path, free_port())
    yield child
    child.stop()


def test_a_killed_process_starts_again_on_its_port(service: Service) -> None:
    service.start()
    service.wait_ready(READY)
    first = service.pid

    service.kill()
    service.restart()

    assert service.is_live()
    assert service.pid != first
    assert service.resident_mb() > 1


def test_a_paused_process_is_silent_until_it_goes_on(service: Service) -> None:
    service.start()
    service.wait_ready(READY)

    service.pause()
    silent = not service.is_live()
    service.resume()

    assert silent
    assert service.is_live()


def test_a_paused_process_stops_politely(service: Service) -> None:
    service.start()
    service.wait_ready(READY)
    service.pause()
    before = time.monotonic()

    service.stop()

    assert not service.running
    assert time.monotonic() - before < READY / 4


def test_a_port_where_a_server_is_on_its_way_back_is_given_to_no_other_process() -> None:
    ours = free_port()

    other = subprocess.run([sys.executable, "-c", OTHER, str(ours)], capture_output=True, text=True, check=True)

    assert int(other.stdout) != ours


def test_a_taken_port_is_refused_with_its_holder(service: Service) -> None:
    with socket.create_server((HOST, service.port)), pytest.raises(StackError) as refusal:
        service.start()

    assert f"port {service.port}, wanted by catalog-0" in str(refusal.value)
    assert f"(pid {os.getpid()})" in str(refusal.value)


def test_a_process_that_dies_while_starting_is_reported_with_its_log(service: Service) -> None:
    service.configure({"DIES_WITH": "3"})
    service.start()

    with pytest.raises(StackError, match=r"(?s)catalog-0 ended by itself \(exit code 3\).*no database of that name"):
        service.wait_ready(READY)


def test_a_death_from_outside_is_reported_and_our_own_kill_is_not(service: Service) -> None:
    service.start()
    service.wait_ready(READY)

    os.kill(service.pid, signal.SIGKILL)
    while service.running:
        time.sleep(0.01)
    unasked = service.death()
    service.restart()
    service.kill()

    assert unasked is not None
    assert "signal SIGKILL" in unasked
    assert service.death() is None


def test_what_does_not_run_cannot_be_killed(service: Service) -> None:
    with pytest.raises(StackError, match="start it first"):
        service.kill()


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", PARENT, STAND_IN, str(tmp_path), str(free_port())]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        alive = child.exists()

        parent.kill()
        parent.wait()

    deadline = time.monotonic() + READY
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alive
    assert not child.exists()


def test_children_outlive_the_thread_that_started_them(service: Service) -> None:
    async def in_a_worker_thread() -> None:
        await asyncio.to_thread(service.start)

    asyncio.run(in_a_worker_thread())  # its worker threads end with its loop

    service.wait_ready(READY)
    assert service.running
