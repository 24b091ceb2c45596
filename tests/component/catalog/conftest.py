"""The catalog as a process, on the servers of this run but in a database of its own; called over HTTP by anybody."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.local.keys import development_keys
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service, replicas_of, settings_of
from deploy.local.stack import create_topics
from services.catalog.domain.business_number import check_digit
from services.catalog.domain.file import File
from services.catalog.files.views import file_view
from shared.events.catalog import ProductRef
from shared.events.envelope import Envelope
from shared.events.verification import Certificate, ProductVerified
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.store import Store
from tests.component.records import record_of, tell
from tests.component.shared.reading import all_records, until
from tests.evidence import PDF

READY = 60.0
FAR = date(2099, 11, 22)
PATIENCE = 60.0
"""Longer than the broker waits for a killed member of a group."""
ENDS = (datetime.now(UTC) + timedelta(days=700)).isoformat()
BAN = {"reason": "collusion", "until": ENDS, "document": "제재공고 2026-0417"}
ISSUER = "https://market.example/issuer"
OPERATOR = ("pty_operator", "operator")
KINDS = ("sme", "institution", "expert_institution", "investor", "ministry", "operator")
NAME = "시험성적서 (최종).pdf"
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class Caller:
    """Somebody with a token, or without one."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str | None) -> None:
        self._http = http
        self._url = url
        self._token = token

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`body` is JSON, raw bytes or what yields them. A command has a key and `If-Match: *`, or its own."""
        sent = {"Content-Type": "application/json"}
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        if method != "GET":
            sent |= {"Idempotency-Key": secrets.token_hex(8), "If-Match": "*"}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        data = (
            body
            if isinstance(body, bytes | BytesIO | AsyncIterable)
            else json.dumps(body).encode()
            if body is not None
            else None
        )
        async with self._http.request(method, self._url + path, data=data, headers=sent) as response:
            text = await response.read()
            content = json.loads(text) if "json" in response.headers.get("Content-Type", "") else text
            return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content)


async def bring(by: Caller, content: bytes, declared: str = PDF, name: str = NAME, **headers: str) -> Answer:
    return await by.ask("POST", f"/v1/files?name={quote(name)}", BytesIO(content), Content_Type=declared, **headers)


class Catalog:
    """The running service, and how anybody calls it."""

    def __init__(self, http: aiohttp.ClientSession, service: Service, key: OKPKey) -> None:
        self._http = http
        self._url = service.url
        self._key = key

    def caller(self, *parties: tuple[str, str], person: str = "prs_kim", **claims: Any) -> Caller:
        """A person with a good token, who belongs to these (party, kind)."""
        content = {
            "sub": person,
            "iss": ISSUER,
            "aud": "techmarket",
            "exp": int(time.time()) + 600,
            "parties": [{"id": party, "kind": kind, "roles": ["manager"]} for party, kind in parties],
        }
        header = {"alg": "Ed25519", "kid": self._key.kid}
        return Caller(self._http, self._url, jwt.encode(header, content | claims, self._key, algorithms=["Ed25519"]))

    def stranger(self, token: str | None = None) -> Caller:
        return Caller(self._http, self._url, token)

    @property
    def operator(self) -> Caller:
        return self.caller(OPERATOR, person="prs_operator")

    @property
    def second_operator(self) -> Caller:
        return self.caller(OPERATOR, person="prs_second")

    async def a_firm(self) -> str:
        """The id of a new, active firm."""
        registered = await self.caller().ask("POST", "/v1/parties", a_party())
        party: str = registered.body["id"]
        activation = {"tax_active": True, "sme_certificate_until": "2099-03-31"}
        assert (await self.operator.ask("POST", f"/v1/parties/{party}/activation", activation)).status == 200
        return party

    async def lifted(self, party: str) -> None:
        """Let another operator end the ban of a party."""
        decision = {"ban": 1, "outcome": "lifted", "reason": "확인함"}
        answer = await self.second_operator.ask("POST", f"/v1/parties/{party}/ban-decision", decision)
        assert answer.status == 200, answer.body

    async def a_product(self, firm: str, *steps: str, kind: str = "technology", content: Json | None = None) -> str:
        """The id of a new product, taken through these steps."""
        owner = self.caller((firm, "institution" if kind == "idle_ip" else "sme"))
        drafted = await owner.ask("POST", "/v1/products", {"product_kind": kind, "content": content or a_content()})
        product: str = drafted.body["id"]
        for step in steps:
            caller = self.operator if step == "approval" else owner
            assert (await caller.ask("POST", f"/v1/products/{product}/{step}")).status == 200
        return product


def a_number() -> str:
    """A valid business number nobody has yet."""
    first = f"{secrets.randbelow(10**9):09}"
    return f"{first}{check_digit(first)}"


def a_party(**changed: Any) -> Json:
    contact = {"name": "김하늘", "phone": "02-555-0100", "mail": "sky@example.kr"}
    return {"party_kind": "sme", "title": "한빛", "business_number": a_number(), "contact": contact} | changed


def a_content(**changed: Any) -> Json:
    content = {"title": "분리막", "summary": "요약", "category": "water", "council": "soc", "readiness_level": 8}
    return content | {"model": secrets.token_hex(4)} | changed


async def certify(kafka: Kafka, product: str, owner: str, institution: str = "pty_kwater", last_day: date = FAR) -> str:
    """Let an institution certify the product's first version; return the certificate."""
    issued = f"crt_{secrets.token_hex(6)}"
    certificate = Certificate(
        id=issued,
        number=issued,
        institution=institution,
        valid_from=date(2026, 11, 23),
        valid_until=last_day,
    )
    verified = ProductVerified(
        at=datetime.now(UTC),
        certificate=certificate,
        product=ProductRef(id=product, version=1),
        owner=owner,
        review="rev_1",
    )
    await tell(kafka.bootstrap, [record_of(verified, issued, 1)])
    return issued


