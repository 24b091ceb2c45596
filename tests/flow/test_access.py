"""Every operation of the OpenAPI document, tried on a thing that exists by each role, its owner and everybody else."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cli.api import OPERATOR, Person, market_at
from deploy.local.services import SERVICES
from deploy.local.stack import Stack
from shared import operations
from shared.auth import Caller, allowed
from tests.evidence import PDF, a_pdf
from tests.flow.things import NEWCOMER, Things, make_things
from tests.flow.walk import Walk, business_number
from tests.flow.whose import FOR_ALL, OWN_ALONE, WHOSE

DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "services" / "gateway" / "static" / "openapi.json").read_text(encoding="utf-8")
)
POLICY = {
    **operations.POLICY,
    **{name: who for service in SERVICES for name, who in import_module(f"services.{service}.policy").POLICY.items()},
}
FIRST_NUMBER = 302810077
RIVAL_NUMBER = "303810077"
PRINTS = 3
"""So many of those who may get a document get one: it is made anew each time."""
ROLES = ("manager", "signer", "chair", "officer")
NOT_FOUND_HERE = {
    "get_parked",
    "retry_parked",
    "skip_parked",  # nothing was set aside
}
NEVER_DONE = NOT_FOUND_HERE | {
    "renew_certificate",  # its end is years away
    "create_recognition_rule",  # it is there, or would be about oneself
}


@dataclass(frozen=True)
class Operation:
    """How something is called, as the document says."""

    id: str
    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def is_public(self) -> bool:
        return self.described.get("security") == []

    @property
    def is_on_a_thing(self) -> bool:
        return "_id}" in self.path

    def target(self, things: Things) -> str:
        """The path to what it is tried on."""
        values = {}
        for each in self.described.get("parameters", ()):
            if each["in"] == "path":
                schema = each["schema"]
                example = (schema.get("enum") or schema["examples"])[0]
                found = things.ids.get(schema.get("pattern", "")[1:4], [example])[0]
                aimed = each["name"].endswith("_id") and things.targets.get(self.id)
                values[each["name"]] = aimed or found
        return self.path.format(**values)

    def body(self, things: Things) -> tuple[str, bytes]:
        """The media type and content of what is sent, nothing where nothing is read."""
        content = self.described.get("requestBody", {}).get("content", {})
        if PDF in content:
            return PDF, a_pdf()
        if not content:
            return "", b""
        asked = things.bodies.get(self.id) or content["application/json"]["example"]
        return "application/json", json.dumps(asked).encode()


ALL = [
    Operation(described["operationId"], method, path, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
    if isinstance(described, dict) and "operationId" in described
]
OPERATIONS = sorted(ALL, key=lambda each: each.method != "get")
"""What only reads comes first, and so finds things as they were made."""


@dataclass(frozen=True)
class Tried:
    status: int
    rule: str
    items: Sequence[Any]

    @property
    def is_let_in(self) -> bool:
        return self.status not in {401, 403} and not self.rule.endswith(".unknown")

    @property
    def is_another_s(self) -> bool:
        """Whether the thing was said to be somebody else's or not to be there, or the caller to be the firm itself."""
        return (
            self.status in {403, 404} and self.rule != "operation.not_allowed"
        ) or self.rule == "review.conflict_of_interest"


