"""The market's OpenAPI 3.1 document: what the services and the gateway serve, as one, with an example everywhere."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from cli.documents.asyncapi import CONTACT, LICENCE
from cli.documents.completing import describe, operations
from cli.documents.examples import Examples
from cli.documents.reads import conditional_reads, tagged_reads

Json = dict[str, Any]

OWN = "/v1/parked"
"""What every deployable serves for itself; the gateway shows it as PASSED, whose first step says whose it is."""
PASSED = "/v1/operations/{service}/parked"

ABOUT = """\
The public API of the technology market (기술마켓): small firms have their technology verified by public institutions,
are listed, meet buyers, and sign contracts that are followed until they are kept.

**Signing in.** Send an OIDC access token as `Authorization: Bearer …`. Who acts for several parties names one in
`Market-Principal`.

**Writing.** `Idempotency-Key` makes a repeat safe: it is answered as the first call was. Without one the gateway makes
one up, so a repeat of yours is then a new call. A change names the version it was decided on in `If-Match`, from the
`ETag` of an earlier answer, or `*`: 428 without it, 412 when it is no longer current.

**Reading what you wrote.** A write answers `Market-Position`; send it with a read and the read waits until it has seen
that write.

**Lists.** `limit` and `cursor`; `next` is the cursor of the next page, `null` at the end.

**Problems.** Everything that is not done is answered as `application/problem+json` (RFC 9457) with a stable `rule`, in
English and, with `Accept-Language: ko`, in Korean. `/problems/{rule}` explains a rule.

**Events.** All of this is also published as CloudEvents on Kafka: see [/asyncapi](/asyncapi) and `/v1/schemas`.
"""
TAGS: Mapping[str, str] = {
    "parties": "Who takes part: firms, institutions, experts, investors and the operator.",
    "members": "Who acts for a party: teams, roles of their own, and roles lent by colleagues for a time.",
    "products": "What is offered: drafted, registered, verified by institutions, listed, in immutable versions.",
    "field schemas": "Which typed fields a council asks for in a category, as JSON Schema, in versions.",
    "shortlists": "What a buyer picked out, each product at the version that was seen.",
    "files": "What parties keep here as evidence: uploaded as it is, downloaded by those who may.",
    "product imports": "Excel workbooks of products: checked cell by cell, then made into drafts, each row once.",
    "dossiers": "A firm's application for one product version to one or more institutions.",
    "reviews": "One institution's look at a dossier, from the opening to the decision and its appeal.",
    "certificates": "An institution's positive result: numbered, with a period, renewed or revoked.",
    "rule sets": "What each institution asks for: entry rules, scoring sheet, committee, deadlines, in versions.",
    "recognition rules": "Whose certificates an institution adopts without another review.",
    "event series": "Events that come back, numbered in each year.",
    "events": "Consultation days, fairs and road shows, with their timetable and the ledger of every request.",
    "drafts": "Timetables that are planned and not told, to be compared; one of them is released.",
    "repairs": "What would move in a released timetable when somebody is late or walks in; then what does.",
    "participations": "A party's place at an event.",
    "requests": "Wishes to meet. Each ends in a final state with a reason.",
    "meetings": "Booked consultations: nobody and no table is taken twice. Both sides report what came of them.",
    "contracts": "Signed agreements, from the draft to payment and completion.",
    "commitments": "Promises to buy, followed until they are kept or explained.",
    "views": "What several services know, in one answer, kept from their events.",
    "live": "Events as they happen.",
    "suggestions": "Whom a party may want to meet at an event, and why.",
    "boards": "A market day as it stands: who sits where, which tables are free, who is late or here.",
    "schemas": "JSON Schemas of everything that is published on Kafka.",
    "operations": "For the operator: records that were set aside, and views made anew.",
}


def merged(apps: Mapping[str, FastAPI], tags: Mapping[str, str] = TAGS) -> Json:
    """Return the document of these apps as one. Raise ValueError when two of them claim the same operation."""
    owners = list(apps)
    parts = {name: _public(app.openapi(), owners, shows_own=name == owners[0]) for name, app in apps.items()}
    names = _component_names(parts)
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Technology market · 기술마켓",
            "version": "1.0.0",
            "description": ABOUT,
            "contact": CONTACT,
            "license": LICENCE,
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "paths": {},
        "components": {"schemas": {}},
    }
    for owner, part in parts.items():
        for path, item in _renamed(part["paths"], names[owner]).items():
            taken = document["paths"].setdefault(path, {})
            if taken.keys() & item.keys():
                message = f"{path} is served by {owner} and by another"
                raise ValueError(message)
            taken |= item
        for name, schema in part["components"]["schemas"].items():
            document["components"]["schemas"][names[owner][name]] = _renamed(schema, names[owner])
    describe(document, tagged=tagged_reads(), conditional=conditional_reads(), gateway=True)
    _drop_unused(document)
    document["tags"] = [{"name": name, "description": tags[name]} for name in _tags(document)]
    _add_examples(document)
    return document


def lacking(document: Json) -> list[str]:
    """Return what a reader would miss: an operation without summary, description or example; two with one id."""
    found = [f"{name} is the id of several operations" for name, times in _ids(document).items() if times > 1]
    for path, method, operation in operations(document):
        found += [f"{method} {path} has no {part}" for part in ("summary", "description") if not operation.get(part)]
        found += [
            f"{method} {path} has no example of {where}"
            for where, content in _contents(operation)
            if "example" not in content
        ]
    return found


def _public(part: Json, owners: list[str], *, shows_own: bool) -> Json:
    """Put what every app serves for itself under its owner's name, once for all of them."""
    part.setdefault("components", {}).setdefault("schemas", {})
    for path in [each for each in part["paths"] if each.startswith(OWN)]:
        item = part["paths"].pop(path)
        if shows_own:
            part["paths"][path.replace(OWN, PASSED)] = item
            for operation in item.values():
                operation.setdefault("parameters", []).insert(0, _owner_parameter(owners))
    return part


