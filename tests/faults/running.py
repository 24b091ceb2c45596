"""One run: a market under load, hurt as the schedule says, healed, looked at."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from tests.faults.calling import Callers
from tests.faults.cast import enrol
from tests.faults.checker import bars_missed, percentile, violations_of
from tests.faults.collecting import Collector
from tests.faults.facts import Facts, Violation
from tests.faults.history import Attempt, History
from tests.faults.load import Load
from tests.faults.market import Market, Tell, a_market
from tests.faults.nemesis import Done, Nemesis
from tests.faults.schedule import schedule_of

FIRMS = 6
INSTITUTIONS = 4
WARM_UP = 3.0
THINKING = 0.2
HEALING_PATIENCE = 120.0
LOOK_EVERY = 0.5
HEALED = 90.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. `broken` are promises about what is stored, `bars` those about how long callers wait."""

    figures: dict[str, Any]
    broken: list[Violation]
    bars: list[Violation]

    @property
    def violations(self) -> list[Violation]:
        return [*self.broken, *self.bars]


async def run(folder: Path, seed: int, kills: int, tell: Tell, kafka: str = "apache") -> Report:
    """Play it all; the folder keeps history, schedule, report and the logs of every process."""
    market = a_market(folder, kafka, tell)
    schedule = schedule_of(seed, kills, kafka_survives=market.kafka_survives)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schedule.json").write_text(json.dumps([asdict(each) for each in schedule], indent=1))
    history = History(folder / "history.jsonl")
    began = time.monotonic()
    try:
        await asyncio.to_thread(market.stack.start, tell)
        report = await _played(market, schedule, history, seed, tell)
    finally:
        await asyncio.to_thread(market.stack.stop)
        history.close()
    report.figures["seconds"] = round(time.monotonic() - began, 1)
    texts = [str(each) for each in report.violations]
    (folder / "report.json").write_text(
        json.dumps(report.figures | {"violations": texts}, indent=1, ensure_ascii=False, default=str)
    )
    return report


async def _played(market: Market, schedule: Sequence[Any], history: History, seed: int, tell: Tell) -> Report:
    collector = Collector(market.stack.kafka.bootstrap, market.stack.mongo.uri)
    connector = aiohttp.TCPConnector(limit=0)
    besides = market.besides if len(market.stack.services["contracts"]) > 1 else {}
    try:
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            callers = Callers(session, market.stack.url, history, Random(f"calls {seed}"), besides, thinking=THINKING)
            cast = await enrol(callers, FIRMS, INSTITUTIONS)
            load = Load(callers, cast, seed)
            load.start()
            await asyncio.sleep(WARM_UP)
            nemesis = Nemesis(market, callers.now, tell)
            await nemesis.strike(schedule)
            await load.stop()
            await asyncio.gather(*(asyncio.to_thread(each.wait_ready, HEALED) for each in market.stack.parts()))
        views_equal_after = await _patiently(collector.views_differ, tell)
        tell(f"views equal {views_equal_after:.1f} s after healing")
        at_rest_after = views_equal_after + await _patiently(collector.unrest, tell)
        views_at_rest = await collector.views_differ()
        if views_at_rest:
            tell(f"at rest, and {views_at_rest}")
        facts = await collector.facts(history.attempts)
    finally:
        collector.close()
    during = _during_faults(history.attempts, nemesis.done, market.stack.url)
    figures = {
        **_figures(facts, history, nemesis, during),
        "kafka_survives": market.kafka_survives,
        "clock_behind": market.clock_behind,
        "servers": [market.stack.kafka.label, market.stack.mongo.label],
        "plots_played": load.played,
        "plots_ended": dict(load.ended.most_common(12)),
        "views_equal_after_s": round(views_equal_after, 1),
        "at_rest_after_s": round(at_rest_after, 1),
    }
    return Report(figures, violations_of(facts), bars_missed(during, views_equal_after))


async def _patiently(what_is_left: Callable[[], Awaitable[str]], tell: Tell) -> float:
    """Wait until nothing is left, at most for the patience; return how long that took."""
    began = time.monotonic()
    told = ""
    while left := await what_is_left():
        if left != told:
            tell(left)
            told = left
        if time.monotonic() - began > HEALING_PATIENCE:
            break
        await asyncio.sleep(LOOK_EVERY)
    return time.monotonic() - began


def _during_faults(attempts: Sequence[Attempt], done: Sequence[Done], gateway: str) -> list[Attempt]:
    """Return the attempts through the gateway that were under way at some moment of a fault.

    Who calls a replica directly, as some do here, has no gateway to end the wait for one that is frozen.
    """
    through = [each for each in attempts if each.via == gateway]
    return [each for each in through if any(each.start <= fault.end and each.end >= fault.start for fault in done)]


def _figures(facts: Facts, history: History, nemesis: Nemesis, during: Sequence[Attempt]) -> dict[str, Any]:
    commands, attempts = facts.commands, history.attempts
    outcome = Counter(
        "acknowledged" if each.acknowledgements else "refused" if each.refused else "in doubt" for each in commands
    )
    return {
        "commands": len(commands),
        **outcome,
        "attempts": len(attempts),
        "attempts_by_status": dict(sorted(Counter(each.status for each in attempts).items())),
        "refusals": dict(Counter(each.rule for each in attempts if each.rule).most_common(12)),
        "replayed": sum(each.replayed for each in attempts),
        "kills": nemesis.kills,
        "faults": dict(sorted(nemesis.counts().items())),
        "records_published_again": nemesis.published_again,
        "events": len(facts.events) - facts.repeated_events,
        "copies_dropped": facts.repeated_events,
        "aggregates": len(facts.stored),
        "p50_s": round(percentile(during, 0.5), 3),
        "p99_s": round(percentile(during, 0.99), 3),
        "longest_s": round(max((each.seconds for each in during), default=0.0), 3),
    }
