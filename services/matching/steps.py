"""The many steps of one reaction, some of which may have been done before."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

from shared.errors import AlreadyApplied

AT_ONCE = 24


async def all_of(steps: Iterable[Coroutine[Any, Any, None]], at_once: int = AT_ONCE) -> None:
    """Run every step, so many at once; those that were done before count as done.

    All end before the first failure is raised, so that a repeat never runs beside what it repeats.
    """
    limit = asyncio.Semaphore(at_once)

    async def one(step: Coroutine[Any, Any, None]) -> None:
        async with limit:
            with suppress(AlreadyApplied):
                await step

    for result in await asyncio.gather(*(one(step) for step in steps), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
