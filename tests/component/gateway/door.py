"""The market as a caller meets it: one address, tokens of seeded people, answers with their headers."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from deploy.local.keys import DevelopmentKeys
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service

PATIENCE = 20.0
CONTENT: Mapping[str, Any] = {
    "title": "저전력 수처리 분리막",
    "summary": "세라믹 분리막으로 전력 소비를 30% 줄입니다",
    "category": "water",
    "council": "soc",
    "readiness_level": 8,
    "price": "125000000",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: Any

    @property
    def rule(self) -> str:
        return str(self.body["rule"])


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    place: str
    type: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Door:
    gateway: Service
    catalog: Service
    kafka: Kafka
    mongo: Mongo
    keys: DevelopmentKeys
    _http: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None
        return self._http

    async def token(self, **wish: Any) -> str:
        """Ask the development issuer."""
        async with self.http.post(self.gateway.url + "/dev/token", json=wish) as response:
            return str((await response.json())["access_token"])

    async def call(self, method: str, path: str, body: object = None, *, by: str = "", **headers: str) -> Answer:
        """Call through the gateway as a seeded person, the operator unless said otherwise; `if_match` is If-Match."""
        sent = {"authorization": f"Bearer {await self.token(person=by or 'prs_operator')}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("content-type", "application/json")
        async with self.http.request(method, self.gateway.url + path, data=data, headers=sent) as response:
            raw = await response.read()
            return Answer(response.status, response.headers, json.loads(raw) if raw else None)

    async def drafted(self, by: str = "prs_firm") -> Answer:
        """Draft a product."""
        draft = {"product_kind": "technology", "content": dict(CONTENT)}
        answer = await self.call("POST", "/v1/products", draft, by=by, idempotency_key=secrets.token_hex(8))
        assert answer.status == 201, answer
        return answer

    @asynccontextmanager
    async def listening(
        self, types: str = "", last_event_id: str = "", *, by: str = "prs_operator"
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Follow the live feed; it has been joined when the block is entered."""
        async with self.streaming(f"/v1/live?types={types}", last_event_id, by=by) as events:
            yield events

    @asynccontextmanager
    async def streaming(self, path: str, last_event_id: str = "", *, by: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Follow what is sent as server-sent events."""
        headers = {"authorization": f"Bearer {await self.token(person=by)}"}
        if last_event_id:
            headers["last-event-id"] = last_event_id
        async with self.http.get(self.gateway.url + path, headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            blocks = _blocks(response)
            yield _events(blocks)


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Return once this is so; fail when it takes too long."""
    async with asyncio.timeout(PATIENCE):
        while not await true():  # noqa: ASYNC110  what is waited for is in another process
            await asyncio.sleep(0.1)


async def taken(events: AsyncIterator[Event], count: int) -> list[Event]:
    """Return the next events of a stream."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def _blocks(response: aiohttp.ClientResponse) -> AsyncIterator[list[str]]:
    lines: list[str] = []
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if line:
            lines.append(line)
        else:
            yield lines
            lines = []


async def _events(blocks: AsyncIterator[list[str]]) -> AsyncIterator[Event]:
    """Pass over comments, as every client does."""
    async for lines in blocks:
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        if "data" in fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))
