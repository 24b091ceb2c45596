"""Planning drafts beside the routes: told as it goes on, cancelled by a command, failed by the clock."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog

from services.matching.commands import score_of
from services.matching.domain.draft import Draft
from services.matching.ground import Matching
from services.matching.piped import Task
from services.matching.solver import SolverDied, planned
from services.matching.timetable.day import Day, Plan, Progress, Timetable
from shared.aggregate import Cause
from shared.errors import Conflict, Refused
from shared.tasks import InTurn, end

log = structlog.get_logger()

CONFLICTS_ALLOWED = 20
"""Only a cancelling call and the clock write a draft besides: more than a few in a row are a fault, not a race."""
TOLD_EVERY = 0.5
"""Seconds between two looks at a draft: at most so often its progress is told, and so soon it is cancelled."""


class Drafting(InTurn):
    """Plans one draft at a time, apart from releases: those wait for no draft, however long it may take."""

    def begin(self, draft: Draft, day: Day, cause: Cause, matching: Matching) -> None:
        """Plan a draft that was just created, and go on without waiting for it."""
        self._begin(partial(_plan, _Ours(draft.id, cause, matching), Task(day, draft.seconds)))


class _Ours:
    """A draft that this process plans, and why."""

    def __init__(self, draft_id: str, cause: Cause, matching: Matching) -> None:
        self.id = draft_id
        self._cause = replace(cause, key="", fingerprint="", expected=None)
        self._matching = matching

    async def change(self, decide: Callable[[Draft, datetime], None]) -> None:
        """Decide about the draft as it is now, again when it was changed. Raise Conflict when it always was."""
        for _ in range(CONFLICTS_ALLOWED):
            now = datetime.now(UTC)
            draft = await self._matching.drafts.load(self.id)
            decide(draft, now)
            try:
                await self._matching.drafts.save(draft, replace(self._cause, at=now))
            except Conflict:
                continue
            return
        raise Conflict(self.id)


async def _plan(ours: _Ours, task: Task) -> None:
    try:
        await _carry_out(ours, task)
    except Refused as over:  # it was cancelled, or the clock let it fail
        log.info("draft_over", draft=ours.id, rule=over.rule)
    except Exception:  # nobody waits for an answer: the clock lets the draft fail
        log.exception("draft_lost", draft=ours.id)


async def _carry_out(ours: _Ours, task: Task) -> None:
    if not task.day.requests:
        await ours.change(lambda draft, at: draft.finish(Timetable({}), None, at))
        return
    last = Progress("", None, 0)

    def hear(progress: Progress) -> None:
        nonlocal last
        last = progress

    planning = asyncio.create_task(planned(task, hear))
    try:
        while not planning.done():
            await ours.change(lambda draft, at: draft.progress(last.best, last.bound, at))
            await asyncio.wait({planning}, timeout=TOLD_EVERY)
        await _end(ours, planning)
    finally:
        await end(planning)


async def _end(ours: _Ours, planning: asyncio.Task[Plan]) -> None:
    try:
        plan = await planning
    except (SolverDied, OSError) as error:
        log.warning("no_plan", error=repr(error), draft=ours.id)
        await ours.change(lambda draft, at: draft.fail("no_plan", at))
        return

    def finish(draft: Draft, at: datetime) -> None:
        # The last improvements are of since the last look.
        draft.progress(plan.gaps, plan.least_gaps, at)
        draft.finish(plan.timetable, score_of(plan), at)

    await ours.change(finish)
