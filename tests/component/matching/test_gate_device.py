"""Gates that are killed while they tell who came, and a service that is: each scan counts once, the earliest stands."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local.ports import HOST, free_port
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import BEHIND_THE_GATEWAY, GATEWAY, Service, settings_of
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.matching.test_day import a_running_day, participation_of, walk_in
from tests.component.serving import running
from tests.component.shared.reading import until

PROGRAM = Path(__file__).parents[3] / "examples" / "gate" / "python" / "gate.py"
PAIRS = 12
KILLS = 3


@pytest.fixture(scope="module")
def gateway(service: Service, kafka: Kafka, mongo: Mongo) -> Iterator[Service]:
    """The market's one door, of which only matching is behind it."""
    door = Service(GATEWAY, "services.gateway", service.folder, free_port())
    behind = {name: [Service(name, "", service.folder, free_port())] for name in BEHIND_THE_GATEWAY}
    door.configure(settings_of(GATEWAY, behind | {"matching": [service], GATEWAY: [door]}, kafka, mongo))
    with running(door):
        yield door


class Line:
    """The line from a device to the market, on which things happen at the n-th call, when it is asked or answered."""

    def __init__(self, gateway: Service) -> None:
        self._gateway = gateway
        self._calls = 0
        self._asked: dict[int, Callable[[], None]] = {}
        self._answered: dict[int, Callable[[], None]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self._call, HOST, port := free_port()):
            yield f"http://{HOST}:{port}"

    def when_asked(self, calls: int, happens: Callable[[], None]) -> None:
        self._asked[self._calls + calls] = happens

    def when_answered(self, calls: int, happens: Callable[[], None]) -> None:
        self._answered[self._calls + calls] = happens

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on and its answer back: the device opens a connection for each."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: "))
        self._calls += 1
        number = self._calls
        there, beyond = await asyncio.open_connection(HOST, self._gateway.port)
        beyond.write(head + await reader.readexactly(length))
        self._asked.pop(number, nothing)()
        answer = await there.read()
        self._answered.pop(number, nothing)()
        writer.write(answer)
        for each in (beyond, writer):
            each.close()


def nothing() -> None:
    """Happens at most calls."""


class Gate:
    """A device at the gate, as whoever set it up left it: started again, it has what it had stored."""

    def __init__(self, market: str, fair: Fair, folder: Path, name: str) -> None:
        self._market = market
        self._database = folder / f"{name}.sqlite3"
        self._token = folder / "token"
        self._token.write_text(fair.headers(OPERATOR)["Authorization"].removeprefix("Bearer "))

    @asynccontextmanager
    async def on(self, market: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        told = ("--market", market or self._market, "--token-file", self._token, "--database", self._database)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, PROGRAM, *told, stdin=pipe, stdout=pipe)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def ends(self, process: asyncio.subprocess.Process) -> None:
        """Let nobody come any more, and wait until everything is told."""
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 60) == 0

    def answers(self) -> list[int | None]:
        """What the market said to each scan so far."""
        with sqlite3.connect(self._database) as database:
            return [status for (status,) in database.execute("SELECT answer FROM scans")]

    def times(self) -> dict[str, datetime]:
        """When each path was scanned first, by this device's clock."""
        with sqlite3.connect(self._database) as database:
            scans = database.execute("SELECT path, body FROM scans").fetchall()
        first: dict[str, datetime] = {}
        for path, body in scans:
            at = datetime.fromisoformat(json.loads(body)["scanned_at"])
            first[path] = min(at, first.get(path, at))
        return first


async def scan(process: asyncio.subprocess.Process, lines: list[str]) -> list[str]:
    """Scan, and return what the device did not say to have stored: that is scanned again."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())
    heard = [(await process.stdout.readline()).decode() for _ in lines]
    return [line for line in lines if f"stored {line}\n" not in heard]


async def is_dead(service: Service) -> bool:
    return not service.running


async def killed(process: asyncio.subprocess.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()


def test_the_example_stays_short() -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) < 80


async def test_a_gate_and_a_service_killed_amid_check_ins_lose_nobody_and_let_nobody_in_twice(
    fair: Fair, gateway: Service, tmp_path: Path
) -> None:
    event, firms, buyers = await a_running_day(fair, PAIRS, PAIRS, tables=PAIRS)
    present = {party: (await participation_of(fair, event, party))["id"] for party in (*firms, *buyers)}
    meetings = [
        (await walk_in(fair, event, firm, buyer, slot=1, table=table)).id
        for table, (firm, buyer) in enumerate(zip(firms, buyers, strict=True), start=1)
    ]
    seats = [
        f"{each} {who}" for each, pair in zip(meetings, zip(firms, buyers, strict=True), strict=True) for who in pair
    ]
    offline = Gate(gateway.url, fair, tmp_path, "offline")
    online = Gate(gateway.url, fair, tmp_path, "online")

    line = Line(gateway)

    # nobody answers the first one all day; it goes down with all it has
    async with offline.on(f"http://{HOST}:{free_port()}") as device:
        assert not await scan(device, [*present.values()])
        await killed(device)
    unheard = []
    async with line.open() as market:
        for part in range(KILLS):
            async with online.on(market) as device:
                line.when_answered(5, device.kill)
                unheard += await scan(device, [*list(present.values())[part::KILLS], *seats[part::KILLS]])
                await device.wait()
                assert (device.returncode, None in online.answers()) == (-signal.SIGKILL, True)
        async with online.on(market) as device:
            line.when_asked(3, fair.service.kill)
            assert not await scan(device, unheard)
            await until(lambda: is_dead(fair.service))
            await asyncio.to_thread(fair.service.restart)
            await online.ends(device)
    async with offline.on() as device:
        await offline.ends(device)

    assert set(offline.answers()) == set(online.answers()) == {200}
    assert len(offline.answers()) == len(present)
    first = offline.times()
    for participation in await fair.every(f"/participations?event={event}"):
        path = f"/v1/participations/{participation['id']}/check-in"
        assert datetime.fromisoformat(participation["arrived_at"]) == first[path] < online.times()[path]
    told = await fair.published("matching.participation.events", {*present.values()})
    assert {tuple(each.rpartition(".")[2] for each in dict.fromkeys(lines)) for lines in told.values()} == {
        ("applied", "confirmed", "checked_in")
    }
    sat = await fair.published("matching.meeting.events", {*meetings})
    assert {tuple(each.rpartition(".")[2] for each in dict.fromkeys(lines)) for lines in sat.values()} == {
        ("booked", "awaited", "started")
    }
