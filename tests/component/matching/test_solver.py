"""The engine in its own process: it answers, it is killed to cancel, and its death is heard of."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bench.timetable.days import Shape, a_day
from services.matching.piped import Task
from services.matching.solver import Solver, SolverDied, planned
from services.matching.timetable.day import Progress
from services.matching.timetable.verifier import faults
from tests.component.shared.reading import until

HARD = a_day(Shape(tables=48), seed=1)
AN_HOUR = 3600.0


def workers(module: str = "services.matching.worker") -> list[int]:
    """The workers that this process started."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8").split()
    command = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in mine}
    return [int(pid) for pid in mine if module.encode() in command[pid]]


async def a_mender() -> int:
    """The mender that waits: a process that was just started has no command line yet."""

    async def waits() -> bool:
        return len(workers("services.matching.mender")) == 1

    await until(waits)
    return workers("services.matching.mender")[0]


async def started(task: Task) -> tuple["asyncio.Task[object]", list[Progress]]:
    """A search that has found a first timetable and goes on."""
    heard: list[Progress] = []
    first = asyncio.Event()

    def hear(progress: Progress) -> None:
        heard.append(progress)
        first.set()

    search: asyncio.Task[object] = asyncio.create_task(planned(task, hear))
    await first.wait()
    return search, heard


async def test_a_day_is_planned_and_improvements_are_heard() -> None:
    day = a_day(Shape(20, 9, 6, 9, 60), seed=2)
    heard: list[Progress] = []

    made = await planned(Task(day, 60.0), heard.append)

    assert faults(day, made.timetable) == []
    assert heard[-1].best == made.gaps
    assert workers() == []


async def test_cancelling_ends_the_worker() -> None:
    search, heard = await started(Task(HARD, AN_HOUR))

    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search

    assert heard[0].best is not None
    assert workers() == []


async def test_a_killed_worker_is_told_from_an_answer() -> None:
    search, _ = await started(Task(HARD, AN_HOUR))

    os.kill(workers()[0], signal.SIGKILL)

    with pytest.raises(SolverDied):
        await search


async def test_a_mender_waits_for_the_next_repair_and_a_dead_one_is_replaced() -> None:
    day = a_day(Shape(20, 9, 6, 9, 60), seed=1)
    standing = (await planned(Task(day, 2.0), lambda _: None)).timetable.placed
    solver = Solver(seconds=60.0, patience=60.0)

    first = await solver.mend(day, standing, 1)
    waiting = await a_mender()
    second = await solver.mend(day, standing, 1)
    another = await a_mender()
    os.kill(another, signal.SIGKILL)
    third = await solver.mend(day, standing, 1)
    await solver.stop()

    assert first == second == third
    assert first.timetable.placed == standing, "nothing was broken"
    assert waiting != another, "each mends one day"
    assert workers("services.matching.mender") == []
