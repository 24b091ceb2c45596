"""The write path on a real database: nothing torn, nothing twice, nobody's batch neighbour harmed."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from deploy.local.databases import MongoProcess, SecantusPython, SecantusRust
from deploy.local.ports import free_port
from shared.aggregate import Cause
from shared.errors import AlreadyApplied, Conflict, Invalid, NotFound, Refused, Stale, Unavailable
from shared.mongo import Database, DatabaseError, connect, upsert_newer
from shared.store import Replayed, Store
from tests.builders import NOON, a_call_cause, a_cause, an_event_cause
from tests.component.shared.conftest import Offers
from tests.component.shared.tally import Kind, Tally

EVERYTHING = 1 << 30
"""The sequence of no event: all are before it."""


async def made(store: Store[Tally], tally_id: str = "tal_1", cause: Cause | None = None, **fields: Any) -> Tally:
    tally = store._aggregate(id=tally_id, **fields)
    tally.count("first", NOON)
    await store.create(tally, cause or a_call_cause(f"create {tally_id}"))
    return tally


async def counted(store: Store[Tally], tally_id: str, entry: str) -> None:
    """Count, deciding again after each conflict, as the edge does: it may find that it was written after all."""
    cause = a_call_cause(f"count {entry}")
    while True:
        try:
            tally = await store.load(tally_id, cause)
            tally.count(entry, NOON)
            await store.save(tally, cause)
        except Conflict:
            await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311
        except Replayed:
            return
        else:
            return


async def test_what_was_saved_is_loaded(tallies: Store[Tally]) -> None:
    await made(tallies, label="하나")
    tally = await tallies.load("tal_1")
    tally.count("둘째", NOON)

    answer = await tallies.save(tally, a_call_cause())

    loaded = await tallies.load("tal_1")
    assert (loaded.entries, loaded.label, loaded.version) == (["first", "둘째"], "하나", 2)
    assert (answer.version, answer.position, answer.replayed) == (2, "tal_1:2", False)
    assert answer.body.decode() == '{"id":"tal_1","entries":["first","둘째"],"counter":null}'
    assert [event["sequence"] for event in loaded.ledger.pending] == [1, 2]


async def test_what_is_not_there_is_not_found(tallies: Store[Tally]) -> None:
    with pytest.raises(NotFound, match="no t"):
        await tallies.load("tal_0")
    assert await tallies.find("tal_0") is None
    assert await tallies.holding("label:x") is None


async def test_an_aggregate_is_found_by_claim_and_by_state(tallies: Store[Tally]) -> None:
    await made(tallies, label="one")
    await made(tallies, "tal_2", label="two")

    by_claim = await tallies.holding("label:two")
    by_state = await tallies.where({"label": "one"})

    assert by_claim is not None
    assert (by_claim.id, [tally.id for tally in by_state]) == ("tal_2", ["tal_1"])
    found = await tallies.find("tal_1")
    assert found is not None
    assert found.label == "one"


async def test_a_repeated_creation_is_answered_as_before(tallies: Store[Tally]) -> None:
    await made(tallies)
    await counted(tallies, "tal_1", "later")

    with pytest.raises(Replayed) as repeat:
        await made(tallies)

    assert (repeat.value.answer.version, repeat.value.answer.position, repeat.value.answer.replayed) == (
        1,
        "tal_1:1",
        True,
    )
    assert (await tallies.load("tal_1")).entries == ["first", "later"]
    with pytest.raises(Invalid, match="another request"):
        await made(tallies, cause=a_call_cause("create tal_1", fingerprint="body-2"))


async def test_fifty_equal_creations_at_once_make_one(tallies: Store[Tally]) -> None:
    results = await asyncio.gather(*(made(tallies) for _ in range(50)), return_exceptions=True)

    assert sum(isinstance(result, Tally) for result in results) == 1
    assert sum(isinstance(result, Replayed) for result in results) == 49


async def test_a_repeated_change_is_answered_as_before(tallies: Store[Tally]) -> None:
    await made(tallies)
    tally = await tallies.load("tal_1", a_call_cause())
    tally.count("second", NOON)
    answer = await tallies.save(tally, a_call_cause())
    await counted(tallies, "tal_1", "later")

    with pytest.raises(Replayed) as repeat:
        await tallies.load("tal_1", a_call_cause(expected=1))  # its If-Match is old by now, and that is right

    assert repeat.value.answer.body == answer.body
    assert repeat.value.answer.version == 2
    with pytest.raises(Invalid):
        await tallies.load("tal_1", a_call_cause(fingerprint="body-2"))


async def test_a_key_is_remembered_for_32_commands(tallies: Store[Tally]) -> None:
    await made(tallies)
    for number in range(32):
        tally = await tallies.load("tal_1")
        tally.note(str(number))
        await tallies.save(tally, a_call_cause(f"key {number}"))

    for number in range(32):
        with pytest.raises(Replayed):
            await tallies.load("tal_1", a_call_cause(f"key {number}"))
    with pytest.raises(Replayed):
        await tallies.load("tal_1", a_call_cause("create tal_1"))


async def test_a_decision_on_an_old_version_is_stale(tallies: Store[Tally]) -> None:
    await made(tallies)
    await counted(tallies, "tal_1", "second")

    assert (await tallies.load("tal_1", a_call_cause(expected=2))).version == 2
    for version in (0, 1, 3):
        with pytest.raises(Stale):
            await tallies.load("tal_1", a_call_cause(expected=version))


async def test_of_two_saves_on_one_version_one_conflicts(tallies: Store[Tally]) -> None:
    await made(tallies)
    both = [await tallies.load("tal_1"), await tallies.load("tal_1")]
    for number, tally in enumerate(both):
        tally.count(f"by {number}", NOON)

    results = await asyncio.gather(*(tallies.save(tally, a_cause()) for tally in both), return_exceptions=True)

    assert sum(isinstance(result, Conflict) for result in results) == 1
    winner = next(number for number, result in enumerate(results) if not isinstance(result, Conflict))
    assert (await tallies.load("tal_1")).entries == ["first", f"by {winner}"]


async def test_what_changes_nothing_is_not_written(tallies: Store[Tally]) -> None:
    await made(tallies)
    tally = await tallies.load("tal_1")

    answer = await tallies.save(tally, a_call_cause())

    assert (answer.version, answer.position) == (1, "tal_1:1")
    assert (await tallies.load("tal_1")).version == 1


async def test_a_command_that_changed_nothing_changes_nothing_later_either(tallies: Store[Tally]) -> None:
    await made(tallies)
    await tallies.save(await tallies.load("tal_1", a_call_cause()), a_call_cause())
    await counted(tallies, "tal_1", "later")

    with pytest.raises(Replayed) as repeat:
        await tallies.load("tal_1", a_call_cause())
    with pytest.raises(Invalid):
        await tallies.load("tal_1", a_call_cause(fingerprint="body-2"))

    assert repeat.value.answer.version == 1


async def test_what_no_document_can_hold_harms_nobody_else(tallies: Store[Tally]) -> None:
    """The driver refuses the whole statement: each is then written alone."""
    beyond = datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))

    created = await asyncio.gather(
        *(made(tallies, f"tal_{number}", rings_at=beyond if number == 3 else None) for number in range(8)),
        return_exceptions=True,
    )
    saved = [await tallies.load(f"tal_{number}") for number in range(8) if number != 3]
    for tally in saved:
        tally.count("second", NOON)
    saved[0].rings_at = beyond
    changed = await asyncio.gather(*(tallies.save(tally, a_cause()) for tally in saved), return_exceptions=True)

    assert [number for number, each in enumerate(created) if isinstance(each, OverflowError)] == [3]
    assert [number for number, each in enumerate(changed) if isinstance(each, OverflowError)] == [0]
    assert len([each for each in (*created, *changed) if isinstance(each, Exception)]) == 2
    assert await tallies.find("tal_3") is None
    assert (await tallies.load("tal_7")).entries == ["first", "second"]


async def test_of_fifty_creations_with_one_claim_one_wins(tallies: Store[Tally]) -> None:
    results = await asyncio.gather(
        *(made(tallies, f"tal_{number}", label="same") for number in range(50)), return_exceptions=True
    )

    assert sum(isinstance(result, Tally) for result in results) == 1
    assert sum(isinstance(result, Refused) for result in results) == 49
    assert len(await tallies.where({"label": "same"})) == 1


async def test_of_fifty_updates_to_one_claim_one_wins_and_the_others_stay(tallies: Store[Tally]) -> None:
    await asyncio.gather(*(made(tallies, f"tal_{number}", label=f"own {number}") for number in range(50)))

    async def relabel(number: int) -> None:
        tally = await tallies.load(f"tal_{number}")
        tally.label = "wanted" if number % 2 else f"new {number}"
        await tallies.save(tally, a_cause())

    results = await asyncio.gather(*(relabel(number) for number in range(50)), return_exceptions=True)

    assert results[::2] == [None] * 25
    assert sum(result is None for result in results[1::2]) == 1
    assert sum(isinstance(result, Refused) for result in results[1::2]) == 24
    labels = sorted([(await tallies.load(f"tal_{number}")).label for number in range(50)])
    losers = sorted(f"own {number}" for number in range(1, 50, 2) if isinstance(results[number], Refused))
    assert labels == sorted([*losers, "wanted", *(f"new {number}" for number in range(0, 50, 2))])


async def test_a_claim_given_up_is_free_again(tmp_path: Path, kind: Kind) -> None:
    """On the Python server: the Rust one frees a unique value only when its document is deleted. MongoDB frees it."""
    server = SecantusPython(tmp_path, free_port())
    await asyncio.to_thread(start, server)
    database = connect(server.uri, "claims")
    tallies = kind.store(database, Offers())
    await tallies.prepare()
    await made(tallies, label="one")
    tally = await tallies.load("tal_1")
    tally.label = ""
    await tallies.save(tally, a_cause())

    await made(tallies, "tal_2", label="one")

    with pytest.raises(Refused, match="label_taken"):
        await made(tallies, "tal_3", label="one")
    database.client.close()
    await asyncio.to_thread(server.stop)


async def test_two_hundred_parallel_saves_leave_each_effect_once(tallies: Store[Tally]) -> None:
    await asyncio.gather(*(made(tallies, f"tal_{number}") for number in range(50)))

    await asyncio.gather(*(counted(tallies, f"tal_{number % 50}", f"entry {number}") for number in range(200)))

    for number in range(50):
        tally = await tallies.load(f"tal_{number}")
        assert sorted(tally.entries) == sorted(["first", *(f"entry {each}" for each in range(number, 200, 50))])
        assert [event["sequence"] for event in tally.ledger.pending] == [1, 2, 3, 4, 5]
        assert tally.version == 5


async def test_an_answered_save_is_there_once(tallies: Store[Tally]) -> None:
    """Without deciding again: four decisions on one version of each, all in flight at once."""
    await asyncio.gather(*(made(tallies, f"tal_{number}") for number in range(50)))

    async def save_once(number: int) -> bool:
        tally = await tallies.load(f"tal_{number % 50}")
        tally.count(f"entry {number}", NOON)
        try:
            await tallies.save(tally, a_cause())
        except Conflict:
            return False
        return True

    saved = await asyncio.gather(*(save_once(number) for number in range(200)))

    there = [entry for number in range(50) for entry in (await tallies.load(f"tal_{number}")).entries[1:]]
    assert len(there) == len(set(there)) >= 50
    assert {f"entry {number}" for number, done in enumerate(saved) if done} <= set(there)


async def test_an_event_has_its_effect_once(tallies: Store[Tally]) -> None:
    await made(tallies)

    async def apply(sequence: int) -> None:
        cause = an_event_cause("crt_1", sequence)
        while True:
            try:
                tally = await tallies.load("tal_1", cause)
                tally.note(str(sequence))
                await tallies.save(tally, cause)
            except Conflict:
                continue
            return

    await asyncio.gather(*(apply(1) for _ in range(20)), return_exceptions=True)
    await apply(3)

    for old in (1, 2, 3):
        with pytest.raises(AlreadyApplied):
            await apply(old)
    assert (await tallies.load("tal_1")).entries == ["first", "1", "3"]
    await tallies.load("tal_1", an_event_cause("crt_2", 1))


async def test_an_event_that_changes_nothing_is_remembered_too(tallies: Store[Tally]) -> None:
    await made(tallies)
    cause = an_event_cause()

    await tallies.save(await tallies.load("tal_1", cause), cause)

    with pytest.raises(AlreadyApplied):
        await tallies.load("tal_1", cause)


async def test_an_event_creates_once(tallies: Store[Tally]) -> None:
    cause = an_event_cause()
    await made(tallies, cause=cause)

    with pytest.raises(AlreadyApplied):
        await made(tallies, cause=cause)
    with pytest.raises(AlreadyApplied):  # whatever made it, it is there
        await made(tallies, cause=an_event_cause("crt_9"))


async def test_a_full_outbox_refuses_more(tallies: Store[Tally]) -> None:
    await made(tallies)
    for number in range(99):
        await counted(tallies, "tal_1", str(number))

    tally = await tallies.load("tal_1")
    tally.count("one too many", NOON)
    with pytest.raises(Unavailable):
        await tallies.save(tally, a_cause())

    assert len((await tallies.load("tal_1")).entries) == 100
    await tallies.confirm({"tal_1": 40})
    await counted(tallies, "tal_1", "again")
    assert [event["sequence"] for event in (await tallies.load("tal_1")).ledger.pending] == list(range(41, 102))


async def test_what_kafka_has_leaves_the_outbox_and_only_that(tallies: Store[Tally]) -> None:
    for number in range(3):
        await made(tallies, f"tal_{number}")
    await counted(tallies, "tal_1", "second")
    waiting = await tallies.waiting(10)
    assert {each: sequence for each, (sequence, _) in waiting.items()} == {"tal_0": 1, "tal_1": 2, "tal_2": 1}

    await tallies.confirm({"tal_0": 1, "tal_1": 1})

    left = {
        pending.id: [event["sequence"] for event in pending.events]
        for pending in await tallies.pending(["tal_0", "tal_1", "tal_2"])
    }
    assert left == {"tal_0": [], "tal_1": [2], "tal_2": [1]}
    assert set(await tallies.waiting(10)) == {"tal_1", "tal_2"}


async def test_the_whole_unconfirmed_prefix_is_offered(tallies: Store[Tally]) -> None:
    await made(tallies)
    await counted(tallies, "tal_1", "second")

    relay = tallies._relay
    assert isinstance(relay, Offers)
    assert [[event["sequence"] for event in pending.events] for pending in relay.taken] == [[1], [1, 2]]
    assert relay.taken[-1].public().entries == ["first", "second"]  # type: ignore[attr-defined]


async def test_a_page_follows_the_other_without_gap_or_repeat(tallies: Store[Tally]) -> None:
    for number in range(7):
        at = NOON + timedelta(seconds=number // 3)
        await made(tallies, f"tal_{number}", cause=a_call_cause(f"k{number}", at=at))

    seen: list[str] = []
    after = None
    while True:
        page = await tallies.page({"label": ""}, 2, after)
        seen += [tally.id for tally in page.items]
        after = page.after
        if after is None:
            break

    assert seen == ["tal_6", "tal_5", "tal_4", "tal_3", "tal_2", "tal_1", "tal_0"]


async def test_rows_end_with_the_newest_whatever_the_order(database: Database) -> None:
    rows = database["rows"]

    await asyncio.gather(
        *(
            upsert_newer(rows, {"a": (number, {"n": number}), "b": (50 - number, {"n": 50 - number})})
            for number in random.sample(range(50), 50)
        )
    )
    await upsert_newer(rows, {"a": (49, {"n": -1}), "b": (3, {"n": -1})})

    assert await rows.find({}).sort("_id", 1).to_list(None) == [
        {"_id": "a", "sequence": 49, "n": 49},
        {"_id": "b", "sequence": 50, "n": 50},
    ]


@pytest.fixture
async def mortal(tmp_path: Path, kind: Kind) -> AsyncIterator[tuple[SecantusRust, Store[Tally]]]:
    """A durable server of this test's own, and a store on it."""
    if SecantusRust.program() is None:
        pytest.skip("secantusd-rs is not built")
    server = SecantusRust(tmp_path, free_port(), durable=True)
    await asyncio.to_thread(start, server)
    database = connect(server.uri, "mortal")
    store = kind.store(database, Offers())
    await store.prepare()
    yield server, store
    database.client.close()
    await asyncio.to_thread(server.stop)


