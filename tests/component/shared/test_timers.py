"""Timers are commands: safe in every replica, whatever its clock says."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.kafka import Producer
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store
from shared.timers import Timers, tick
from tests.builders import NOON, a_call_cause
from tests.component.shared.reading import until
from tests.component.shared.tally import Kind, Tally

MINUTES = timedelta(minutes=1)


def no_producer() -> Producer:
    raise AssertionError


@pytest.fixture
async def tallies(database: Database, kind: Kind) -> Store[Tally]:
    store = kind.store(database, Relay(no_producer))
    await store.prepare()
    return store


async def ringing(store: Store[Tally], tally_id: str, at: datetime) -> None:
    tally = store._aggregate(id=tally_id, rings_at=at)
    tally.count("made", NOON)
    await store.create(tally, a_call_cause(tally_id))


async def entries(store: Store[Tally], tally_id: str) -> list[str]:
    return (await store.load(tally_id)).entries


async def test_two_timers_on_one_store_ring_once(tallies: Store[Tally]) -> None:
    now = datetime.now(UTC)
    for number in range(20):
        await ringing(tallies, f"tal_{number}", now - MINUTES)
    await ringing(tallies, "tal_later", now + 60 * MINUTES)
    timers = [Timers([tallies]) for _ in range(2)]
    for timer in timers:
        await timer.start()

    async def nothing_due() -> bool:
        return not await tallies.due(now)

    await until(nothing_due)
    await asyncio.sleep(1.5)
    for timer in timers:
        await timer.stop()

    for number in range(20):
        assert await entries(tallies, f"tal_{number}") == ["made", "rang"]
    assert await entries(tallies, "tal_later") == ["made"]
    tally = await tallies.load("tal_0")
    assert [event["actor"] for event in tally.ledger.pending] == ["prs_kim", "clock"]


async def test_many_at_the_same_moment_ring_once(tallies: Store[Tally]) -> None:
    await ringing(tallies, "tal_1", NOON)

    await asyncio.gather(*(tick(tallies, NOON + MINUTES) for _ in range(20)))

    assert await entries(tallies, "tal_1") == ["made", "rang"]


async def test_a_clock_ten_minutes_behind_changes_nothing(tallies: Store[Tally]) -> None:
    await ringing(tallies, "tal_1", NOON)

    await tick(tallies, NOON - 10 * MINUTES)
    assert await entries(tallies, "tal_1") == ["made"]

    await tick(tallies, NOON)
    await tick(tallies, NOON - 10 * MINUTES)
    await tick(tallies, NOON)
    assert await entries(tallies, "tal_1") == ["made", "rang"]


async def test_one_that_breaks_stops_no_other_clock(
    tallies: Store[Tally], kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await ringing(tallies, f"tal_{number}", NOON)
    await tallies._collection.update_one({"_id": "tal_0"}, {"$set": {"state.entries": "not a list"}})

    await tick(tallies, NOON)

    assert [await entries(tallies, f"tal_{number}") for number in (1, 2)] == [["made", "rang"]] * 2


async def test_timers_look_again_when_the_database_was_away(
    tallies: Store[Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    await ringing(tallies, "tal_1", NOON)
    monkeypatch.setattr("shared.timers.LOOK_EVERY", 0.05)
    looks = tallies.due
    times = iter([True, True, False])

    async def away(at: datetime, limit: int = 200) -> list[str]:
        if next(times, False):
            raise ConnectionError
        return await looks(at, limit)

    monkeypatch.setattr(tallies, "due", away)
    timers = Timers([tallies])
    await timers.start()

    async def rang() -> bool:
        return await entries(tallies, "tal_1") == ["made", "rang"]

    await until(rang)
    await timers.stop()
    await Timers([tallies]).stop()
