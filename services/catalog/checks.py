"""The weekly look at the business registry, beside the routes: what is due is asked, what is answered is kept."""

import asyncio
import random
import time
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Gauge

from services.catalog.domain.finding import Finding
from services.catalog.domain.party import Party
from services.catalog.registry import MOST, BusinessRegistry, Known, RegistryAway
from shared.errors import Conflict
from shared.store import Store
from shared.tasks import end
from shared.timers import cause_of

log = structlog.get_logger()

LOOK_EVERY = 1.0
LONGEST_PAUSE = 60.0
ASKED = Counter("market_registry_asked", "Parties asked about, by whether the registry answered", ["result"])
AWAY = Gauge("market_registry_away_seconds", "For how long the business registry has not answered; 0 while it does")


class Checks:
    """Keeps what the registry says of every party no older than a week; without a registry it does nothing.

    A registry that fails or is slow changes nothing: it is asked again, ever more seldom, and told about in metrics
    and in the detail of readiness. Every replica asks; the same answer twice is stored once.
    """

    def __init__(self, address: str | None) -> None:
        self._registry = BusinessRegistry(address) if address else None
        self._away_since: float | None = None
        self._task: asyncio.Task[None] | None = None
        AWAY.set_function(self._away_seconds)

    @property
    def possible(self) -> bool:
        """Whether there is a registry to ask."""
        return self._registry is not None

    async def start(self) -> None:
        """Nothing is asked before the documents can be read."""

    async def stop(self) -> None:
        await end(self._task)

    def begin(self, parties: Store[Party]) -> None:
        """Ask from now on."""
        if self._registry is not None:
            self._task = asyncio.create_task(self._run(self._registry, parties))

    def warning(self) -> str:
        """Return what is the matter with the registry, if anything."""
        away = self._away_seconds()
        return f"the business registry has not answered for {away:.0f} s" if away else ""

    async def _run(self, registry: BusinessRegistry, parties: Store[Party]) -> None:
        pause = LOOK_EVERY
        while True:
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  apart from the other replicas
            try:
                asked = await check_due(registry, parties, datetime.now(UTC))
            except RegistryAway as error:
                self._away_since = self._away_since or time.monotonic()
                pause = min(2 * pause, LONGEST_PAUSE)
                ASKED.labels("away").inc()
                log.warning("registry_away", error=str(error), pause=pause)
            except Exception as error:  # noqa: BLE001  the database is away: look again
                log.warning("checks_failed", error=repr(error))
            else:
                pause = LOOK_EVERY
                self._away_since = None if asked else self._away_since

    def _away_seconds(self) -> float:
        return 0.0 if self._away_since is None else time.monotonic() - self._away_since


async def check_due(registry: BusinessRegistry, parties: Store[Party], at: datetime) -> int:
    """Ask about the parties whose check is due by `at`, up to a hundred, and keep the answers; return how many.

    Raise RegistryAway, and then nothing has changed.
    """
    due = await parties.where({"check_after": {"$lte": at.isoformat()}}, MOST)
    known = await registry.ask([each.business_number for each in due]) if due else {}
    for party in due:
        await _keep(known.get(party.business_number), party, parties, at)
    return len(due)


async def _keep(known: Known | None, party: Party, parties: Store[Party], at: datetime) -> None:
    if known is None:
        party.go_unanswered(at)
        log.warning("registry_unclear", party=party.id)
    else:
        party.learn(Finding(source="registry", found_at=at, confirmed_at=at, **known._asdict()))
    ASKED.labels("answered" if known else "unclear").inc()
    try:
        await parties.save(party, cause_of("registry", at))
    except Conflict:
        log.info("check_overtaken", party=party.id)  # by a command or another replica: what is still due is asked again
