"""Tasks that run beside a process until it stops."""

import asyncio
from typing import Any


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task and wait until it has ended, however it did; nothing for one that was never begun."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
