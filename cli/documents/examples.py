"""Example values: from a schema's own examples, else by the name of the field. Nothing is made up silently.

A field that has neither gets none, and `market schemas` fails and names it: a reader learns little from "string".
"""

from collections.abc import Mapping
from typing import Any

BY_NAME: Mapping[str, Any] = {
    "absent": ["pty_5k2qj4"],
    "accepts": "pty_2zt5wc",
    "approved": ["pty_8ax3mt"],
    "binding": ["pty_8ax3mt", "slot 3"],
    "business_number": "1248100998",
    "by": "pty_8ax3mt",
    "category": "water",
    "certificate": "crt_2hm8vx",
    "commitment": "cmt_9qe4rz",
    "contract": "ctr_4vd7pn",
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "dossier": "dos_6rw2kd",
    "draft": "drf_3m8x1c",
    "error": "NotFound('product.unknown: there is no product prd_7dk3m2')",
    "erp_reference": "ERP-2026-004417",
    "event": "evt_3nc9sb",
    "fields": ["price", "summary"],
    "field_schema": "fls_4t9w2k",
    "firm": "pty_5k2qj4",
    "id": "prd_7dk3m2",
    "institution": "pty_8ax3mt",
    "institutions": ["pty_8ax3mt"],
    "ip_number": "10-2024-0001234",
    "lane": "catalog.product|prd_7dk3m2",
    "meeting": "mtg_1fy6uh",
    "message": "규격서를 첨부하십시오",
    "model": "HB-200",
    "next": "p1c8Zk3yQw",
    "next_step": "field_test",
    "note": "전력 소비가 가장 낮음",
    "number": "SOC-2026-0147",
    "other": "mtg_7x4bw2",
    "owner": "pty_5k2qj4",
    "participation": "prt_8md2gx",
    "party": "pty_5k2qj4",
    "party_kind": "sme",
    "product": "prd_7dk3m2",
    "product_import": "imp_4h8s2k",
    "reason": "예산 미확보",
    "reasons": ["시험성적서 없음"],
    "recognised_certificate": "crt_7xk1bq",
    "region": "대전",
    "rejected": ["pty_2zt5wc"],
    "repair": "rpr_5t2m9x",
    "request": "req_5gs8jn",
    "requester": "pty_5k2qj4",
    "restriction": "false_documents",
    "review": "rev_0pj4ya",
    "rule": "recognition.soc_water",
    "rule_set": "rls_3f8v1q",
    "revoked_certificate": "crt_7xk1bq",
    "series": "ser_6w1n4b",
    "shortlist": "shl_2c7w5d",
    "file": "fil_3m7k2p",
    "signatures": ["pty_8ax3mt"],
    "signer": "pty_8ax3mt",
    "specification": "KS B 6320 준용, 처리량 200 m³/일",
    "summary": "세라믹 분리막으로 전력 소비를 30% 줄입니다",
    "target": "pty_8ax3mt",
    "title": "저전력 수처리 분리막",
    "title_en": "Low-power water treatment membrane",
    "topic": "catalog.product.events",
    "waiver": "현물 출자로 대체",
}
BY_TYPE: Mapping[str, Mapping[str, Any]] = {
    "PartyRegistered": {"title": "한빛수처리"},
    "PartyState": {"id": "pty_5k2qj4", "title": "한빛수처리", "title_en": "Hanbit Water", "restriction": ""},
    "FieldSchemaState": {"id": "fls_4t9w2k"},
    "MemberState": {"id": "mem_3k9d2f"},
    "ProductCertificate": {"id": "crt_2hm8vx"},
    "Certificate": {"id": "crt_2hm8vx"},
    "DossierState": {"id": "dos_6rw2kd"},
    "ReviewState": {"id": "rev_0pj4ya"},
    "CertificateState": {"id": "crt_2hm8vx"},
    "EventPlanned": {"title": "2026 SOC 기술마켓 구매상담회"},
    "EventState": {"id": "evt_3nc9sb", "title": "2026 SOC 기술마켓 구매상담회"},
    "SeriesOpened": {"title": "SOC 기술마켓 구매상담회"},
    "SeriesState": {"id": "ser_6w1n4b", "title": "SOC 기술마켓 구매상담회"},
    "ParticipationState": {"id": "prt_8md2gx"},
    "RequestState": {"id": "req_5gs8jn"},
    "DraftState": {"id": "drf_3m8x1c"},
    "RepairState": {"id": "rpr_5t2m9x"},
    "MeetingState": {"id": "mtg_1fy6uh"},
    "ContractState": {"id": "ctr_4vd7pn"},
    "CommitmentState": {"id": "cmt_9qe4rz"},
}
BY_FORMAT: Mapping[str, Any] = {"date": "2027-03-31", "date-time": "2026-11-23T01:30:00Z"}


class NoExample(LookupError):
    """A field without an example. The message names where."""


class Examples:
    """Builds one example per schema; `definitions` are what `$ref`s name by their last step."""

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        self._definitions = definitions

    def of(self, schema: Mapping[str, Any], name: str = "", within: str = "") -> Any:
        """Return an example of `schema`, the value of field `name` of type `within`. Raise NoExample."""
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            return self.of(self._definitions[target], name, target)
        for given in ("example", "const"):
            if given in schema:
                return self._completed(schema[given], schema)
        if schema.get("examples"):
            return self._completed(schema["examples"][0], schema)
        if name in BY_TYPE.get(within, {}):
            return BY_TYPE[within][name]
        for union in ("allOf", "anyOf", "oneOf"):
            if union in schema:
                return self._of_union(schema[union], name, within)
        return self._of_type(schema, name, within)

    def _completed(self, example: Any, schema: Mapping[str, Any]) -> Any:
        """Return an example somebody wrote, with what its type requires by now and it lacks."""
        if "$ref" in schema:
            return self._completed(example, self._definitions[schema["$ref"].rpartition("/")[2]])
        if isinstance(example, list) and "items" in schema:
            return [self._completed(each, schema["items"]) for each in example]
        if not isinstance(example, dict):
            return example
        for member in schema.get("anyOf", []):
            if member.get("type") != "null":
                return self._completed(example, member)
        properties = schema.get("properties", {})
        lacking = [name for name in schema.get("required", []) if name not in example]
        title = schema.get("title", "")
        return {name: self._completed(value, properties.get(name, {})) for name, value in example.items()} | {
            name: self.of(properties[name], name, title) for name in lacking
        }

    def _of_union(self, members: list[Mapping[str, Any]], name: str, within: str) -> Any:
        for member in members:
            if member.get("type") != "null":
                return self.of(member, name, within)
        return None

    def _of_type(self, schema: Mapping[str, Any], name: str, within: str) -> Any:
        if "properties" in schema:
            title = schema.get("title", within)
            return {each: self.of(part, each, title) for each, part in schema["properties"].items()}
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array" and not isinstance(BY_NAME.get(name), list):
            return [self.of(schema["items"], name, within)]
        plain = _plain(schema, name)
        if plain is None:
            message = f"{within}.{name} has no example: give it Field(examples=[...]) or a line in {__name__}"
            raise NoExample(message)
        return plain


def _plain(schema: Mapping[str, Any], name: str) -> Any:
    """Return a value for a schema without parts, None when nothing tells one."""
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    if schema.get("type") == "object":
        return {}
    return BY_NAME.get(name)
