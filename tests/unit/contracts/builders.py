"""A valid contract, commitment, party, product or meeting, with one word changed."""

from datetime import UTC, date, datetime
from typing import Any

from services.contracts.domain.commitment import Commitment, Promise
from services.contracts.domain.contract import Contract
from services.contracts.domain.document import Proposal
from services.contracts.domain.eligibility import Standing
from shared.events.catalog import PartyState, ProductCertificate, ProductState
from shared.events.matching import MeetingState

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Seoul on 23 November 2026."""
INSTITUTION = "pty_kwater"
FIRM = "pty_hanbit"


def an_institution(party_id: str = INSTITUTION, **changed: Any) -> PartyState:
    return a_firm(party_id, party_kind="institution", sme_certificate_until=None, **changed)


def a_firm(party_id: str = FIRM, **changed: Any) -> PartyState:
    party = {
        "id": party_id,
        "party_kind": "sme",
        "title": "한빛수처리",
        "title_en": "Hanbit Water",
        "business_number": "1248100998",
        "councils": ["soc"],
        "region": "대전",
        "status": "active",
        "sme_certificate_until": date(2027, 3, 31),
    }
    return PartyState.model_validate(party | changed)


def a_certificate(**changed: Any) -> ProductCertificate:
    certificate = {
        "id": "crt_1",
        "number": "KW-2026-0001",
        "institution": INSTITUTION,
        "version": 1,
        "valid_until": date(2027, 3, 31),
    }
    return ProductCertificate.model_validate(certificate | changed)


def a_product(product_id: str = "prd_membrane", **changed: Any) -> ProductState:
    product = {
        "id": product_id,
        "owner": FIRM,
        "product_kind": "technology",
        "status": "listed",
        "version": 1,
        "certified_version": 1,
        "title": "저전력 수처리 분리막",
        "title_en": "Low-power membrane",
        "summary": "전력 소비를 30% 줄입니다",
        "category": "water",
        "council": "soc",
        "readiness_level": 8,
        "certificates": [a_certificate()],
    }
    return ProductState.model_validate(product | changed)


def a_meeting(meeting_id: str = "mtg_1", **changed: Any) -> MeetingState:
    meeting = {
        "id": meeting_id,
        "event": "evt_1",
        "firm": FIRM,
        "institution": INSTITUTION,
        "origin": "request",
        "slot": 1,
        "table": 1,
        "starts_at": NOON,
        "status": "held",
    }
    return MeetingState.model_validate(meeting | changed)


def a_standing(
    institution: PartyState | None = None, firm: PartyState | None = None, product: ProductState | None = None
) -> Standing:
    return Standing(institution or an_institution(), firm or a_firm(), product or a_product())


def a_proposal(**changed: Any) -> Proposal:
    proposal = {
        "contract_kind": "purchase",
        "firm": FIRM,
        "product": {"id": "prd_membrane", "version": 1},
        "amount": "1000",
        "terms": "납품 후 30일 이내 검수한다.",
    }
    return Proposal.model_validate(proposal | changed)


def a_draft(**changed: Any) -> Contract:
    return Contract.draft("ctr_1", INSTITUTION, a_proposal(**changed), a_standing(), NOON)


def an_offer(**changed: Any) -> Contract:
    contract = a_draft(**changed)
    contract.offer(a_standing(), NOON)
    return contract


def an_active_contract(**changed: Any) -> Contract:
    contract = an_offer(**changed)
    contract.sign(FIRM, "prs_firm", a_standing(), NOON)
    contract.sign(INSTITUTION, "prs_buyer", a_standing(), NOON)
    return contract


def a_commitment(**changed: Any) -> Commitment:
    promise = {"firm": FIRM, "amount": "1000", "due": date(2027, 11, 23)}
    return Commitment.promise("cmt_1", INSTITUTION, Promise.model_validate(promise | changed), NOON)


def names(aggregate: Contract | Commitment) -> list[str]:
    """The names of what the aggregate has recorded, without the service."""
    return [event.name.removeprefix("contracts.") for event in aggregate.recorded]