@dataclass(frozen=True)
class Gate:
    """The gateway with what is behind it, and who comes to it."""

    http: aiohttp.ClientSession
    url: str
    things: Things
    people: Mapping[str, Person]
    tokens: Mapping[str, str]

    async def tried(self, operation: Operation, name: str, principal: str = "") -> Tried:
        status, shown = await self.asked(operation, name, principal)
        return Tried(status, shown.get("rule", ""), shown.get("items", []))

    async def asked(self, operation: Operation, name: str, principal: str = "") -> tuple[int, Any]:
        media_type, content = operation.body(self.things)
        sent = {"If-Match": "*", "Idempotency-Key": secrets.token_hex(8)}
        sent |= {"Content-Type": media_type} if media_type else {}
        sent |= {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        sent |= {"Market-Principal": principal} if principal else {}
        query = [
            (field, each)
            for field, value in self.things.queries.get(operation.id, {}).items()
            for each in (value if isinstance(value, list) else [value])
        ]
        target = self.url + operation.target(self.things)
        async with self.http.request(operation.method, target, params=query, data=content, headers=sent) as answer:
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(await answer.read()) if is_json else {}

    def may(self, operation: Operation, name: str) -> bool:
        """Whether the policy lets this person in; whose thing it is apart."""
        person = self.people[name]
        caller = Caller(person.id, person.party, person.kind, frozenset(person.roles if person.party else ()))
        return operation.is_public or allowed(POLICY, operation.id, caller)


def owns(operation: Operation, name: str) -> bool:
    side = name.partition(":")[0]
    return operation.id not in WHOSE or bool(WHOSE[operation.id] & {name, side})


def by_id(name: str) -> Operation:
    return next(each for each in ALL if each.id == name)


def cast_of(things: Things, rival: Person) -> dict[str, Person]:
    """Both owners in each role, another of each kind, those of the other kinds, and two who belong to nobody."""
    cast = things.cast
    others = ("expert_institution", "investor", "ministry")
    return {
        "firm:manager": cast.firm,
        "firm:clerk": replace(cast.firm, id="prs_firm_clerk", roles=("clerk",)),
        "institution:manager": cast.institution,
        "institution:chair": cast.chair,
        "institution:signer": replace(cast.institution, id="prs_buying_signer", roles=("signer",)),
        "institution:clerk": replace(cast.institution, id="prs_buying_clerk", roles=("clerk",)),
        "rival": replace(rival, roles=ROLES),
        "other": replace(cast.other, roles=ROLES),
        **{kind: Person(f"prs_{kind}", f"pty_{kind}", kind, ROLES) for kind in others},
        "banned": Person("prs_banned", things.targets["decide_ban"], "sme", ROLES),
        "operator": OPERATOR,
        "newcomer": NEWCOMER,
        "passer-by": Person("prs_passer"),
    }


@pytest.fixture(scope="module")
async def gate(stack: Stack) -> AsyncIterator[Gate]:
    async with market_at(stack.url) as market:
        things = await make_things(market, FIRST_NUMBER, council="soc")
        walk = Walk(market, f"who may {datetime.now(UTC)}")
        rival = await walk.active_party("sme", business_number(RIVAL_NUMBER))
        people = cast_of(things, rival)
        tokens = {name: await market._token_of(person) for name, person in people.items()}
        await _private_ones(things, walk)
    async with aiohttp.ClientSession() as http:
        found = Gate(http, stack.url, things, people, tokens)
        uploaded = (await found.asked(by_id("upload_file"), "firm:manager"))[1]["id"]
        things.targets.update(dict.fromkeys(("get_file", "get_file_content"), uploaded))
        yield found


async def _private_ones(things: Things, walk: Walk) -> None:
    """Aim what is read at things that are not public, and what a party does with itself at one that is banned."""
    targets = things.targets
    draft = ("get_product", "get_product_purchases", "get_product_versions")
    targets.update(dict.fromkeys(draft, targets["edit_product"]))
    revised = targets["get_product_version_changes"] = targets["pause_product"]
    things.queries["get_product_version_changes"] = {"since": 1}
    material = things.bodies["revise_product"] | {"model": "PX-2"}
    await walk.post(things.cast.firm, f"/v1/products/{revised}/revision", material)
    targets |= {"get_review": targets["assign_review"], "get_contract": targets["offer_contract"]}
    targets |= dict.fromkeys(("appeal_ban", "close_party"), targets["decide_ban"])


def test_every_operation_has_a_policy_and_every_policy_an_operation() -> None:
    assert {each.id for each in ALL if not each.is_public} == POLICY.keys()


def test_of_every_operation_on_a_thing_it_is_said_whose_the_thing_is() -> None:
    operator_s = {name for name, who in POLICY.items() if set(who) == {"operator"}}

    unsaid = {each.id for each in ALL if each.is_on_a_thing} - operator_s - WHOSE.keys() - FOR_ALL

    assert unsaid == set()
    assert {*WHOSE, *FOR_ALL, *OWN_ALONE} <= {each.id for each in ALL}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
async def test_who_may_is_let_in_and_nobody_else(gate: Gate, operation: Operation) -> None:
    may = {name for name in gate.people if gate.may(operation, name)}
    let_in = sorted(name for name in may if owns(operation, name))
    outside = sorted(gate.people.keys() - set(let_in))

    nobody, impostor, *refused = await asyncio.gather(
        gate.tried(operation, ""),
        gate.tried(operation, "rival", gate.things.cast.institution.party),
        *(gate.tried(operation, name) for name in outside),
    )
    trying = let_in[:PRINTS] if operation.path.endswith(".pdf") else let_in
    answered = await asyncio.gather(*(gate.tried(operation, name) for name in trying))
    answers = dict(zip(trying, answered, strict=True))

    wrong = {name: each for name, each in answers.items() if not each.is_let_in}
    for name, each in zip(outside, refused, strict=True):
        expected = each.is_another_s if name in may else (each.status, each.rule) == (403, "operation.not_allowed")
        wrong |= {} if expected else {name: each}
    if not operation.is_public:
        assert (nobody.status, nobody.rule) == (401, "token.invalid")
        assert (impostor.status, impostor.rule) == (403, "principal.not_member")
    if operation.id in NOT_FOUND_HERE:
        assert wrong.keys() == {"operator"}
    else:
        assert wrong == {}
    done = any(200 <= each.status < 300 for each in answers.values())
    assert done == (operation.id not in NEVER_DONE)
    if operation.id in OWN_ALONE:
        for name in answers.keys() - {"operator"}:
            assert all(gate.people[name].party in json.dumps(each) for each in answers[name].items), name