async def comes_to(catalog: Catalog, product: str, status: str, withheld: int = 0) -> None:
    async def holds() -> bool:
        shown = (await catalog.operator.ask("GET", f"/v1/products/{product}")).body
        return shown["status"] == status and len(shown["withheld"]) == withheld

    await until(holds, PATIENCE)


async def told(kafka: Kafka, parties: Sequence[str]) -> list[list[str]]:
    """What Kafka has of each of these parties, in order; a copy is told once."""
    facts: dict[str, dict[int, str]] = {party: {} for party in parties}
    for record in await all_records(kafka.bootstrap, "catalog.party.events"):
        party = (record.key or b"").decode()
        if party in facts:
            envelope = Envelope.of(record.headers)
            facts[party][envelope.sequence] = envelope.type.split(".")[-2]
    return [[each[sequence] for sequence in sorted(each)] for each in facts.values()]


async def start_again(service: Service) -> None:
    await asyncio.to_thread(service.start)
    await asyncio.to_thread(service.wait_ready, READY)


@pytest.fixture(scope="package")
def replicas(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> Iterator[Sequence[Service]]:
    create_topics(kafka)
    services = replicas_of("catalog", 1, tmp_path_factory.mktemp("catalog"), free_port())
    settings = settings_of("catalog", {"catalog": services}, kafka, mongo)
    services[0].configure(settings | {"DATABASE": f"catalog_{secrets.token_hex(4)}", "TOKEN_ISSUER": ISSUER})
    services[0].start()
    services[0].wait_ready(READY)
    yield services
    services[0].stop()


def caller_of(http: aiohttp.ClientSession, service: Service) -> Catalog:
    """How anybody calls a replica whose tokens the development key signs."""
    return Catalog(
        http, service, OKPKey.import_key(json.loads(development_keys(service.folder).private_key.read_text()))
    )


@pytest.fixture
async def catalog(replicas: Sequence[Service]) -> AsyncIterator[Catalog]:
    async with aiohttp.ClientSession() as http:
        yield caller_of(http, replicas[0])


@pytest.fixture
def files(replicas: Sequence[Service], kafka: Kafka) -> Iterator[Store[File]]:
    """The documents of the running service, for clocks and sweeps of other replicas."""
    settings = replicas[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    yield Store(database, File, file_view, Relay(lambda: new_producer(kafka.bootstrap)))
    database.client.close()
