"""The consumer shell on a real broker: applied once and in order, or parked; nothing lost, nobody else held up."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client import REGISTRY

from deploy.local.brokers import ApacheKafka
from deploy.local.databases import SecantusRust
from deploy.local.ports import free_port
from shared.errors import NotFound
from shared.messaging import Consumer
from shared.mongo import Database, connect
from tests.builders import an_envelope
from tests.component.shared.conftest import make_topics
from tests.component.shared.reading import until
from tests.component.shared.shelf import Shelf, consuming, counted, send, send_raw, state
from tests.component.shared.tally import Kind


@pytest.fixture
def shelf(database: Database, kind: Kind) -> Shelf:
    return Shelf(database, kind)


def expected(key: str, last: int) -> list[str]:
    return [f"{key} {number}" for number in range(1, last + 1)]


async def applied(shelf: Shelf, key: str, last: int, patience: float = 30.0) -> None:
    async def all_there() -> bool:
        return len(await shelf.entries(key)) >= last

    await until(all_there, patience)
    assert await shelf.entries(key) == expected(key, last)


async def parked(shelf: Shelf, number: int, patience: float = 30.0) -> None:
    async def so_many() -> bool:
        return len(await shelf.parked()) == number

    await until(so_many, patience)


async def committed(bootstrap: str, group: str) -> int:
    """How many records of all partitions the group has done with."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return sum(each.offset for each in offsets.values() if each.offset > 0)
    finally:
        await admin.close()


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_keys_are_in_order_and_side_by_side(shelf: Shelf, kind: Kind, broker: str) -> None:
    keys = [f"tal_{number}" for number in range(10)]
    await send(broker, *(counted(kind, key, number) for number in range(1, 21) for key in keys))
    shelf.pause = 0.001

    async with consuming(shelf, broker):
        for key in keys:
            await applied(shelf, key, 20)

    assert shelf.most_running > 1
    assert await shelf.parked() == []


async def test_what_cannot_be_read_is_parked_at_once_and_others_go_on(shelf: Shelf, kind: Kind, broker: str) -> None:
    good = an_envelope(type=kind.event.wire_type(), subject="x", sequence=1).headers()
    value = b'{"at": "2026-11-23T03:00:00Z", "entry": "x"}'
    poisons = [
        ("p1", b"no json", good),
        ("p2", b'{"entry": 5}', good),
        ("p3", b"\xff\xfe", good),
        ("p4", None, good),
        ("p5", value, []),
        ("p6", value, [*good, ("note", b"\xff")]),
        ("p7", value, [*good[:-1], ("ce_sequence", b"0")]),
        ("p8", value, [("ce_type", b"kr.techmarket.unheard.of.v1")]),
        ("p9", value, an_envelope(type=kind.event.wire_type().replace(".v1", ".v2"), subject="x").headers()),
        (None, b"", []),
    ]
    await send_raw(broker, kind.event.topic(), poisons)
    await send(broker, *(counted(kind, f"tal_{number}", 1) for number in range(5)))

    async with consuming(shelf, broker):
        for number in range(5):
            await applied(shelf, f"tal_{number}", 1)
        await parked(shelf, len(poisons))

    assert {record["attempts"] for record in await shelf.parked()} == {0}
    assert sorted(record["key"] or b"" for record in await shelf.parked()) == [b"", *(b"p%d" % n for n in range(1, 10))]
    assert {record["value"] for record in await shelf.parked() if record["key"] == b"p4"} == {None}
    assert "x" not in shelf.tried


async def test_types_nobody_asked_for_are_passed_over(shelf: Shelf, kind: Kind, broker: str) -> None:
    headers = an_envelope(type="kr.techmarket.test.other.v1", subject="tal_1", sequence=1).headers()
    await send_raw(broker, kind.event.topic(), [("tal_1", b"whatever", headers)])
    await send(broker, counted(kind, "tal_1", 2, "tal_1 1"))

    async with consuming(shelf, broker):
        await applied(shelf, "tal_1", 1)

    assert await shelf.parked() == []


