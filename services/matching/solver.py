"""Planning a day in a process of its own: the solver takes seconds and 90 MB to import, and cannot be awaited."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.matching.timetable.day import Day, Plan, Progress

LINE = 1 << 26
"""The longest answer, in bytes: the plan of the largest day."""


@dataclass(frozen=True, slots=True)
class Task:
    """A day to plan, in so many seconds."""

    day: Day
    seconds: float
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the worker: an improvement, or the plan."""

    progress: Progress | None = None
    plan: Plan | None = None


TASK = TypeAdapter(Task)
ANSWER = TypeAdapter(Answer)


class SolverDied(Exception):
    """The worker ended without a plan."""


async def planned(task: Task, hear: Callable[[Progress], None]) -> Plan:
    """Plan a day, hearing of every improvement. Cancelling kills the worker; raise SolverDied if it dies by itself."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.matching.worker", stdin=PIPE, stdout=PIPE, limit=LINE
    )
    try:
        return await _answered(worker, task, hear)
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def _answered(worker: Process, task: Task, hear: Callable[[Progress], None]) -> Plan:
    if worker.stdin is None or worker.stdout is None:
        raise SolverDied("the worker has no pipes")
    worker.stdin.write(TASK.dump_json(task))
    worker.stdin.write_eof()
    async for line in worker.stdout:
        answer = ANSWER.validate_json(line)
        if answer.plan is not None:
            return answer.plan
        if answer.progress is not None:
            hear(answer.progress)
    raise SolverDied("the worker ended without a plan")
