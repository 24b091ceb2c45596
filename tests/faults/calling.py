"""Callers of the market: each command under one key, tried until it is decided, now and then sent twice or again."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from tests.faults.history import Attempt, History, digest, rule_of

Json = dict[str, Any]

ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=16, sock_connect=3)
PATIENCE = 60.0
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
TWICE = 0.1
AGAIN = 0.05
AGAIN_WITHIN = 20.0
IDS = re.compile(r"\b[a-z]{3}_[a-z0-9]{4,40}\b")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts, for one party or for none."""

    id: str
    party: str = ""
    kind: str = ""
    roles: tuple[str, ...] = ("manager",)


OPERATOR = Person("prs_operator", "pty_operator", "operator")


class GaveUp(Exception):
    """Nobody decided a command within the caller's patience: it may have been carried out, or not."""


class Over(Exception):
    """The run is over: no new command begins."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command was decided, or what a read showed."""

    status: int
    json: Json
    rule: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it is sent, every time alike but for its request id."""

    by: Person
    method: str
    path: str
    body: str
    key: str


class Callers:
    """Everybody who calls. `besides` are replicas the gateway does not know, by first part of the path.

    Each thinks for up to `thinking` seconds before a command: the load must leave the processes room to come back.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        gateway: str,
        history: History,
        chance: Random,
        besides: Mapping[str, str] | None = None,
        share_besides: float = 0.25,
        thinking: float = 0.0,
    ) -> None:
        self._session = session
        self._gateway = gateway
        self._history = history
        self._chance = chance
        self._besides = besides or {}
        self._share_besides = share_besides
        self._thinking = thinking
        self._numbers = itertools.count(1)
        self._tokens: dict[Person, str] = {}
        self._positions: dict[str, int] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._running = 0
        self._began = time.monotonic()
        self.stopping = asyncio.Event()

    def now(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self._began

    async def command(
        self, by: Person, path: str, body: Json | None = None, method: str = "POST", key: str = ""
    ) -> Answer:
        """Carry out a command: try until it is decided, sometimes twice at once, sometimes again later."""
        if self.stopping.is_set():
            raise Over
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        call = Call(by, method, path, text, key or f"k{next(self._numbers)}")
        await self._token(by)
        self._running += 1
        try:
            await asyncio.sleep(self._chance.uniform(0, self._thinking))
            return await self._decided(call)
        finally:
            self._running -= 1

    async def _decided(self, call: Call) -> Answer:
        copies = 2 if self._chance.random() < TWICE else 1
        deadline = time.monotonic() + PATIENCE
        for pause in _pauses():
            tried = await asyncio.gather(*(self._attempt(call) for _ in range(copies)))
            decided = [each for each in tried if not each[0].in_doubt]
            if decided:
                decided.sort(key=lambda each: not each[0].acknowledged)
                attempt, answered = decided[0]
                if attempt.acknowledged and self._chance.random() < AGAIN:
                    self._send_again(call)
                return Answer(attempt.status, answered, attempt.rule)
            if time.monotonic() > deadline:
                raise GaveUp(str(call))
            copies = 1
            await asyncio.sleep(pause)
        raise AssertionError  # the pauses have no end

    async def once(
        self, by: Person, path: str, body: Json | None = None, method: str = "POST", key: str = ""
    ) -> Answer:
        """Try a command one time only, and leave it at whatever came of that."""
        await self._token(by)
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        attempt, answered = await self._attempt(Call(by, method, path, text, key or f"k{next(self._numbers)}"))
        return Answer(attempt.status, answered, attempt.rule)

    async def read(self, by: Person, path: str) -> Answer:
        """Return what a GET shows, once somebody answers."""
        headers = self._headers(await self._token(by), path, "")
        deadline = time.monotonic() + PATIENCE
        for pause in _pauses():
            try:
                async with self._session.get(self._gateway + path, headers=headers, timeout=ATTEMPT_TIMEOUT) as reply:
                    content = await reply.read()
                    if reply.status < 500 and reply.status != 429:
                        return Answer(reply.status, json.loads(content), rule_of(content))
            except (aiohttp.ClientError, TimeoutError):
                pass  # a fault is under way: asked again
            if time.monotonic() > deadline:
                raise GaveUp(path)
            await asyncio.sleep(pause)
        raise AssertionError  # the pauses have no end

    async def finish(self) -> None:
        """Begin nothing new, wait for what is under way; what was to be sent again goes now."""
        self.stopping.set()
        while self._running:
            await asyncio.sleep(0.05)
        await asyncio.gather(*self._later)

    async def _token(self, by: Person) -> str:
        if by not in self._tokens:
            parties = [{"id": by.party, "kind": by.kind, "roles": by.roles}] if by.party else []
            wish = {"sub": by.id, "parties": parties}
            for pause in _pauses():
                try:
                    async with self._session.post(self._gateway + "/dev/token", json=wish) as reply:
                        if reply.status == 200:
                            self._tokens[by] = (await reply.json())["access_token"]
                            break
                except (aiohttp.ClientError, TimeoutError):
                    pass  # a fault is under way: asked again
                await asyncio.sleep(pause)
        return self._tokens[by]

    async def _attempt(self, call: Call) -> tuple[Attempt, Json]:
        request_id = f"{call.key}-{next(self._numbers)}"
        headers = self._headers(self._tokens[call.by], call.path, call.body) | {
            "Idempotency-Key": call.key,
            "If-Match": "*",
            "X-Request-Id": request_id,
        }
        if call.body:
            headers["Content-Type"] = "application/json"
        base = self._base(call.path)
        told: dict[str, Any] = {"status": 0}
        answered: Json = {}
        start = self.now()
        try:
            async with self._session.request(
                call.method, base + call.path, headers=headers, data=call.body.encode() or None, timeout=ATTEMPT_TIMEOUT
            ) as reply:
                content = await reply.read()
            told = {
                "status": reply.status,
                "etag": reply.headers.get("ETag", ""),
                "position": reply.headers.get("Market-Position", ""),
                "replayed": reply.headers.get("Idempotent-Replayed") == "true",
                "rule": rule_of(content) if reply.status >= 400 else "",
                "answer": digest(content),
            }
            answered = json.loads(content)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            told["error"] = repr(error)
        attempt = Attempt(
            call.key,
            request_id,
            call.by.id,
            call.by.party,
            call.method,
            call.path,
            call.body,
            base,
            start,
            self.now(),
            **told,
        )
        self._history.add(attempt)
        self._remember(attempt.position)
        return attempt, answered

    def _send_again(self, call: Call) -> None:
        async def later() -> None:
            try:
                await asyncio.wait_for(self.stopping.wait(), self._chance.uniform(0.5, AGAIN_WITHIN))
            except TimeoutError:
                pass  # its time has come before the end
            await self._attempt(call)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _base(self, path: str) -> str:
        replica = self._besides.get(path.split("/")[2])
        return replica if replica and self._chance.random() < self._share_besides else self._gateway

    def _headers(self, token: str, path: str, body: str) -> dict[str, str]:
        named = {each for each in IDS.findall(path + body) if each in self._positions}
        positions = ",".join(f"{each}:{self._positions[each]}" for each in sorted(named))
        headers = {"Authorization": f"Bearer {token}"}
        return headers | ({"Market-Position": positions} if positions else {})

    def _remember(self, position: str) -> None:
        if position:
            each, _, sequence = position.partition(":")
            self._positions[each] = max(int(sequence), self._positions.get(each, 0))


def _pauses() -> Iterator[float]:
    yield from PAUSES
    yield from itertools.repeat(PAUSES[-1])
