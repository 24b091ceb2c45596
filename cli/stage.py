"""Many calls side by side, with a bar for each step and a note of how long it took."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.progress import Progress

from cli.api import Market, Refusal
from cli.terminal import CommandFailed, Terminal

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT = 32
LOOK_EVERY = 0.3
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done so many times, in seconds."""

    title: str
    count: int
    seconds: float


class Stage:
    """Where a market is played: its API, and whoever watches. `steps` are those done."""

    def __init__(self, market: Market, terminal: Terminal, bars: Progress, in_flight: int = IN_FLIGHT) -> None:
        """At most `in_flight` calls are under way at any moment."""
        self.market = market
        self.steps: list[Step] = []
        self._terminal = terminal
        self._bars = bars
        self._in_flight = in_flight

    async def each(self, title: str, items: Iterable[Item], work: Callable[[Item], Awaitable[Result]]) -> list[Result]:
        """Do the work for every item, many at a time; the first failure ends all. Results are in the items' order."""
        waiting = list(items)
        results: dict[int, Result] = {}
        numbered = iter(enumerate(waiting))
        bar = self._bars.add_task(title, total=len(waiting))
        began = time.monotonic()

        async def one_after_the_other() -> None:
            for number, item in numbered:
                results[number] = await work(item)
                self._bars.advance(bar)

        workers = [asyncio.create_task(one_after_the_other()) for _ in range(min(self._in_flight, len(waiting)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        self._done(title, len(waiting), began)
        return [results[number] for number in range(len(waiting))]

    async def until(
        self, title: str, wanted: int, look: Callable[[], Awaitable[int]], patience: float = PATIENCE
    ) -> None:
        """Look until so many are there: the effects of events arrive when they arrive.

        Raise CommandFailed when their number has not changed for `patience` seconds.
        """
        bar = self._bars.add_task(title, total=wanted)
        began = changed = time.monotonic()
        before = -1
        while (found := await look()) != wanted:
            self._bars.update(bar, completed=found)
            if found != before:
                before, changed = found, time.monotonic()
            if time.monotonic() - changed > patience:
                raise CommandFailed(
                    f"{title}: {found} of {wanted}, and no change for {patience:g} s. See whether events are stuck:"
                    " market parked list SERVICE, and the services' logs"
                )
            await asyncio.sleep(LOOK_EVERY)
        self._bars.update(bar, completed=found)
        self._done(title, wanted, began)

    def _done(self, title: str, count: int, began: float) -> None:
        step = Step(title, count, time.monotonic() - began)
        self.steps.append(step)
        if self._bars.disable:
            self._terminal.say(f"{title}: {count} in {step.seconds:.1f} s")


async def once_known(do: Callable[[], Awaitable[Result]], *rules: str) -> Result:
    """Do something that is refused under these rules until an event has arrived where it is done."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await do()
        except Refusal as refusal:
            if refusal.rule not in rules or time.monotonic() > deadline:
                raise
        await asyncio.sleep(LOOK_EVERY)


def share(items: Sequence[Item], part: float) -> list[Item]:
    """Return the first part of a sequence, at least one of it."""
    return list(items[: max(1, round(len(items) * part))])