def start(server: MongoProcess) -> None:
    server.start()
    server.wait_ready(60)


async def test_every_acknowledged_write_outlives_the_database(mortal: tuple[SecantusRust, Store[Tally]]) -> None:
    server, store = mortal
    await asyncio.gather(*(made(store, f"tal_{number}") for number in range(10)))
    acknowledged: set[str] = set()
    refused: set[str] = set()

    async def write(number: int) -> None:
        for turn in range(1000):
            entry = f"{number}-{turn}"
            try:
                await counted(store, f"tal_{number % 10}", entry)
            except Unavailable:
                try:
                    await store.confirm({f"tal_{number % 10}": EVERYTHING})
                except DatabaseError:
                    return
            except DatabaseError:
                refused.add(entry)
                return
            else:
                acknowledged.add(entry)

    writers = [asyncio.create_task(write(number)) for number in range(20)]
    await asyncio.sleep(2.0)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*writers)
    await asyncio.to_thread(server.restart)

    tallies = [await store.load(f"tal_{number}") for number in range(10)]
    there = [entry for tally in tallies for entry in tally.entries if entry != "first"]
    assert len(acknowledged) > 20
    assert refused
    assert acknowledged <= set(there) <= acknowledged | refused
    assert len(there) == len(set(there))
    assert all(tally.ledger.sequence == len(tally.entries) for tally in tallies)


async def test_what_has_a_field_is_found_the_lowest_first_page_by_page_and_counted(tallies: Store[Tally]) -> None:
    for number, label in enumerate(["", "b", "a", "c"]):
        await made(tallies, f"tal_{number}", label=label)
    tally = await tallies.load("tal_0")
    tally.rings_at = NOON
    tally.count("rings", NOON)
    await tallies.save(tally, a_call_cause())

    first = await tallies.first_by("label", {"rings_at": {"$eq": None}}, 2, None)
    rest = await tallies.first_by("label", {"rings_at": {"$eq": None}}, 2, first.after)
    ringing = await tallies.first_by("rings_at", {}, 9, None)

    assert [each.label for each in first.items] == ["a", "b"]
    assert ([each.label for each in rest.items], rest.after) == (["c"], None)
    assert [each.id for each in ringing.items] == ["tal_0"]
    assert await tallies.counted_by("label", {"label": {"$ne": ""}}) == {"a": 1, "b": 1, "c": 1}
