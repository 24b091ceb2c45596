"""The 1 April cliff: a thousand SME certificates end together while others go on with their work."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bench.load import Loaded, post
from bench.measure import Compared, Single
from bench.subjects import fresh
from services.catalog.domain.party import Party
from services.catalog.domain.standing import REMINDERS
from services.catalog.party_views import party_view
from shared.aggregate import Cause
from shared.events.days import seoul_date
from shared.kafka import Consumer, new_producer, new_reader
from shared.mongo import connect
from shared.relay import Relay
from shared.store import Store

FIRMS = 1_000
COMMANDS = 2_000
CALLERS = 8
"""Few callers, so that the catalog is not at its limit before anything ends."""
QUANTILE = 0.99
TOPIC = "catalog.party.events"


async def cliff(
    uri: str, database: str, bootstrap: str, port: int, request: Callable[[str], Callable[[int], bytes]], rounds: int
) -> tuple[Single, Compared]:
    """Return how long it takes until all consequences are on Kafka, and what other commands notice of it."""
    reader = new_reader(bootstrap, TOPIC)
    await reader.start()
    await reader.seek_to_end()
    pairs: list[tuple[float, float]] = []
    seconds: list[float] = []
    try:
        for _ in range(rounds):
            calm = await post(port, COMMANDS, request(fresh()), CALLERS)
            firms = await _certified(uri, database, bootstrap)
            began = time.perf_counter()
            told, loaded = await asyncio.gather(
                _told(reader, firms, began), post(port, COMMANDS, request(fresh()), CALLERS)
            )
            seconds.append(told)
            pairs.append((_slow(loaded), _slow(calm)))
    finally:
        await reader.stop()
    middle, worst = sorted(seconds)[len(seconds) // 2], max(seconds)
    return (
        Single(f"{FIRMS:,} SME certificates end at once: all told", f"{middle:.1f} s, {worst:.1f} at worst", "≤ 30 s"),
        Compared(
            "the p99 of other commands meanwhile, against the calm before",
            "ms",
            sorted(mine for mine, _ in pairs)[len(pairs) // 2],
            sorted(calm for _, calm in pairs)[len(pairs) // 2],
            tuple(mine / before for mine, before in pairs),
            "≤ 2",
        ),
    )


async def _certified(uri: str, name: str, bootstrap: str) -> set[str]:
    """Store firms whose certificate ended yesterday, which their catalog's clock has yet to find out."""
    database = connect(uri, name)
    parties = Store(database, Party, party_view, Relay(lambda: new_producer(bootstrap)))
    at, run = datetime.now(UTC), fresh()
    yesterday = seoul_date(at) - timedelta(days=1)
    firms = [
        Party(
            id=f"pty_{run}{number}",
            party_kind="sme",
            title="한빛수처리",
            title_en="Hanbit Water",
            business_number=f"{run}{number}",
            councils=[],
            region="",
            contact=None,
            status="active",
            sme_certificate_until=yesterday,
            reminded=list(REMINDERS),
        )
        for number in range(FIRMS)
    ]
    await asyncio.gather(
        *(parties.create(firm, Cause(at, "prs_bench", firm.id, firm.id, firm.id, "00-bench")) for firm in firms)
    )
    database.client.close()
    return {firm.id for firm in firms}


async def _told(reader: Consumer, firms: set[str], began: float) -> float:
    """Return after how many seconds each of these firms was told."""
    left = set(firms)
    while left:
        for records in (await reader.getmany(timeout_ms=200)).values():
            left -= {(record.key or b"").decode() for record in records}
    return time.perf_counter() - began


def _slow(loaded: Loaded) -> float:
    return loaded.seconds[int(len(loaded.seconds) * QUANTILE)] * 1000
