"""What the gateway adds to a call and what it keeps from the services, against the real catalog."""

import asyncio
import io
import json
import secrets
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.component.gateway.door import CONTENT, Door, eventually

DRAFT = {"product_kind": "technology", "content": dict(CONTENT)}
CLAIMS: dict[str, Any] = {"iss": "https://market.example/issuer", "aud": "techmarket", "sub": "prs_x", "parties": []}


async def test_a_call_reaches_its_service_and_the_answer_comes_back_whole(door: Door) -> None:
    drafted = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=secrets.token_hex(4))
    product = drafted.body["id"]

    shown = await door.call("GET", f"/v1/products/{product}", by="prs_firm", x_request_id="mine-1")

    assert drafted.status == 201
    assert drafted.headers["market-position"] == f"{product}:1"
    assert drafted.headers["etag"] == '"1"'
    assert shown.status == 200
    assert shown.body["title"] == CONTENT["title"]
    assert shown.headers["x-request-id"] == "mine-1"
    assert shown.headers.getall("content-type") == ["application/json"]


async def test_only_calendars_and_what_certificates_are_checked_by_are_passed_on_without_a_token(door: Door) -> None:
    def without_token(method: str, path: str) -> Any:
        return door.http.request(method, door.gateway.url + path)

    calendar = "/v1/participations/ptc_1/calendar"
    async with without_token("GET", f"{calendar}.ics?key=x") as reading:
        passed_on = (reading.status, (await reading.json())["rule"])
    for path in ("/v1/certificates/jwks.json", "/v1/certificates/revocations.jwt"):
        async with without_token("GET", path) as reading:
            assert (reading.status, (await reading.json())["rule"]) == (503, "upstream.unavailable")
    others = [
        ("POST", calendar),
        ("GET", calendar),
        ("GET", f"{calendar}.icsx"),
        ("GET", "/v1/participations"),
        ("GET", "/v1/certificates"),
        ("GET", "/v1/certificates/crt_1/certificate.pdf"),
        ("GET", "/v1/certificates/jwks.jsonx"),
    ]
    statuses = []
    for method, path in others:
        async with without_token(method, path) as response:
            statuses.append(response.status)

    assert passed_on == (503, "upstream.unavailable")  # matching is not there: the gateway has asked for it
    assert statuses == [401] * len(others)


async def test_a_list_is_asked_for_with_its_query(door: Door) -> None:
    await door.drafted()
    await door.drafted()

    page = await door.call("GET", "/v1/products?status=draft&limit=1", by="prs_firm")
    after = await door.call("GET", f"/v1/products?status=draft&limit=1&cursor={page.body['next']}", by="prs_firm")

    assert len(page.body["items"]) == len(after.body["items"]) == 1
    assert page.body["items"] != after.body["items"]


async def test_a_key_is_made_up_and_told_so_that_the_call_can_be_repeated(door: Door) -> None:
    first = await door.call("POST", "/v1/products", DRAFT, by="prs_firm")
    key = first.headers["idempotency-key"]

    again = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=key)
    other = await door.call(
        "POST", "/v1/products", DRAFT | {"product_kind": "product"}, by="prs_firm", idempotency_key=key
    )

    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status, other.rule) == (422, "idempotency.other_request")


async def test_versions_are_asked_for_and_compared(door: Door) -> None:
    product = (await door.drafted()).body["id"]
    path = f"/v1/products/{product}/draft"

    without = await door.call("PUT", path, CONTENT, by="prs_firm")
    stale = await door.call("PUT", path, CONTENT, by="prs_firm", if_match='"7"')
    good = await door.call("PUT", path, dict(CONTENT) | {"title": "새 이름"}, by="prs_firm", if_match='"1"')
    unchanged = await door.call("GET", f"/v1/products/{product}", by="prs_firm", if_none_match='"2"')

    assert (without.status, without.rule) == (428, "version.required")
    assert (stale.status, stale.rule) == (412, "version.stale")
    assert good.headers["etag"] == '"2"'
    assert (unchanged.status, unchanged.body) == (304, None)


def _tokens(door: Door) -> dict[str, str]:
    key = OKPKey.import_key(json.loads(door.keys.private_key.read_text()))
    stranger = OKPKey.generate_key("Ed25519", {"kid": str(key.kid)})
    public = key.as_dict(private=False)
    secret = OctKey.import_key(str(public["x"]).encode().ljust(32, b"0"))
    good = CLAIMS | {"exp": int(time.time()) + 600}

    def signed(claims: dict[str, Any], by: OKPKey = key) -> str:
        return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, by, algorithms=["Ed25519"])

    head, body, _ = signed(good).split(".")
    unsigned = "eyJhbGciOiJub25lIn0"
    return {
        "none": "",
        "garbage": "a.b.c",
        "expired": signed(good | {"exp": int(time.time()) - 3600}),
        "no end": signed(CLAIMS),
        "other audience": signed(good | {"aud": "elsewhere"}),
        "other issuer": signed(good | {"iss": "https://elsewhere.example"}),
        "other key": signed(good, stranger),
        "alg none": f"{unsigned}.{body}.",
        "signature dropped": f"{head}.{body}.",
        "HS256 with the public key": jwt.encode({"alg": "HS256", "kid": key.kid}, good, secret, algorithms=["HS256"]),
        "parties of a wrong shape": signed(good | {"parties": [{"id": 1}]}),
    }


