"""What a local market signs tokens and certificates with. Made once per run folder, worth nothing elsewhere."""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class DevelopmentKeys:
    """Files of one run folder: who has the private key is every seeded person at once, so it stays owner-readable."""

    private_key: Path
    jwks: Path
    cursor_secret: Path
    certificate_keys: Path


def development_keys(folder: Path) -> DevelopmentKeys:
    """The keys in the folder; Ed25519 pairs for tokens and certificates and a random secret are made where missing."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = DevelopmentKeys(
        folder / "development_key.json",
        folder / "jwks.json",
        folder / "cursor_secret",
        folder / "certificate_keys.json",
    )
    _make(keys.private_key, lambda: json.dumps(_new_key()))
    _make(keys.certificate_keys, lambda: json.dumps({"keys": [_new_key()]}))
    _make(keys.cursor_secret, secrets.token_hex)
    public = OKPKey.import_key(json.loads(keys.private_key.read_text())).as_dict(private=False)
    keys.jwks.write_text(json.dumps({"keys": [public]}))
    return keys


def signed_token(folder: Path, issuer: str, person: str, parties: Iterable[tuple[str, str, str]] = ()) -> str:
    """Return a good token, signed with the folder's key, of a person who belongs to these (party, kind, role)."""
    key = OKPKey.import_key(json.loads(development_keys(folder).private_key.read_text()))
    claims = {
        "sub": person,
        "iss": issuer,
        "aud": "techmarket",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "parties": [{"id": party, "kind": kind, "roles": [role]} for party, kind, role in parties],
    }
    return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


def _new_key() -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", parameters={"use": "sig"}, auto_kid=True)
    return dict(key.as_dict(private=True))


def _make(file: Path, content: Callable[[], str]) -> None:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(content())
