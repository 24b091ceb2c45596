"""A person's data is erased through the gateway: none of it is left anywhere, and what happened stays as it was."""

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest

from cli.api import OPERATOR, Answer, Json, Market, Person, market_at
from cli.demo.evidence import history_of
from deploy.local.stack import Stack
from shared.events.topics import TOPIC_PARTITIONS
from shared.mongo import connect
from tests.component.shared.reading import all_records
from tests.flow.walk import Walk, business_number
from tests.flow.way import consulted, paid, registered, verified

DOCUMENT = Path(__file__).parents[2] / "services" / "gateway" / "static" / "openapi.json"
PERSONAL = {"Contact", "Attendee"}
CARRIES = {
    "register_party",
    "change_party_contact",
    "enrol_member",
    "change_member_contact",
    "apply_to_event",
    "replace_attendee",
}


class Marks:
    """Names, mails and phones that nobody else has, and where they are found."""

    def __init__(self) -> None:
        self._given: list[str] = []

    def contact(self) -> Json:
        return {"name": f"김{self._new()}", "phone": self._new(), "mail": f"{self._new()}@example.kr"}

    def attendee(self) -> Json:
        return {"name": f"이{self._new()}", "job": f"소장 {self._new()}", "phone": self._new()}

    def within(self, raw: bytes) -> set[str]:
        return {each for each in self._given if each.encode() in raw}

    @property
    def all(self) -> set[str]:
        return set(self._given)

    def _new(self) -> str:
        self._given.append(secrets.token_hex(8))
        return self._given[-1]


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[Market]:
    async with market_at(stack.url) as opened:
        yield opened


async def stored(stack: Stack, marks: Marks) -> dict[str, set[str]]:
    """What is found in each collection of each service. The database's own log of writes is for the database to end."""
    client = connect(stack.mongo.uri, "admin").client
    found: dict[str, set[str]] = {}
    try:
        for name in filter(re.compile("market_").match, await client.list_database_names()):
            for collection in await client[name].list_collection_names():
                async for document in client[name][collection].find():
                    if here := marks.within(bson.encode(document)):
                        found.setdefault(f"{name}.{collection}", set()).update(here)
    finally:
        client.close()
    return found


async def told(stack: Stack, marks: Marks) -> set[str]:
    """What is found on any topic, and in any log."""
    found: set[str] = set()
    for topic in TOPIC_PARTITIONS:
        for record in await all_records(stack.kafka.bootstrap, topic):
            headers = b"\n".join(value for _, value in record.headers)
            found |= marks.within(b"\n".join([record.key or b"", record.value or b"", headers]))
    logs = [each.log for replicas in stack.services.values() for each in replicas]
    assert any(log.stat().st_size for log in logs)
    return found.union(*(marks.within(log.read_bytes()) for log in logs))


def without(shown: Json) -> Json:
    """What is shown, but for what is personal and the number of its last change."""
    return {name: each for name, each in shown.items() if name not in {"contact", "attendees", "version"}}


def answered(answer: Answer) -> tuple[int, Json, object, str]:
    return answer.status, without(answer.json), answer.json.get("version"), answer.position


def schemas_in(part: Any, schemas: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of the schemas a part of the document leads to."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            yield name
            yield from schemas_in(schemas[name], schemas, seen | {name})
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from schemas_in(each, schemas, seen)


def test_only_these_operations_take_personal_data() -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    operations = [each for path in document["paths"].values() for each in path.values() if "requestBody" in each]

    taking = {
        each["operationId"]
        for each in operations
        if PERSONAL & set(schemas_in(each["requestBody"], document["components"]["schemas"]))
    }

    assert taking == CARRIES


async def test_nothing_of_a_person_is_left_and_history_stays(stack: Stack, market: Market) -> None:
    marks = Marks()
    walk = Walk(market, f"erasing {datetime.now(UTC)}")
    replaced = [marks.contact(), marks.contact()]
    firm = await walk.active_party("sme", business_number("601810077"), contact=replaced[0])
    number = business_number("602820077")
    institution = await walk.active_party("institution", number, contact=marks.contact())
    await walk.put(firm, f"/v1/parties/{firm.party}/contact", marks.contact())
    enrolment = {"party": firm.party, "person": "prs_leaver", "roles": ["officer"], "contact": replaced[1]}
    member = (await walk.post(firm, "/v1/members", enrolment))["id"]
    await walk.put(firm, f"/v1/members/{member}/contact", marks.contact())
    product = await registered(walk, firm)
    await verified(walk, firm, institution, number, product)
    meeting = await consulted(walk, firm, institution, product, [marks.attendee(), marks.attendee()])
    contract = await paid(walk, firm, institution, product, meeting)
    await walk.until(f"/v1/meetings/{meeting}", firm, status="converted", contract=contract)
    await walk.post(firm, f"/v1/members/{member}/departure", {"reason": "퇴사"})
    event = (await market.read(OPERATOR, f"/v1/meetings/{meeting}"))["event"]
    sent = {
        each["party"]: f"/v1/participations/{each['id']}"
        for each in await market.all(OPERATOR, "/v1/participations", event=event)
    }
    await walk.put(firm, f"{sent[firm.party]}/attendees/2", marks.attendee())
    certificate = (await market.all(OPERATOR, "/v1/certificates", institution=institution.party))[0]["id"]
    history = (
        f"/v1/parties/{firm.party}",
        f"/v1/parties/{institution.party}",
        f"/v1/members/{member}",
        *sent.values(),
        f"/v1/products/{product}",
        f"/v1/products/{product}/versions",
        f"/v1/products/{product}/purchases",
        f"/v1/views/product/{product}",
        f"/v1/views/meeting/{meeting}",
        f"/v1/reviews/decisions?institution={institution.party}",
        f"/v1/certificates/{certificate}",
        f"/v1/certificates/{certificate}/trail",
        f"/v1/events/{event}/timetable",
        f"/v1/events/{event}/ledger",
        f"/v1/events/{event}/lineage",
        "/v1/events/lineage",
        f"/v1/meetings/{meeting}",
        f"/v1/contracts/{contract}",
    )
    before = [without(await market.read(OPERATOR, path)) for path in history]
    happened = (await history_of(stack.kafka.bootstrap)).by_aggregate
    earlier = list(market.tally.answered)
    found = await stored(stack, marks)

    await walk.delete(firm, f"/v1/parties/{firm.party}/contact")
    await walk.delete(OPERATOR, f"/v1/parties/{institution.party}/contact")
    await walk.delete(Person("prs_leaver"), f"/v1/members/{member}/contact")
    await walk.delete(firm, f"{sent[firm.party]}/attendees/2")
    await walk.delete(firm, f"{sent[firm.party]}/attendees/1")
    await walk.delete(institution, f"{sent[institution.party]}/attendees")

    assert set().union(*found.values()) == marks.all - marks.within(json.dumps(replaced).encode())
    assert found.keys() == {"market_catalog.party", "market_catalog.member", "market_matching.participation"}
    again = [await market.command(command) for command, _ in earlier]
    assert [answered(each) for each in again] == [answered(first) for _, first in earlier]
    assert all(each.replayed for each in again)
    assert not marks.within(b"".join(each.body for each in again))
    assert await stored(stack, marks) == {}
    assert await told(stack, marks) == set()
    assert [without(await market.read(OPERATOR, path)) for path in history] == before
    heard = (await history_of(stack.kafka.bootstrap)).by_aggregate
    assert {each: heard[each] for each in happened} == happened
