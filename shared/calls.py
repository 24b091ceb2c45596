"""Calls and their causes: who asks, on whose behalf, under which key and version; answers, cursors, pages."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared import errors
from shared.aggregate import Aggregate, Cause
from shared.auth import Caller, Verifier, allowed, bearer, caller
from shared.store import Answer, Replayed, Store
from shared.telemetry import new_traceparent

A = TypeVar("A", bound=Aggregate)
F = TypeVar("F", bound=Callable[..., Any])

PARAMETERS = "parameters_read"
CONFLICTS_ALLOWED = 20
LONGEST_PAUSE = 0.05
KEY_FORMAT = re.compile(r"^[\x21-\x7e]{1,128}$")
ETAG_FORMAT = re.compile(r'"([0-9]{1,9})"')
POSITION_FORMAT = re.compile(r"^[a-z]{3}_[a-z0-9]+:\d{1,9}$")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request by a known person. `cause` says why a write happens; ids are derived from caller and key."""

    caller: Caller
    cause: Cause
    positions: Mapping[str, int]

    @property
    def at(self) -> datetime:
        return self.cause.at

    @property
    def principal(self) -> str:
        return self.caller.principal

    def new_id(self, prefix: str, number: int = 0) -> str:
        """Return the id of the `number`th thing this call creates: the same for a repeat of the call."""
        return derived_id(prefix, self.cause.key, str(number))

    def asking(self, what: bytes) -> "Call":
        """Return this call with the fingerprint of what it asks for: another request under its key is told apart."""
        fingerprint = hashlib.blake2b(what, digest_size=16).hexdigest()
        return replace(self, cause=replace(self.cause, fingerprint=fingerprint))

    def seen(self, aggregate_id: str) -> int:
        """Return the sequence up to which the caller has seen this aggregate (its Market-Position), at least 1."""
        return self.positions.get(aggregate_id, 1)


def derived_id(prefix: str, *parts: str) -> str:
    """Return an opaque id that anybody who knows the parts derives again: 120 bits in lower-case base 32."""
    digest = hashlib.blake2b("|".join(parts).encode(), digest_size=15).digest()
    return f"{prefix}_{base64.b32encode(digest).decode().lower()}"


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": name},
        "description": description,
    }


PRINCIPAL = _header("market-principal", "Party on whose behalf you act")
SEEN = _header("market-position", "Positions from earlier answers")
WAITED_FOR = _header("market-position", "Positions from earlier answers: the read waits until it has seen them")
KEY = _header("idempotency-key", "Any token of your own; a repeat with it is answered alike")
MATCH = _header("if-match", 'ETag you decided on, such as "3"; * for whatever is current')


def reads(*parameters: dict[str, Any]) -> Callable[[F], F]:
    """Note for the contract what a dependency reads from a request by itself.

    Declared as its parameters, FastAPI would validate each of them in every call: a tenth of a command's CPU for the
    headers, to say less than the errors here, and of a search as much for its query.
    """

    def noted(dependency: F) -> F:
        setattr(dependency, PARAMETERS, parameters)
        return dependency

    return noted


@reads(PRINCIPAL, WAITED_FOR)
async def reading(request: Request) -> Call:
    """Return the caller of a read."""
    headers = request.headers
    at = datetime.now(UTC)
    who = await _caller(request, at)
    request_id: str = request.scope["state"]["request_id"]
    traceparent = headers.get("traceparent") or new_traceparent()
    cause = Cause(at, who.actor, who.principal, request_id, request_id, traceparent)
    return Call(who, cause, _positions(headers.get("market-position")))


async def _caller(request: Request, at: datetime) -> Caller:
    """Return who calls, allowed to: by the token, or else by the places that the market itself has given them, too.

    Those are looked up only where the token does not do, so that most calls cost nothing more.
    """
    verifier: Verifier = request.app.state.verifier
    may = partial(allowed, request.app.state.policy, request.scope["route"].name)
    person = await verifier.person(bearer(request.headers.get("authorization")))
    principal = request.headers.get("market-principal")
    if principal is None or principal in person.parties:
        who = caller(person, principal)
        if may(who):
            return who
        principal = who.principal or None
    who = caller(person.joined(await request.app.state.members.places(person.id, at)), principal)
    if not may(who):
        raise errors.Forbidden(
            "operation.not_allowed", "your role may not do this", "이 작업을 할 수 있는 역할이 아닙니다"
        )
    return who


