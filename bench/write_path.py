"""The write path without HTTP: commands a second, end to end into a view, consumer alone, latency, growth."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from bench.measure import Compared, compare, in_flight
from bench.processes import process
from bench.subjects import Floor, Ours, fresh
from shared.mongo import Collection, connect

Since = Literal["answer", "call"]
SINCE: tuple[Since, ...] = ("answer", "call")

WORKERS = 64
PACED_COMMANDS = 3000
SETTLED_SECONDS = 1.0


class WritePath:
    """Both sides on the same servers."""

    def __init__(self, mongo_uri: str, bootstrap: str, commands: int, folder: Path) -> None:
        self._uri = mongo_uri
        self._bootstrap = bootstrap
        self._commands = commands
        self._folder = folder
        self._database = connect(mongo_uri, f"bench_{fresh()}")
        self.ours = Ours(self._database, bootstrap)
        self.floor = Floor(self._database["floor"], bootstrap)

    async def start(self) -> None:
        """Connect both sides."""
        await self.ours.start()
        await self.floor.start()
        await self.ours.command(fresh())  # a view is known to be up by what it holds
        await self.floor.command(fresh())

    async def stop(self) -> None:
        """Disconnect both sides."""
        await self.ours.relay.stop()
        await self.floor.producer.stop()

    async def commands(self, rounds: int) -> Compared:
        """Commands a second, 64 in flight."""
        return await compare(
            "write path without HTTP, 64 in flight",
            "commands/s",
            "≥ 1.0",
            lambda: self._rate(self.ours.command),
            lambda: self._rate(self.floor.command),
            rounds,
        )

    async def end_to_end(self, rounds: int) -> Compared:
        """Commands a second until the last one is in a view that another process keeps."""
        return await compare(
            "the same, end to end into a view",
            "commands/s",
            "≥ 1.0",
            lambda: self._into_view("ours", self.ours.command),
            lambda: self._into_view("floor", self.floor.command),
            rounds,
        )

    async def consumer(self, rounds: int) -> Compared:
        """Records a second that a consumer puts into an empty view, from the start of the topic."""
        return await compare(
            "consumer into a view",
            "records/s",
            "≥ 0.7",
            lambda: self._catch_up("ours"),
            lambda: self._catch_up("floor"),
            rounds,
        )

    async def latency(self, since: Since, quantile: float, rounds: int) -> Compared:
        """Return how long after its call, or its answer, a command is in the view, at a quarter of the floor's rate."""
        rate = await self._rate(self.floor.command) / 4
        return await compare(
            f"{since} to view at a quarter of the rate, p{quantile * 100:.0f}",
            "ms",
            "≤ 1.5",
            lambda: self._paced("ours", self.ours.command, rate, since, quantile),
            lambda: self._paced("floor", self.floor.command, rate, since, quantile),
            rounds,
        )

    async def growth(self, rounds: int) -> Compared:
        """Cost of a command with 100,000 aggregates in the collection against 1,000, in an alternating run."""
        small, large = (Ours(connect(self._uri, f"bench_{fresh()}"), self._bootstrap) for _ in range(2))
        for side, size in ((small, 1_000), (large, 100_000)):
            await side.start()
            run = fresh()
            await in_flight(size, WORKERS * 4, _numbered(side.command, run))
        result = await compare(
            "time of a command at 100,000 aggregates against 1,000",
            "us",
            "≤ 1.2",
            lambda: self._cost(large),
            lambda: self._cost(small),
            rounds,
        )
        await small.relay.stop()
        await large.relay.stop()
        return result

    async def _cost(self, side: Ours) -> float:
        return 1e6 / await self._rate(side.command)

    async def _rate(self, command: Callable[[str], Awaitable[None]]) -> float:
        run = fresh()
        return await in_flight(self._commands, WORKERS, lambda number: command(f"{run}{number}"))

    def _viewer(self, side: str) -> tuple[AbstractContextManager[object], Collection, Path]:
        database = f"bench_{fresh()}"
        view = connect(self._uri, database)["copy_catalog_product" if side == "ours" else "view"]
        written = self._folder / database
        running = process(
            "bench.viewer",
            side,
            MONGO_URI=self._uri,
            KAFKA_BOOTSTRAP=self._bootstrap,
            DATABASE=database,
            GROUP=database,
            WRITTEN=str(written),
        )
        return running, view, written

    async def _into_view(self, side: str, command: Callable[[str], Awaitable[None]]) -> float:
        running, view, _ = self._viewer(side)
        with running:
            before = await self._settled(view)
            began = time.perf_counter()
            await self._rate(command)
            await _holds(view, before + self._commands)
            return self._commands / (time.perf_counter() - began)

    async def _catch_up(self, side: str) -> float:
        running, view, _ = self._viewer(side)
        with running:
            await _holds(view, 1)
            began, already = time.perf_counter(), await view.estimated_document_count()
            settled = await self._settled(view)
            return (settled - already) / max(time.perf_counter() - began - SETTLED_SECONDS, 0.001)

    async def _settled(self, view: Collection) -> int:
        """Wait until the view has caught up with what older rounds left on the topic."""
        await _holds(view, 1)
        last, since = -1, time.perf_counter()
        while time.perf_counter() - since < SETTLED_SECONDS:
            count = await view.estimated_document_count()
            if count != last:
                last, since = count, time.perf_counter()
            await asyncio.sleep(0.05)
        return last

    async def _paced(
        self, side: str, command: Callable[[str], Awaitable[None]], rate: float, since: Since, quantile: float
    ) -> float:
        running, view, written = self._viewer(side)
        run = fresh()
        began: dict[str, float] = {}

        async def one(number: int) -> None:
            called = time.perf_counter()
            await command(f"{run}{number}")
            began[f"prd_{run}{number}"] = called if since == "call" else time.perf_counter()

        with running:
            before = await self._settled(view)
            start = time.perf_counter()
            tasks = []
            for number in range(PACED_COMMANDS):
                await asyncio.sleep(start + number / rate - time.perf_counter())
                tasks.append(asyncio.create_task(one(number)))
            await asyncio.gather(*tasks)
            await _holds(view, before + PACED_COMMANDS)
        lines = [line.split() for line in written.read_text().splitlines()]
        there = {product: float(at) for product, at in reversed(lines)}
        return sorted(there[product] - at for product, at in began.items())[int(PACED_COMMANDS * quantile)] * 1000


def _numbered(command: Callable[[str], Awaitable[None]], run: str) -> Callable[[int], Awaitable[None]]:
    return lambda number: command(f"{run}{number}")


async def _holds(view: Collection, count: int) -> None:
    async with asyncio.timeout(120):
        while await view.estimated_document_count() < count:
            await asyncio.sleep(0.01)
