"""What tests of any part need: a valid thing with one word changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.catalog.domain.ban import BanOrder
from services.catalog.domain.content import Content
from services.catalog.domain.description import Description
from services.catalog.domain.field_schema import FieldSchema
from services.catalog.domain.form import Form
from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from shared.aggregate import Cause
from shared.events.catalog import ProductCertificate
from shared.events.envelope import Envelope

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Seoul on 23 November 2026."""
FIRM, OPERATOR = "pty_hanbit", "pty_operator"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def a_cause(**changed: Any) -> Cause:
    """The clock's: neither a key nor a source, so nothing about it is remembered."""
    cause: dict[str, Any] = {
        "at": NOON,
        "actor": "prs_kim",
        "principal": FIRM,
        "correlation": "req_1",
        "causation": "req_1",
        "traceparent": TRACE,
    }
    return Cause(**(cause | changed))


def a_call_cause(key: str = "key-1", **changed: Any) -> Cause:
    return a_cause(**({"key": key, "fingerprint": "body-1"} | changed))


def an_event_cause(source: str = "crt_1", sequence: int = 1, **changed: Any) -> Cause:
    return a_cause(**({"source": source, "sequence": sequence} | changed))


def an_envelope(**changed: Any) -> Envelope:
    envelope: dict[str, Any] = {
        "type": "kr.techmarket.catalog.product.registered.v1",
        "source": "/catalog/product",
        "subject": "prd_membrane",
        "sequence": 1,
        "time": NOON,
        "actor": "prs_kim",
        "principal": FIRM,
        "correlation": "req_1",
        "causation": "req_1",
        "traceparent": TRACE,
    }
    return Envelope(**(envelope | changed))


def a_description(**changed: Any) -> Description:
    description = {
        "party_kind": "sme",
        "title": "한빛수처리",
        "title_en": "Hanbit Water",
        "business_number": "124-81-00998",
        "councils": ["soc"],
        "region": "대전",
        "contact": {"name": "김하늘", "phone": "02-555-0100", "mail": "sky@example.kr"},
    }
    return Description.model_validate(description | changed)


def a_registered_party(party_id: str = FIRM, **changed: Any) -> Party:
    return Party.register(party_id, a_description(**changed), NOON)


def an_active_party(party_id: str = FIRM, **changed: Any) -> Party:
    party = a_registered_party(party_id, **changed)
    party.activate(NOON, tax_active=True, sme_certificate_until=date(2027, 3, 31))
    return party


def a_ban(**changed: Any) -> BanOrder:
    ban = {"reason": "collusion", "until": NOON + timedelta(days=300), "document": "제재공고 2026-0417"}
    return BanOrder.model_validate(ban | changed)


OWNER = an_active_party().public()
"""Of every product here, as it stands with the catalog."""


def a_content(**changed: Any) -> Content:
    content = {
        "title": "저전력 수처리 분리막",
        "title_en": "Low-power membrane",
        "summary": "전력 소비를 30% 줄입니다",
        "category": "water",
        "council": "soc",
        "model": "HB-200",
        "ip_number": "10-2024-0001234",
        "specification": "세라믹, 0.1 um",
        "price": "125000000",
        "readiness_level": 8,
    }
    return Content.model_validate(content | changed)


def a_form(**changed: Any) -> Form:
    """As JSON Schema; `properties` are a number that is required and a choice that is not."""
    form = {
        "properties": {
            "flux_lmh": {"type": "number", "title": "투과유속", "minimum": 0, "maximum": 1000},
            "membrane": {"type": "string", "title": "막 형태", "enum": ["평막", "중공사막"]},
        },
        "required": ["flux_lmh"],
    }
    return Form.model_validate(form | changed)


def a_field_schema(**changed: Any) -> FieldSchema:
    return FieldSchema.create("fls_water", "soc", "water", a_form(**changed), NOON)


def a_draft(product_id: str = "prd_membrane", product_kind: Any = "technology", **changed: Any) -> Product:
    owner_kind = "institution" if product_kind == "idle_ip" else "sme"
    return Product.draft(product_id, FIRM, owner_kind, product_kind, a_content(**changed), NOON)


def a_registered_product(product_id: str = "prd_membrane", **changed: Any) -> Product:
    product = a_draft(product_id, **changed)
    product.register(NOON)
    return product


def a_certificate(certificate_id: str = "crt_1", version: int = 1, **changed: Any) -> ProductCertificate:
    certificate = {
        "id": certificate_id,
        "number": "KW-2026-0001",
        "institution": "pty_kwater",
        "version": version,
        "valid_until": date(2029, 11, 22),
    }
    return ProductCertificate.model_validate(certificate | changed)


def a_listed_product(product_id: str = "prd_membrane", **changed: Any) -> Product:
    product = a_registered_product(product_id, **changed)
    product.list_for(a_certificate(), OWNER, NOON)
    return product
