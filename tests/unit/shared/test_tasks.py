"""Work beside the calls: one piece after the other, and none of it left when the process stops."""

import asyncio
from functools import partial

from shared.tasks import InTurn

FOUR = 4
"""Lines of two pieces."""


class _Diary(InTurn):
    """Writes down what began and what ended; what is called `long` ends when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.told, self.all_told = asyncio.Event(), asyncio.Event()

    def begin(self, name: str) -> None:
        self._begin(partial(self._do, name))

    async def _do(self, name: str) -> None:
        self.lines.append(f"{name} began")
        if name == "long":
            await self.told.wait()
        self.lines.append(f"{name} ended")
        if len(self.lines) == FOUR:
            self.all_told.set()


async def test_the_next_piece_waits_for_the_one_before() -> None:
    diary = _Diary()
    diary.begin("long")
    diary.begin("short")
    await asyncio.sleep(0)
    waiting = [*diary.lines]

    diary.told.set()
    await diary.all_told.wait()

    assert waiting == ["long began"]
    assert diary.lines[1:] == ["long ended", "short began", "short ended"]


async def test_what_is_under_way_and_what_waits_ends_with_the_process() -> None:
    diary = _Diary()
    await diary.start()
    diary.begin("long")
    diary.begin("short")
    await asyncio.sleep(0)

    await diary.stop()
    diary.told.set()
    await asyncio.sleep(0)

    assert diary.lines == ["long began"]
