"""The files in git are what the code gives, and `market schemas check` says so when they are not."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from typer.testing import CliRunner

from cli.documents import problems
from cli.documents.completing import operations
from cli.documents.events import Model, event_schemas, published, schema_name
from cli.documents.files import SCHEMAS, SERVED, generated
from cli.documents.openapi import lacking
from cli.schemas import app, broken_schemas, golden, stale
from shared.events.catalog import ProductRevisionRequested
from shared.events.envelope import Envelope
from shared.events.topics import PUBLISHED, STATES

ROOT = Path(__file__).parents[2]
KOREAN = "규격서를 첨부하십시오"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return generated()


@pytest.fixture(scope="module")
def openapi(files: dict[str, str]) -> Json:
    document: Json = json.loads(files[f"{SERVED}/openapi.json"])
    return document


def test_no_published_event_is_broken_or_missing(files: dict[str, str]) -> None:
    assert broken_schemas(golden(ROOT), files) == []
    names = {event.wire_type() for events in PUBLISHED.values() for event in events}
    names |= {state.wire_type() for states in STATES.values() for state in states}
    assert {schema["x-wire-type"] for schema in event_schemas().values()} == names


@pytest.mark.parametrize("model", [model for _, model in published()], ids=schema_name)
def test_a_golden_example_fits_its_schema_and_its_model(model: Model) -> None:
    path = ROOT / SCHEMAS / f"{schema_name(model)}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))

    for example in schema["examples"]:
        jsonschema.validate(example, schema)
        assert model.model_validate_json(json.dumps(example | {"unknown": "is ignored"})) is not None


def test_a_stale_a_missing_and_a_leftover_file_are_found(tmp_path: Path) -> None:
    folder = tmp_path / SCHEMAS
    folder.mkdir(parents=True)
    (folder / "same.json").write_text("{}")
    (folder / "old.json").write_text("{}")
    (folder / "left.json").write_text("{}")

    files = {f"{SCHEMAS}/{name}.json": text for name, text in (("same", "{}"), ("old", "[]"), ("new", "{}"))}

    assert stale(tmp_path, files) == [f"{SCHEMAS}/{name}.json" for name in ("old", "new", "left")]


def test_a_break_is_named_and_never_written(tmp_path: Path) -> None:
    first = CliRunner().invoke(app, ["write", "--root", str(tmp_path), "--json"])
    path = tmp_path / SCHEMAS / "catalog.product.listed.v1.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    schema["properties"]["colour"] = {"type": "string"}
    path.write_text(json.dumps(schema), encoding="utf-8")

    checked = CliRunner().invoke(app, ["check", "--root", str(tmp_path), "--json"])

    written = CliRunner().invoke(app, ["write", "--root", str(tmp_path)])

    assert (first.exit_code, checked.exit_code, written.exit_code) == (0, 1, 1)
    assert "property.removed" in written.stderr
    assert json.loads(path.read_text(encoding="utf-8")) == schema
    answer = json.loads(checked.stdout)
    assert answer["stale"] == [f"{SCHEMAS}/catalog.product.listed.v1.json"]
    assert answer["broken"] == [
        {"schema": "catalog.product.listed.v1", "pointer": "/colour", "rule": "property.removed"}
    ]


def test_every_reference_in_the_generated_documents_leads_somewhere(files: dict[str, str]) -> None:
    for path in [each for each in files if each.endswith(("asyncapi.json", "openapi.json"))]:
        document = json.loads(files[path])
        for reference in references(document):
            assert resolved(document, reference) is not None, (path, reference)


def test_every_topic_and_type_is_in_the_asyncapi_document(files: dict[str, str]) -> None:
    document = json.loads(files["docs/events/asyncapi.json"])

    assert set(document["components"]["messages"]) == {schema_name(model) for _, model in published()}
    assert set(document["channels"]) == {model.topic() for _, model in published()}
    listed = document["operations"]["catalog.receive.verification.certificate.events"]["messages"]
    assert any("verification.product.verified.v1" in each["$ref"] for each in listed)


def test_every_operation_is_described_with_valid_examples(openapi: Json) -> None:
    assert lacking(openapi) == []
    for path, method, operation in operations(openapi):
        for content in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for kind, media in content.get("content", {}).items():
                if "json" in kind:
                    whole = media["schema"] | {"components": openapi["components"]}
                    assert not list(jsonschema.Draft202012Validator(whole).iter_errors(media["example"])), (
                        path,
                        method,
                    )


def test_an_operation_without_words_or_example_is_named() -> None:
    bare = {"operationId": "do", "responses": {"200": {"content": {"application/json": {"schema": {}}}}}}

    assert lacking({"paths": {"/v1/a": {"get": bare}}}) == [
        "get /v1/a has no summary",
        "get /v1/a has no description",
        "get /v1/a has no example of its 200 answer (application/json)",
    ]


def test_the_document_is_3_1_without_keywords_of_3_2(openapi: Json) -> None:
    assert openapi["openapi"] == "3.1.0"
    assert '"itemSchema"' not in json.dumps(openapi)


def test_problems_are_those_an_operation_can_answer(openapi: Json) -> None:
    read = openapi["paths"]["/v1/products/{product_id}"]["get"]["responses"]
    change = openapi["paths"]["/v1/products/{product_id}/registration"]["post"]["responses"]
    public = openapi["paths"]["/v1/schemas"]["get"]["responses"]

    assert not {"412", "413", "428"} & read.keys()
    assert {"401", "403", "404", "409", "412", "428", "429", "502", "503", "504"} <= change.keys()
    assert not {"401", "403", "404"} & public.keys()


def test_whoever_reads_a_header_says_what_it_may_hold_and_that_it_may_be_wrong(openapi: Json) -> None:
    rebuild = openapi["paths"]["/v1/operations/views/product/rebuild"]["get"]
    change = openapi["paths"]["/v1/products/{product_id}/registration"]["post"]

    patterns = {each["name"]: each["schema"].get("pattern", "") for each in change["parameters"]}

    assert "422" in rebuild["responses"]
    assert all(
        re.search(patterns["Market-Position"], each) for each in ("", "prd_7:3", "prd_7:3,ctr_a:12", "prd_7:3, ctr_a:1")
    )
    assert not any(re.search(patterns["Market-Position"], each) for each in ("prd_7", "prd_7:3;ctr_a:1", "prd_7:x"))
    assert all(re.search(patterns["If-Match"], each) for each in ("*", '"3"'))
    assert not any(re.search(patterns["If-Match"], each) for each in ("", "3", 'W/"3"', '"x"', "3*"))


def test_money_is_described_as_strictly_as_it_is_read(openapi: Json) -> None:
    schemas = openapi["components"]["schemas"]
    price = jsonschema.Draft202012Validator(schemas["Content-Input"]["properties"]["price"])
    amount = jsonschema.Draft202012Validator(schemas["PaymentBody"]["properties"]["amount"])

    assert all(price.is_valid(each) for each in ("0", "125000000", 125_000_000, None, "9" * 18))
    assert not any(price.is_valid(each) for each in ("", "x", "1.5", 1.5, -1, "9" * 19, 10**18))
    assert [amount.is_valid(each) for each in ("1", "0", 0, 1)] == [True, False, False, True]


def test_only_reads_that_compare_versions_promise_304(openapi: Json) -> None:
    product = openapi["paths"]["/v1/products/{product_id}"]["get"]["responses"]
    review = openapi["paths"]["/v1/reviews/{review_id}"]["get"]["responses"]
    overview = openapi["paths"]["/v1/views/product/{product_id}"]["get"]["responses"]

    assert "304" in product
    assert "304" not in review
    assert "ETag" in review["200"]["headers"]
    assert "ETag" not in overview["200"]["headers"]


def test_rules_are_read_from_the_code() -> None:
    rules = problems.catalogue()

    assert rules["version.required"]["status"] == 428
    assert rules["*.not_*"]["status"] == 409
    assert rules["party.business_number_invalid"]["sentences"][0]["ko"].startswith("사업자등록번호")


def test_our_headers_are_cloudevents_to_the_official_sdk() -> None:
    envelope = Envelope(
        type="kr.techmarket.catalog.product.revision_requested.v1",
        source="/catalog/product",
        subject="prd_1",
        sequence=2,
        time=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
        actor="prs_1",
        principal="pty_1",
        correlation="req_1",
        causation="req_1",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    event = ProductRevisionRequested.model_validate(
        {"at": envelope.time, "product": {"id": "prd_1", "version": 1}, "owner": "pty_1", "message": KOREAN}
    )
    value = event.model_dump_json().encode()

    read = from_binary(KafkaMessage(dict(envelope.headers()), envelope.subject, value), JSONFormat())

    assert (read.get_specversion(), read.get_id(), read.get_type()) == ("1.0", "prd_1:2", envelope.type)
    assert (read.get_source(), read.get_subject(), read.get_time()) == (envelope.source, "prd_1", envelope.time)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("sequence") == "2"
    assert read.get_extension("correlationid") == "req_1"
    data = read.get_data()
    assert isinstance(data, dict)
    assert data["message"] == KOREAN


def test_korean_is_readable_on_the_wire() -> None:
    at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    event = ProductRevisionRequested.model_validate(
        {"at": at, "product": {"id": "prd_1", "version": 1}, "owner": "pty_1", "message": KOREAN}
    )

    assert KOREAN.encode() in event.model_dump_json().encode()


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [each for item in part for each in references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [each for value in part.values() for each in references(value)]


def resolved(document: Json, reference: str) -> Any:
    part: Any = document
    for step in reference.removeprefix("#/").split("/"):
        part = part.get(step.replace("~1", "/")) if isinstance(part, dict) else None
    return part
