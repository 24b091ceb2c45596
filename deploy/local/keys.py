"""What the development issuer signs with. Made once per run folder, worth nothing elsewhere."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import OKPKey


@dataclass(frozen=True)
class DevelopmentKeys:
    """Files of one run folder: who has the private key is every seeded person at once, so it stays owner-readable."""

    private_key: Path
    jwks: Path
    cursor_secret: Path


def development_keys(folder: Path) -> DevelopmentKeys:
    """The keys in the folder; an Ed25519 pair (JWK, JWKS) and a random secret are made where missing."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = DevelopmentKeys(folder / "development_key.json", folder / "jwks.json", folder / "cursor_secret")
    _make(keys.private_key, _new_key)
    _make(keys.cursor_secret, secrets.token_hex)
    public = OKPKey.import_key(json.loads(keys.private_key.read_text())).as_dict(private=False)
    keys.jwks.write_text(json.dumps({"keys": [public]}))
    return keys


def _new_key() -> str:
    key = OKPKey.generate_key("Ed25519", parameters={"use": "sig"}, auto_kid=True)
    return json.dumps(key.as_dict(private=True))


def _make(file: Path, content: Callable[[], str]) -> None:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(content())
