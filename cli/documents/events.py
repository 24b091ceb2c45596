"""The golden JSON Schemas: one per event type and per state, from the models of the published language."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from cli.documents.examples import Examples
from shared.events.envelope import TYPE_PREFIX, Event, State
from shared.events.topics import PUBLISHED, STATES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HOME = "https://market.example/v1/schemas/"

Model: TypeAlias = type[Event] | type[State]


def published() -> Iterator[tuple[str, Model]]:
    """Yield (service, model) for everything that is published: each service's events, then its states."""
    for service, events in PUBLISHED.items():
        for event in events:
            yield service, event
        for state in STATES[service]:
            yield service, state


def schema_name(model: Model) -> str:
    """Return the name a schema is known by: its wire type without the market's prefix."""
    return model.wire_type().removeprefix(TYPE_PREFIX)


def event_schema(model: Model) -> dict[str, Any]:
    """Return the self-contained JSON Schema of what this model looks like on the wire."""
    written = flat(model.model_json_schema(mode="serialization"))
    example = Examples({}).of(written)
    return {
        "$schema": DIALECT,
        "$id": HOME + schema_name(model),
        "x-wire-type": model.wire_type(),
        "x-topic": model.topic(),
        **written,
        "examples": [example],
    }


def event_schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its name."""
    return {schema_name(model): event_schema(model) for _, model in published()}


def flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its definitions put where they are used: none of ours contains itself."""
    definitions = schema.get("$defs", {})

    def put(part: Any) -> Any:
        if isinstance(part, list):
            return [put(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            beside = {name: put(value) for name, value in part.items() if name != "$ref"}
            return put(definitions[part["$ref"].rpartition("/")[2]]) | beside
        return {name: put(value) for name, value in part.items() if name != "$defs"}

    whole: dict[str, Any] = put(schema)
    return whole
