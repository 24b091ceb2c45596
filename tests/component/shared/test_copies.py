"""Copies of other services' states: any order, any repeats, the newest stays; who is ahead of the events waits."""

import asyncio
import secrets
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.copies import Copies
from shared.errors import NotKnownYet
from shared.mongo import FEW, Database
from tests.component.shared.tally import Kind, TallyState


def of(kind: Kind, key: str, sequence: int) -> tuple[int, TallyState]:
    return sequence, kind.state(id=key, entries=[str(sequence)], label=f"label {sequence % 2}")


@pytest.fixture
async def copies(database: Database, kind: Kind) -> Copies[TallyState]:
    copies: Copies[TallyState] = Copies(database, kind.state)
    await copies.prepare("label")
    return copies


BATCHES = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 9), min_size=1), min_size=1, max_size=8
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(batches=BATCHES, side_by_side=st.booleans(), besides=st.sampled_from([0, FEW]))
async def test_any_order_and_any_repeats_end_the_same(
    copies: Copies[TallyState],
    kind: Kind,
    batches: list[dict[str, int]],
    side_by_side: bool,  # noqa: FBT001
    besides: int,
) -> None:
    """Few rows are written in another way than many: `besides` makes them many."""
    run = secrets.token_hex(4)
    others = {f"other_{number}": of(kind, "other", 1) for number in range(besides)}
    rows = [others | {f"{key}_{run}": of(kind, key, number) for key, number in batch.items()} for batch in batches]

    if side_by_side:
        await asyncio.gather(*(copies.apply(batch) for batch in rows))
    else:
        for batch in rows:
            await copies.apply(batch)

    for key in {key for batch in batches for key in batch}:
        newest = max(batch[key] for batch in batches if key in batch)
        copy = await copies.get(f"{key}_{run}")
        assert copy is not None
        assert copy.entries == [str(newest)]


async def test_who_is_ahead_of_the_events_waits(copies: Copies[TallyState], kind: Kind) -> None:
    async def arrive() -> None:
        await asyncio.sleep(0.2)
        await copies.apply({"tal_1": of(kind, "tal_1", 1)})
        await asyncio.sleep(0.2)
        await copies.apply({"tal_1": of(kind, "tal_1", 3)})

    arriving = asyncio.create_task(arrive())

    assert (await copies.require("tal_1")).entries == ["1"]
    assert (await copies.require("tal_1", 2)).entries == ["3"]
    await arriving


async def test_what_does_not_come_is_not_known_yet(copies: Copies[TallyState], kind: Kind) -> None:
    await copies.apply({"tal_1": of(kind, "tal_1", 2)})
    began = time.monotonic()

    for unknown, at_least in (("tal_0", 1), ("tal_1", 3)):
        with pytest.raises(NotKnownYet):
            await copies.require(unknown, at_least, patience=0.3)

    assert 0.6 <= time.monotonic() - began < 5
    assert await copies.get("tal_0") is None


async def test_copies_are_found_by_their_fields(copies: Copies[TallyState], kind: Kind) -> None:
    await copies.apply({f"tal_{number}": of(kind, f"tal_{number}", number) for number in range(1, 6)})

    assert [copy.id for copy in await copies.where({"label": "label 1"})] == ["tal_1", "tal_3", "tal_5"]
    assert len(await copies.where({"label": "label 1"}, limit=2)) == 2


async def test_many_copies_are_read_at_once_but_what_is_unknown(copies: Copies[TallyState], kind: Kind) -> None:
    await copies.apply({f"tal_{number}": of(kind, f"tal_{number}", number) for number in range(1, 4)})

    assert [copy.id for copy in await copies.among({"tal_3", "tal_1", "tal_9"})] == ["tal_1", "tal_3"]
    assert await copies.among([]) == []
