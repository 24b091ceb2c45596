"""Verification as a process, spoken to as others do: HTTP by signed callers, records on Kafka."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from services.verification.ground import Verification
from shared.copies import Copies
from shared.events.catalog import PartyState, PartyStatus
from shared.events.envelope import Envelope, State
from shared.kafka import Outgoing, new_producer
from shared.mongo import connect
from shared.relay import Relay
from tests.component.records import record_of, tell
from tests.component.serving import token_for
from tests.component.shared.reading import all_records, until
from tests.unit.verification.builders import a_firm, a_product, an_institution

PATIENCE = 40.0
"""Longer than the broker waits for a killed member of a group."""


@dataclass(frozen=True)
class Person:
    """Who calls, and where they belong: (party, kind, role)."""

    id: str
    parties: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, party: str, kind: str, role: str = "manager", name: str = "") -> "Person":
        return cls(f"prs_{name or role}_of_{party.removeprefix('pty_')}", ((party, kind, role),))


def officer(institution: str, name: str = "") -> Person:
    return Person.of(institution, "institution", "reviewer", name)


def manager(institution: str) -> Person:
    return Person.of(institution, "institution")


def chair(institution: str, name: str = "") -> Person:
    return Person.of(institution, "institution", "chair", name)


def seller(firm: str) -> Person:
    return Person.of(firm, "sme")


OPERATOR = Person.of("pty_operator", "operator")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Office:
    """What a test needs: others' facts `given`, `post` and `get`, and what was `published`."""

    kafka: Kafka
    mongo: Mongo
    service: Service
    http: aiohttp.ClientSession
    known: dict[str, int] = field(default_factory=dict)

    def new(self, prefix: str) -> str:
        """A fresh id, so that tests do not meet."""
        return f"{prefix}_{secrets.token_hex(6)}"

    async def given_a_case(self, institutions: int = 1) -> tuple[str, str, list[str]]:
        """A firm, its registered product and some institutions, as the catalog publishes them."""
        firm, product = self.new("pty"), self.new("prd")
        parties = [self.new("pty") for _ in range(institutions)]
        await self.given(
            a_firm(id=firm), a_product(id=product, owner=firm), *(an_institution(each) for each in parties)
        )
        return firm, product, parties

    async def given(self, *states: State) -> None:
        """Publish these states as their service would; later calls say that they have seen them."""
        await self.publish([self._record(state) for state in states])

    async def publish(self, records: list[Outgoing]) -> None:
        await tell(self.kafka.bootstrap, records)

    async def submit(self, firm: str, product: str, institutions: list[str], version: int = 1) -> Answer:
        body = {"product": {"id": product, "version": version}, "institutions": institutions}
        return await self.post("/dossiers", seller(firm), body)

    async def submitted(self, firm: str, product: str, institutions: list[str]) -> tuple[str, list[str]]:
        """A dossier and the ids its reviews will have, once all of them are there."""
        answer = await self.submit(firm, product, institutions)
        assert answer.status == 201, answer.body
        reviews = [each["review"] for each in answer.body["applications"]]
        for review in reviews:
            await self.until(f"/reviews/{review}", status="opened")
        return answer.body["id"], reviews

    async def post(self, path: str, by: Person, body: object = None, if_match: str = "*") -> Answer:
        headers = self._headers(by) | {"Idempotency-Key": secrets.token_hex(8), "If-Match": if_match}
        async with self.http.post(self.service.url + "/v1" + path, json=body, headers=headers) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def done(self, path: str, by: Person, body: object = None) -> Any:
        """The body of an answer that must be a good one."""
        answer = await self.post(path, by, body)
        assert answer.status in {200, 201}, answer.body
        return answer.body

    async def get(self, path: str, by: Person = OPERATOR) -> Answer:
        async with self.http.get(self.service.url + "/v1" + path, headers=self._headers(by)) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def until(self, path: str, **fields: object) -> Any:
        """What is shown there once it says this."""
        shown: Any = None

        async def holds() -> bool:
            nonlocal shown
            answer = await self.get(path)
            shown = answer.body
            return answer.status == 200 and all(shown[name] == value for name, value in fields.items())

        await until(holds, PATIENCE)
        return shown

    async def convened(self, institution: str, review: str) -> list[Person]:
        """A committee of two insiders and one from outside, all of whom have accepted."""
        members = [officer(institution, "in1"), officer(institution, "in2"), Person(f"prs_out_{institution[4:]}")]
        seats = {"members": [{"person": each.id, "outside": not each.parties} for each in members]}
        await self.done(f"/reviews/{review}/invitations", officer(institution), seats)
        for member in members:
            await self.done(f"/reviews/{review}/invitation-answer", member, {"answer": "accepted"})
        await self.done(f"/reviews/{review}/committee", officer(institution), seats)
        return members

    async def committee_decides(self, institution: str, review: str, *, approve: bool) -> None:
        """The way through a committee."""
        for member in await self.convened(institution, review):
            await self.done(f"/reviews/{review}/votes", member, {"approve": approve, "score": 80})
        ruling = {"outcome": "approved"} if approve else {"outcome": "rejected", "reasons": ["unsafe"]}
        await self.done(f"/reviews/{review}/decision", chair(institution), ruling)

    async def heard(self, party: str, status: PartyStatus) -> None:
        """Wait until verification knows this of a party."""
        database = connect(self.mongo.uri, "market_verification")
        copies = Copies(database, PartyState)

        async def known() -> bool:
            return (await copies.require(party)).status == status

        await until(known, PATIENCE)
        database.client.close()

    @asynccontextmanager
    async def ground(self) -> AsyncIterator[Verification]:
        """The documents as another replica sees them; it publishes nothing itself."""
        database = connect(self.mongo.uri, "market_verification")
        yield Verification(database, Relay(lambda: new_producer(self.kafka.bootstrap)))
        database.client.close()

    async def published(self, topic: str, key: str) -> list[tuple[Envelope, Outgoing]]:
        """What Kafka has under this key, in order."""
        return [
            (Envelope.of(each.headers), Outgoing(topic, key, each.value, list(each.headers)))
            for each in await all_records(self.kafka.bootstrap, topic)
            if each.key == key.encode()
        ]

    async def metric(self, line: str) -> float:
        """A figure of the service's own."""
        async with self.http.get(self.service.url + "/metrics") as response:
            lines = (await response.text()).splitlines()
        return next((float(each.rpartition(" ")[2]) for each in lines if each.startswith(line + " ")), 0.0)

    def _headers(self, by: Person) -> dict[str, str]:
        positions = ",".join(f"{each}:{sequence}" for each, sequence in self.known.items())
        return {"Authorization": f"Bearer {self._token(by)}", "Market-Position": positions}

    def _token(self, by: Person) -> str:
        return token_for(self.service, by.id, by.parties)

    def _record(self, state: State) -> Outgoing:
        sequence = self.known[state.id] = self.known.get(state.id, 0) + 1
        return record_of(state, state.id, sequence)
