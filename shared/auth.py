"""Who calls: JWTs verified in the gateway and again in every service, and the table of who may do what."""

import json
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import KeySet

from shared.errors import Forbidden, Unauthenticated, Unavailable

ALGORITHMS = ["Ed25519", "EdDSA", "RS256"]
LEEWAY_SECONDS = 60
REMEMBERED = 10_000
REFRESH_AFTER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in a party: the party's kind (`sme`, `institution`, `operator` ...) and the roles held there."""

    kind: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token names."""

    id: str
    parties: Mapping[str, Membership]
    expires: float

    def joined(self, places: Mapping[str, Membership]) -> "Person":
        """Return the same person with places in parties beside those of the token; where in both, with all roles."""
        parties = {**places, **self.parties}
        for party in places.keys() & self.parties.keys():
            mine = self.parties[party]
            parties[party] = Membership(mine.kind, mine.roles | places[party].roles)
        return Person(self.id, parties, self.expires)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person (`actor`) acting for one party (`principal`, empty for a person who belongs to none yet)."""

    actor: str
    principal: str
    kind: str
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_operator(self) -> bool:
        return self.kind == "operator"

    def must_act_for(self, *parties: str) -> None:
        """Raise Forbidden unless the caller acts for one of these parties, or runs the market."""
        if self.principal not in parties and not self.is_operator:
            raise Forbidden("principal.other", "this belongs to another party", "다른 당사자의 것입니다")


ANYONE = frozenset({"*"})
"""In a policy: every signed-in person, also one who belongs to no party yet."""

Policy = Mapping[str, Collection[str]]
"""Operation -> who may: `kind`, `kind:role`, or ANYONE. An operation that is not in the table is allowed to nobody."""


def allowed(policy: Policy, operation: str, caller: Caller) -> bool:
    """Return whether the table lets this caller do this; whose things they may touch is the aggregate's rule."""
    mine = {caller.kind, *(f"{caller.kind}:{role}" for role in caller.roles), "*"}
    return not mine.isdisjoint(policy.get(operation, ()))


class Claims(jwt.JWTClaimsRegistry):
    """The claims a token must have, and between which moments it is good: `nbf` and `exp`, by our own clock.

    `iat` bounds nothing (RFC 7519, 4.1.6). A replica whose clock is behind would refuse every new token by it.
    """

    def validate_iat(self, value: object) -> None:
        """Refuse what is no time; any time will do."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidClaimError("iat", "iat is no time")


class Verifier:
    """Checks tokens against a JWKS (`file://`, `http://` or `https://`), which is read again when a key is unknown."""

    def __init__(self, jwks_uri: str, issuer: str, audience: str) -> None:
        self._uri = jwks_uri
        self._claims = Claims(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._keys: KeySet | None = None
        self._read_at = 0.0
        self._good: OrderedDict[str, Person] = OrderedDict()

    async def person(self, token: str) -> Person:
        """Return whom the token names. Raise Unauthenticated. A token that was good is not verified twice."""
        known = self._good.get(token)
        if known is not None and known.expires + LEEWAY_SECONDS > time.time():
            return known
        person = _person(await self._verified(token))
        self._good[token] = person
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)
        return person

    async def _verified(self, token: str) -> Mapping[str, Any]:
        keys = self._keys or await self._read_keys()
        try:
            return self._checked(token, keys)
        except (JoseError, ValueError):
            if time.monotonic() - self._read_at < REFRESH_AFTER_SECONDS:
                raise _bad_token() from None
        try:
            return self._checked(token, await self._read_keys())
        except (JoseError, ValueError):
            raise _bad_token() from None

    def _checked(self, token: str, keys: KeySet) -> Mapping[str, Any]:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        self._claims.validate(claims)
        return claims

    async def _read_keys(self) -> KeySet:
        try:
            text = await _read(self._uri)
            self._keys = KeySet.import_key_set(json.loads(text))
        except (OSError, ValueError, KeyError, TypeError, aiohttp.ClientError, JoseError) as error:
            if self._keys is None:
                raise Unavailable(
                    "keys.unavailable", "the token keys cannot be read now", "토큰 키를 읽을 수 없습니다"
                ) from error
        self._read_at = time.monotonic()
        return self._keys


async def _read(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(parts.path).read_text(encoding="utf-8")  # noqa: ASYNC240  a small local file, read once
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(uri) as response:
        response.raise_for_status()
        return await response.text()


def _person(claims: Mapping[str, Any]) -> Person:
    try:
        parties = {
            str(party["id"]): Membership(str(party["kind"]), frozenset(map(str, party["roles"])))
            for party in claims.get("parties", ())
        }
        return Person(str(claims["sub"]), parties, float(claims["exp"]))
    except (KeyError, TypeError, ValueError):
        raise _bad_token() from None


def caller(person: Person, principal: str | None) -> Caller:
    """Return the person in the role they chose: the named party, or the only one they have. Raise Forbidden."""
    if principal is None and len(person.parties) == 1:
        principal = next(iter(person.parties))
    if principal is None:
        return Caller(person.id, "", "")
    membership = person.parties.get(principal)
    if membership is None:
        raise Forbidden(
            "principal.not_member", f"you do not act for {principal}", f"{principal}을(를) 대리할 권한이 없습니다"
        )
    return Caller(person.id, principal, membership.kind, membership.roles)


def _bad_token() -> Unauthenticated:
    return Unauthenticated(
        "token.invalid", "the token is missing, expired or not valid", "토큰이 없거나 만료되었거나 올바르지 않습니다"
    )


def bearer(authorization: str | None) -> str:
    """Return the token of an Authorization header. Raise Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _bad_token()
    return token
