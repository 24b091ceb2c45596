"""The contracts service as a process, spoken to as others do: HTTP by signed callers, records on Kafka."""

import itertools
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from shared.events.envelope import Envelope, State
from shared.kafka import Outgoing
from tests.component.records import record_of, tell
from tests.component.serving import token_for
from tests.component.shared.reading import all_records
from tests.unit.contracts.builders import FIRM, INSTITUTION

PATIENCE = 15.0
CONTENDED = "write.contended"
RETRIES = 30
SEQUENCE = itertools.count(1)
"""Shared by all tests, for what they publish of the two parties is about the same two."""


@dataclass(frozen=True)
class Person:
    """Who calls: a member of one party."""

    party: str
    kind: str
    role: str = "manager"


BUYER = Person(INSTITUTION, "institution")
SELLER = Person(FIRM, "sme")
STRANGER = Person("pty_stranger", "sme")
OPERATOR = Person("pty_operator", "operator")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def rule(self) -> str:
        return str(self.body.get("rule", ""))


@dataclass
class Record:
    """One record of a topic, decoded and raw."""

    envelope: Envelope
    data: dict[str, Any]
    raw: Outgoing


@dataclass
class Market:
    """What a test needs: `given` other services' facts, `post` and `get`, and what was `published`."""

    kafka: Kafka
    mongo: Mongo
    service: Service
    http: aiohttp.ClientSession
    known: dict[str, int] = field(default_factory=dict)

    def new(self, prefix: str) -> str:
        """A fresh id, so that tests do not meet."""
        return f"{prefix}_{secrets.token_hex(6)}"

    async def given(self, *states: State) -> None:
        """Publish these states as their services would; later calls say that they have seen them."""
        await self.publish([self._record(state) for state in states])

    async def publish(self, records: list[Outgoing]) -> None:
        await tell(self.kafka.bootstrap, records)

    async def post(self, path: str, by: Person, body: object = None, *, key: str = "", if_match: str = "*") -> Answer:
        """Call; again, under the same key, when too many others wrote at the same moment."""
        headers = self._headers(by) | {"Idempotency-Key": key or secrets.token_hex(8), "If-Match": if_match}
        for _ in range(RETRIES):
            async with self.http.post(self.service.url + "/v1" + path, json=body, headers=headers) as response:
                answer = Answer(response.status, await response.json(), response.headers)
            if answer.rule != CONTENDED:
                break
        return answer

    async def get(self, path: str, by: Person) -> Answer:
        async with self.http.get(self.service.url + "/v1" + path, headers=self._headers(by)) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def published(self, topic: str, key: str) -> list[Record]:
        """What Kafka has under this key, in order."""
        return [
            Record(
                Envelope.of(each.headers), json.loads(each.value), Outgoing(topic, key, each.value, list(each.headers))
            )
            for each in await all_records(self.kafka.bootstrap, topic)
            if each.key == key.encode()
        ]

    async def consumed(self, result: str) -> float:
        """How many records the service's consumer has ended this way."""
        async with self.http.get(self.service.url + "/metrics") as response:
            text = await response.text()
        found = re.search(rf'^market_consumed_records_total{{result="{result}"}} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def _headers(self, by: Person) -> dict[str, str]:
        positions = ",".join(f"{each}:{sequence}" for each, sequence in self.known.items())
        return {"Authorization": f"Bearer {self._token(by)}", "Market-Position": positions}

    def _token(self, by: Person) -> str:
        return token_for(self.service, f"prs_of{by.party.removeprefix('pty_')}", [(by.party, by.kind, by.role)])

    def _record(self, state: State) -> Outgoing:
        sequence = self.known[state.id] = next(SEQUENCE)
        return record_of(state, state.id, sequence)
