"""Every operation of the OpenAPI document, called by schemathesis in every role, on things that exist.

Its inputs are the same in every run: those at the edges of each schema, and some drawn from a fixed seed.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from cli.api import OPERATOR, Person, market_at
from deploy.local.stack import Stack
from tests.evidence import PDF, a_pdf
from tests.flow.things import NEWCOMER, Things, make_things

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
DOCUMENT = Path(__file__).parents[2] / "services" / "gateway" / "static" / "openapi.json"
SCHEMA = schemathesis.openapi.from_path(DOCUMENT)
SCHEMA.config.generation.update(with_security_parameters=False)
SCHEMA.config.checks.negative_data_rejection.expected_statuses = ["4xx"]
OPERATIONS: list[Operation] = [each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
DRAWN = 4
EVERYBODY = 2
"""So many calls are made by everybody, the others by those in turn whose role let them in."""

AS_DRAWN = 5
"""One id of a path in so many, and one header, stays as it was drawn."""

NOBODY = Person("")
LIKE_AN_ID = re.compile(r"(?P<kind>[a-z]{3})_[a-z0-9]{1,40}")
ID_LENGTH = 28
SHORT = {
    name
    for each in SCHEMA.raw_schema["components"]["schemas"].values()
    for name, of in each.get("properties", {}).items()
    if of.get("maxLength", ID_LENGTH) < ID_LENGTH
}
ANSWER_SECONDS = 30.0
LIVE = {"/v1/live", "/v1/boards/{event_id}/live"}
LISTEN_SECONDS = 1.0
LISTENED = 8
"""One call of a live feed in so many: each listens for that long, as a feed has no end."""
NOT_IN_JSON_SCHEMA = '"pointer":"/due","rule":"less_than_equal"'
"""A bound of a date, for which JSON Schema has no word."""
NEVER_DONE = {
    "appeal_ban",  # nobody who calls is banned
    "renew_certificate",  # its end is years away
    "create_rule_set",  # the institution has one by then
    "get_parked",
    "retry_parked",
    "skip_parked",  # nothing was set aside
}


# A file goes over the wire as it is; of most types schemathesis does not know that.
schemathesis.serializer.alias(
    [
        media_type
        for operation in OPERATIONS
        for media_type in operation.definition.raw.get("requestBody", {}).get("content", {})
        if media_type != "application/json"
    ],
    "application/octet-stream",
)


@dataclass
class World:
    """What is called, by whom, and with which statuses each operation has answered."""

    url: str
    things: Things
    session: requests.Session
    tokens: Mapping[Person, str]
    answered: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _turns: dict[str, Iterator[str]] = field(default_factory=dict)
    _kept: Iterator[bool] = field(default_factory=lambda: cycle([False] * (AS_DRAWN - 1) + [True]))

    def existing(self, drawn: Any) -> Any:
        """Put things that exist in the places of those that were drawn, each of a kind in its turn, where one has room.

        Texts are drawn that look like an id by chance: a unit of measurement is too short for one.
        """
        if isinstance(drawn, dict):
            return {name: each if name in SHORT else self.existing(each) for name, each in drawn.items()}
        if isinstance(drawn, list):
            return [self.existing(each) for each in drawn]
        found = LIKE_AN_ID.fullmatch(drawn) if isinstance(drawn, str) else None
        if found is None or found["kind"] not in self.things.ids:
            return drawn
        return next(self._turns.setdefault(found["kind"], cycle(self.things.ids[found["kind"]])))

    def _path_of(self, drawn: Case) -> dict[str, Any]:
        """Return a path to what the operation is meant for; a few stay as they were drawn."""
        target = self.things.targets.get(id_of(drawn.operation))
        return {
            name: each if next(self._kept) or not LIKE_AN_ID.fullmatch(str(each)) else target or self.existing(each)
            for name, each in drawn.path_parameters.items()
        }

    def call(self, drawn: Case, person: Person) -> tuple[Case, Response]:
        """Make a call as somebody, mostly with headers that let it get far."""
        case = drawn.derive()
        if drawn.meta is not None:
            case.path_parameters = self._path_of(drawn)
            case.query = self.existing(drawn.query)
            # schemathesis judges anew what is set, and finds null wrong even where the document allows it
            if (body := self.existing(drawn.body)) != drawn.body:
                case.body = body
            if not drawn.meta.is_negative_at(ParameterLocation.HEADER):
                self._use_headers(case, person)
        token = self.tokens[person]
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        seconds = LISTEN_SECONDS if drawn.operation.path in LIVE else ANSWER_SECONDS
        response = case.call(base_url=self.url, session=self.session, headers=sent, timeout=seconds)
        self.answered[id_of(drawn.operation)].add(response.status_code)
        return case, response

    def _use_headers(self, case: Case, person: Person) -> None:
        usable = {
            "If-Match": "*",
            "Market-Principal": person.party,
            "Market-Position": f"{self.things.ids['prd'][0]}:1",
            "Idempotency-Key": "",
        }
        for name in usable.keys() & case.headers.keys():
            if not next(self._kept):
                del case.headers[name]
                case.headers.update({name: usable[name]} if usable[name] else {})


def id_of(operation: Operation) -> str:
    name: str = operation.definition.raw["operationId"]
    return name


def meant(operation: Operation, things: Things) -> Iterator[Case]:
    """The one call that the right person succeeds with, where there is a thing or a body meant for this operation."""
    name = id_of(operation)
    target, body = things.targets.get(name), things.bodies.get(name)
    raw = operation.definition.raw
    if target or body or name in things.queries:
        content = raw.get("requestBody", {}).get("content", {})
        case = operation.Case(
            path_parameters={
                each["name"]: target if each["name"].endswith("_id") else each["schema"]["examples"][0]
                for each in raw["parameters"]
                if each["in"] == "path"
            },
            query=things.queries.get(name),
            headers={"If-Match": "*"},
        )
        if PDF in content:
            case.body, case.media_type = a_pdf(), PDF
        elif content:
            case.body, case.media_type = body or content["application/json"]["example"], "application/json"
        yield case


def drawn(operation: Operation) -> list[Case]:
    """Calls at the edges of what is allowed, then some drawn from it; those that are allowed come first."""
    generation = SCHEMA.config.generation_for(operation=operation)
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    cases = list(SCHEMA.iter_coverage_cases(operation, generation_modes=modes, generation_config=generation))
    for mode in modes:

        @settings(
            max_examples=DRAWN,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def keep(case: Case) -> None:
            cases.append(case)

        with suppress(Unsatisfiable):  # where nothing is read, nothing can be wrong
            keep()
    if operation.path in LIVE:
        cases = cases[::LISTENED]
    return sorted(cases, key=lambda case: case.meta is not None and case.meta.generation.mode.is_negative)


@pytest.fixture(scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    async with market_at(stack.url) as market:
        things = await make_things(market)
    cast = things.cast
    people = (OPERATOR, cast.firm, cast.institution, cast.chair, NEWCOMER)
    with requests.Session() as session:
        tokens = {each: issued(stack.url, each, session) for each in people}
        uploaded = session.post(
            f"{stack.url}/v1/files?name=a.pdf",
            a_pdf(),
            headers={"Authorization": f"Bearer {tokens[cast.firm]}", "Content-Type": PDF},
            timeout=ANSWER_SECONDS,
        ).json()["id"]
        things.targets.update(dict.fromkeys(("get_file", "get_file_content"), uploaded))
        yield World(stack.url, things, session, {**tokens, NOBODY: ""})


def issued(url: str, person: Person, session: requests.Session) -> str:
    """Return a token of the development issuer."""
    parties = [{"id": person.party, "kind": person.kind, "roles": person.roles}] if person.party else []
    answer = session.post(f"{url}/dev/token", json={"sub": person.id, "parties": parties}, timeout=ANSWER_SECONDS)
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


@pytest.mark.parametrize("operation", OPERATIONS, ids=id_of)
def test_every_answer_is_described(world: World, operation: Operation) -> None:
    people = list(world.tokens)
    let_in: dict[Person, bool] = dict.fromkeys(people, False)
    wrong: list[str] = []

    for number, case in enumerate([*meant(operation, world.things), *drawn(operation)]):
        inside = [each for each in people if let_in[each]] or people
        callers = people if number < EVERYBODY else [inside[number % len(inside)]]
        for person in callers:
            sent, response = world.call(case, person)
            let_in[person] |= response.status_code not in {401, 403}
            wrong += faults(sent, response, person)

    assert not wrong, "\n\n".join(wrong[:10])


def faults(case: Case, response: Response, person: Person) -> list[str]:
    """Return what the document does not say of an answer."""
    found = []
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        found = [f"{each.title}: {each.message}" for each in group.exceptions]
    text = response.content.decode(errors="replace")
    allowed = case.meta is None or not case.meta.generation.mode.is_negative
    if (
        allowed
        and response.status_code == 422
        and '"rule":"request.invalid"' in text
        and NOT_IN_JSON_SCHEMA not in text
    ):
        found.append("what the document allows is refused as malformed")
    if person == NOBODY and response.status_code < 400 and case.operation.definition.raw.get("security") != []:
        found.append("a stranger was let in")
    return [f"{person.id} {case.as_curl_command()}\n{response.status_code} {text[:500]}\n{each}" for each in found]


def test_every_operation_was_carried_out(world: World) -> None:
    if len(world.answered) < len(OPERATIONS):
        pytest.skip("not every operation was called")

    done = {name for name, statuses in world.answered.items() if any(200 <= each < 300 for each in statuses)}

    assert {id_of(each) for each in OPERATIONS} - done == NEVER_DONE