@reads(KEY, PRINCIPAL, SEEN)
async def bringing(request: Request) -> Call:
    """Return the caller of a POST whose body is read by the route, as it comes: `asking` is said when it has passed.

    Raise Invalid without a good Idempotency-Key.
    """
    call = await reading(request)
    idempotency_key = request.headers.get("idempotency-key")
    if idempotency_key is None or not KEY_FORMAT.fullmatch(idempotency_key):
        raise errors.Invalid(
            "idempotency.key_required",
            "send an Idempotency-Key of 1 to 128 visible ASCII characters",
            "Idempotency-Key 헤더(1~128자의 ASCII)가 필요합니다",
            field="header/Idempotency-Key",
        )
    scope = (call.principal, call.caller.actor, request.method, request.scope["path"], idempotency_key)
    key = hashlib.blake2b("\n".join(scope).encode(), digest_size=16).hexdigest()
    return replace(call, cause=replace(call.cause, key=key))


@reads(KEY, PRINCIPAL, SEEN)
async def creating(request: Request) -> Call:
    """Return the caller of a POST that makes something new. Raise as `bringing` does."""
    return (await bringing(request)).asking(await request.body())


@reads(MATCH, KEY, PRINCIPAL, SEEN)
async def changing(request: Request) -> Call:
    """Return the caller of a change to something that exists. Raise PreconditionRequired without If-Match."""
    call = await creating(request)
    if_match = request.headers.get("if-match")
    if if_match is None:
        raise errors.PreconditionRequired(
            "version.required",
            "send If-Match with the ETag you decided on, or *",
            "If-Match 헤더에 판단의 근거가 된 ETag 또는 *를 보내십시오",
            field="header/If-Match",
        )
    return Call(call.caller, replace(call.cause, expected=_version(if_match)), call.positions)


Reading = Annotated[Call, Depends(reading)]
Bringing = Annotated[Call, Depends(bringing)]
Creating = Annotated[Call, Depends(creating)]
Changing = Annotated[Call, Depends(changing)]


