"""The market's public API as its users see it: through the gateway, in the name of people."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import typer

from cli.terminal import CommandFailed, NotReady

Json = dict[str, Any]

Url = Annotated[str, typer.Option(envvar="MARKET_URL", help="The gateway's address.", metavar="URL")]
Token = Annotated[str, typer.Option(envvar="MARKET_TOKEN", help="Operator's bearer token; else the local issuer's.")]
LOCAL_URL = "http://127.0.0.1:8080"

PATIENCE = 30.0
ONE_TRY = aiohttp.ClientTimeout(total=15, sock_connect=3)
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
TOO_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
PAGE = 100
NO_QUERY: Mapping[str, object] = {}
IDS = re.compile(r"\b[a-z]{3}_[a-z0-9]{4,40}\b")
"""Ids of a caller, path or body: the positions of whatever a call names go with it, so nobody is asked too early."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts, for one party or for none."""

    id: str
    party: str = ""
    kind: str = ""
    roles: tuple[str, ...] = ("manager",)


OPERATOR = Person("prs_operator", "pty_operator", "operator")


class Refusal(CommandFailed):
    """The market said no; `rule` is why."""

    def __init__(self, method: str, path: str, status: int, problem: Mapping[str, Any]) -> None:
        """Put the problem document into a sentence."""
        self.status = status
        self.rule = str(problem.get("rule", ""))
        detail = problem.get("detail") or "no reason given"
        parts = "; ".join(f"{part['pointer'] or 'body'}: {part['detail']}" for part in problem.get("errors") or ())
        super().__init__(f"{method} {path} was answered {status} {self.rule}: {detail} {parts}".rstrip())


