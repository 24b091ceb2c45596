"""Everything the four services serve, passed on: checked here, unchanged on its way in both directions."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.gateway.limits import Limits
from services.gateway.upstreams import Upstreams
from shared.auth import Caller, Verifier, bearer, caller
from shared.errors import TookTooLong, Unavailable
from shared.telemetry import new_traceparent
from shared.web import STATUS, problem

SERVED: dict[str, str] = {
    "parties": "catalog",
    "members": "catalog",
    "products": "catalog",
    "field-schemas": "catalog",
    "shortlists": "catalog",
    "suggestions": "catalog",
    "files": "catalog",
    "product-imports": "catalog",
    "dossiers": "verification",
    "reviews": "verification",
    "certificates": "verification",
    "recognition-rules": "verification",
    "rule-sets": "verification",
    "entry-checks": "verification",
    "event-series": "matching",
    "events": "matching",
    "drafts": "matching",
    "repairs": "matching",
    "participations": "matching",
    "requests": "matching",
    "meetings": "matching",
    "contracts": "contracts",
    "commitments": "contracts",
}
"""First part of a path below /v1 -> the service that has it."""

OPEN = re.compile(
    r"/v1/participations/(?:(ptc_[a-z0-9]{1,40})|[^/]*)/calendar\.ics|/v1/certificates/(jwks\.json|revocations\.jwt)"
)
"""What is read without a token: a calendar program sends none, but a key in the query, which the service checks; and
whoever is shown a certificate may check it."""

PASSED_ON = "/v1/files"
"""Below it bodies are passed on as they come, in both directions: they are too long to be held."""

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ASKED = frozenset(
    {
        b"accept-language",
        b"authorization",
        b"content-digest",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"market-position",
        b"market-principal",
        b"repr-digest",
        b"traceparent",
        b"tracestate",
    }
)
"""Request headers that go on; no other does, so none that is meant for one connection only."""

ANSWERED = (
    "Content-Type",
    "Cache-Control",
    "ETag",
    "Market-Position",
    "Idempotent-Replayed",
    "Retry-After",
    "Link",
    "Location",
    "Content-Language",
    "WWW-Authenticate",
    "Allow",
)
"""Answer headers that go back, by the same rule."""

ANSWERED_WITH_A_FILE = (
    *ANSWERED,
    "Content-Length",
    "Content-Disposition",
    "Content-Security-Policy",
    "Repr-Digest",
    "X-Content-Type-Options",
)


class Target(NamedTuple):
    """Where a request goes."""

    service: str
    path: str


def target_of(path: str) -> Target | None:
    """Return the service that has a path, and the path it knows it by; None for what no service has."""
    _, version, first, *below = path.split("/", 3) if path.count("/") > 1 else ("", "", "")
    if version != "v1":
        return None
    if first in SERVED:
        return Target(SERVED[first], path)
    service, _, rest = "".join(below).partition("/")
    if first == "operations" and service in SERVED.values() and rest.partition("/")[0] == "parked":
        return Target(service, f"/v1/{rest}")
    return None


class Proxy(BaseRoute):
    """Verifies who calls, counts the call, and passes request and answer on as they are, without reading them."""

    def __init__(self, upstreams: Upstreams, verifier: Verifier, limits: Limits, open_limits: Limits) -> None:
        self._upstreams = upstreams
        self._verifier = verifier
        self._limits = limits
        self._open_limits = open_limits

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take what a service has; the path stays as it was written."""
        target = target_of(scope["raw_path"].decode("latin-1")) if scope["type"] == "http" else None
        return (Match.NONE, {}) if target is None else (Match.FULL, {"target": target})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with what the service answers."""
        method: str = scope["method"]
        target: Target = scope["target"]
        asked = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in ASKED}
        if opened := OPEN.fullmatch(target.path):
            self._open_limits.take(Caller(opened[1] or opened[2] or "", "", ""))
        else:
            person = await self._verifier.person(bearer(asked.get("authorization")))
            principal = asked.get("market-principal")
            # the market may have made them a member of a party their token does not name, which the service knows;
            # until then they use up their own share, and not that of whomever they name
            self._limits.take(caller(person, principal if principal in person.parties else None))
        asked["x-request-id"] = scope["state"]["request_id"]
        asked.setdefault("traceparent", new_traceparent())
        made_up = {}
        if method in CHANGING:
            key = asked.setdefault("idempotency-key", uuid.uuid4().hex)
            made_up = {"Idempotency-Key": key}
        query: bytes = scope["query_string"]
        path = f"{target.path}?{query.decode('latin-1')}" if query else target.path
        request = Request(scope, receive)
        try:
            if target.path.startswith(PASSED_ON):
                await self._pass_on(request, target.service, path, asked, made_up, send)
                return
            reply = await self._upstreams.ask(target.service, method, path, asked, await request.body())
        except ClientDisconnect:
            return
        except (Unavailable, TookTooLong) as error:
            response = problem(request, error, STATUS[type(error)])
            response.headers.update(made_up)
            await response(scope, receive, send)
            return
        headers = _sent(reply.headers, ANSWERED, made_up)
        if method != "HEAD" and reply.status not in {204, 304}:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _pass_on(
        self,
        request: Request,
        service: str,
        path: str,
        asked: dict[str, str],
        made_up: Mapping[str, str],
        send: Send,
    ) -> None:
        """Send both bodies on chunk by chunk, each read no faster than it is taken on the other side."""
        body = None
        if request.method in CHANGING:
            body = request.stream()
            if length := request.headers.get("content-length"):
                asked["content-length"] = length
        async with self._upstreams.passing(service, request.method, path, asked, body) as reply:
            headers = _sent(reply.headers, ANSWERED_WITH_A_FILE, made_up)
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            async for chunk in reply.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _sent(headers: Mapping[str, str], which: Iterable[str], made_up: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    sent = [(name.lower().encode(), headers[name].encode()) for name in which if name in headers]
    return sent + [(name.lower().encode(), value.encode("latin-1")) for name, value in made_up.items()]
