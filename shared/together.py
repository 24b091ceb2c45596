"""Group commit: calls that wait at the same moment travel to the database as one statement.

A driver call costs about 160 us of CPU here and a document in a batch about 20, so under load this is worth more than
any other change to the write path (docs/decisions, docs/benchmarks.md). Alone, a call leaves at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 2
MOST = 200


class Together(Generic[Item, Result]):
    """Collects items while earlier ones are under way. `run` answers each item, in order, with a result or an error."""

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self._run = run
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._tasks: set[asyncio.Task[None] | None] = set()

    async def __call__(self, item: Item) -> Result:
        """Return the item's result, or raise its error."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._tasks) < AT_ONCE:
            self._tasks.add(asyncio.create_task(self._work()))
        return await future

    async def _work(self) -> None:
        worker = asyncio.current_task()
        while self._waiting:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                results = await self._run([item for item, _ in taken])
            except Exception as error:  # noqa: BLE001  it is each caller's error now
                results = [error] * len(taken)
            for (_, future), result in zip(taken, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        # Now and not in a callback: those just woken run before it, and would count on a worker that has ended.
        self._tasks.discard(worker)
