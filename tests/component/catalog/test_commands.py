"""The catalog's commands over HTTP: repeats, versions, wrong states, bad input; nothing changes by what is refused."""

import asyncio
import io
from typing import Any

import pytest

from tests.component.catalog.conftest import BAN, Catalog, a_content, a_number, a_party
from tests.component.shared.reading import until

KOREAN = "ko-KR"


async def test_a_product_goes_its_way(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    owner = catalog.caller((firm, "institution"))
    drafted = await owner.ask("POST", "/v1/products", {"product_kind": "idle_ip", "content": a_content()})
    path = f"/v1/products/{drafted.body['id']}"
    content = a_content(title="새 이름", price="125000000")

    edited = await owner.ask("PUT", f"{path}/draft", content, if_match=drafted.headers["etag"])
    registered = await owner.ask("POST", f"{path}/registration", if_match=edited.headers["etag"])
    sent_back = await catalog.operator.ask("POST", f"{path}/revision-request", {"message": "고치십시오"})
    await owner.ask("POST", f"{path}/registration")
    listed = await catalog.operator.ask("POST", f"{path}/approval")
    revised = await owner.ask("POST", f"{path}/revision", content | {"title": "또 새 이름"})
    paused = await owner.ask("POST", f"{path}/pause", {"reason": "재고 없음"})
    resumed = await owner.ask("POST", f"{path}/resumption")
    withdrawn = await owner.ask("POST", f"{path}/withdrawal", {"reason": "단종"})

    steps = [drafted, edited, registered, sent_back, listed, revised, paused, resumed, withdrawn]
    statuses = ["draft", "draft", "registered", "draft", "listed", "listed", "paused", "listed", "withdrawn"]
    assert [step.body["status"] for step in steps] == statuses
    assert (drafted.status, drafted.headers["etag"]) == (201, '"1"')
    assert listed.body["price"] == "125000000"
    versions = await owner.ask("GET", f"{path}/versions")
    assert [each["title"] for each in versions.body["items"]] == ["새 이름", "또 새 이름"]
    shown = await owner.ask("GET", path)
    again = await owner.ask("GET", path, if_none_match=shown.headers["etag"])
    assert (shown.body["title"], again.status) == ("또 새 이름", 304)
    assert (await owner.ask("GET", f"{path}/purchases")).body == {"items": []}
    assert (await catalog.operator.ask("POST", f"{path}/rejection", {"reasons": ["늦음"]})).status == 409


async def test_a_party_goes_its_way(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    path = f"/v1/parties/{firm}"

    restricted = await catalog.operator.ask("POST", f"{path}/bans", BAN)
    decision = {"ban": 1, "outcome": "lifted", "reason": "확인함"}
    restored = await catalog.second_operator.ask("POST", f"{path}/ban-decision", decision)
    closed = await catalog.caller((firm, "sme")).ask("POST", f"{path}/closure", {"reason": "폐업"})

    assert [step.body["status"] for step in (restricted, restored, closed)] == ["restricted", "active", "closed"]


async def test_a_restricted_firm_registers_no_product(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    product = await catalog.a_product(firm)
    await catalog.operator.ask("POST", f"/v1/parties/{firm}/bans", BAN)

    answer = await catalog.caller((firm, "sme")).ask("POST", f"/v1/products/{product}/registration")

    assert (answer.status, answer.body["rule"]) == (409, "party.not_active")


async def test_nothing_of_a_restricted_party_is_published(catalog: Catalog) -> None:
    owner = await catalog.a_firm()
    registered = await catalog.a_product(owner, "registration", kind="idle_ip")
    paused = await catalog.a_product(owner, "registration", "approval", kind="idle_ip")
    caller = catalog.caller((owner, "institution"))
    await caller.ask("POST", f"/v1/products/{paused}/pause", {"reason": "재고 없음"})
    await catalog.operator.ask("POST", f"/v1/parties/{owner}/bans", BAN)

    approved = await catalog.operator.ask("POST", f"/v1/products/{registered}/approval")
    resumed = await caller.ask("POST", f"/v1/products/{paused}/resumption")
    revised = await caller.ask("POST", f"/v1/products/{paused}/revision", a_content())

    answers = (approved, resumed, revised)
    assert [(each.status, each.body["rule"]) for each in answers] == [(409, "party.not_active")] * 3


async def test_the_same_key_gives_the_same_answer(catalog: Catalog) -> None:
    newcomer, body = catalog.caller(), a_party()

    first = await newcomer.ask("POST", "/v1/parties", body, idempotency_key="one")
    again = await newcomer.ask("POST", "/v1/parties", body, idempotency_key="one")
    other = await newcomer.ask("POST", "/v1/parties", body | {"title": "다른"}, idempotency_key="one")

    assert (again.status, again.body, again.headers["etag"]) == (201, first.body, first.headers["etag"])
    assert (again.headers["idempotent-replayed"], first.headers.get("idempotent-replayed")) == ("true", None)
    assert (other.status, other.body["rule"]) == (422, "idempotency.other_request")


async def test_twenty_repeats_at_once_make_one(catalog: Catalog) -> None:
    newcomer, body = catalog.caller(person="prs_many"), a_party()

    answers = await asyncio.gather(
        *(newcomer.ask("POST", "/v1/parties", body, idempotency_key="many") for _ in range(20))
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


async def test_one_number_registers_once(catalog: Catalog) -> None:
    number = a_number()

    answers = await asyncio.gather(
        *(
            catalog.caller(person=f"prs_{each}").ask("POST", "/v1/parties", a_party(business_number=number))
            for each in range(10)
        )
    )

    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.body["rule"] == "party.business_number_taken"
    assert refused.body["errors"][0]["pointer"] == "/business_number"


async def test_a_change_names_its_version_and_an_old_one_is_stale(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    path = f"/v1/parties/{firm}/bans"

    for if_match, status in (('"1"', 412), ('"99"', 412), ("nonsense", 412), ('"2"', 200)):
        answer = await catalog.operator.ask("POST", path, BAN, if_match=if_match)
        assert answer.status == status


@pytest.mark.parametrize(
    ("header", "status", "rule"),
    [("Idempotency-Key", 422, "idempotency.key_required"), ("If-Match", 428, "version.required")],
)
async def test_a_change_needs_a_key_and_a_version(catalog: Catalog, header: str, status: int, rule: str) -> None:
    firm = await catalog.a_firm()
    caller = catalog.operator
    headers = {"Authorization": f"Bearer {caller._token}", "Idempotency-Key": "k", "If-Match": "*"}
    del headers[header]

    url = f"{caller._url}/v1/parties/{firm}/bans"
    async with caller._http.post(url, json=BAN, headers=headers) as response:
        assert (response.status, (await response.json())["rule"]) == (status, rule)


BAD_BODIES: list[Any] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"\xff\xfe",
    b'{"title": "\\ud800"}',
    b"[" * 5000,
    {},
    a_party(unknown=1),
    a_party(title=""),
    a_party(title="x" * 201),
    a_party(title=" \t"),
    a_party(title_en=" "),
    a_party(region="\u3000"),
    a_party(title=5),
    a_party(party_kind="king"),
    a_party(councils=["soc"] * 4),
    a_party(contact={"name": "x"}),
    a_party(contact="x"),
    a_party(contact={"name": " ", "phone": "", "mail": ""}),
    a_party(business_number="124-81-00999"),
    a_party(business_number="한빛"),
    a_party(business_number=1248100998),
    a_party(business_number={"$ne": 1}),
    a_party(title={"$gt": ""}),
    a_party(status="active"),
    a_party(title="\ud800"),
]


@pytest.mark.parametrize("body", BAD_BODIES)
async def test_a_bad_body_is_the_callers_error_and_changes_nothing(catalog: Catalog, body: Any) -> None:
    before = await catalog.operator.ask("GET", "/v1/parties?limit=100")

    answer = await catalog.caller().ask("POST", "/v1/parties", body, accept_language=KOREAN)

    assert answer.status in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ko"
    assert (await catalog.operator.ask("GET", "/v1/parties?limit=100")).body == before.body


@pytest.mark.parametrize(
    "blank", [{"title": " "}, {"title_en": "\t"}, {"summary": "\u3000"}, {"model": " "}, {"ip_number": "10-2024-1 "}]
)
async def test_a_blank_describes_no_product(catalog: Catalog, blank: dict[str, str]) -> None:
    firm = await catalog.a_firm()
    owner, product = catalog.caller((firm, "sme")), await catalog.a_product(firm)
    described = a_content(**blank)

    drafted = await owner.ask("POST", "/v1/products", {"product_kind": "technology", "content": described})
    edited = await owner.ask("PUT", f"/v1/products/{product}/draft", described)

    assert [each.body["errors"][0]["rule"] for each in (drafted, edited)] == ["string_pattern_mismatch"] * 2
    assert drafted.body["errors"][0]["pointer"] == f"/content/{next(iter(blank))}"


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("rejection", {"reasons": [" "]}),
        ("rejection", {"reasons": [""]}),
        ("revision-request", {"message": "\t"}),
        ("withdrawal", {"reason": " \n"}),
    ],
)
async def test_a_blank_reason_is_none(catalog: Catalog, step: str, body: Any) -> None:
    product = await catalog.a_product(await catalog.a_firm(), "registration")

    answer = await catalog.operator.ask("POST", f"/v1/products/{product}/{step}", body)

    assert answer.status == 422
    assert (await catalog.operator.ask("GET", f"/v1/products/{product}")).body["status"] == "registered"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_huge_body_is_refused(catalog: Catalog, chunked: bool) -> None:  # noqa: FBT001
    caller = catalog.caller()
    headers = {"Authorization": f"Bearer {caller._token}", "Idempotency-Key": "k", "Content-Type": "application/json"}

    async def pieces() -> Any:
        for _ in range(40):
            yield b"x" * 50_000

    data: Any = pieces() if chunked else io.BytesIO(b"x" * 2_000_000)
    async with caller._http.post(f"{caller._url}/v1/parties", data=data, headers=headers) as response:
        assert (response.status, (await response.json())["rule"]) == (413, "body.too_large")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/parties/pty_nobody", 404),
        ("/v1/products/prd_nothing", 404),
        ("/v1/parties/nobody", 422),
        ("/v1/parties/pty_$ne", 422),
        ("/v1/products/prd_" + "x" * 41, 422),
        ("/v1/products/prd_%00", 422),
        ("/v1/products?limit=0", 422),
        ("/v1/products?limit=1001", 422),
        ("/v1/products?limit=x", 422),
        ("/v1/products?status=secret", 422),
        ("/v1/products?cursor=abc", 422),
        ("/v1/products?cursor=%ED%95%9C", 422),
        ("/v1/products?owner=%ff", 200),
        ("/v1/products?owner[$ne]=x", 200),
        ("/v1/nowhere", 404),
    ],
)
async def test_a_bad_address_is_a_problem(catalog: Catalog, path: str, status: int) -> None:
    assert (await catalog.operator.ask("GET", path)).status == status


