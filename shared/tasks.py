"""Tasks that run beside a process until it stops."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task and wait until it has ended, however it did; nothing for one that was never begun."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class InTurn:
    """Work beside the calls of a process, one piece after the other, until it stops."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Wait for nothing: work is begun by calls."""

    async def stop(self) -> None:
        """Cancel all of it before any has ended: what ends lets the next one begin."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Go on without waiting for it. It says itself what went wrong."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        async with self._turn:
            await work()
