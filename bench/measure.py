"""Alternating rounds of ours and the floor, and the ratio of each pair: machines drift, a pair does not."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Round = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Compared:
    """One measure: medians of both sides, and the median, least and greatest ratio ours / floor."""

    name: str
    unit: str
    ours: float
    floor: float
    ratios: tuple[float, ...]
    bar: str

    def row(self) -> str:
        """Return a line of the Markdown table."""
        middle = statistics.median(self.ratios)
        spread = f"{min(self.ratios):.2f}-{max(self.ratios):.2f}"
        figures = f"{self.ours:,.4g} {self.unit} | {self.floor:,.4g} {self.unit}"
        return f"| {self.name} | {figures} | **{middle:.2f}** ({spread}) | {self.bar} |"


@dataclass(frozen=True)
class Single:
    """One figure without a floor."""

    name: str
    figure: str
    bar: str

    def row(self) -> str:
        """Return a line of the Markdown table."""
        return f"| {self.name} | {self.figure} | - | - | {self.bar} |"


async def compare(name: str, unit: str, bar: str, ours: Round, floor: Round, rounds: int) -> Compared:
    """Run floor and ours in turn, `rounds` times each, after one round of each that does not count."""
    await floor()
    await ours()
    pairs = [(await floor(), await ours()) for _ in range(rounds)]
    return Compared(
        name,
        unit,
        statistics.median(mine for _, mine in pairs),
        statistics.median(theirs for theirs, _ in pairs),
        tuple(mine / theirs for theirs, mine in pairs),
        bar,
    )


async def in_flight(count: int, workers: int, work: Callable[[int], Awaitable[None]]) -> float:
    """Run work(0) ... work(count - 1), `workers` at a time. Return how many a second."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(workers)))
    return count / (time.perf_counter() - began)