def _read_by(dependant: Dependant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in dependant.dependencies:
        found += getattr(each.call, PARAMETERS, ())
        found += _read_by(each)
    return found


def _version(if_match: str) -> int | None:
    """Return the version an If-Match names, None for any.

    Raise Stale for what is no ETag of ours: bare, weak and several ones too (RFC 9110, 13.1.1 compares strongly).
    """
    if if_match.strip() == "*":
        return None
    tag = ETAG_FORMAT.fullmatch(if_match.strip())
    if tag is None:
        raise errors.Stale("version.stale", f"{if_match} is no current ETag", f"{if_match}은(는) 최신 ETag가 아닙니다")
    return int(tag[1])


def _positions(header: str | None) -> dict[str, int]:
    positions: dict[str, int] = {}
    for part in (header or "").split(","):
        if part.strip() and not POSITION_FORMAT.match(part.strip()):
            raise errors.Invalid(
                "position.malformed",
                "Market-Position holds <id>:<number>, separated by commas",
                "Market-Position 형식은 <id>:<번호>이며 쉼표로 구분합니다",
                field="header/Market-Position",
            )
        if part.strip():
            each, _, sequence = part.strip().partition(":")
            positions[each] = max(int(sequence), positions.get(each, 0))
    return positions


class CommandRoute(APIRoute):
    """A route that is run again, from load on, when another command was written in between."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        read = list({each["name"]: each for each in _read_by(self.dependant)}.values())
        if read and "parameters" not in (self.openapi_extra or {}):
            self.openapi_extra = {**(self.openapi_extra or {}), "parameters": read}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        run = super().get_route_handler()

        async def again(request: Request) -> Response:
            for _ in range(CONFLICTS_ALLOWED):
                try:
                    return await run(request)
                except errors.Conflict:
                    await asyncio.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  apart from the others
                except Replayed as repeat:
                    return answer(repeat.answer, self.status_code or 200)
            raise errors.Contended(
                "write.contended",
                "too many others are changing this at the same moment; try again",
                "동시에 변경하는 요청이 많습니다. 다시 시도하십시오",
            )

        return again


def answer(done: Answer, status: int = 200) -> Response:
    """Return a command's answer: the view, its ETag, and the position a later read may wait for."""
    headers = {"ETag": f'"{done.version}"', "Market-Position": done.position}
    if done.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(done.body, status, headers, "application/json")


def shown(view: BaseModel, version: int, request: Request) -> Response:
    """Return one resource with its ETag, or 304 when the caller has that version."""
    headers = {"ETag": f'"{version}"'}
    if is_known(headers["ETag"], request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(view.model_dump_json(), 200, headers, "application/json")


def shown_content(content: bytes, media_type: str, caching: str, known: str | None) -> Response:
    """Return bytes with an ETag of their own, or 304 when the caller has them."""
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": caching}
    if is_known(tag, known):
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, media_type)


def is_known(tag: str, known: str | None) -> bool:
    """Return whether If-None-Match has this ETag: weak, or in a list, as RFC 9110 (13.1.2) compares them."""
    return tag in {each.strip().removeprefix("W/") for each in (known or "").split(",")}


@dataclass(frozen=True, slots=True)
class Paging:
    """Which list, where in it, and how much of it."""

    operation: str
    limit: int
    cursor: str | None


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many; more than 100 is cut to 100")] = 20,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Paging:
    return Paging(request.scope["route"].name, min(limit, 100), cursor)


Listing = Annotated[Paging, Depends(paging)]


class Cursors:
    """Signed places in a list, with a fingerprint of the list and the filters they belong to."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode()).digest()

    def write(self, page: Paging, after: tuple[datetime, str] | None, filters: Mapping[str, Any]) -> str | None:
        """Return a cursor behind (time, id) for the caller to send back, None at the end of the list."""
        return None if after is None else self.seal(page, [after[0].isoformat(), after[1]], filters)

    def read(self, page: Paging, filters: Mapping[str, Any]) -> tuple[datetime, str] | None:
        """Return the place `write` was given. Raise as `open` does."""
        place = self.open(page, filters)
        return None if place is None else (datetime.fromisoformat(place[0]), place[1])

    def seal(self, page: Paging, place: Sequence[Any], filters: Mapping[str, Any]) -> str:
        """Return a cursor for a place that JSON can write."""
        body = json.dumps([*place, _digest(page, filters)]).encode()
        return base64.urlsafe_b64encode(self._sign(body) + body).decode().rstrip("=")

    def open(self, page: Paging, filters: Mapping[str, Any]) -> list[Any] | None:
        """Return the place, None for no cursor. Raise Invalid for one that was altered or belongs to another query."""
        if page.cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(page.cursor + "=" * (-len(page.cursor) % 4))
            signature, body = raw[:16], raw[16:]
            good = hmac.compare_digest(signature, self._sign(body))
            *place, digest = json.loads(body) if good else (None,)
        except ValueError:
            digest = None
        if digest != _digest(page, filters):
            raise errors.Invalid(
                "cursor.mismatch",
                "this cursor belongs to another query; start again without it",
                "이 커서는 다른 조회의 것입니다. 커서 없이 다시 시작하십시오",
                field="query/cursor",
            )
        return place

    def _sign(self, body: bytes) -> bytes:
        # With a key BLAKE2 is a MAC (RFC 7693), and of so little text it does not give the interpreter away.
        return hashlib.blake2b(body, digest_size=16, key=self._key).digest()


@dataclass(frozen=True, slots=True)
class Listed(Generic[A]):
    """A page of a list; `next` is the cursor of the one behind it, None at the end."""

    items: list[A]
    next: str | None


async def listed(store: Store[A], filters: Mapping[str, Any], page: Paging, request: Request) -> Listed[A]:
    """Return the newest aggregates whose state matches, from where the cursor says. Raise as `Cursors.open` does."""
    cursors: Cursors = request.app.state.cursors
    found = await store.page(filters, page.limit, cursors.read(page, filters))
    return Listed(found.items, cursors.write(page, found.after, filters))


async def queued(store: Store[A], field: str, filters: Mapping[str, Any], page: Paging, request: Request) -> Listed[A]:
    """Return what `listed` does, the lowest of a state field first, and nothing that lacks it."""
    cursors: Cursors = request.app.state.cursors
    place = cursors.open(page, filters)
    found = await store.first_by(field, filters, page.limit, None if place is None else (place[0], place[1]))
    return Listed(found.items, None if found.after is None else cursors.seal(page, found.after, filters))


def _digest(page: Paging, filters: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in sorted(filters.items()) if value is not None}
    text = json.dumps([page.operation, asked], default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
