"""Typed fields: what a category asks for, which version it is asked by, and that a change of them is material."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.catalog.domain.content import MOST_FIELDS, Content
from services.catalog.domain.field_schema import MOST_VERSIONS, FieldSchema
from services.catalog.domain.form import SAID, Form
from services.catalog.domain.product import Product
from shared.errors import Invalid, NotFound, Refused
from tests.builders import (
    FIRM,
    NOON,
    OWNER,
    a_certificate,
    a_content,
    a_draft,
    a_field_schema,
    a_form,
    a_listed_product,
)

GOOD = {"flux_lmh": 120, "membrane": "평막"}
TYPES = ("string", "integer", "number", "boolean", "array")
NAMES = st.sampled_from(["flux_lmh", "membrane", "spans"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
)


def a_described(asked: FieldSchema, **fields: Any) -> Product:
    return Product.draft("prd_1", FIRM, "sme", "technology", a_content(fields=fields), NOON, asked)


def a_listed(asked: FieldSchema) -> Product:
    product = a_described(asked, **GOOD)
    product.register(NOON, asked)
    product.list_for(a_certificate(), OWNER, NOON)
    return product


@pytest.mark.parametrize(
    ("asked", "value", "keyword", "at"),
    [
        ({"type": "string"}, 5, "type", ""),
        ({"type": "integer"}, 5.5, "type", ""),
        ({"type": "integer"}, True, "type", ""),
        ({"type": "boolean"}, 1, "type", ""),
        ({"type": "array"}, "평막", "type", ""),
        ({"type": "string", "enum": ["평막"]}, "관형막", "enum", ""),
        ({"type": "number", "minimum": 0}, -0.5, "minimum", ""),
        ({"type": "integer", "maximum": 9}, 10, "maximum", ""),
        ({"type": "string", "maxLength": 3}, "중공사막", "maxLength", ""),
        ({"type": "array", "maxItems": 1}, ["평막", "관형막"], "maxItems", ""),
        ({"type": "array", "items": {"enum": ["평막"]}}, ["평막", "관형막"], "enum", "/1"),
        ({"type": "array", "items": {"maxLength": 3}}, ["중공사막"], "maxLength", "/0"),
    ],
)
def test_a_field_that_is_not_what_is_asked_for_is_named(asked: Any, value: Any, keyword: str, at: str) -> None:
    form = a_form(properties={"spans": asked | {"title": "경간"}}, required=[])

    with pytest.raises(Invalid) as refused:
        form.must_hold({"spans": value}, "/fields", complete=False)

    assert (refused.value.rule, refused.value.field) == ("product.field_invalid", f"/fields/spans{at}")
    en, ko = (said.partition("{}") for said in SAID[keyword])
    assert refused.value.en.startswith(f"spans {en[0]}")
    assert "경간(spans)" in refused.value.ko
    assert ko[2] in refused.value.ko


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ({"type": "string", "enum": ["평막"], "maxLength": 2}, "평막"),
        ({"type": "integer", "minimum": 0, "maximum": 5}, 5.0),
        ({"type": "number", "minimum": 0.5}, 0.5),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"enum": ["평막", "관형막"]}, "maxItems": 2}, ["관형막", "평막"]),
        ({"type": "array"}, []),
    ],
)
def test_a_field_that_is_what_is_asked_for_is_taken(asked: Any, value: Any) -> None:
    form = a_form(properties={"spans": asked | {"title": "경간"}}, required=["spans"])

    form.must_hold({"spans": value}, "/fields", complete=True)


@pytest.mark.parametrize(
    "unsafe",
    [
        {"properties": {"flux_lmh": {"$ref": "http://127.0.0.1/"}}},
        {"$ref": "#"},
        {"properties": {"flux_lmh": {"type": "string", "title": "막", "pattern": "(a+)+$"}}},
        {"properties": {"flux_lmh": {"type": "object", "title": "막"}}},
        {"properties": {"flux_lmh": {"type": "array", "title": "막", "items": {"type": "array"}}}},
        {"properties": {"flux_lmh": {"type": ["string", "null"], "title": "막"}}},
        {"properties": {"flux_lmh": {"type": "string", "title": "막", "maxLength": 501}}},
        {"properties": {"flux_lmh": {"type": "string", "title": "막", "enum": ["x"] * 31}}},
        {"properties": {"flux_lmh": {"type": "number", "title": "막", "minimum": float("nan")}}},
        {"properties": {"flux_lmh": {"type": "number", "title": "막", "maximum": 10**16}}},
        {"properties": {"Flux": {"type": "number", "title": "막"}}},
        {"properties": {"a.b": {"type": "number", "title": "막"}}},
        {"properties": {f"f{number}": {"type": "number", "title": "막"} for number in range(MOST_FIELDS + 1)}},
        {"properties": {}, "additionalProperties": True},
        {"type": "array"},
    ],
)
def test_a_form_is_only_what_is_safe_to_run_on_anything(unsafe: Any) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate(unsafe)


@given(fields=st.dictionaries(NAMES, VALUES, max_size=3), asked=st.dictionaries(NAMES, st.sampled_from(TYPES)))
def test_whatever_is_sent_is_taken_or_refused_and_what_is_taken_can_be_stored(fields: Any, asked: Any) -> None:
    form = a_form(properties={name: {"type": kind, "title": "항목"} for name, kind in asked.items()}, required=[])

    try:
        content = a_content(fields=fields)
        form.must_hold(content.fields, "/fields", complete=True)
    except (ValidationError, Invalid):
        return

    assert content.fields.keys() <= asked.keys()
    assert Content.model_validate(content.model_dump(mode="json") | {"price": None}).fields == content.fields
    content.model_dump_json()


def test_a_draft_may_lack_what_a_registration_needs() -> None:
    asked = a_field_schema()
    product = a_described(asked, membrane="평막")

    with pytest.raises(Invalid) as refused:
        product.register(NOON, asked)

    assert (refused.value.rule, refused.value.field) == ("product.field_missing", "/fields/flux_lmh")
    assert "투과유속" in refused.value.ko
    assert product.status == "draft"
    product.edit(a_content(fields=GOOD), NOON, asked)
    product.register(NOON, asked)
    assert (product.status, product.content.fields_version) == ("registered", 1)


@pytest.mark.parametrize("asked", [None, a_field_schema()])
def test_nobody_gives_what_nobody_asks_for(asked: FieldSchema | None) -> None:
    strange = {"colour": "blue"}
    draft, listed = a_draft(), a_listed_product()

    with pytest.raises(Invalid) as drafted:
        Product.draft("prd_1", FIRM, "sme", "technology", a_content(fields=strange), NOON, asked)
    with pytest.raises(Invalid) as edited:
        draft.edit(a_content(fields=strange), NOON, asked)
    with pytest.raises(Invalid) as revised:
        listed.revise(a_content(fields=strange), NOON, asked)

    assert {each.value.rule for each in (drafted, edited, revised)} == {"product.field_unknown"}
    assert [each.value.field for each in (drafted, edited, revised)] == ["/content/fields/colour"] + [
        "/fields/colour"
    ] * 2
    assert (len(draft.versions), len(listed.versions)) == (1, 1)


def test_a_changed_field_is_material() -> None:
    asked = a_field_schema()
    product = a_listed(asked)

    product.revise(a_content(fields=GOOD | {"flux_lmh": 130}), NOON, asked)

    assert (product.version_shown, len(product.versions)) == (1, 2)
    assert product.recorded[-1].model_dump(include={"material", "fields"}) == {"material": True, "fields": ["fields"]}


def test_what_was_written_stays_right_under_the_version_of_its_time() -> None:
    asked = a_field_schema()
    product = a_listed(asked)
    asked.publish(a_form(properties={"pores_nm": {"type": "integer", "title": "공경"}}, required=["pores_nm"]), NOON)

    product.revise(a_content(fields=GOOD, price="99000000"), NOON, asked)
    with pytest.raises(Invalid) as refused:
        product.revise(a_content(fields=GOOD | {"flux_lmh": 130}), NOON, asked)
    product.revise(a_content(fields={"pores_nm": 20}), NOON, asked)

    assert refused.value.field == "/fields/flux_lmh"
    assert [each.fields_version for each in product.versions] == [1, 1, 2]
    assert product.version_shown == 2


def test_another_category_asks_for_its_own_fields() -> None:
    product = a_listed(a_field_schema())

    with pytest.raises(Invalid, match="flux_lmh"):
        product.revise(a_content(fields=GOOD, category="road"), NOON, None)
    product.revise(a_content(category="road"), NOON, None)

    assert product.versions[-1].fields_version == 0


def test_a_draft_is_registered_by_what_is_asked_today() -> None:
    asked = a_field_schema(required=[])
    product = a_described(asked, membrane="평막")
    asked.publish(a_form(), NOON)

    with pytest.raises(Invalid) as refused:
        product.register(NOON, asked)

    assert refused.value.field == "/fields/flux_lmh"


def test_a_field_keeps_its_type_for_ever() -> None:
    schema = a_field_schema()
    schema.publish(a_form(properties={}, required=[]), NOON)

    with pytest.raises(Invalid) as refused:
        schema.publish(a_form(properties={"flux_lmh": {"type": "string", "title": "투과유속"}}), NOON)

    assert (refused.value.rule, refused.value.field) == ("field_schema.type_changed", "/properties/flux_lmh/type")
    assert schema.number == 2


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(Invalid) as created:
        a_field_schema(required=["flux_lmh", "pores_nm"])
    schema = a_field_schema()
    with pytest.raises(Invalid) as published:
        schema.publish(a_form(required=["pores_nm"]), NOON)

    assert [each.value.field for each in (created, published)] == ["/json_schema/required/1", "/required/0"]
    assert {each.value.rule for each in (created, published)} == {"field_schema.required_unknown"}


def test_the_same_form_again_is_no_new_version() -> None:
    schema = a_field_schema()

    schema.publish(a_form(), NOON)
    schema.publish(a_form(required=[]), NOON)

    assert [event.name for event in schema.recorded] == ["catalog.field_schema.published"] * 2
    assert schema.at_version(1).required == ["flux_lmh"]
    assert schema.public().number == 2
    with pytest.raises(NotFound):
        schema.at_version(3)


def test_a_schema_has_so_many_versions_at_most() -> None:
    schema = a_field_schema(required=[])
    for number in range(1, MOST_VERSIONS):
        schema.publish(a_form(required=[], properties={f"field_{number}": {"type": "number", "title": "항목"}}), NOON)

    with pytest.raises(Refused, match="versions at most"):
        schema.publish(a_form(), NOON)

    assert schema.number == MOST_VERSIONS
    assert FieldSchema.model_validate(schema.model_dump(mode="json")) == schema
