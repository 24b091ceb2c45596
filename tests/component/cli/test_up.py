import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.local import passing_stack
from cli.terminal import CommandFailed, Exit, Terminal
from deploy.local.stack import Stack
from tests.component.cli.running import COMMAND, PATIENCE, environment, market


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, "up", "--free-ports", "--json"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.terminate()
    process.communicate(timeout=PATIENCE)


def addresses(up: subprocess.Popen[str]) -> dict[str, Any]:
    assert up.stdout is not None
    read: dict[str, Any] = json.loads(up.stdout.readline())
    return read


def service_pid(up: subprocess.Popen[str], name: str) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == up.pid and f"services.{name}" in command:
            return int(folder.name)
    pytest.fail(f"no process of {name}")


def test_a_market_comes_up_serves_is_looked_after_and_ends_on_ctrl_c(up: subprocess.Popen[str]) -> None:
    where = addresses(up)

    parked = market("parked", "list", "catalog", "--url", where["gateway"], "--json")
    assert json.loads(parked.stdout) == {"items": [], "total": 0}
    missing = market("parked", "skip", "catalog", "catalog.party.events:0:99", "--url", where["gateway"])
    assert missing.returncode == 1
    assert "parked.unknown" in missing.stderr
    up.send_signal(signal.SIGINT)
    _, talk = up.communicate(timeout=PATIENCE)

    assert up.returncode == 0
    assert "stopped" in talk


def test_a_second_market_on_the_same_data_is_refused_on_whatever_ports(
    up: subprocess.Popen[str], tmp_path: Path
) -> None:
    where = addresses(up)

    beside = market("up", "--free-ports", cwd=tmp_path)

    assert beside.returncode == 3
    assert f"a market runs on the data in {tmp_path / '.run'} already (pid {up.pid})" in beside.stderr
    assert market("parked", "list", "catalog", "--url", where["gateway"]).returncode == 0


def test_a_service_that_dies_ends_it_with_its_report(up: subprocess.Popen[str]) -> None:
    addresses(up)

    os.kill(service_pid(up, "matching"), signal.SIGKILL)
    _, talk = up.communicate(timeout=PATIENCE)

    assert up.returncode == 1
    assert "matching-0 ended by itself (signal SIGKILL)" in talk
    assert "start again, with the data in .run: .venv/bin/market up" in talk


def fail_as_matching_dies(stack: Stack) -> None:
    [matching] = stack.services["matching"]
    os.kill(matching.pid, signal.SIGKILL)
    while matching.running:
        time.sleep(0.01)
    raise typer.Exit(Exit.FAILED)


def test_what_fails_on_a_market_of_its_own_since_a_part_died_says_which() -> None:
    with (
        pytest.raises(CommandFailed, match=r"matching-0 ended by itself \(signal SIGKILL\)"),
        passing_stack("noida", "python", Terminal()) as stack,
    ):
        fail_as_matching_dies(stack)
