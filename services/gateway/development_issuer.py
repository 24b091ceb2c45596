"""Tokens for anybody who asks, on a developer's machine and nowhere else: who reaches it can be every seeded person."""

import json
import time
from pathlib import Path

from fastapi import APIRouter
from joserfc import jwt
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.settings import Settings
from shared.errors import Invalid

LIFETIME_SECONDS = 8 * 3600


class Membership(BaseModel):
    """A party a person acts for, and the roles held there."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=60, examples=["pty_operator"])
    kind: str = Field(min_length=1, max_length=40, examples=["operator"])
    roles: list[str] = Field(default_factory=list, max_length=20, examples=[["manager"]])


class Person(BaseModel):
    """Somebody who is there from the start."""

    id: str
    title: str
    parties: list[Membership]


class Wish(BaseModel):
    """Whose token is asked for: a seeded person's, or anybody's with any parties."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"person": "prs_operator"}})

    person: str = ""
    sub: str = Field(default="", max_length=60)
    parties: list[Membership] = Field(default_factory=list, max_length=20)


class Token(BaseModel):
    """A bearer token and for how many seconds it is good."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  a scheme, not a secret
    expires_in: int = LIFETIME_SECONDS


def _person(person: str, title: str, *parties: tuple[str, str, str]) -> Person:
    memberships = [Membership(id=party, kind=kind, roles=[role]) for party, kind, role in parties]
    return Person(id=person, title=title, parties=memberships)


SEEDED = {
    each.id: each
    for each in (
        _person("prs_operator", "운영자", ("pty_operator", "operator", "manager")),
        _person("prs_ministry", "부처 담당자", ("pty_ministry", "ministry", "manager")),
        _person("prs_newcomer", "아직 소속이 없는 사람"),
        _person("prs_firm", "기업 담당자", ("pty_firm", "sme", "manager")),
        _person("prs_institution", "기관 담당자", ("pty_institution", "institution", "officer")),
        _person("prs_chair", "기관 심의위원장", ("pty_institution", "institution", "chair")),
        _person("prs_expert", "전문기관 담당자", ("pty_expert", "expert_institution", "expert")),
        _person("prs_investor", "투자자", ("pty_investor", "investor", "manager")),
        _person("prs_both", "두 기업을 대리하는 사람", ("pty_firm", "sme", "manager"), ("pty_other", "sme", "manager")),
    )
}


class Issuer:
    """Signs with a private key (an Ed25519 JWK in a file) that is worth nothing elsewhere."""

    def __init__(self, key_file: Path, issuer: str, audience: str) -> None:
        self._key = OKPKey.import_key(json.loads(key_file.read_text(encoding="utf-8")))
        self._issuer = issuer
        self._audience = audience

    def token(self, person: str, parties: list[Membership]) -> str:
        """Return a signed token that names this person."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": person,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "parties": [each.model_dump() for each in parties],
        }
        header = {"alg": "Ed25519", **({"kid": self._key.kid} if self._key.kid else {})}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])

    def key_set(self) -> dict[str, list[dict[str, str | list[str]]]]:
        """Return the public half, as others verify with it."""
        return {"keys": [dict(self._key.as_dict(private=False))]}


def issuer_routes(settings: Settings) -> APIRouter:
    """Return the routes. Raise RuntimeError outside the local profile: there, no process may have them."""
    if settings.profile != "local" or settings.development_key_file is None:
        message = "the development issuer exists in the local profile only, with a DEVELOPMENT_KEY_FILE"
        raise RuntimeError(message)
    issuer = Issuer(settings.development_key_file, settings.token_issuer, settings.token_audience)
    router = APIRouter(include_in_schema=False)

    @router.post("/dev/token")
    async def token(wish: Wish) -> Token:
        """Sign a token for a seeded person, or for anybody."""
        if wish.sub and not wish.person:
            return Token(access_token=issuer.token(wish.sub, wish.parties))
        known = SEEDED.get(wish.person)
        if known is None:
            raise Invalid(
                "person.unknown",
                f"there is no seeded person {wish.person!r}; name one of /dev/people, or a sub with parties",
                f"{wish.person!r}은(는) 없습니다. /dev/people의 사람이나 sub와 parties를 보내십시오",
                field="/person",
            )
        return Token(access_token=issuer.token(known.id, known.parties))

    @router.get("/dev/people")
    async def people() -> list[Person]:
        """List the seeded people."""
        return list(SEEDED.values())

    @router.get("/.well-known/jwks.json")
    async def key_set() -> dict[str, list[dict[str, str | list[str]]]]:
        """Show the public keys that tokens are verified with."""
        return issuer.key_set()

    return router