async def test_what_fails_for_a_moment_is_tried_again_in_place(shelf: Shelf, kind: Kind, broker: str) -> None:
    shelf.failing["tal_1 2"] = [ConnectionError("a"), NotFound("b", "", "")]
    shelf.failing["tal_1 2"].append(None)  # type: ignore[arg-type]
    await send(broker, *(counted(kind, "tal_1", number) for number in range(1, 4)))

    async with consuming(shelf, broker):
        await until(lambda: tried(shelf, "tal_1 2", 2))
        shelf.failing.clear()
        await applied(shelf, "tal_1", 3)

    assert shelf.tried["tal_1 2"] == 3
    assert await shelf.parked() == []


async def tried(shelf: Shelf, entry: str, times: int) -> bool:
    return shelf.tried[entry] >= times


@pytest.mark.parametrize("error", [ValueError("broken"), NotFound("tally.unknown", "", "")])
async def test_what_always_fails_is_parked_with_what_follows_and_others_go_on(
    shelf: Shelf, kind: Kind, broker: str, error: Exception
) -> None:
    shelf.failing["tal_1 2"] = [error]
    async with consuming(shelf, broker):
        await send(broker, counted(kind, "tal_0", 1))
        await applied(shelf, "tal_0", 1)
        await send(broker, *(counted(kind, "tal_1", number) for number in range(1, 4)))
        await until(lambda: tried(shelf, "tal_1 2", 1))
        began = time.monotonic()
        await send(broker, counted(kind, "tal_2", 1))
        await applied(shelf, "tal_2", 1)
        delay = time.monotonic() - began
        await parked(shelf, 2)
        await send(broker, counted(kind, "tal_1", 4))
        await parked(shelf, 3)

        assert await shelf.entries("tal_1") == ["tal_1 1"]
        assert [record["offset"] for record in await shelf.parked()] == sorted(
            record["offset"] for record in await shelf.parked()
        )
        assert shelf.tried["tal_1 3"] == shelf.tried["tal_1 4"] == 0
        assert delay < 2.0, "1 s, and what a busy machine needs"

        head = (await shelf.parked())[0]
        shelf.failing.clear()
        await shelf.parking.retry(head["_id"])

        await applied(shelf, "tal_1", 4)
        await parked(shelf, 0)
        await send(broker, counted(kind, "tal_1", 5))
        await applied(shelf, "tal_1", 5)


async def test_a_skipped_record_lets_the_rest_go_on(shelf: Shelf, kind: Kind, broker: str) -> None:
    shelf.failing["tal_1 1"] = [ValueError("broken")]
    await send(broker, *(counted(kind, "tal_1", number) for number in range(1, 4)))

    async with consuming(shelf, broker):
        await parked(shelf, 3)
        await shelf.parking.skip((await shelf.parked())[0]["_id"])
        await parked(shelf, 0)

    assert await shelf.entries("tal_1") == ["tal_1 2", "tal_1 3"]
    for unknown in (shelf.parking.skip, shelf.parking.retry):
        with pytest.raises(NotFound):
            await unknown("topic:0:1")


