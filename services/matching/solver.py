"""Planning a day in a process of its own: the solver takes seconds and 90 MB to import, and cannot be awaited."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import structlog

from services.matching.piped import ANSWER, DAMAGE, TASK, Answer, Damage, Mended, Task
from services.matching.timetable.day import Day, Place, Plan, Progress
from shared.errors import Unavailable
from shared.tasks import end

log = structlog.get_logger()

WORKER = (sys.executable, "-m", "services.matching.worker")
MENDER = (sys.executable, "-m", "services.matching.mender")
IN_NO_HURRY = ("nice", "-n", "10")
"""Before a command that whoever calls is not to wait for, and that ends on a busy machine, too: at 19 it has one
hundredth of a core there, and a repair was confirmed after two minutes."""
MENDING_SECONDS = 0.5
"""How long a mended timetable is searched for, so that with all the rest it is there within a second."""
NEAR = 2
"""How far from the trouble somebody may move to be found in that time."""
CONFIRMING_SECONDS = 60.0
"""How long it is searched for where everybody may move: a fair of 2,000 firms takes half of that."""
LINE = 1 << 26
"""The longest answer, in bytes: the plan of the largest day."""


class SolverDied(Exception):
    """The worker ended without an answer."""


async def planned(task: Task, hear: Callable[[Progress], None]) -> Plan:
    """Plan a day, hearing of every improvement. Cancelling kills the worker; raise SolverDied if it dies by itself."""
    if plan := (await _answered(await _started(WORKER), TASK.dump_json(task), hear)).plan:
        return plan
    raise SolverDied("the worker ended without a plan")


async def mended_at_best(day: Day, standing: Mapping[str, Place], since: int) -> Mended:
    """Mend a day where everybody may move, in no hurry. Cancel and raise as `planned` does."""
    return await _mended(
        await _started((*IN_NO_HURRY, *MENDER)), Damage(day, standing, since, CONFIRMING_SECONDS, None)
    )


async def _mended(mender: Process, damage: Damage) -> Mended:
    """Mend a day. Cancel and raise as `planned` does."""
    if mended := (await _answered(mender, DAMAGE.dump_json(damage), lambda _: None)).mended:
        return mended
    raise SolverDied("the worker ended without a mended timetable")


Planning: TypeAlias = Callable[[Day], Awaitable[Plan | None]]


class Solver:
    """Plans the days of this process, one at a time: each takes a core and up to 240 MB.

    Whoever waits longer than `patience` seconds, for its turn and its plan together, has none. A `turn` is taken before
    the day is read, so that nobody plans what somebody else has released meanwhile. Where one repair was asked for the
    next one is near, and most of its time would go into imports: a mender waits for it, with everything imported.
    """

    def __init__(self, seconds: float, patience: float) -> None:
        self._seconds = seconds
        self._patience = patience
        self._turn = asyncio.Lock()
        self._compiling: asyncio.Task[None] | None = None
        self._waiting: Process | None = None

    async def start(self) -> None:
        """Let a worker compile its kernels meanwhile, so that nobody's command waits for that."""
        self._compiling = asyncio.create_task(self._compile())

    async def stop(self) -> None:
        await end(self._compiling)
        if self._waiting is not None:
            await _ended(self._waiting)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Planning]:
        """Wait until nobody else plans; then hand out what plans a day, or says None when it failed in the time left.

        Raise Unavailable when others take all the time.
        """
        async with self._in_turn() as by:
            yield partial(self._plan, by)

    async def mend(self, day: Day, standing: Mapping[str, Place], since: int) -> Mended:
        """Mend a day in its turn. Raise Unavailable when that fails in the time there is."""
        async with self._in_turn() as by:
            try:
                async with asyncio.timeout_at(by):
                    mended = await self._mend(Damage(day, standing, since, MENDING_SECONDS, NEAR))
            except (SolverDied, OSError) as error:
                log.warning("not_mended", error=repr(error), requests=len(day.requests))
                raise Unavailable(
                    "repair.not_found",
                    "no repair was found in time and nothing was changed; try again with the same Idempotency-Key",
                    "제한 시간 안에 재배정안을 만들지 못했습니다. 같은 Idempotency-Key로 다시 시도하십시오",
                ) from None
            await self._let_one_wait()
            return mended

    async def _let_one_wait(self) -> None:
        """Start the next mender. Without one a repair is found all the same, only later."""
        try:
            self._waiting = await _started(MENDER)
        except OSError as error:
            log.warning("no_mender_waits", error=repr(error))

    async def _mend(self, damage: Damage) -> Mended:
        """Let the one mend that waits, or another when it has died meanwhile."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            try:
                return await _mended(waiting, damage)
            except (SolverDied, OSError) as error:
                log.warning("mender_died_waiting", error=repr(error))
        return await _mended(await _started(MENDER), damage)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[float]:
        """Wait until nobody else plans; then say until when."""
        by = asyncio.get_running_loop().time() + self._patience
        try:
            async with asyncio.timeout_at(by):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable(
                "timetable.busy",
                "other timetables are being planned; try again with the same Idempotency-Key",
                "다른 시간표를 만들고 있습니다. 같은 Idempotency-Key로 다시 시도하십시오",
            ) from None
        try:
            yield by
        finally:
            self._turn.release()

    async def _plan(self, by: float, day: Day) -> Plan | None:
        try:
            async with asyncio.timeout_at(by):
                return await planned(Task(day, self._seconds), lambda _: None)
        except (SolverDied, OSError) as error:  # time that is up is an OSError too
            log.warning("no_plan", error=repr(error), requests=len(day.requests))
            return None

    async def _compile(self) -> None:
        worker = await asyncio.create_subprocess_exec(*WORKER, stdin=DEVNULL)
        try:
            if await worker.wait():
                log.warning("kernels_not_compiled", exit_code=worker.returncode)
        finally:
            await _ended(worker)


async def _ended(worker: Process) -> None:
    if worker.returncode is None:
        worker.kill()
    await worker.wait()


async def _started(command: tuple[str, ...]) -> Process:
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LINE)


async def _answered(worker: Process, asked: bytes, hear: Callable[[Progress], None]) -> Answer:
    """Return the answer of a worker; one without anything where it ended without one."""
    try:
        return await _said(worker, asked, hear)
    finally:
        await _ended(worker)


async def _said(worker: Process, asked: bytes, hear: Callable[[Progress], None]) -> Answer:
    if worker.stdin is None or worker.stdout is None:
        raise SolverDied("the worker has no pipes")
    try:
        worker.stdin.write(asked)
        worker.stdin.write_eof()
    except RuntimeError as error:  # so uvloop says that the pipe was closed at the other end
        raise SolverDied("the worker ended before it had the day") from error
    async for line in worker.stdout:
        if not line.endswith(b"\n"):
            break
        answer = ANSWER.validate_json(line)
        if answer.progress is None:
            return answer
        hear(answer.progress)
    return Answer()
