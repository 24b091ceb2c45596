"""Valid things of verification with one word changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.verification.domain.certificate import Certificate
from services.verification.domain.committee import Member, Ruling, Vote
from services.verification.domain.dossier import Dossier
from services.verification.domain.eligibility import Addressee
from services.verification.domain.facts import Actor
from services.verification.domain.inspection import FieldCriterion
from services.verification.domain.recognition import RecognitionRule
from services.verification.domain.review import Review
from services.verification.domain.rule_set import RuleSet
from services.verification.domain.rules import COMMON, Rules
from shared.events.catalog import PartyState, ProductRef, ProductState

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""Monday 23 November 2026, noon in Seoul."""

FIRM, WATER, HOUSING = "pty_firm", "pty_water", "pty_housing"
PRODUCT = ProductRef(id="prd_1", version=1)
PANEL = [Member(person="prs_in1"), Member(person="prs_in2"), Member(person="prs_out", outside=True)]
OTHER_PANEL = [Member(person="prs_in3"), Member(person="prs_in4"), Member(person="prs_out2", outside=True)]
APPROVED = Ruling(outcome="approved")
REJECTED = Ruling(outcome="rejected", reasons=["performance_unproven"])
DEFERRED = Ruling(outcome="deferred", reasons=["documents_missing"])
TURBIDITY = FieldCriterion(code="turbidity", title="처리수 탁도", unit="NTU", most=0.5)


def day(number: int) -> datetime:
    """Noon, so many days after NOON."""
    return NOON + timedelta(days=number)


def an_officer(person: str = "prs_officer", *parties: str) -> Actor:
    return Actor(person, WATER, frozenset({WATER, *parties}))


def an_outsider(person: str = "prs_out") -> Actor:
    return Actor(person, "", frozenset())


CHAIR = an_officer("prs_chair")
OWNER = Actor("prs_owner", FIRM, frozenset({FIRM}))


def a_firm(**changes: Any) -> PartyState:
    return _party(FIRM, "sme", {"sme_certificate_until": date(2027, 3, 31)} | changes)


def an_institution(party: str = WATER, **changes: Any) -> PartyState:
    return _party(party, "institution", changes)


def _party(party: str, kind: str, changes: dict[str, Any]) -> PartyState:
    fields = {
        "id": party,
        "party_kind": kind,
        "title": party,
        "title_en": "",
        "business_number": "1248100998",
        "councils": ["soc"],
        "region": "대전",
        "status": "active",
    }
    return PartyState.model_validate(fields | changes)


def a_product(**changes: Any) -> ProductState:
    fields = {
        "id": PRODUCT.id,
        "owner": FIRM,
        "product_kind": "technology",
        "status": "registered",
        "version": 1,
        "title": "분리막",
        "title_en": "",
        "summary": "요약",
        "category": "water",
        "council": "soc",
        "readiness_level": 8,
    }
    return ProductState.model_validate(fields | changes)


def an_addressee(institution: str = WATER, rules: Rules | None = None, **changes: Any) -> Addressee:
    rule_set = RuleSet(id="rls_1", institution=institution, versions=[rules]) if rules else None
    return Addressee(an_institution(institution), f"rev_{institution}", rule_set, **changes)


def some_rules(**changes: Any) -> Rules:
    return Rules.model_validate({"title": "심사 규칙"} | changes)


def a_dossier(*institutions: str, at: datetime = NOON) -> Dossier:
    addressees = [an_addressee(each) for each in institutions or (WATER,)]
    dossier = Dossier.submit("dos_1", a_product(), 1, a_firm(), addressees, at)
    dossier.recorded.clear()
    return dossier


def an_opened_review(institution: str = WATER, rules: Rules = COMMON) -> Review:
    dossier = a_dossier(institution)
    review = Review.open(dossier.applications[0], dossier, rules, [], NOON)
    review.recorded.clear()
    return review


def a_screened_review(rules: Rules = COMMON) -> Review:
    review = an_opened_review(rules=rules)
    review.assign("prs_officer", an_officer(), NOON)
    review.recorded.clear()
    return review


def asked(days: int = 10, at: datetime = NOON) -> Review:
    """A review that waits for the firm's answer."""
    review = a_screened_review()
    review.ask("시험성적서?", days, an_officer(), at)
    return review


def a_member(member: Member) -> Actor:
    return an_outsider(member.person) if member.outside else an_officer(member.person)


def accepted(review: Review, panel: list[Member], at: datetime = NOON) -> None:
    """Invite these people, all of whom accept."""
    review.invite(panel, an_officer(), at)
    for member in panel:
        review.answer_invitation("accepted", "", a_member(member), at)


def a_review_in_committee(panel: list[Member] | None = None, rules: Rules = COMMON) -> Review:
    review = a_screened_review(rules)
    accepted(review, panel or PANEL)
    review.convene(panel or PANEL, an_officer(), NOON)
    review.recorded.clear()
    return review


def votes(review: Review, *approve: bool, at: datetime = NOON) -> None:
    """Let the members of the panel that sits vote, in order."""
    for member, each in zip(review.panels[-1].members, approve, strict=False):
        review.vote(Vote(person=member.person, approve=each, score=None, comment="", at=at), a_member(member))


def a_decided_review(ruling: Ruling = APPROVED) -> Review:
    review = a_review_in_committee()
    votes(review, *([ruling.outcome == "approved"] * 3))
    review.decide(ruling, CHAIR, NOON)
    review.recorded.clear()
    return review


def a_certificate(**changes: Any) -> Certificate:
    fields = {
        "id": "crt_1",
        "number": "TM-2026-WATER-000001",
        "institution": HOUSING,
        "product": PRODUCT,
        "owner": FIRM,
        "review": "rev_1",
        "valid_from": date(2026, 11, 23),
        "valid_until": date(2029, 11, 22),
    }
    return Certificate.model_validate(fields | changes)


def a_rule(**changes: Any) -> RecognitionRule:
    fields = {"id": "rul_1", "institution": WATER, "accepts": HOUSING, "category": "water", "council": None}
    return RecognitionRule.model_validate(fields | changes)


def names(thing: Review | Certificate | Dossier | RecognitionRule) -> list[str]:
    """What it recorded."""
    return [event.name for event in thing.recorded]