async def test_a_record_that_goes_on_failing_is_given_up_in_the_end(
    shelf: Shelf, kind: Kind, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.parking.TRIES", 2)
    shelf.failing["tal_1 1"] = [ValueError("broken")]
    await send(broker, counted(kind, "tal_1", 1))

    async with consuming(shelf, broker):
        await parked(shelf, 1)
        record = (await shelf.parked())[0]["_id"]
        for times in (2, 3):
            await shelf.database["parked"].update_one({"_id": record}, {"$set": {"next_at": an_envelope().time}})
            await until(partial(tried, shelf, "tal_1 1", times))
        await until(lambda: is_dead(shelf))
        await asyncio.sleep(1.5)

        assert shelf.tried["tal_1 1"] == 3
        shelf.failing.clear()
        await shelf.parking.retry(record)
        await applied(shelf, "tal_1", 1)


async def is_dead(shelf: Shelf) -> bool:
    return [record["status"] for record in await shelf.parked()] == ["dead"]


async def test_copies_end_with_the_newest_and_a_broken_one_is_parked(shelf: Shelf, kind: Kind, broker: str) -> None:
    await send(broker, *(state(kind, "tal_1", number) for number in (3, 1, 2)), state(kind, "tal_2", 1, b"{}"))
    await send(broker, state(kind, "tal_1", 2), state(kind, "tal_3", 1))

    async with consuming(shelf, broker):
        await parked(shelf, 1)
        copy = await shelf.copies.require("tal_1", 3)
        await shelf.copies.require("tal_3")

        assert copy.entries == expected("tal_1", 3)
        assert await shelf.copies.get("tal_2") is None

        mended = {"value": state(kind, "tal_2", 1).value}
        record = (await shelf.parked())[0]["_id"]
        await shelf.database["parked"].update_one({"_id": record}, {"$set": mended})
        await shelf.parking.retry(record)
        await parked(shelf, 0)
        assert (await shelf.copies.require("tal_2")).entries == ["tal_2 1"]


async def test_a_copy_no_document_can_hold_is_parked_and_its_neighbours_go_on(
    shelf: Shelf, kind: Kind, broker: str
) -> None:
    huge = kind.state(id="tal_2", entries=[], label="", total=2**70).model_dump_json().encode()
    beyond = an_envelope(type=kind.state.wire_type(), subject="tal_4", sequence=2**64)
    uncounted = state(kind, "tal_4", 1)._replace(headers=beyond.headers())
    await send(broker, state(kind, "tal_1", 1), state(kind, "tal_2", 1, huge), state(kind, "tal_3", 1), uncounted)

    async with consuming(shelf, broker) as consumer:
        await parked(shelf, 2)
        await shelf.copies.require("tal_1")
        await shelf.copies.require("tal_3")

        assert consumer.problem() is None
        assert {record["key"] for record in await shelf.parked()} == {b"tal_2", b"tal_4"}


async def test_replays_from_the_start_change_nothing(shelf: Shelf, kind: Kind, broker: str) -> None:
    await send(broker, *(counted(kind, f"tal_{key}", number) for number in range(1, 6) for key in range(3)))
    async with consuming(shelf, broker):
        for key in range(3):
            await applied(shelf, f"tal_{key}", 5)
    await send(broker, *(counted(kind, "tal_1", number) for number in (2, 4, 5)))
    stale = metric("market_consumed_records_total", result="stale")

    async with consuming(shelf, broker, "again"):
        await send(broker, counted(kind, "tal_9", 1))
        await applied(shelf, "tal_9", 1)
        await until(lambda: stale_rose(stale + 18))

    for key in range(3):
        assert await shelf.entries(f"tal_{key}") == expected(f"tal_{key}", 5)
    assert await shelf.parked() == []


async def stale_rose(to: float) -> bool:
    return metric("market_consumed_records_total", result="stale") >= to


async def test_a_missing_event_raises_the_alarm(shelf: Shelf, kind: Kind, broker: str) -> None:
    def gaps() -> float:
        return metric("market_sequence_gaps_total", topic=kind.event.topic())

    async with consuming(shelf, broker):
        await send(broker, *(counted(kind, "tal_1", number) for number in (5, 6, 6, 5, 7)))
        await until(lambda: tried(shelf, "tal_1 7", 1))
        assert gaps() == 0

        await send(broker, counted(kind, "tal_1", 9))
        await until(lambda: tried(shelf, "tal_1 9", 1))
        assert gaps() == 1


async def test_too_much_parked_stops_the_consumer_until_somebody_tidies_up(
    shelf: Shelf, kind: Kind, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.LIMIT", 2)
    await send_raw(broker, kind.event.topic(), [(f"p{number}", b"", []) for number in range(3)])
    async with consuming(shelf, broker) as consumer:
        await parked(shelf, 3)
        await until(lambda: complains(consumer, "too much is parked"))
        await send(broker, counted(kind, "tal_1", 1))
        await asyncio.sleep(1.5)
        assert await shelf.entries("tal_1") == []

        await shelf.parking.skip((await shelf.parked())[0]["_id"])

        await applied(shelf, "tal_1", 1)
        assert consumer.problem() is None


async def complains(consumer: Consumer[Shelf], of: str) -> bool:
    return consumer.problem() == of


async def test_a_consumer_says_why_it_does_not_consume(shelf: Shelf, broker: str) -> None:
    consumer = shelf.consumer(broker, "never-started")
    assert consumer.problem() == "the consumer is not running"
    await consumer.stop()

    async with consuming(shelf, broker) as running:
        await until(lambda: complains_not(running))
        assert running._subscriber.tasks
        for task in running._subscriber.tasks:
            task.cancel()
        await asyncio.gather(*running._subscriber.tasks, return_exceptions=True)
        assert running.problem() == "the consume task has ended"


async def complains_not(consumer: Consumer[Shelf]) -> bool:
    return consumer.problem() is None


async def test_a_stop_lets_the_running_batch_end(shelf: Shelf, kind: Kind, broker: str) -> None:
    shelf.pause = 0.5
    await send(broker, *(counted(kind, "tal_1", number) for number in range(1, 4)))
    async with consuming(shelf, broker):
        await until(lambda: tried(shelf, "tal_1 1", 1))

    assert await shelf.entries("tal_1") == expected("tal_1", 3)
    assert await committed(broker, f"{kind.tally.kind}.shelf") == 3
    async with consuming(shelf, broker):
        await send(broker, counted(kind, "tal_1", 4))
        await applied(shelf, "tal_1", 4)
    assert shelf.tried == {f"tal_1 {number}": 1 for number in range(1, 5)}


@pytest.fixture
async def mortal(tmp_path: Path, kind: Kind) -> AsyncIterator[tuple[SecantusRust, Shelf]]:
    if SecantusRust.program() is None:
        pytest.skip("secantusd-rs is not built")
    server = SecantusRust(tmp_path, free_port(), durable=True)
    await asyncio.to_thread(up, server)
    database = connect(server.uri, "mortal")
    yield server, Shelf(database, kind)
    database.client.close()
    await asyncio.to_thread(server.stop)


def up(server: SecantusRust) -> None:
    server.start()
    server.wait_ready(60)


async def test_without_a_database_nothing_is_lost_or_committed(
    mortal: tuple[SecantusRust, Shelf], kind: Kind, broker: str
) -> None:
    server, shelf = mortal
    keys = [f"tal_{number}" for number in range(5)]
    group = f"{kind.tally.kind}.shelf"
    async with consuming(shelf, broker):
        await send(broker, *(counted(kind, key, 1) for key in keys))
        for key in keys:
            await applied(shelf, key, 1)
        await asyncio.to_thread(server.kill)
        await send(broker, *(counted(kind, key, number) for number in range(2, 12) for key in keys))
        await until(lambda: tried(shelf, "tal_0 2", 2))
        assert await committed(broker, group) == 5

        await asyncio.to_thread(server.restart)

        for key in keys:
            await applied(shelf, key, 11, patience=60)
        assert await shelf.parked() == []
        await until(lambda: has_committed(broker, group, 55))


async def has_committed(bootstrap: str, group: str, number: int) -> bool:
    return await committed(bootstrap, group) == number


async def test_rebalances_lose_nothing_and_keep_order(database: Database, kind: Kind, apache: ApacheKafka) -> None:
    await make_topics(apache.bootstrap, kind)
    shelf = Shelf(database, kind)
    shelf.pause = 0.002
    keys = [f"tal_{number}" for number in range(12)]

    async def produce() -> None:
        for number in range(1, 31):
            await send(apache.bootstrap, *(counted(kind, key, number) for key in keys))
            await asyncio.sleep(0.1)

    producing = asyncio.create_task(produce())
    async with consuming(shelf, apache.bootstrap) as stays:
        for _ in range(3):
            async with consuming(shelf, apache.bootstrap) as joins:
                await until(partial(complains_not, joins))
                await asyncio.sleep(0.5)
        await producing
        for key in keys:
            await applied(shelf, key, 30)
        await until(lambda: complains_not(stays))

    assert await shelf.parked() == []
