"""Many who want the same place at the same moment, through two replicas: one has it, the others are told so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from deploy.local.servers import Kafka
from deploy.local.services import Service
from shared.mongo import Database
from tests.component.matching.fair import Answer, Fair
from tests.component.serving import a_second_replica

CROWD = 200


@pytest.fixture(scope="module")
def second(service: Service, kafka: Kafka) -> Iterator[Service]:
    with a_second_replica("matching", service, kafka) as replica:
        yield replica


@pytest.fixture
async def replicas(fair: Fair, second: Service) -> AsyncIterator[tuple[Fair, Fair]]:
    """Both, with as many connections as there are callers."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield replace(fair, http=http), replace(fair, http=http, service=second)


async def everything(database: Database) -> dict[str, dict[str, Any]]:
    """What all documents of the service say."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("event", "participation", "request", "meeting"):
        async for document in database[name].find({}, {"state": 1, "claims": 1, "version": 1}):
            found[document["_id"]] = document
    return found


async def confirmed(replicas: tuple[Fair, Fair], wishes: list[tuple[str, dict[str, Any]]]) -> list[Answer]:
    """The answers to meetings that are all confirmed at once, half of them by each replica."""
    return await asyncio.gather(
        *(
            replicas[number % 2].post("/meetings", by, wish, key=f"confirm-{number}")
            for number, (by, wish) in enumerate(wishes)
        )
    )


async def one_has_it(
    replicas: tuple[Fair, Fair], database: Database, wishes: list[tuple[str, dict[str, Any]]], rule: str
) -> None:
    before = await everything(database)

    answers = await confirmed(replicas, wishes)

    assert Counter((each.status, each.rule) for each in answers) == {(201, ""): 1, (409, rule): CROWD - 1}
    assert all(each.body["detail"] and each.body["detail_ko"] for each in answers if each.status == 409)
    [won] = [each for each in answers if each.status == 201]
    after = await everything(database)
    assert after.keys() - before.keys() == {won.id}
    assert {each: after[each] for each in before} == before
    again = await confirmed(replicas, wishes)
    assert [(each.status, each.rule) for each in again] == [(each.status, each.rule) for each in answers]
    assert (await everything(database)).keys() == after.keys()


async def test_of_two_hundred_who_confirm_one_table_in_one_slot_one_has_it(
    fair: Fair, replicas: tuple[Fair, Fair], database: Database
) -> None:
    firms, buyers = await fair.parties(CROWD, "sme"), await fair.parties(CROWD, "institution")
    event = await fair.event("running")
    await fair.present(event, firms + buyers)
    place = {"event": event, "slot": 1, "table": 1}

    await one_has_it(
        replicas,
        database,
        [(buyer, place | {"firm": firm, "institution": buyer}) for firm, buyer in zip(firms, buyers, strict=True)],
        "meeting.table_taken",
    )


async def test_of_two_hundred_firms_confirmed_with_one_officer_in_one_slot_one_has_it(
    fair: Fair, replicas: tuple[Fair, Fair], database: Database
) -> None:
    firms, [buyer] = await fair.parties(CROWD, "sme"), await fair.parties(1, "institution")
    event = await fair.event("running", tables=CROWD)
    await fair.present(event, [*firms, buyer])
    place = {"event": event, "slot": 1, "institution": buyer}

    await one_has_it(
        replicas,
        database,
        [(buyer, place | {"firm": firm, "table": table}) for table, firm in enumerate(firms, start=1)],
        "meeting.party_taken",
    )
