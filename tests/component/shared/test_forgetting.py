"""What is erased is in no answer that the store remembers; a repeated call is answered as before but for that."""

import asyncio
import json

import bson
import pytest

from shared.aggregate import Cause
from shared.errors import Conflict, NotFound, Refused, Stale
from shared.mongo import Database
from shared.store import COMMANDS_KEPT, Answer, Replayed, Store
from tests.builders import NOON, a_call_cause
from tests.component.shared.tally import Kind, Tally

KIM, LEE = "김하늘 010-5555-0100", "이바다 010-5555-0200"


async def begun(store: Store[Tally]) -> None:
    """A tally of Kim's, after a command about something else."""
    tally = store._aggregate(id="tal_1", counter=KIM)
    tally.count("first", NOON)
    await store.create(tally, a_call_cause("begin"))
    await noted(store, "second", a_call_cause("note"))


async def noted(store: Store[Tally], entry: str, cause: Cause) -> Answer:
    tally = await store.load("tal_1", cause)
    tally.note(entry)
    return await store.save(tally, cause)


async def handed(store: Store[Tally], counter: str | None, cause: Cause) -> Answer:
    """Say who counts from now on, deciding again after a conflict, as the edge does."""
    while True:
        try:
            tally = await store.load("tal_1", cause)
            tally.counter = counter
            return await store.forget(tally, cause)
        except Conflict:
            await asyncio.sleep(0)


async def repeated(store: Store[Tally], key: str, fingerprint: str = "body-1") -> Answer:
    with pytest.raises(Replayed) as repeat:
        await store.load("tal_1", a_call_cause(key, fingerprint=fingerprint))
    return repeat.value.answer


async def raw(database: Database, kind: Kind) -> bytes:
    """The document as it is stored."""
    return bson.encode(await database[kind.tally.kind.partition(".")[2]].find_one({"_id": "tal_1"}) or {})


async def test_nothing_erased_is_left_and_every_repeat_is_answered_without_it(
    tallies: Store[Tally], database: Database, kind: Kind
) -> None:
    await begun(tallies)
    before = await raw(database, kind)

    answer = await handed(tallies, None, a_call_cause("erase"))

    after = await raw(database, kind)
    assert (before.count(KIM.encode()), after.count(KIM.encode())) == (3, 0)
    assert (answer.version, answer.position, json.loads(answer.body)["counter"]) == (3, "tal_1:1", None)
    begin, note, erase = [await repeated(tallies, each) for each in ("begin", "note", "erase")]
    assert json.loads(begin.body) == {"id": "tal_1", "entries": ["first"], "counter": None}
    assert json.loads(note.body) == {"id": "tal_1", "entries": ["first", "second"], "counter": None}
    assert [(each.version, each.position) for each in (begin, note)] == [(1, "tal_1:1"), (2, "tal_1:1")]
    assert erase.body == answer.body


async def test_who_was_replaced_is_forgotten_as_well(tallies: Store[Tally], database: Database, kind: Kind) -> None:
    await begun(tallies)

    answer = await handed(tallies, LEE, a_call_cause("hand over"))

    stored = await raw(database, kind)
    assert (stored.count(KIM.encode()), stored.count(LEE.encode())) == (0, 2)
    assert json.loads(answer.body)["counter"] == LEE
    assert json.loads((await repeated(tallies, "begin")).body)["counter"] is None


async def test_no_digest_of_an_erased_body_is_left_to_guess_at(
    tallies: Store[Tally], database: Database, kind: Kind
) -> None:
    await begun(tallies)

    await handed(tallies, None, a_call_cause("erase", fingerprint="nothing"))

    assert b"body-1" not in await raw(database, kind)
    assert (await repeated(tallies, "begin", fingerprint="body-2")).version == 1


async def test_erasing_what_is_not_there_changes_nothing(tallies: Store[Tally]) -> None:
    await begun(tallies)
    await handed(tallies, None, a_call_cause("erase"))

    again = await handed(tallies, None, a_call_cause("erase again"))

    assert again.version == 3
    assert (await repeated(tallies, "erase again")).version == 3


async def test_as_many_commands_are_remembered_as_without_erasing(tallies: Store[Tally]) -> None:
    await begun(tallies)
    for number in range(COMMANDS_KEPT):
        await noted(tallies, str(number), a_call_cause(f"key {number}"))

    await handed(tallies, None, a_call_cause("erase"))

    for key in ("begin", "erase", *(f"key {number}" for number in range(1, COMMANDS_KEPT))):
        await repeated(tallies, key)
    assert (await tallies.load("tal_1", a_call_cause("key 0"))).version == COMMANDS_KEPT + 3


async def test_what_is_refused_erases_nothing(tallies: Store[Tally]) -> None:
    await begun(tallies)
    await tallies.create(tallies._aggregate(id="tal_2", label="taken"), a_call_cause("other"))
    tally = await tallies.load("tal_1")
    tally.label, tally.counter = "taken", None

    with pytest.raises(Stale):
        await handed(tallies, None, a_call_cause("erase", expected=1))
    with pytest.raises(Refused):
        await tallies.forget(tally, a_call_cause("erase"))
    with pytest.raises(NotFound):
        await tallies.forget(tallies._aggregate(id="tal_0", counter=KIM), a_call_cause("erase"))

    assert (await tallies.load("tal_1")).counter == KIM


async def test_a_command_that_changes_nothing_at_the_same_moment_is_remembered(tallies: Store[Tally]) -> None:
    await begun(tallies)
    remembered = 0

    for number in range(30):
        key = f"nothing {number}"
        idle = await tallies.load("tal_1", a_call_cause(key))
        turn = handed(tallies, None if number % 2 else LEE, a_call_cause(f"turn {number}"))
        said, _ = await asyncio.gather(tallies.save(idle, a_call_cause(key)), turn, return_exceptions=True)
        if isinstance(said, Answer):
            await repeated(tallies, key)
            remembered += 1

    assert remembered > 0
