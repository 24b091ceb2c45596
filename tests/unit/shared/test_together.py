import asyncio
from collections.abc import Sequence

import pytest

from shared.together import AT_ONCE, MOST, Together

PATIENCE = 2.0


class Doubling:
    """Answers each number with its double, odd ones with an error, after a pause."""

    def __init__(self, pause: float = 0.0) -> None:
        self.batches: list[list[int]] = []
        self.pause = pause
        self.running = 0
        self.most_running = 0

    async def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        await asyncio.sleep(self.pause)
        self.running -= 1
        return [ValueError(number) if number % 2 else number * 2 for number in numbers]


async def test_alone_a_call_leaves_at_once() -> None:
    run = Doubling()

    assert await Together(run)(4) == 8

    assert run.batches == [[4]]


async def test_what_waits_meanwhile_travels_together() -> None:
    run = Doubling(pause=0.01)
    together = Together(run)

    results = await asyncio.gather(*(together(number * 2) for number in range(1000)))

    assert results == [number * 4 for number in range(1000)]
    assert len(run.batches) <= 1000 // MOST + AT_ONCE + 1
    assert run.most_running <= AT_ONCE


async def test_each_item_has_its_own_error() -> None:
    together = Together(Doubling(pause=0.01))

    results = await asyncio.gather(*(together(number) for number in range(10)), return_exceptions=True)

    assert results[::2] == [0, 4, 8, 12, 16]
    assert all(isinstance(result, ValueError) for result in results[1::2])


async def test_an_error_of_the_whole_is_everybodys() -> None:
    async def away(numbers: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(0.01)
        raise ConnectionError(len(numbers))

    together = Together(away)
    results = await asyncio.gather(*(together(number) for number in range(5)), return_exceptions=True)

    assert all(isinstance(result, ConnectionError) for result in results)
    with pytest.raises(ConnectionError):
        await together(1)


async def test_one_who_leaves_early_disturbs_nobody() -> None:
    run = Doubling(pause=0.05)
    together = Together(run)
    callers = [asyncio.create_task(together(number * 2)) for number in range(6)]
    await asyncio.sleep(0.01)

    callers[0].cancel()
    callers[4].cancel()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert [result for result in results if not isinstance(result, BaseException)] == [4, 8, 12, 20]
    assert isinstance(results[0], asyncio.CancelledError)


async def test_a_call_made_the_moment_the_last_one_ends_is_not_forgotten() -> None:
    """Both workers end in one turn of the loop; whoever is woken then and calls again must find one that works."""
    release = asyncio.Event()

    async def run(numbers: Sequence[int]) -> list[int | Exception]:
        await release.wait()
        return list(numbers)

    together = Together(run)

    async def twice() -> int:
        return await together(await together(1))

    callers = [asyncio.create_task(twice())]
    await asyncio.sleep(0)
    callers.append(asyncio.create_task(together(2)))
    await asyncio.sleep(0.01)
    release.set()

    assert await asyncio.wait_for(asyncio.gather(*callers), PATIENCE) == [1, 2]
