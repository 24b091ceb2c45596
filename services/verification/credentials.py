"""Certificates as payloads that a phone checks without asking anybody, and the list of those that were revoked.

Each is a compact JSON Web Signature (RFC 7515) by an Ed25519 key of this service's own, with a `typ` of its own: none
passes for the other, and none for a token, which other keys sign.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OKPKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.verification.domain.certificate import Certificate
from shared.events.days import end_of, start_of

ALGORITHM = "Ed25519"
MOST_SIGNED = 60
"""Letters of a name that are signed: more would make a code that phones read badly."""

LIST_LASTS = timedelta(hours=24)
"""How long after it was made somebody may rely on a list of revoked certificates."""

Language = Literal["ko", "en"]
Verdict = Literal["valid", "not_yet_valid", "expired", "revoked", "revocation_unknown"]


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called. `english` may be empty."""

    korean: str
    english: str = ""

    def told(self, language: Language) -> str:
        """Return the name in this language; beside an English one stands the Korean, which is what is signed."""
        return f"{self.english} ({self.korean})" if language == "en" and self.english else self.korean


class Names(NamedTuple):
    """What those that a certificate is about are called."""

    institution: Name
    firm: Name
    product: Name


class Unsigned(Exception):
    """None of the keys has signed this; the text says what is wrong with it."""


class Signed(BaseModel):
    """What a key has signed, and when."""

    model_config = ConfigDict(frozen=True)

    typ: ClassVar[str]

    iss: str
    iat: int


class Credential(Signed):
    """A certificate as its paper shows it. `nbf` and `exp` are its first moment and the first one after it."""

    typ: ClassVar[str] = "certificate+jwt"

    jti: str
    number: str
    institution: str
    firm: str
    product: str
    nbf: int
    exp: int


class Revocations(Signed):
    """The ids of all certificates that were revoked before their last day. Until `exp` one may rely on it."""

    typ: ClassVar[str] = "revocations+jwt"

    exp: int
    revoked: list[str]


S = TypeVar("S", bound=Signed)


class PublicKey(BaseModel):
    """A key that payloads are checked with, as RFC 8037 writes it."""

    model_config = ConfigDict(extra="ignore")

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str = Field(examples=["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
    kid: str = Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])
    use: Literal["sig"] = "sig"
    alg: Literal["Ed25519"] = "Ed25519"


class PublicKeys(BaseModel):
    """A JWK set (RFC 7517). One of the keys signs now; the others did, or will."""

    keys: list[PublicKey]


class SigningKeys:
    """The keys in a file, a JWK set: the one that is there with its private half signs, all are published.

    To change keys: publish the next one's public half; when all have it, put its private half in the place of the
    present one's; keep the old public half as long as papers signed with it are in use.
    """

    def __init__(self, file: Path, issuer: str) -> None:
        """Read the file. Raise ValueError unless exactly one key in it can sign."""
        keys = KeySet.import_key_set(json.loads(file.read_text(encoding="utf-8")))
        signing = [each for each in keys if isinstance(each, OKPKey) and each.is_private]
        if len(signing) != 1 or not all(_is_ours(each) for each in keys):
            message = f"{file} must hold Ed25519 keys only, exactly one of them with its private half"
            raise ValueError(message)
        [self._key] = signing
        self._issuer = issuer
        self.public = PublicKeys(
            keys=[PublicKey.model_validate({**each.as_dict(private=False), "use": "sig"}) for each in keys]
        )

    def credential(self, certificate: Certificate, names: Names, at: datetime) -> str:
        """Return a certificate's payload."""
        return self._sign(
            Credential(
                iss=self._issuer,
                iat=int(at.timestamp()),
                jti=certificate.id,
                number=certificate.number,
                nbf=int(start_of(certificate.valid_from).timestamp()),
                exp=int(end_of(certificate.valid_until).timestamp()),
                institution=_short(names.institution),
                firm=_short(names.firm),
                product=_short(names.product),
            )
        )

    def revocations(self, revoked: Iterable[str], at: datetime) -> str:
        """Return the list of these certificates: the same for the same ids within an hour, whichever replica makes it.

        It is dated by the hour that has begun.
        """
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return self._sign(
            Revocations(
                iss=self._issuer,
                iat=int(hour.timestamp()),
                exp=int((hour + LIST_LASTS).timestamp()),
                revoked=sorted(revoked),
            )
        )

    def _sign(self, signed: Signed) -> str:
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": signed.typ}
        return jws.serialize_compact(header, signed.model_dump_json(), self._key, algorithms=[ALGORITHM])


def key_set(text: str) -> KeySet:
    """Return the keys that are published in this text. Raise ValueError for anything else."""
    try:
        published = PublicKeys.model_validate_json(text)
        return KeySet([OKPKey.import_key(each.model_dump()) for each in published.keys])
    except JoseError as error:
        raise ValueError(str(error)) from None


def opened(payload: str, keys: KeySet, kind: type[S]) -> S:
    """Return what one of the keys has signed. Raise Unsigned for whatever else it is, changed by a bit or by more."""
    try:
        found = jws.deserialize_compact(payload, keys, algorithms=[ALGORITHM])
        # the last letter of a signature has bits that say nothing: only one way of writing it is good
        signature = payload.rpartition(".")[2].encode()
        if urlsafe_b64encode(urlsafe_b64decode(signature)) != signature:
            raise Unsigned("the signature is not written as the issuer writes it")
        if found.headers().get("typ") != kind.typ:
            raise Unsigned(f"this is no {kind.typ}")
        return kind.model_validate_json(found.payload)
    except (JoseError, ValidationError, ValueError, TypeError) as error:
        raise Unsigned(str(error).partition("\n")[0]) from None


def verdict(credential: Credential, revocations: Revocations, at: datetime) -> Verdict:
    """Return whether somebody may rely on a certificate at this moment, by a list they hold."""
    now = at.timestamp()
    if credential.jti in revocations.revoked:
        return "revoked"
    if now >= credential.exp:
        return "expired"
    if now < credential.nbf:
        return "not_yet_valid"
    return "valid" if now < revocations.exp else "revocation_unknown"


def _is_ours(key: Key) -> bool:
    return isinstance(key, OKPKey) and key.as_dict(private=False).get("crv") == ALGORITHM


def _short(name: Name) -> str:
    text = " ".join(name.korean.split())
    return text if len(text) <= MOST_SIGNED else text[: MOST_SIGNED - 1] + "…"
