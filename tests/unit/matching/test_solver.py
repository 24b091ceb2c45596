"""The worker as a process that may die at any moment, on the loop that services run on."""

import asyncio

import pytest
import uvloop

from services.matching import solver
from services.matching.piped import Task
from services.matching.solver import SolverDied, planned
from tests.unit.matching.test_planning import NEARLY

DEATHS = 300
"""A worker that is gone before it has read its day is met in one of a hundred."""


def test_a_worker_that_ends_at_once_is_a_dead_one_at_whatever_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "WORKER", ("true",))
    task = Task(NEARLY, seconds=1)

    async def die() -> None:
        for _ in range(DEATHS):
            with pytest.raises(SolverDied):
                await planned(task, lambda _: None)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(die())