async def test_lists_follow_their_cursors(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    made = [await catalog.a_product(firm) for _ in range(5)]
    owner = catalog.caller((firm, "sme"))
    seen: list[str] = []
    query = "status=draft&limit=2"
    cursor = ""

    while True:
        page = await owner.ask("GET", f"/v1/products?{query}{cursor}")
        seen += [each["id"] for each in page.body["items"]]
        if page.body["next"] is None:
            break
        cursor = f"&cursor={page.body['next']}"

    assert seen == made[::-1]
    other = await owner.ask("GET", f"/v1/products?status=listed{cursor}")
    assert (other.status, other.body["rule"]) == (422, "cursor.mismatch")


async def test_what_was_never_listed_stays_private_when_it_or_its_owner_goes(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    owner, stranger = catalog.caller((firm, "sme")), catalog.caller()
    withdrawn, left = [await catalog.a_product(firm) for _ in range(2)]

    await owner.ask("POST", f"/v1/products/{withdrawn}/withdrawal", {"reason": "단종"})
    await owner.ask("POST", f"/v1/parties/{firm}/closure", {"reason": "폐업"})

    async def gone() -> bool:
        return bool((await owner.ask("GET", f"/v1/products/{left}")).body["status"] == "withdrawn")

    await until(gone)
    for product in (withdrawn, left):
        for path in ("", "/versions", "/versions/1/changes?since=1", "/purchases"):
            assert (await stranger.ask("GET", f"/v1/products/{product}{path}")).status == 404
    shown = (await stranger.ask("GET", f"/v1/products?status=withdrawn&owner={firm}")).body["items"]
    own = (await owner.ask("GET", f"/v1/products?status=withdrawn&owner={firm}")).body["items"]
    assert (shown, {each["id"] for each in own}) == ([], {withdrawn, left})