async def test_no_token_but_a_good_one_opens_the_door(door: Door) -> None:
    for name, token in _tokens(door).items():
        for path in ("/v1/products", "/v1/views/product/prd_x", "/v1/live"):
            answer = await door.call("GET", path, authorization=f"Bearer {token}")

            assert (answer.status, answer.rule) == (401, "token.invalid"), (name, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"


async def test_nobody_acts_for_a_party_that_is_not_theirs(door: Door) -> None:
    for path in ("/v1/parties", "/v1/views/product/prd_x"):
        answer = await door.call("GET", path, by="prs_firm", market_principal="pty_operator")

        assert (answer.status, answer.rule) == (403, "principal.not_member"), path


async def test_a_problem_is_told_in_both_languages(door: Door) -> None:
    korean = await door.call("GET", "/v1/nothing", accept_language="ko-KR,ko;q=0.9")
    english = await door.call("GET", "/nothing/at/all")
    behind = await door.call("GET", "/v1/products/prd_nobody", accept_language="ko")

    assert (korean.status, korean.headers["content-language"]) == (404, "ko")
    assert (english.status, english.headers["content-language"]) == (404, "en")
    assert behind.headers["content-language"] == "ko"
    for answer in (korean, english, behind):
        assert answer.body["detail_en"]
        assert answer.body["detail_ko"]
        assert answer.body["request_id"] == answer.headers["x-request-id"]


async def test_a_huge_body_is_refused_before_it_is_read(door: Door) -> None:
    huge = b'{"product_kind": "' + b"x" * 1_200_000 + b'"}'

    async def piece_by_piece() -> object:
        for start in range(0, len(huge), 65_536):
            yield huge[start : start + 65_536]

    token = await door.token(person="prs_firm")
    for data in (io.BytesIO(huge), piece_by_piece()):
        async with door.http.post(
            door.gateway.url + "/v1/products", data=data, headers={"authorization": f"Bearer {token}"}
        ) as response:
            assert (response.status, (await response.json())["rule"]) == (413, "body.too_large")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_the_callers_error(door: Door, body: bytes) -> None:
    answer = await door.call("POST", "/v1/products", body, by="prs_firm")

    assert (answer.status, answer.rule) == (400, "request.malformed")


async def test_a_field_inside_another_is_pointed_at(door: Door) -> None:
    draft = {**DRAFT, "content": {**CONTENT, "title": ""}}

    answer = await door.call("POST", "/v1/products", draft, by="prs_firm")

    assert [part["pointer"] for part in answer.body["errors"]] == ["/content/title"]


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"product_kind": 3}'])
async def test_a_body_of_the_wrong_shape_is_the_callers_error(door: Door, body: bytes) -> None:
    answer = await door.call("POST", "/v1/products", body, by="prs_firm")

    assert answer.status == 422
    assert answer.body["errors"]


async def test_methods_nobody_has_are_refused(door: Door) -> None:
    answer = await door.call("DELETE", "/v1/products/prd_x", by="prs_firm")
    odd = await door.call("PROPFIND", "/v1/products", by="prs_firm")
    asked = await door.call("OPTIONS", "/v1/products", by="prs_firm")

    assert answer.status == odd.status == asked.status == 405
    assert [each.headers["allow"] for each in (answer, odd, asked)] == ["GET", "GET, POST", "GET, POST"]


async def test_a_service_that_is_away_is_said_to_be(door: Door) -> None:
    answer = await door.call("POST", "/v1/contracts", {}, idempotency_key="k")

    assert (answer.status, answer.rule) == (503, "upstream.unavailable")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["idempotency-key"] == "k"


@pytest.mark.usefixtures("killable")
async def test_a_killed_service_is_missed_and_found_again(door: Door) -> None:
    key = secrets.token_hex(4)
    await door.drafted()

    door.catalog.kill()
    away = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=key)
    await asyncio.to_thread(door.catalog.restart)
    back = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=key)

    assert (away.status, away.rule) == (503, "upstream.unavailable")
    assert back.status == 201


async def test_a_service_that_hangs_costs_the_time_limit_and_no_more(door: Door) -> None:
    key = secrets.token_hex(4)
    began = time.monotonic()

    door.catalog.pause()
    try:
        hung = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=key)
    finally:
        door.catalog.resume()
    took = time.monotonic() - began

    assert (hung.status, hung.rule) == (504, "upstream.slow")
    assert hung.headers["idempotency-key"] == key
    assert 2.5 < took < 8
    again = await door.call("POST", "/v1/products", DRAFT, by="prs_firm", idempotency_key=key)
    assert again.status == 201


async def test_an_operator_reaches_the_parked_records_of_every_service(door: Door) -> None:
    for service in ("catalog", "gateway"):
        page = await door.call("GET", f"/v1/operations/{service}/parked")
        unknown = await door.call("POST", f"/v1/operations/{service}/parked/catalog.product.events:0:1/skip")
        firm = await door.call("GET", f"/v1/operations/{service}/parked", by="prs_firm")

        assert page.status == 200, page
        assert (unknown.status, unknown.rule) == (404, "parked.unknown")
        assert firm.status == 403


async def test_the_gateway_is_ready_and_counts_its_calls(door: Door) -> None:
    async def ready() -> bool:
        return (await door.call("GET", "/readyz")).status == 200

    await eventually(ready)
    async with door.http.get(door.gateway.url + "/metrics") as response:
        assert "market_request_seconds" in await response.text()
