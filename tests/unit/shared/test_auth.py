"""Forged, broken and stale tokens; whom a good one names; the table of who may do what."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from shared.auth import ANYONE, Caller, Membership, Person, Verifier, allowed, bearer, caller
from shared.errors import Forbidden, Unauthenticated, Unavailable

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
"""RFC 9864 prefers the name Ed25519; issuers still write EdDSA."""
ISSUER = "https://issuer.example"
AUDIENCE = "techmarket"
LIFETIME_SECONDS = 36_000
"""Longer than any run of the suite: tokens are made once, as this module is imported."""
KEY = OKPKey.generate_key("Ed25519", {"kid": "dev", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
STRANGER = OKPKey.generate_key("Ed25519", {"kid": "dev", "use": "sig"})
PUBLIC_PEM = KEY.as_pem(private=False)
Json = dict[str, Any]


def claims(**changed: Any) -> Json:
    """Good claims; a None removes one."""
    good = {
        "sub": "prs_kim",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": int(time.time()) + LIFETIME_SECONDS,
        "parties": [{"id": "pty_hanbit", "kind": "sme", "roles": ["manager"]}],
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(content: Any, header: Json | None = None, key: OKPKey = KEY) -> str:
    """A token as whoever holds this key could make it, however strange its content."""
    head = b64(json.dumps(header or {"alg": "EdDSA", "kid": "dev"}).encode())
    body = b64(content if isinstance(content, bytes) else json.dumps(content).encode())
    private = key.raw_value
    assert isinstance(private, Ed25519PrivateKey)
    return f"{head}.{body}.{b64(private.sign(f'{head}.{body}'.encode()))}"


def public(key: OKPKey | RSAKey) -> Json:
    return dict(key.as_dict(private=False))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def hs256(secret: bytes) -> str:
    head = f"{b64(json.dumps({'alg': 'HS256', 'kid': 'dev'}).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{head}.{b64(hmac.digest(secret, head.encode(), hashlib.sha256))}"


def unsigned(alg: Any) -> str:
    return f"{b64(json.dumps({'alg': alg, 'kid': 'dev'}).encode())}.{b64(json.dumps(claims()).encode())}."


GOOD = signed(claims())
NOW = int(time.time())
PUBLIC_STRANGER = public(STRANGER)
FORGED: dict[str, str] = {
    "no algorithm": unsigned("none"),
    "no algorithm, shouted": unsigned("NONE"),
    "an algorithm that is a number": unsigned(5),
    "an algorithm that is a list": unsigned(["EdDSA"]),
    "HMAC with the public key's bytes": hs256(base64.urlsafe_b64decode(public(KEY)["x"] + "=")),
    "HMAC with the public key's PEM": hs256(PUBLIC_PEM),
    "HMAC with the public JWK": hs256(json.dumps(public(KEY)).encode()),
    "HMAC with nothing": hs256(b""),
    "a stranger's key under our kid": signed(claims(), key=STRANGER),
    "an unknown kid": signed(claims(), {"alg": "EdDSA", "kid": "other"}, STRANGER),
    "no kid": signed(claims(), {"alg": "EdDSA"}, STRANGER),
    "a kid that is a path": signed(claims(), {"alg": "EdDSA", "kid": "../../dev/null"}, STRANGER),
    "a kid that is a list": signed(claims(), {"alg": "EdDSA", "kid": ["dev"]}),
    "a kid that is an object": signed(claims(), {"alg": "EdDSA", "kid": {"$ne": 1}}),
    "another algorithm on our key": signed(claims(), {"alg": "RS256", "kid": "dev"}),
    "our algorithm on another key": signed(claims(), {"alg": "EdDSA", "kid": "rsa"}),
    "a key brought along": signed(claims(), {"alg": "EdDSA", "kid": "dev", "jwk": PUBLIC_STRANGER}, STRANGER),
    "a key brought along, no kid": signed(claims(), {"alg": "EdDSA", "jwk": PUBLIC_STRANGER}, STRANGER),
    "a key set elsewhere": signed(claims(), {"alg": "EdDSA", "kid": "x", "jku": "http://127.0.0.1:9/jwks"}, STRANGER),
    "an extension we must understand": signed(claims(), {"alg": "EdDSA", "kid": "dev", "crit": ["exp"], "exp": 1}),
    "an unencoded payload": signed(claims(), {"alg": "EdDSA", "kid": "dev", "b64": False, "crit": ["b64"]}),
    "another audience": signed(claims(aud="elsewhere")),
    "other audiences": signed(claims(aud=["elsewhere", "techmarket2"])),
    "no audience": signed(claims(aud=None)),
    "another issuer": signed(claims(iss=ISSUER + "/")),
    "no issuer": signed(claims(iss=None)),
    "no expiry": signed(claims(exp=None)),
    "expired": signed(claims(exp=NOW - 120)),
    "an expiry that is a word": signed(claims(exp="tomorrow")),
    "an expiry that is a list": signed(claims(exp=[NOW + 600])),
    "not yet valid": signed(claims(nbf=NOW + LIFETIME_SECONDS)),
    "made at no time": signed(claims(iat="today")),
    "no subject": signed(claims(sub=None)),
    "an empty subject": signed(claims(sub="")),
    "parties that are a word": signed(claims(parties="operator")),
    "parties that are a number": signed(claims(parties=7)),
    "a party without a kind": signed(claims(parties=[{"id": "pty_x", "roles": []}])),
    "a party without roles": signed(claims(parties=[{"id": "pty_x", "kind": "operator"}])),
    "a party that is a word": signed(claims(parties=["pty_x"])),
    "claims that are a list": signed([claims()]),
    "claims that are a word": signed("operator"),
    "claims that are no JSON": signed(b"{'sub': 1}"),
    "claims that are no text": signed(b"\xff\xfe\x00"),
    "claims nested without end": signed(b"[" * 100_000),
    "the payload exchanged": ".".join(
        [GOOD.split(".")[0], b64(json.dumps(claims(sub="prs_boss")).encode()), GOOD.split(".")[2]]
    ),
    "the signature cut": GOOD[:-10],
    "the signature missing": GOOD.rpartition(".")[0] + ".",
    "two parts": GOOD.rpartition(".")[0],
    "four parts": GOOD + ".x",
    "five parts": GOOD + ".x.y",
    "only dots": "..",
    "nothing": "",
    "garbage": "garbage",
    "bytes that are no base64": "!!!.???.***",
    "unicode": "토큰.토큰.토큰",
    "a header that is a list": f"{b64(b'[]')}.{b64(b'{}')}.{b64(b'x')}",
    "a header that is no JSON": f"{b64(b'{')}.{b64(b'{}')}.{b64(b'x')}",
    "a header that is no text": f"{b64(bytes([255, 254]))}.{b64(b'{}')}.{b64(b'x')}",
    "very long": GOOD + "A" * 1_000_000,
    "a very long header": signed(claims(), {"alg": "EdDSA", "kid": "x" * 1_000_000}),
    "line breaks": GOOD + "\n",
    "a blank inside": GOOD.replace(".", " .", 1),
}


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    file = tmp_path / "jwks.json"
    write(file, KEY, RSA)
    return file


@pytest.fixture
def verifier(jwks: Path) -> Verifier:
    return Verifier(jwks.as_uri(), ISSUER, AUDIENCE)


def write(file: Path, *keys: OKPKey | RSAKey) -> None:
    keep(file, json.dumps({"keys": [public(key) for key in keys]}))


def keep(file: Path, text: str) -> None:
    file.write_text(text)


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_token_names_nobody(verifier: Verifier, forgery: str) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.person(FORGED[forgery])


async def test_a_forged_token_is_refused_after_good_ones_too(verifier: Verifier) -> None:
    await verifier.person(GOOD)

    for token in FORGED.values():
        with pytest.raises(Unauthenticated):
            await verifier.person(token)


async def test_a_good_token_names_a_person_and_their_parties(verifier: Verifier) -> None:
    person = await verifier.person(GOOD)

    assert person.id == "prs_kim"
    assert person.parties == {"pty_hanbit": Membership("sme", frozenset({"manager"}))}
    assert await verifier.person(GOOD) is person


async def test_each_allowed_algorithm_is_good(verifier: Verifier) -> None:
    rsa = jwt.encode({"alg": "RS256", "kid": "rsa"}, claims(sub="prs_rsa"), RSA, algorithms=["RS256"])
    named = signed(claims(sub="prs_ed"), {"alg": "Ed25519", "kid": "dev"})

    assert (await verifier.person(rsa)).id == "prs_rsa"
    assert (await verifier.person(named)).id == "prs_ed"


async def test_a_key_for_hmac_in_the_key_set_opens_nothing(jwks: Path, verifier: Verifier) -> None:
    secret = OctKey.import_key("a secret of thirty-two characters", {"kid": "oct"})
    keep(jwks, json.dumps({"keys": [public(KEY), dict(secret.as_dict(private=True))]}))
    token = jwt.encode({"alg": "HS256", "kid": "oct"}, claims(), secret, algorithms=["HS256"])

    with pytest.raises(Unauthenticated):
        await verifier.person(token)


async def test_clocks_may_differ_by_a_minute(verifier: Verifier) -> None:
    late = signed(claims(exp=int(time.time()) - 30))
    early = signed(claims(nbf=int(time.time()) + 30))

    assert (await verifier.person(late)).id == "prs_kim"
    assert (await verifier.person(early)).id == "prs_kim"


async def test_a_replica_whose_clock_is_behind_takes_new_tokens(verifier: Verifier) -> None:
    assert (await verifier.person(signed(claims(iat=NOW + 600)))).id


async def test_a_remembered_token_still_expires(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    await verifier.person(GOOD)

    monkeypatch.setattr(time, "time", lambda: NOW + 2 * LIFETIME_SECONDS)

    with pytest.raises(Unauthenticated):
        await verifier.person(GOOD)


async def test_only_so_many_tokens_are_remembered(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.auth.REMEMBERED", 3)

    people = [await verifier.person(signed(claims(sub=f"prs_{number}"))) for number in range(5)]

    assert list(verifier._good.values()) == people[2:]


async def test_a_token_of_a_new_key_makes_the_keys_be_read_again(
    jwks: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.person(GOOD)
    new = OKPKey.generate_key("Ed25519", {"kid": "next", "use": "sig"})
    token = signed(claims(sub="prs_new"), {"alg": "EdDSA", "kid": "next"}, new)
    write(jwks, KEY, new)

    with pytest.raises(Unauthenticated):  # the keys were read a moment ago: strangers cannot make us read them all day
        await verifier.person(token)
    monkeypatch.setattr("shared.auth.REFRESH_AFTER_SECONDS", 0.0)

    assert (await verifier.person(token)).id == "prs_new"
    assert (await verifier.person(signed(claims(sub="prs_old")))).id == "prs_old"


async def test_a_key_taken_out_signs_no_more(jwks: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    await verifier.person(GOOD)
    monkeypatch.setattr("shared.auth.REFRESH_AFTER_SECONDS", 0.0)
    write(jwks, RSA)

    with pytest.raises(Unauthenticated):
        await verifier.person(signed(claims(sub="prs_unknown"), {"alg": "EdDSA", "kid": "other"}, STRANGER))
    with pytest.raises(Unauthenticated):
        await verifier.person(signed(claims(sub="prs_after")))


async def test_without_keys_we_say_try_again(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await Verifier((tmp_path / "nothing.json").as_uri(), ISSUER, AUDIENCE).person(GOOD)


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", "{}", '{"keys": []}', '{"keys": null}', '{"keys": [5]}', '{"keys": [{"kty": "X"}]}']
)
async def test_broken_keys_are_no_keys(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "jwks.json"
    keep(file, broken)

    with pytest.raises(Unavailable):
        await Verifier(file.as_uri(), ISSUER, AUDIENCE).person(GOOD)


async def test_known_keys_outlive_a_broken_source(
    jwks: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.person(GOOD)
    monkeypatch.setattr("shared.auth.REFRESH_AFTER_SECONDS", 0.0)
    keep(jwks, "<html>gateway time-out</html>")

    with pytest.raises(Unauthenticated):
        await verifier.person(FORGED["an unknown kid"])

    assert (await verifier.person(signed(claims(sub="prs_lee")))).id == "prs_lee"


async def test_keys_are_read_over_http() -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.json_response({"keys": [public(KEY)]})

    app = web.Application()
    app.router.add_get("/jwks", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"

    try:
        assert (await Verifier(f"{address}/jwks", ISSUER, AUDIENCE).person(GOOD)).id == "prs_kim"
        with pytest.raises(Unavailable):
            await Verifier(f"{address}/elsewhere", ISSUER, AUDIENCE).person(GOOD)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic a2lt", "token", "bearer"])
def test_what_is_no_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        bearer(header)


def test_the_scheme_is_written_in_any_case() -> None:
    assert bearer("bEARER a.b.c") == "a.b.c"


SME = Membership("sme", frozenset({"manager"}))
BUYER = Membership("institution", frozenset({"reviewer", "chair"}))


def test_who_has_one_party_acts_for_it() -> None:
    assert caller(Person("prs_kim", {"pty_a": SME}, 0), None) == Caller("prs_kim", "pty_a", "sme", SME.roles)


def test_who_has_several_names_one() -> None:
    person = Person("prs_kim", {"pty_a": SME, "pty_b": BUYER}, 0)

    assert caller(person, "pty_b").kind == "institution"
    assert caller(person, None) == Caller("prs_kim", "", "")


@pytest.mark.parametrize("claimed", ["pty_b", "", "*", "pty_a ", "PTY_A", "한빛"])
def test_nobody_acts_for_a_party_that_is_not_theirs(claimed: str) -> None:
    with pytest.raises(Forbidden):
        caller(Person("prs_kim", {"pty_a": SME}, 0), claimed)


def test_places_given_in_the_market_add_to_those_of_the_token_and_take_none_away() -> None:
    person = Person("prs_kim", {"pty_a": SME}, 0)

    joined = person.joined({"pty_a": Membership("operator", frozenset({"signer"})), "pty_b": BUYER})

    assert joined.parties == {"pty_a": Membership("sme", frozenset({"manager", "signer"})), "pty_b": BUYER}
    assert person.parties == {"pty_a": SME}


def test_only_its_people_and_the_operator_touch_a_partys_things() -> None:
    kim = Caller("prs_kim", "pty_a", "sme")

    kim.must_act_for("pty_b", "pty_a")
    Caller("prs_op", "pty_op", "operator").must_act_for("pty_b")
    with pytest.raises(Forbidden):
        kim.must_act_for("pty_b")


def test_what_the_table_does_not_name_is_allowed_to_nobody() -> None:
    policy = {"look": ANYONE, "buy": ("institution",), "decide": ("institution:chair",), "never": ()}
    nobody = Caller("prs_new", "", "")
    chair = Caller("prs_chair", "pty_b", "institution", frozenset({"chair"}))
    clerk = Caller("prs_clerk", "pty_b", "institution", frozenset({"clerk"}))
    operator = Caller("prs_op", "pty_op", "operator", frozenset({"manager"}))

    may = {
        operation: [who.actor for who in (nobody, chair, clerk, operator) if allowed(policy, operation, who)]
        for operation in (*policy, "unheard_of", "")
    }

    assert may == {
        "look": ["prs_new", "prs_chair", "prs_clerk", "prs_op"],
        "buy": ["prs_chair", "prs_clerk"],
        "decide": ["prs_chair"],
        "never": [],
        "unheard_of": [],
        "": [],
    }


def test_a_role_cannot_pass_for_a_kind() -> None:
    sly = Caller("prs_sly", "pty_a", "sme", frozenset({"operator", "*", "institution"}))

    assert not allowed({"restrict": ("operator",), "buy": ("institution",)}, "restrict", sly)
    assert not allowed({"buy": ("institution",)}, "buy", sly)