@dataclass(frozen=True, slots=True)
class Command:
    """Something to be done, under a key of its own: the same command again is answered alike."""

    by: Person
    path: str
    body: Json | None
    key: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered, and whether it had been carried out before."""

    status: int
    body: bytes
    replayed: bool
    position: str
    """`<aggregate id>:<its last event's number>` after the command."""

    @property
    def json(self) -> Json:
        """The resource after the command."""
        read: Json = json.loads(self.body)
        return read


@dataclass(slots=True)
class Tally:
    """What went over the line: commands with their answers and seconds, how many tries were one too many."""

    answered: list[tuple[Command, Answer]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    reads: int = 0
    tries_again: int = 0


def key_of(*parts: object) -> str:
    """Return an Idempotency-Key that anybody who knows the parts derives again."""
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


class Market:
    """A gateway and whoever talks to it. `tally` keeps what was said."""

    def __init__(self, url: str, session: aiohttp.ClientSession, token: str = "") -> None:
        """With a `token` every call is made under it; else each person gets one from the development issuer."""
        self.url = url.rstrip("/")
        self.tally = Tally()
        self._session = session
        self._token = token
        self._tokens: dict[Person, asyncio.Task[str]] = {}
        self._positions: dict[str, int] = {}

    async def command(self, command: Command) -> Answer:
        """Carry a command out, again as long as it may be tried again. Raise Refusal or NotReady."""
        content = None if command.body is None else json.dumps(command.body, ensure_ascii=False).encode()
        headers = {"Idempotency-Key": command.key, "If-Match": "*"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        named = f"{command.by.party} {command.path} {(content or b'').decode()}"
        if positions := self._positions_of(named):
            headers["Market-Position"] = positions
        began = time.perf_counter()
        status, answered, body = await self._ask(command.by, command.method, command.path, headers, content)
        position = answered.get("Market-Position", "")
        answer = Answer(status, body, answered.get("Idempotent-Replayed") == "true", position)
        self.tally.seconds.append(time.perf_counter() - began)
        self.tally.answered.append((command, answer))
        self._remember(position)
        return answer

    async def post(self, by: Person, path: str, body: Json | None = None, *, key: str) -> Json:
        """Carry out a POST and return the resource after it."""
        return (await self.command(Command(by, path, body, key))).json

    async def upload(self, by: Person, name: str, content: bytes, media_type: str, *, key: str) -> Json:
        """Upload a file and return what is known of it."""
        headers = {"Idempotency-Key": key, "Content-Type": media_type}
        _, answered, body = await self._ask(by, "POST", f"/v1/files?name={quote(name)}", headers, content)
        self._remember(answered.get("Market-Position", ""))
        uploaded: Json = json.loads(body)
        return uploaded

    async def download(self, by: Person, path: str) -> bytes:
        """Return what a GET answers that is no JSON."""
        _, _, body = await self._ask(by, "GET", path, {}, None)
        return body

    async def read(
        self, by: Person, path: str, query: Mapping[str, object] = NO_QUERY, about: Iterable[str] = ()
    ) -> Json:
        """Return what a GET shows, as new as our own commands left the aggregates it is `about`."""
        asked = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
        target = f"{path}?{asked}" if asked else path
        positions = self._positions_of(" ".join(about))
        _, _, body = await self._ask(by, "GET", target, {"Market-Position": positions} if positions else {}, None)
        self.tally.reads += 1
        shown: Json = json.loads(body)
        return shown

    async def all(self, by: Person, path: str, **query: object) -> list[Json]:
        """Return a whole list, page after page, the oldest first."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.read(by, path, {"limit": PAGE, "cursor": cursor, **query})
            items += page["items"]
            cursor = page.get("next")
            if cursor is None:
                return items[::-1]

    async def ready(self) -> None:
        """Raise NotReady unless the gateway is there and says that it is ready."""
        try:
            async with self._session.get(f"{self.url}/readyz", timeout=ONE_TRY) as response:
                if response.status == HTTPStatus.OK:
                    return
                raise NotReady(f"the market at {self.url} is not ready: {(await response.text())[:300]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._away(error) from None

    async def _ask(
        self, by: Person, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        sent = {**headers, "Authorization": f"Bearer {await self._token_of(by)}"}
        if by.party and not self._token:
            sent["Market-Principal"] = by.party
        deadline = time.monotonic() + PATIENCE
        for pause in _pauses():
            late = time.monotonic() > deadline
            try:
                async with self._session.request(
                    method, self.url + target, headers=sent, data=content, timeout=ONE_TRY
                ) as response:
                    body = await response.read()
                    if response.status < HTTPStatus.BAD_REQUEST:
                        return response.status, response.headers, body
                    refusal = Refusal(method, target, response.status, _problem(body))
                    if late or not _worth_another_try(response.status, response.headers, refusal.rule):
                        raise refusal
            except (aiohttp.ClientError, TimeoutError) as error:
                if late:
                    raise self._away(error) from None
            self.tally.tries_again += 1
            await asyncio.sleep(pause)
        raise AssertionError  # the pauses have no end

    async def _token_of(self, person: Person) -> str:
        if self._token:
            return self._token
        if person not in self._tokens:
            self._tokens[person] = asyncio.create_task(self._issued(person))
        return await self._tokens[person]

    async def _issued(self, person: Person) -> str:
        parties = [{"id": person.party, "kind": person.kind, "roles": person.roles}] if person.party else []
        wish = {"sub": person.id, "parties": parties}
        try:
            async with self._session.post(f"{self.url}/dev/token", json=wish, timeout=ONE_TRY) as response:
                if response.status == HTTPStatus.OK:
                    token: str = (await response.json())["access_token"]
                    return token
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._away(error) from None
        raise CommandFailed(
            f"{self.url} has no development issuer (it answered {response.status}): it runs outside the local profile."
            " Give a token with --token or MARKET_TOKEN, or start a local market: .venv/bin/market up"
        )

    def _positions_of(self, text: str) -> str:
        named = {each for each in IDS.findall(text) if each in self._positions}
        return ",".join(f"{each}:{self._positions[each]}" for each in sorted(named))

    def _remember(self, positions: str) -> None:
        for part in filter(None, positions.split(",")):
            each, _, sequence = part.strip().partition(":")
            self._positions[each] = max(int(sequence), self._positions.get(each, 0))

    def _away(self, error: Exception) -> NotReady:
        return NotReady(
            f"nobody answers at {self.url} ({error or type(error).__name__}). Start a market: .venv/bin/market up"
        )


@asynccontextmanager
async def market_at(url: str, token: str = "") -> AsyncIterator[Market]:
    """Open the connections to a gateway, after seeing that it is ready."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()) as s:
        market = Market(url, s, token)
        await market.ready()
        yield market


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]


def _problem(body: bytes) -> Mapping[str, Any]:
    with suppress(ValueError):
        read = json.loads(body)
        if isinstance(read, dict):
            return read
    return {"detail": body[:200].decode(errors="replace")}


def _worth_another_try(status: int, headers: Mapping[str, str], rule: str) -> bool:
    """Whether nothing was decided: too busy, not known there yet, or contended."""
    return status in TOO_BUSY or "Retry-After" in headers or rule == "write.contended"
