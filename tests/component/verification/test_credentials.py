"""Certificates on paper and as payloads, from the service on real servers, and checked as somebody outside does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.verification.credentials import Revocations, key_set, opened
from tests.component.verification.office import Office, Person, officer
from tests.printed import lines

ANYBODY = Person("prs_anybody")
KEYS, LIST = "/certificates/jwks.json", "/certificates/revocations.jwt"
PAPERS = ("paper.pdf", "payload.txt")


async def certified(office: Office) -> tuple[str, str]:
    """A certificate, and the institution that gave it."""
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=True)
    return (await office.until(f"/reviews/{review}", status="certified"))["certificate"], institution


async def fetched(office: Office, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What is answered there without a token."""
    async with office.http.get(office.service.url + "/v1" + path, headers=headers) as response:
        return response.status, await response.read(), {name.lower(): each for name, each in response.headers.items()}


async def shown(office: Office, path: str) -> tuple[int, bytes]:
    """What anybody who is signed in is answered."""
    token = office._token(ANYBODY)
    status, content, _ = await fetched(office, path, Authorization=f"Bearer {token}")
    return status, content


def check(what: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """What `market certificate check` says with no market to ask."""
    files = ["--keys", str(folder / "jwks.json"), "--revocations", str(folder / "revocations.jwt")]
    command = [sys.executable, "-m", "cli.main", "certificate", "check", what, *files, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


async def keep(office: Office, folder: Path) -> None:
    """Put keys and list into files, as a phone would keep them."""
    for path in (KEYS, LIST):
        status, content, _ = await fetched(office, path)
        assert status == 200
        (folder / path.rpartition("/")[2]).write_bytes(content)


async def test_a_certificate_is_checked_without_asking_and_refused_once_it_is_revoked(
    office: Office, tmp_path: Path
) -> None:
    certificate, institution = await certified(office)
    number = (await office.get(f"/certificates/{certificate}")).body["number"]
    _, payload = await shown(office, f"/certificates/{certificate}/certificate.jwt")
    _, paper = await shown(office, f"/certificates/{certificate}/certificate.pdf")
    (tmp_path / "paper.pdf").write_bytes(paper)
    (tmp_path / "payload.txt").write_bytes(payload + b"\n")
    changed = payload.decode()[:-1] + ("B" if payload.endswith(b"A") else "A")

    await keep(office, tmp_path)
    good = [check(what, tmp_path) for what in (payload.decode(), *(str(tmp_path / f) for f in PAPERS))]
    bad = check(changed, tmp_path)
    await office.done(f"/certificates/{certificate}/revocation", officer(institution), {"reason": "허위"})
    await keep(office, tmp_path)
    revoked = check(payload.decode(), tmp_path)
    status, problem = await shown(office, f"/certificates/{certificate}/certificate.pdf")

    assert [(code, said["verdict"], said["number"]) for code, said in good] == [(0, "valid", number)] * 3
    assert (bad[0], bad[1]["verdict"]) == (1, "unsigned")
    assert (revoked[0], revoked[1]["verdict"]) == (1, "revoked")
    assert (status, json.loads(problem)["rule"]) == (409, "certificate.not_valid")


async def test_a_certificate_is_printed_in_both_languages(office: Office) -> None:
    certificate, institution = await certified(office)
    number = (await office.get(f"/certificates/{certificate}")).body["number"]

    _, korean = await shown(office, f"/certificates/{certificate}/certificate.pdf")
    _, english = await shown(office, f"/certificates/{certificate}/certificate.pdf?language=en")
    status, problem = await shown(office, f"/certificates/{certificate}/certificate.pdf?language=fr")
    stranger, _, _ = await fetched(office, f"/certificates/{certificate}/certificate.pdf")

    [page], [other] = lines(korean), lines(english)
    assert page[:2] == ["기술 인증서", f"인증번호 {number}"]
    assert other[:2] == ["Technology certificate", f"Number {number}"]
    assert f"인증기관 {institution}" in page
    assert (status, json.loads(problem)["errors"][0]["pointer"]) == (422, "query/language")
    assert stranger == 401


async def is_known(office: Office, path: str) -> bool:
    """Whether a second call is told that nothing has changed; a third call, where the list's hour has."""
    _, _, first = await fetched(office, path)
    status, _, second = await fetched(office, path, **{"If-None-Match": first["etag"]})
    if status == 200:
        status, _, _ = await fetched(office, path, **{"If-None-Match": second["etag"]})
    return status == 304


async def test_keys_and_list_are_open_and_say_when_they_are_still_the_same(office: Office) -> None:
    certificate, institution = await certified(office)
    _, keys, answered = await fetched(office, KEYS)
    before, old, told = await fetched(office, LIST)

    same = [await is_known(office, path) for path in (KEYS, LIST)]
    await office.done(f"/certificates/{certificate}/revocation", officer(institution), {"reason": "허위"})
    after, new, _ = await fetched(office, LIST, **{"If-None-Match": told["etag"]})

    published = key_set(keys.decode())
    was, now = (opened(each.decode(), published, Revocations) for each in (old, new))
    assert b'"d"' not in keys
    assert (before, after) == (200, 200)
    assert same == [True, True]
    assert told["cache-control"] == answered["cache-control"] == "public, max-age=300"
    assert told["content-type"] == "application/jose"
    assert {*now.revoked} == {*was.revoked, certificate}
    assert now.exp - now.iat == 24 * 3600
