"""Each rule of the published language, with a break planted in a real schema."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from cli.documents.compatibility import breaks
from cli.documents.events import event_schema
from shared.events.catalog import ProductListed, ProductState

Schema = dict[str, Any]
Change = Callable[[Schema], object]


def planted(change: Change) -> list[tuple[str, str]]:
    """Return (pointer, rule) of what the checker finds after a change to the schema of a product's state."""
    old = event_schema(ProductState)
    new = deepcopy(old)
    change(new)
    return [(each.pointer, each.rule) for each in breaks("catalog.product.state.v1", old, new)]


def test_an_unchanged_schema_breaks_nothing() -> None:
    assert planted(lambda _: None) == []


def test_an_optional_property_may_be_added() -> None:
    assert planted(lambda schema: schema["properties"].update(colour={"type": "string", "default": ""})) == []


def test_an_optional_property_may_be_added_inside_another() -> None:
    def add(schema: Schema) -> None:
        schema["properties"]["certificates"]["items"]["properties"]["scope"] = {"type": "string"}

    assert planted(add) == []


def test_words_about_a_schema_may_change() -> None:
    def reword(schema: Schema) -> None:
        schema["description"] = "Otherwise said."
        schema["properties"]["title"] |= {"title": "Name", "description": "What it is called", "examples": ["x"]}
        schema["examples"] = []

    assert planted(reword) == []


BREAKS: list[tuple[Change, str, str]] = [
    (lambda schema: schema["properties"].pop("summary"), "/summary", "property.removed"),
    (
        lambda schema: schema["properties"].update(abstract=schema["properties"].pop("summary")),
        "/summary",
        "property.removed",
    ),
    (lambda schema: schema["properties"]["version"].update(type="string"), "/version", "type.changed"),
    (lambda schema: schema["properties"]["version"].update(minimum=1), "/version", "minimum.changed"),
    (
        lambda schema: schema["properties"]["certified_version"].update(default=1),
        "/certified_version",
        "default.changed",
    ),
    (lambda schema: schema["required"].append("price"), "/price", "required.added"),
    (
        lambda schema: (schema["properties"].update(colour={"type": "string"}), schema["required"].append("colour")),
        "/colour",
        "required.added",
    ),
    (lambda schema: schema["required"].remove("title"), "/title", "required.removed"),
    (lambda schema: schema["properties"]["status"]["enum"].remove("paused"), "/status", "enum.removed"),
    (lambda schema: schema["properties"]["status"]["enum"].append("hidden"), "/status", "enum.added"),
    (lambda schema: schema["properties"]["status"].pop("enum"), "/status", "enum.changed"),
    (lambda schema: schema["properties"]["price"]["anyOf"].pop(), "/price", "anyOf.changed"),
    (
        lambda schema: schema["properties"]["price"]["anyOf"][0].update(type="number"),
        "/price",
        "type.changed",
    ),
    (
        lambda schema: schema["properties"]["certificates"]["items"]["properties"].pop("number"),
        "/certificates/*/number",
        "property.removed",
    ),
    (lambda schema: schema["properties"]["certificates"].pop("items"), "/certificates", "items.changed"),
    (lambda schema: schema.update({"x-topic": "catalog.listing.state"}), "", "x-topic.changed"),
]


@pytest.mark.parametrize(("change", "pointer", "rule"), BREAKS)
def test_a_break_is_found_where_it_was_planted(change: Change, pointer: str, rule: str) -> None:
    assert (pointer, rule) in planted(change)


def test_a_type_that_is_no_longer_published_is_a_break() -> None:
    found = breaks("catalog.product.listed.v1", event_schema(ProductListed), None)

    assert [each.rule for each in found] == ["type.removed"]
