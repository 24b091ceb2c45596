"""Whether an event schema may replace another, by our rules for version 1 of every type.

- A published type stays published, on its topic.
- Only optional properties may be added, at any depth. Consumers ignore what they do not know.
- No property goes away or gets another name.
- What a property may hold is frozen: type, format, limits, whether it may be null, and its default. Narrower would
  break a new consumer that reads old events; wider would break an old consumer that reads new ones.
- Enumerations are closed: our consumers refuse a value they do not know (it is parked), so a new value is a break just
  as a removed one is. What needs a new value needs a new version of the type.
- A required property stays required and an optional one optional: a consumer may count on the first, and old events
  lack the second.

Titles, descriptions and examples may change. The general JSON Schema checkers refuse an optional addition to an open
model because in theory old producers could have sent that name with another meaning; ours never send undeclared names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ANNOTATIONS = frozenset({"$schema", "$id", "title", "description", "examples"})
STRUCTURE = frozenset({"properties", "required", "items", "anyOf", "enum"})

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """One way in which a new schema breaks readers of an older one; `pointer` is a JSON pointer into the data."""

    schema: str
    pointer: str
    rule: str
    detail: str


def breaks(name: str, old: Schema, new: Schema | None) -> list[Break]:
    """Return how `new` breaks `old`; None means that the type is no longer published."""
    if new is None:
        return [Break(name, "", "type.removed", "this type is no longer published")]
    return [Break(name, pointer, rule, detail) for pointer, rule, detail in _compared(old, new, "")]


def _compared(old: Schema, new: Schema, pointer: str) -> Iterator[tuple[str, str, str]]:
    for keyword in sorted((old.keys() | new.keys()) - ANNOTATIONS - STRUCTURE):
        if old.get(keyword) != new.get(keyword) or (keyword in old) != (keyword in new):
            yield pointer, f"{keyword}.changed", f"{keyword}: {old.get(keyword)!r} became {new.get(keyword)!r}"
    yield from _enum(old, new, pointer)
    yield from _properties(old, new, pointer)
    yield from _required(old, new, pointer)
    if ("items" in old) != ("items" in new):
        yield pointer, "items.changed", "what the list holds was declared on one side only"
    elif "items" in old:
        yield from _compared(old["items"], new["items"], f"{pointer}/*")
    yield from _members(old.get("anyOf", []), new.get("anyOf", []), pointer)


def _enum(old: Schema, new: Schema, pointer: str) -> Iterator[tuple[str, str, str]]:
    before, after = old.get("enum"), new.get("enum")
    if (before is None) != (after is None):
        yield pointer, "enum.changed", f"{before!r} became {after!r}"
    for value in before or ():
        if after is not None and value not in after:
            yield pointer, "enum.removed", f"{value!r} is no longer a value, and old events hold it"
    for value in after or ():
        if before is not None and value not in before:
            yield pointer, "enum.added", f"{value!r} is new, and consumers refuse what they do not know"


def _properties(old: Schema, new: Schema, pointer: str) -> Iterator[tuple[str, str, str]]:
    after = new.get("properties", {})
    for name, schema in old.get("properties", {}).items():
        if name in after:
            yield from _compared(schema, after[name], f"{pointer}/{name}")
        else:
            yield f"{pointer}/{name}", "property.removed", "removed or renamed"


def _required(old: Schema, new: Schema, pointer: str) -> Iterator[tuple[str, str, str]]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(after - before):
        yield f"{pointer}/{name}", "required.added", "old events may lack it"
    for name in sorted((before - after) & new.get("properties", {}).keys()):
        yield f"{pointer}/{name}", "required.removed", "consumers count on it"


def _members(old: list[Schema], new: list[Schema], pointer: str) -> Iterator[tuple[str, str, str]]:
    if len(old) != len(new):
        yield pointer, "anyOf.changed", f"{len(old)} alternatives became {len(new)}"
        return
    for before, after in zip(old, new, strict=True):
        yield from _compared(before, after, pointer)
