"""Timers are commands sent by a clock. Safe to run in every replica: the store lets one of them win."""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.aggregate import Cause
from shared.errors import Conflict, NotFound
from shared.store import Store
from shared.tasks import end
from shared.telemetry import new_traceparent

log = structlog.get_logger()

LOOK_EVERY = 1.0
TICKED_AT_ONCE = 3
"""So many share their statements; more would be felt by the commands of callers."""


class Timers:
    """Ticks the aggregates whose time has come."""

    def __init__(self, stores: Iterable[Store[Any]]) -> None:
        self._stores = list(stores)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await end(self._task)

    async def _run(self) -> None:
        while True:
            for store in self._stores:
                try:
                    await tick(store, datetime.now(UTC))
                except Exception as error:  # noqa: BLE001  the database is away: look again
                    log.warning("timers_failed", error=repr(error))
            await asyncio.sleep(LOOK_EVERY)


async def tick(store: Store[Any], at: datetime) -> None:
    """Let every aggregate of a store that is due by `at` do what time brings about."""
    due = await store.due(at)
    for first in range(0, len(due), TICKED_AT_ONCE):
        await asyncio.gather(*(_tick(store, each, at) for each in due[first : first + TICKED_AT_ONCE]))


async def _tick(store: Store[Any], aggregate_id: str, at: datetime) -> None:
    try:
        aggregate = await store.load(aggregate_id)
        aggregate.tick(at)
        await store.save(aggregate, cause_of("clock", at))
    except (Conflict, NotFound):
        return
    except Exception:  # one aggregate's failure must not stop the others' clocks
        log.exception("timer_failed", aggregate=aggregate_id)


def cause_of(actor: str, at: datetime) -> Cause:
    """Return the cause of what the market does by itself."""
    correlation = "tick_" + secrets.token_hex(8)
    return Cause(at, actor, "market", correlation, correlation, new_traceparent())
