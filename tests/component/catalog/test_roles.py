"""Every role against every route, from the OpenAPI document; and every owner against what is another's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.catalog.app import create_app
from services.catalog.policy import POLICY
from services.catalog.settings import Settings
from shared import operations
from shared.auth import ANYONE
from tests.component.catalog.conftest import BAN, KINDS, Catalog, a_content, a_party

TABLE = {**operations.POLICY, **POLICY}
BODIES: dict[str, Any] = {
    "register_party": a_party(),
    "activate_party": {"tax_active": True},
    "ban_party": BAN,
    "appeal_ban": {"ban": 1, "text": "사실과 다릅니다"},
    "decide_ban": {"ban": 1, "outcome": "lifted", "reason": "확인함"},
    "close_party": {"reason": "폐업"},
    "change_party_councils": {"councils": ["ict"], "reason": "신규 가입"},
    "change_party_contact": a_party()["contact"],
    "change_member_contact": a_party()["contact"],
    "enrol_member": {"party": "pty_nobody", "person": "prs_park"},
    "assign_member": {},
    "delegate_roles": {"roles": ["signer"], "until": "2099-01-01T00:00:00Z"},
    "end_delegation": {"lender": "mem_nobody"},
    "remove_member": {"reason": "퇴사"},
    "draft_product": {"product_kind": "technology", "content": a_content()},
    "edit_product": a_content(),
    "request_product_revision": {"message": "고치십시오"},
    "reject_product": {"reasons": ["사유"]},
    "revise_product": a_content(),
    "pause_product": {"reason": "재고 없음"},
    "create_field_schema": {"council": "ict", "category": "port", "json_schema": {}},
    "publish_field_schema_version": {},
    "withdraw_product": {"reason": "단종"},
    "upload_file": {},
    "check_import": {"file": "fil_nothing"},
}
IDS: dict[str, Any] = {
    "party_id": "pty_nobody",
    "member_id": "mem_nobody",
    "product_id": "prd_nothing",
    "field_schema_id": "fls_nothing",
    "number": 1,
    "shortlist_id": "shl_nothing",
    "file_id": "fil_nothing",
    "import_id": "imp_nothing",
    "record_id": "catalog.party.events:0:1",
}


def described() -> Iterator[tuple[str, str, str]]:
    """Every operation of the document: its id, method and path."""
    settings = Settings(
        mongo_uri="mongodb://127.0.0.1",
        kafka_bootstrap="-",
        jwks_uri="file:///",
        cursor_secret="x" * 16,
        files_url="file:///nowhere",
    )
    for path, item in create_app(settings).openapi()["paths"].items():
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), path.format(**IDS)


OPERATIONS = sorted(described())


def test_every_operation_has_a_line_in_the_table_and_no_line_is_without_one() -> None:
    assert {operation for operation, _, _ in OPERATIONS} == set(TABLE)


@pytest.mark.parametrize(("operation", "method", "path"), OPERATIONS)
async def test_without_a_token_nobody_gets_in(catalog: Catalog, operation: str, method: str, path: str) -> None:
    for token in (None, "", "a.b.c"):
        answer = await catalog.stranger(token).ask(method, path, BODIES.get(operation))

        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("operation", "method", "path"), OPERATIONS)
async def test_each_role_may_do_what_the_table_says(catalog: Catalog, operation: str, method: str, path: str) -> None:
    entries = TABLE[operation]
    for kind in (*KINDS, "unheard_of", ""):
        parties = [(f"pty_{kind.replace('_', '')}", kind)] if kind else []
        body = BODIES.get(operation) if operation != "register_party" else a_party()

        answer = await catalog.caller(*parties).ask(method, path, body)

        allowed = entries == ANYONE or not {kind, f"{kind}:manager"}.isdisjoint(entries)
        refused = answer.status == 403 and answer.body["rule"] == "operation.not_allowed"
        assert refused is not allowed, (operation, kind, answer)
        assert answer.status < 500


OWNED = [
    ("PUT", "draft", a_content()),
    ("POST", "registration", None),
    ("POST", "revision", a_content()),
    ("POST", "pause", {"reason": "x"}),
    ("POST", "resumption", None),
    ("POST", "withdrawal", {"reason": "x"}),
]


@pytest.mark.parametrize(("method", "command", "body"), OWNED)
async def test_nobody_touches_what_is_anothers(catalog: Catalog, method: str, command: str, body: Any) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    secret = await catalog.a_product(mine)
    public = await catalog.a_product(mine, "registration", "approval", kind="idle_ip")
    before = [(await catalog.operator.ask("GET", f"/v1/products/{each}")).body for each in (secret, public)]
    stranger = catalog.caller((other, "sme"), person="prs_lee")

    hidden = await stranger.ask(method, f"/v1/products/{secret}/{command}", body)
    seen = await stranger.ask(method, f"/v1/products/{public}/{command}", body)

    assert (hidden.status, hidden.body["rule"]) == (404, "product.unknown")
    assert (seen.status, seen.body["rule"]) == (403, "principal.other")
    after = [(await catalog.operator.ask("GET", f"/v1/products/{each}")).body for each in (secret, public)]
    assert after == before


async def test_a_draft_is_hidden_from_others_in_every_read(catalog: Catalog) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    secret = await catalog.a_product(mine)
    stranger = catalog.caller((other, "sme"))

    for part in ("", "/versions", "/versions/1/changes?since=1", "/purchases"):
        assert (await stranger.ask("GET", f"/v1/products/{secret}{part}")).status == 404
        assert (await catalog.caller((mine, "sme")).ask("GET", f"/v1/products/{secret}{part}")).status == 200
    for query in ("status=draft", f"status=draft&owner={mine}"):
        listed = await stranger.ask("GET", f"/v1/products?{query}")
        assert secret not in json.dumps(listed.body)


async def test_what_waits_for_a_review_is_seen_by_institutions_and_by_no_other_firm(catalog: Catalog) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    waiting = await catalog.a_product(mine, "registration")

    seen = await catalog.caller(("pty_institution", "institution")).ask("GET", f"/v1/products/{waiting}")
    hidden = await catalog.caller((other, "sme")).ask("GET", f"/v1/products/{waiting}")

    assert (seen.status, seen.body["status"]) == (200, "registered")
    assert (hidden.status, hidden.body["rule"]) == (404, "product.unknown")


async def test_a_party_leaves_for_good_by_its_manager_alone(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    clerk = catalog.caller(parties=[{"id": firm, "kind": "sme", "roles": ["officer"]}])

    refused = await clerk.ask("POST", f"/v1/parties/{firm}/closure", {"reason": "폐업"})
    closed = await catalog.caller((firm, "sme")).ask("POST", f"/v1/parties/{firm}/closure", {"reason": "폐업"})

    assert (refused.status, refused.body["rule"]) == (403, "operation.not_allowed")
    assert closed.body["status"] == "closed"


async def test_no_party_closes_another_or_sees_its_people(catalog: Catalog) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    stranger = catalog.caller((other, "sme"))

    closed = await stranger.ask("POST", f"/v1/parties/{mine}/closure", {"reason": "x"})

    assert (closed.status, closed.body["rule"]) == (403, "principal.other")
    for path in (f"/v1/parties/{mine}", "/v1/parties?limit=100"):
        assert "김하늘" not in json.dumps(
            (await catalog.caller(("pty_x", "sme")).ask("GET", path)).body, ensure_ascii=False
        )
    own = await catalog.caller((mine, "sme")).ask("GET", f"/v1/parties/{mine}")
    assert (own.body["status"], own.body["contact"]["name"]) == ("active", "김하늘")


async def test_nobody_acts_for_a_party_they_do_not_belong_to(catalog: Catalog) -> None:
    mine = await catalog.a_firm()
    stranger = catalog.caller(("pty_x", "sme"))

    answer = await stranger.ask("POST", f"/v1/parties/{mine}/closure", {"reason": "x"}, market_principal=mine)

    assert (answer.status, answer.body["rule"]) == (403, "principal.not_member")
