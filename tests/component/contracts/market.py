"""The contracts service as a process, spoken to as others do: HTTP by signed callers, records on Kafka."""

import asyncio
import itertools
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.local.keys import development_keys
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from shared.events.envelope import Envelope, State
from shared.kafka import Outgoing, Partition, end_offsets, new_producer, new_reader, publish
from shared.telemetry import new_traceparent
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
        producer = new_producer(self.kafka.bootstrap)
        await producer.start()
        try:
            await publish(producer, records)
        finally:
            await producer.stop()

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
        reader = new_reader(self.kafka.bootstrap)
        await reader.start()
        try:
            partitions = [Partition(topic, each) for each in range(6)]
            reader.assign(partitions)
            ends = await end_offsets(reader, partitions)
            found: list[Record] = []
            for partition in partitions:
                await reader.seek_to_beginning(partition)
                while await reader.position(partition) < ends[partition]:
                    for record in (await reader.getmany(partition, timeout_ms=500)).get(partition, []):
                        if record.key == key.encode():
                            raw = Outgoing(topic, key, record.value, list(record.headers))
                            found.append(Record(Envelope.of(record.headers), json.loads(record.value), raw))
            return found
        finally:
            await reader.stop()

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
        key = OKPKey.import_key(json.loads(development_keys(self.service.folder).private_key.read_text()))
        claims = {
            "sub": f"prs_of{by.party.removeprefix('pty_')}",
            "iss": "https://market.example/issuer",
            "aud": "techmarket",
            "exp": int(time.time()) + 600,
            "parties": [{"id": by.party, "kind": by.kind, "roles": [by.role]}],
        }
        return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])

    def _record(self, state: State) -> Outgoing:
        sequence = self.known[state.id] = next(SEQUENCE)
        envelope = Envelope(
            type=state.wire_type(),
            source="/" + state.kind.replace(".", "/"),
            subject=state.id,
            sequence=sequence,
            time=datetime.now(UTC),
            actor="prs_test",
            principal="pty_test",
            correlation="req_test",
            causation="req_test",
            traceparent=new_traceparent(),
        )
        return Outgoing(state.topic(), state.id, state.model_dump_json().encode(), envelope.headers())


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once it holds; fail when it does not within the patience."""
    deadline = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < deadline, "it never came to hold"
        await asyncio.sleep(0.1)
