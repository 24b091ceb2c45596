"""What is signed about a certificate, and every way of passing something else for it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey

from services.verification.credentials import (
    Credential,
    Name,
    Names,
    Revocations,
    SigningKeys,
    Unsigned,
    key_set,
    opened,
    verdict,
)
from shared.events.days import end_of, start_of
from tests.unit.verification.builders import NOON, a_certificate

ISSUER = "https://market.example/issuer"
NAMES = Names(Name("한국수자원공사", "K-water"), Name("한빛"), Name("저전력 분리막", "Membrane"))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def a_key(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"})


OLD, NEW, STRANGERS = a_key("old"), a_key("new"), a_key("new")


def keys_of(folder: Path, *keys: tuple[OKPKey | ECKey, bool]) -> SigningKeys:
    """The keys of a file, each with or without its private half."""
    file = folder / "keys.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=private) for key, private in keys]}))
    return SigningKeys(file, ISSUER)


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    return keys_of(tmp_path, (OLD, False), (NEW, True))


def public(signing: SigningKeys) -> KeySet:
    return key_set(signing.public.model_dump_json())


def a_list(signing: SigningKeys, *revoked: str, at: datetime = NOON) -> Revocations:
    return opened(signing.revocations(revoked, at), public(signing), Revocations)


def test_a_payload_says_what_the_paper_says(signing: SigningKeys) -> None:
    certificate = a_certificate()

    told = opened(signing.credential(certificate, NAMES, NOON), public(signing), Credential)

    assert (told.jti, told.number, told.iss) == (certificate.id, certificate.number, ISSUER)
    assert (told.institution, told.firm, told.product) == ("한국수자원공사", "한빛", "저전력 분리막")
    assert told.nbf == start_of(certificate.valid_from).timestamp()
    assert told.exp == end_of(certificate.valid_until).timestamp()
    assert told.iat == NOON.timestamp()


def test_no_private_half_is_ever_published(signing: SigningKeys) -> None:
    text = signing.public.model_dump_json()

    assert str(NEW.as_dict(private=True)["d"]) not in text
    assert '"d"' not in text
    assert [each.kid for each in signing.public.keys] == ["old", "new"]


def test_a_payload_with_any_one_letter_changed_is_refused(signing: SigningKeys) -> None:
    payload, keys = signing.credential(a_certificate(), NAMES, NOON), public(signing)

    for place, letter in enumerate(payload):
        # the next letter differs in the lowest bit, the one that the last letter of a signature does not need
        number = LETTERS.find(letter)
        for other in (LETTERS[number ^ 1], LETTERS[(number + 32) % 64], "."):
            changed = payload[:place] + other + payload[place + 1 :]
            if changed != payload:
                with pytest.raises(Unsigned):
                    opened(changed, keys, Credential)


@pytest.mark.parametrize("more", ["=", "\n", " ", ".", "A", "\x00"])
def test_a_payload_with_something_behind_or_before_it_is_refused(signing: SigningKeys, more: str) -> None:
    payload, keys = signing.credential(a_certificate(), NAMES, NOON), public(signing)

    for changed in (payload + more, more + payload, payload[:-1]):
        with pytest.raises(Unsigned):
            opened(changed, keys, Credential)


def forged(signing: SigningKeys) -> dict[str, str]:
    """What signs or names the signer otherwise, by the way it does."""
    keys = public(signing)
    claims = opened(signing.credential(a_certificate(), NAMES, NOON), keys, Credential).model_dump_json()
    header = {"alg": "Ed25519", "kid": "new", "typ": Credential.typ}
    secret = OctKey.import_key(str(NEW.as_dict(private=False)["x"]))
    own = STRANGERS.as_dict(private=False)
    return {
        "same name": jws.serialize_compact(header, claims, STRANGERS, ["Ed25519"]),
        "other name": jws.serialize_compact({**header, "kid": "none"}, claims, STRANGERS, ["Ed25519"]),
        "brings its key": jws.serialize_compact({**header, "jwk": own}, claims, STRANGERS, ["Ed25519"]),
        "public key as secret": jws.serialize_compact({**header, "alg": "HS256"}, claims, secret, ["HS256"]),
        "nobody": "eyJhbGciOiJub25lIn0." + jws.serialize_compact(header, claims, NEW, ["Ed25519"]).split(".")[1] + ".",
    }


@pytest.mark.parametrize("how", ["same name", "other name", "brings its key", "public key as secret", "nobody"])
def test_what_others_sign_is_refused(signing: SigningKeys, how: str) -> None:
    payload = forged(signing)[how]

    with pytest.raises(Unsigned):
        opened(payload, public(signing), Credential)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "eyJhbGciOiJFZDI1NTE5In0..", "한.글.문"])
def test_what_is_no_payload_is_refused(signing: SigningKeys, text: str) -> None:
    with pytest.raises(Unsigned):
        opened(text, public(signing), Credential)


def test_a_list_does_not_pass_for_a_certificate_nor_a_certificate_for_a_list(signing: SigningKeys) -> None:
    keys = public(signing)

    with pytest.raises(Unsigned, match="certificate"):
        opened(signing.revocations([], NOON), keys, Credential)
    with pytest.raises(Unsigned, match="revocations"):
        opened(signing.credential(a_certificate(), NAMES, NOON), keys, Revocations)


def test_a_signed_payload_that_lacks_something_is_refused(signing: SigningKeys) -> None:
    header = {"alg": "Ed25519", "kid": "new", "typ": Credential.typ}

    with pytest.raises(Unsigned):
        opened(jws.serialize_compact(header, '{"jti": "crt_1"}', NEW, ["Ed25519"]), public(signing), Credential)


def test_after_a_change_of_keys_old_papers_stay_good_until_their_key_is_taken_out(tmp_path: Path) -> None:
    before = keys_of(tmp_path, (OLD, True), (NEW, False))
    payload = before.credential(a_certificate(), NAMES, NOON)

    after = keys_of(tmp_path, (NEW, True), (OLD, False))
    last = keys_of(tmp_path, (NEW, True))

    renewed = after.credential(a_certificate(), NAMES, NOON)
    assert opened(payload, public(after), Credential) == opened(renewed, public(before), Credential)
    with pytest.raises(Unsigned):
        opened(payload, public(last), Credential)


@pytest.mark.parametrize(
    "keys",
    [
        [(OLD, False)],
        [(OLD, True), (NEW, True)],
        [(NEW, True), (ECKey.generate_key("P-256", {"kid": "ec"}), False)],
        [(NEW, True), (OKPKey.generate_key("X25519", {"kid": "x"}), False)],
    ],
    ids=["none signs", "two sign", "another kind", "another curve"],
)
def test_a_file_in_which_not_exactly_one_key_can_sign_is_refused(
    tmp_path: Path, keys: list[tuple[OKPKey | ECKey, bool]]
) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        keys_of(tmp_path, *keys)


@pytest.mark.parametrize("text", ["", "[]", '{"keys": 1}', '{"keys": [{"kty": "oct", "k": "x", "kid": "k"}]}'])
def test_what_holds_no_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each says it in its own words
        key_set(text)


def test_a_certificate_is_worth_what_its_dates_and_the_list_say(signing: SigningKeys) -> None:
    certificate = a_certificate()
    told = opened(signing.credential(certificate, NAMES, NOON), public(signing), Credential)
    first, after = start_of(certificate.valid_from), end_of(certificate.valid_until)
    moment = timedelta(seconds=1)

    assert verdict(told, a_list(signing, at=first - moment), first - moment) == "not_yet_valid"
    assert verdict(told, a_list(signing, at=first), first) == "valid"
    assert verdict(told, a_list(signing, at=after), after - moment) == "valid"
    assert verdict(told, a_list(signing, at=after), after) == "expired"
    assert verdict(told, a_list(signing, certificate.id, at=first), first) == "revoked"
    assert verdict(told, a_list(signing, "crt_other", at=first), first) == "valid"


def test_a_list_is_good_for_a_day_and_what_it_says_is_revoked_stays_so(signing: SigningKeys) -> None:
    told = opened(signing.credential(a_certificate(), NAMES, NOON), public(signing), Credential)
    at = start_of(a_certificate().valid_from) + timedelta(days=3)
    late = at + timedelta(hours=24)

    assert verdict(told, a_list(signing, at=at), late - timedelta(seconds=1)) == "valid"
    assert verdict(told, a_list(signing, at=at), late) == "revocation_unknown"
    assert verdict(told, a_list(signing, told.jti, at=at), late) == "revoked"


def test_every_replica_makes_the_same_list_within_an_hour(signing: SigningKeys) -> None:
    later = NOON + timedelta(minutes=59)

    assert signing.revocations(["crt_b", "crt_a"], NOON) == signing.revocations(["crt_a", "crt_b"], later)
    assert signing.revocations([], NOON) != signing.revocations([], NOON + timedelta(hours=1))
    assert signing.revocations([], NOON) != signing.revocations(["crt_a"], NOON)


def test_a_long_name_is_cut_so_that_a_phone_can_read_the_code(signing: SigningKeys) -> None:
    names = NAMES._replace(product=Name("분리막\n" * 40))

    told = opened(signing.credential(a_certificate(), names, NOON), public(signing), Credential)

    assert len(told.product) == 60
    assert told.product.startswith("분리막 분리막")
    assert told.product.endswith("…")
