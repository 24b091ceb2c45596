"""What an OpenAPI document says beyond what FastAPI reads from the routes: tokens, headers, problems; in 3.1 only."""

from collections.abc import Container, Iterator
from typing import Any

from shared.calls import KEY_FORMAT, POSITION_FORMAT
from shared.web import PROBLEM_JSON, TITLES, Problem

Json = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
KEY = "Idempotency-Key"
VERSION = "If-Match"
PRINCIPAL = "Market-Principal"
POSITION = "Market-Position"
SPELLING = {name.lower(): name for name in (KEY, VERSION, PRINCIPAL, POSITION, "If-None-Match", "Last-Event-ID")}
_ONE_POSITION = POSITION_FORMAT.pattern.strip("^$")
HEADER_SCHEMAS: dict[str, Json] = {
    KEY: {"type": "string", "pattern": KEY_FORMAT.pattern, "examples": ["registration-2026-11-0042"]},
    VERSION: {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$', "examples": ['"3"', "*"]},
    PRINCIPAL: {"type": "string", "examples": ["pty_5k2qj4"]},
    POSITION: {"type": "string", "pattern": f"^({_ONE_POSITION}(, ?{_ONE_POSITION})*)?$", "examples": ["prd_7dk3m2:3"]},
    "If-None-Match": {"type": "string", "examples": ['"3"']},
}
ANSWER_HEADERS: dict[str, Json] = {
    "ETag": {
        "description": "Version of this resource, for If-Match",
        "schema": {"type": "string", "examples": ['"3"']},
    },
    "Market-Position": {
        "description": "Send it with a later read to see this write",
        "schema": {"type": "string", "examples": ["prd_7dk3m2:3"]},
    },
    "Idempotent-Replayed": {
        "description": "`true` when this repeats the answer to an earlier call with the same key",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "string", "examples": ["1"]}},
    "WWW-Authenticate": {"description": "How to sign in", "schema": {"type": "string", "examples": ["Bearer"]}},
    "Content-Language": {"description": "Language of `detail`", "schema": {"type": "string", "enum": ["en", "ko"]}},
    "X-Request-Id": {"description": "Names this call in our logs", "schema": {"type": "string"}},
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag you have: 304 when it is still the current one",
}
PROBLEM_HEADERS = {401: ("WWW-Authenticate",), 409: ("Retry-After",), 429: ("Retry-After",), 503: ("Retry-After",)}


def describe(document: Json, *, tagged: Container[str], conditional: Container[str], gateway: bool = False) -> Json:
    """Complete an OpenAPI document in place and return it.

    `tagged` and `conditional` are the ids of the reads that answer an ETag, and of those that answer 304 to it.
    `gateway`: the document of the market's front door, which makes up an Idempotency-Key when none was sent, counts
    calls, and waits for services behind it.
    """
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    nested = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= nested.pop("$defs") | {"Problem": nested}
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "OIDC access token"}
    }
    document["security"] = [{"token": []}]
    used: set[int] = set()
    for path, method, operation in operations(document):
        if method == "get" and operation["operationId"] in conditional:
            operation.setdefault("parameters", []).append(IF_NONE_MATCH | {"schema": {}})
            operation["responses"]["304"] = {"description": "The version in If-None-Match is the current one"}
        _write_parameters(operation, gateway=gateway)
        _write_stream(operation)
        used |= _write_answers(path, operation, schemas, tagged, gateway=gateway)
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    components["responses"] = {str(status): _problem_answer(status) for status in sorted(used)}
    components["headers"] = {name: header for name, header in ANSWER_HEADERS.items() if _mentions(document, name)}
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield (path, method, operation) for every operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _write_parameters(operation: Json, *, gateway: bool) -> None:
    """Spell headers as people do, and say what may be left out: `null` cannot be sent in a header or query."""
    for parameter in operation.get("parameters", []):
        parameter["name"] = SPELLING.get(parameter["name"], parameter["name"])
        name = parameter["name"]
        schema = parameter["schema"]
        kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
        if len(kinds) == 1:
            del schema["anyOf"]
            schema |= kinds[0]
        if parameter["in"] == "header":
            schema |= HEADER_SCHEMAS.get(name, {})
            parameter["required"] = name == VERSION or (name == KEY and not gateway) or parameter["required"]
        schema.pop("title", None)
        schema.pop("description", None)


def _write_stream(operation: Json) -> None:
    """FastAPI writes the 3.2 keyword `itemSchema` for a stream of events; 3.1 knows only the schema of the whole."""
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            if "itemSchema" in content:
                content["x-itemSchema"] = content.pop("itemSchema")
                content["schema"] = {"type": "string", "description": "Server-sent events, one after the other"}


def _write_answers(path: str, operation: Json, schemas: Json, tagged: Container[str], *, gateway: bool) -> set[int]:
    answers = operation["responses"]
    statuses = _problems(path, operation, gateway=gateway)
    for status in statuses:
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    for status in [code for code in answers if code.isdecimal() and int(code) not in statuses and int(code) >= 400]:  # noqa: PLR2004
        del answers[status]
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    headers = ["X-Request-Id"]
    if KEY in names:
        headers += ["ETag", "Market-Position", "Idempotent-Replayed"]
    elif operation["operationId"] in tagged:
        headers.append("ETag")
    for status, answer in answers.items():
        if status in {"200", "201", "202"}:
            answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
            answer["description"] = _what(answer, schemas)
    return statuses


def _problems(path: str, operation: Json, *, gateway: bool) -> set[int]:
    """Return the statuses with which this operation can answer a problem."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    statuses = {500} | {int(code) for code in operation["responses"] if code in {"503", "504"}}
    if "422" in operation["responses"]:
        statuses.add(422)
    if "{" in path or "requestBody" in operation:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {400, 413}
        if "application/json" not in operation["requestBody"]["content"]:
            statuses.add(415)
    if KEY in names or POSITION in names:
        statuses |= {409, 422}
    if VERSION in names:
        statuses |= {412, 428}
    if operation.get("security") != []:
        statuses |= {401, 403, 503}
    if gateway:
        statuses.add(429)
    if gateway and operation.get("security") != []:
        statuses |= {502, 504}
    return statuses


def _what(answer: Json, schemas: Json) -> str:
    for content in answer.get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if described := schemas.get(name, {}).get("description"):
            return str(described)
    return str(answer["description"])


def _problem_answer(status: int) -> Json:
    en, ko = TITLES[status]
    headers = ("Content-Language", "X-Request-Id", *PROBLEM_HEADERS.get(status, ()))
    return {
        "description": f"{en} · {ko}",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _mentions(document: Json, header: str) -> bool:
    return f"#/components/headers/{header}'" in str(document)
