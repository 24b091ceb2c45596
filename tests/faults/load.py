"""The load of a run: stories and a crowd side by side until told to stop."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from tests.faults.calling import Callers, GaveUp, Over
from tests.faults.cast import Cast, Ended
from tests.faults.crowd import Days
from tests.faults.story import Story

STORIES = 4
CROWD = 3


class Load:
    """`ended` counts why stories ended early: a look at whether the load still does what it is for."""

    def __init__(self, callers: Callers, cast: Cast, seed: int) -> None:
        self._callers = callers
        self._cast = cast
        self._days = Days(callers, cast)
        self._seed = seed
        self._tasks: list[asyncio.Task[None]] = []
        self.ended: Counter[str] = Counter()
        self.played = 0

    def start(self) -> None:
        crowd = [self._again(f"crowd {number}", self._days.book) for number in range(CROWD)]
        stories = [self._again(f"story {number}", self._story) for number in range(STORIES)]
        self._tasks = [asyncio.create_task(each) for each in (*crowd, *stories)]

    async def stop(self) -> None:
        """Let everybody finish the command they are at."""
        await self._callers.finish()
        await asyncio.gather(*self._tasks)

    async def _story(self, chance: Random) -> None:
        await Story(self._callers, self._cast, self._days, chance).play()

    async def _again(self, name: str, play: Callable[[Random], Awaitable[None]]) -> None:
        chance = Random(f"{self._seed} {name}")
        while not self._callers.stopping.is_set():
            try:
                await play(chance)
                self.played += 1
            except Over:
                return
            except (Ended, GaveUp) as reason:
                self.ended[f"{type(reason).__name__}: {reason}"[:80]] += 1
                await asyncio.sleep(0.2)