def _owner_parameter(owners: list[str]) -> Json:
    return {
        "name": "service",
        "in": "path",
        "required": True,
        "description": "Whose consumer parked the records",
        "schema": {"type": "string", "enum": owners},
    }


def _component_names(parts: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """Return {app: {component: name in the whole}}: named after its owner where apps mean different things."""
    meant: dict[str, list[tuple[str, Any]]] = {}
    names: dict[str, dict[str, str]] = {}
    for owner, part in parts.items():
        for name, schema in part["components"]["schemas"].items():
            meanings = meant.setdefault(name, [])
            if all(schema != other for _, other in meanings):
                meanings.append((owner, schema))
    for owner, part in parts.items():
        names[owner] = {
            name: name
            if len(meant[name]) == 1
            else next(first for first, meaning in meant[name] if meaning == schema).capitalize() + name
            for name, schema in part["components"]["schemas"].items()
        }
    return names


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        return [_renamed(each, names) for each in part]
    if not isinstance(part, dict):
        return part
    done = {name: _renamed(value, names) for name, value in part.items()}
    if isinstance(done.get("$ref"), str):
        stem, _, last = done["$ref"].rpartition("/")
        done["$ref"] = f"{stem}/{names.get(last, last)}"
    return done


def _drop_unused(document: Json) -> None:
    """Leave only the components that something refers to."""
    schemas = document["components"]["schemas"]
    while True:
        text = str(document)
        unused = [name for name in schemas if f"#/components/schemas/{name}'" not in text]
        if not unused:
            return
        for name in unused:
            del schemas[name]


def _tags(document: Json) -> list[str]:
    return list(dict.fromkeys(tag for _, _, operation in operations(document) for tag in operation.get("tags", [])))


def _ids(document: Json) -> Counter[str]:
    return Counter(operation["operationId"] for _, _, operation in operations(document))


def _add_examples(document: Json) -> None:
    examples = Examples(document["components"]["schemas"])
    for _, _, operation in operations(document):
        for _, content in _contents(operation):
            if "example" not in content and "examples" not in content:
                content["example"] = examples.of(content["schema"])
    for schema in document["components"]["schemas"].values():
        if "example" in schema:
            schema["example"] = examples.of(schema)
    for answer in document["components"]["responses"].values():
        for content in answer["content"].values():
            content["example"] = examples.of(content["schema"])


def _contents(operation: Json) -> Iterator[tuple[str, Json]]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"its body ({kind})", content
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            yield f"its {status} answer ({kind})", content
