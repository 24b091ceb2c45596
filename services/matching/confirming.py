"""Confirming repairs beside the calls: with everybody allowed to move, it is known how much a repair costs at least.

Nobody waits for that. A repair that is applied first, or whose process ends meanwhile, is never confirmed.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog

from services.matching.domain.mending import Mending
from services.matching.domain.repair import Confirmed, Repair
from services.matching.ground import Matching
from services.matching.mending import walk_in_of
from services.matching.piped import Mended
from services.matching.solver import SolverDied, mended_at_best
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import Conflict, Refused
from shared.tasks import InTurn

log = structlog.get_logger()


class Confirming(InTurn):
    """Confirms one repair at a time, apart from finding them: that waits for no confirmation."""

    def begin(self, repair: Repair, price: int, mending: Mending, cause: Cause, matching: Matching) -> None:
        """Confirm a repair of this price that was just proposed, and go on without waiting for it."""
        self._begin(partial(_confirm, repair.id, price, mending, cause, matching))


async def _confirm(repair_id: str, price: int, mending: Mending, cause: Cause, matching: Matching) -> None:
    try:
        least = await mended_at_best(mending.day, mending.standing, mending.since)
        now = replace(cause, at=datetime.now(UTC), key="", fingerprint="", expected=None)
        await _write(repair_id, price, mending, least, now, matching)
    except (Refused, Conflict) as over:  # it was applied
        log.info("repair_not_confirmed", repair=repair_id, why=repr(over))
    except (SolverDied, OSError) as error:
        log.warning("repair_not_confirmed", repair=repair_id, error=repr(error))
    except Exception:  # nobody waits for an answer
        log.exception("confirmation_lost", repair=repair_id)


async def _write(repair_id: str, price: int, mending: Mending, least: Mended, cause: Cause, matching: Matching) -> None:
    """Say what was found; where it costs less, propose that as well."""
    repair = await matching.repairs.load(repair_id)
    better = await _better(repair, mending, least, cause.at) if least.price < price else None
    confirmed = Confirmed(price=price, bound=least.bound, better=better.id if better else "")
    repair.confirm(confirmed, cause.at)
    if better is not None:
        await matching.repairs.create(better, cause)
    await matching.repairs.save(repair, cause)


async def _better(repair: Repair, mending: Mending, least: Mended, at: datetime) -> Repair:
    better_id = derived_id("rpr", repair.id)
    moves = await asyncio.to_thread(mending.shifts, least.timetable, walk_in_of(better_id))
    better = Repair.propose(better_id, repair.trouble, moves, at)
    better.confirm(Confirmed(price=least.price, bound=least.bound), at)
    return better
