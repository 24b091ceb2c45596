"""The live feed: every event once and in order, however often a listener leaves and comes back."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.events.envelope import Envelope
from shared.kafka import Outgoing, new_producer, publish
from tests.component.gateway.door import Door, taken

DRAFTED = "kr.techmarket.catalog.product.drafted.v1"


async def test_an_event_is_heard_as_a_cloudevent_that_names_no_person(door: Door) -> None:
    async with door.listening("catalog.product") as events:
        product = (await door.drafted()).body["id"]

        [event] = await taken(events, 1)

    assert event.type == event.data["type"] == DRAFTED
    assert event.data["id"] == f"{product}:1"
    assert event.data["sequence"] == "1"
    assert event.data["data"]["product"]["id"] == product
    assert "prs_firm" not in str(event.data)


async def test_a_draft_is_heard_by_its_owner_and_by_nobody_else(door: Door) -> None:
    async with door.listening(by="prs_firm") as theirs, door.listening(by="prs_newcomer") as others:
        product = (await door.drafted()).body["id"]
        silence = asyncio.create_task(taken(others, 1))

        [heard] = await taken(theirs, 1)
        await asyncio.sleep(0.5)

        assert heard.data["subject"] == product
        assert not silence.done()
        silence.cancel()
        await asyncio.gather(silence, return_exceptions=True)


async def test_only_asked_types_are_heard(door: Door) -> None:
    async with door.listening("contracts,catalog.product.registered") as other, door.listening(DRAFTED) as mine:
        first = await door.drafted()

        [heard] = await taken(mine, 1)
        silence = asyncio.create_task(taken(other, 1))
        await asyncio.sleep(0.5)

        assert heard.data["subject"] == first.body["id"]
        assert not silence.done()
        silence.cancel()
        await asyncio.gather(silence, return_exceptions=True)


async def test_a_listener_who_comes_back_misses_nothing_and_hears_nothing_twice(door: Door) -> None:
    async with door.listening("catalog.product") as events:
        drafted = [(await door.drafted()).body["id"] for _ in range(3)]
        heard = await taken(events, 2)

    drafted += [(await door.drafted()).body["id"] for _ in range(10)]
    async with door.listening("catalog.product", heard[-1].place) as events:
        drafted += [(await door.drafted()).body["id"] for _ in range(3)]
        heard += await taken(events, 14)

    assert sorted(each.data["subject"] for each in heard) == sorted(drafted)


@pytest.mark.usefixtures("killable")
async def test_a_place_outlives_the_process_that_gave_it(door: Door) -> None:
    async with door.listening("catalog.product.drafted") as events:
        first = (await door.drafted()).body["id"]
        heard = await taken(events, 1)

    door.gateway.kill()
    await asyncio.to_thread(door.gateway.start)
    await asyncio.to_thread(door.gateway.wait_ready, 60)
    missed = [(await door.drafted()).body["id"] for _ in range(3)]
    async with door.listening("catalog.product.drafted", heard[-1].place) as events:
        missed += [(await door.drafted()).body["id"] for _ in range(2)]
        heard += await taken(events, 5)

    assert sorted(each.data["subject"] for each in heard) == sorted([first, *missed])


async def test_the_events_of_one_thing_are_heard_in_their_order(door: Door) -> None:
    subject = "prd_ordered"
    envelope = Envelope(DRAFTED, "/test", subject, 1, datetime.now(UTC), "", "", "", "", "")
    records = [
        Outgoing("catalog.product.events", subject, b"{}", replace(envelope, sequence=number).headers())
        for number in range(1, 201)
    ]
    broken = Outgoing("catalog.product.events", subject, b"\xff", [("ce_id", b"\xff")])
    async with door.listening("catalog.product") as events:
        here = (await door.drafted()).body["id"]
        place = (await taken(events, 1))[0].place

    await _publish(door, [*records[:100], broken, *records[100:]])
    async with door.listening("catalog.product", place) as events:
        heard = await taken(events, 200)

    assert here
    assert [each.data["sequence"] for each in heard] == [str(number) for number in range(1, 201)]


async def test_a_place_that_is_none_is_refused(door: Door) -> None:
    async with door.listening() as events:
        await door.drafted()
        place = (await taken(events, 1))[0].place
    digest, *numbers = place.split(".")

    for wrong in ("x", f"abcdef.{'.'.join(numbers)}", f"{digest}.1.2", place + ".1", place[:-1] + "-1"):
        answer = await door.call("GET", "/v1/live", last_event_id=wrong)
        assert (answer.status, answer.rule) == (422, "live.unknown_place"), wrong
    beyond = ".".join([digest, *(str(int(each) + 10**9) for each in numbers)])
    answer = await door.call("GET", "/v1/live", last_event_id=beyond)
    assert (answer.status, answer.rule) == (422, "live.unknown_place")
    odd = await door.call("GET", "/v1/live?types=%00")
    assert odd.status == 422


async def test_listeners_do_not_hold_up_a_stop(door: Door) -> None:
    async with door.listening() as events:
        began = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(door.gateway.stop))

        left = [event async for event in events]
        await stopping
        took = time.monotonic() - began
    await asyncio.to_thread(door.gateway.restart)

    assert left == []
    assert took < 10


async def _publish(door: Door, records: list[Outgoing]) -> None:
    producer = new_producer(door.kafka.bootstrap)
    await producer.start()
    try:
        await publish(producer, records)
    finally:
        await producer.stop()
