"""Typed fields over HTTP: the operator says what is asked, a firm answers, and an old answer stays right."""

import asyncio
from typing import Any

from tests.component.catalog.conftest import Catalog, a_content

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"flux_lmh": {"type": "number", "title": "투과유속", "title_en": "Flux", "minimum": 0}},
    "required": ["flux_lmh"],
    "additionalProperties": False,
}
NEWER = SCHEMA | {"properties": {"pores_nm": {"type": "integer", "title": "공경", "title_en": ""}}, "required": []}


async def test_fields_are_asked_for_answered_and_stay_right(catalog: Catalog) -> None:
    place = {"council": "energy", "category": "rail"}
    firm = await catalog.a_firm()
    owner = catalog.caller((firm, "sme"))
    bodies = [place | {"json_schema": SCHEMA}] * 2

    made = await asyncio.gather(*(catalog.operator.ask("POST", "/v1/field-schemas", each) for each in bodies))
    first = next(each for each in made if each.status == 201)
    path = f"/v1/field-schemas/{first.body['id']}"
    draft: Any = {"product_kind": "technology", "content": a_content(**place, fields={"flux_lmh": -1})}
    wrong = await owner.ask("POST", "/v1/products", draft, accept_language="ko")
    draft["content"]["fields"] = {}
    drafted = await owner.ask("POST", "/v1/products", draft)
    product = f"/v1/products/{drafted.body['id']}"
    lacking = await owner.ask("POST", f"{product}/registration")
    content = draft["content"] | {"fields": {"flux_lmh": 120}}
    edited = await owner.ask("PUT", f"{product}/draft", content)
    registered = await owner.ask("POST", f"{product}/registration")
    newer = await catalog.operator.ask("POST", f"{path}/versions", NEWER, if_match=first.headers["etag"])
    stale = await catalog.operator.ask("POST", f"{path}/versions", SCHEMA, if_match=first.headers["etag"])

    taken = next(each for each in made if each is not first)
    assert (taken.status, taken.body["rule"]) == (409, "field_schema.exists")
    assert (wrong.status, wrong.body["rule"]) == (422, "product.field_invalid")
    assert wrong.body["errors"][0]["pointer"] == "/content/fields/flux_lmh"
    assert "투과유속" in wrong.body["detail"]
    assert (lacking.status, lacking.body["errors"][0]["pointer"]) == (422, "/fields/flux_lmh")
    assert (edited.body["fields"], registered.body["status"]) == ({"flux_lmh": 120}, "registered")
    assert (newer.body["number"], stale.status) == (2, 412)
    versions = (await owner.ask("GET", f"{product}/versions")).body["items"]
    assert [(each["fields"], each["fields_version"]) for each in versions] == [({"flux_lmh": 120}, 1)]
    assert (await owner.ask("GET", path)).body["json_schema"] == NEWER
    assert (await owner.ask("GET", f"{path}/versions/1")).body == SCHEMA
    assert (await owner.ask("GET", f"{path}/versions/3")).status == 404
    listed = await owner.ask("GET", "/v1/field-schemas?council=energy&category=rail")
    assert [each["id"] for each in listed.body["items"]] == [first.body["id"]]


async def test_a_repeated_draft_is_answered_alike_whatever_is_asked_for_since(catalog: Catalog) -> None:
    place = {"council": "ict", "category": "rail"}
    firm = await catalog.a_firm()
    owner = catalog.caller((firm, "sme"))
    created = await catalog.operator.ask("POST", "/v1/field-schemas", place | {"json_schema": SCHEMA})
    draft = {"product_kind": "technology", "content": a_content(**place, fields={"flux_lmh": 120})}

    first = await owner.ask("POST", "/v1/products", draft, idempotency_key="draft")
    await catalog.operator.ask("POST", f"/v1/field-schemas/{created.body['id']}/versions", NEWER)
    again = await owner.ask("POST", "/v1/products", draft, idempotency_key="draft")
    other = await owner.ask("POST", "/v1/products", draft)

    assert (again.status, again.body) == (201, first.body)
    assert (other.status, other.body["errors"][0]["pointer"]) == (422, "/content/fields/flux_lmh")


async def test_a_name_that_is_none_is_pointed_at(catalog: Catalog) -> None:
    owner = catalog.caller((await catalog.a_firm(), "sme"))
    draft = {"product_kind": "technology", "content": a_content(fields={"A/b": 1})}

    refused = await owner.ask("POST", "/v1/products", draft)

    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/content/fields/A~1b")
