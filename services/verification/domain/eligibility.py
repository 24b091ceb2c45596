"""Whether a firm may apply: what the market asks of everybody, and each institution's own entry rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from services.verification.domain.entry import Applicant
from services.verification.domain.rule_set import RuleSet
from services.verification.domain.rules import COMMON, Rules
from shared.errors import Invalid, Refused
from shared.events.catalog import PartyState, ProductState, ProductStatus
from shared.events.days import seoul_date

APPLICABLE: frozenset[ProductStatus] = frozenset({"registered", "listed", "paused", "lapsed"})
"""A paused listing may have a revision to verify, and a new certificate is the way back for a lapsed one."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """An institution that is applied to, the id its review will have, and the rules it goes by."""

    party: PartyState
    review: str
    rule_set: RuleSet | None = None
    used_before: bool = False

    @property
    def rules(self) -> Rules:
        """Its own rules, or the market's."""
        return self.rule_set.rules if self.rule_set else COMMON


class Check(BaseModel):
    """An entry rule that was looked at on submission, for which party, and the fact that met it."""

    rule: str
    party: str
    fact: str


class Finding(BaseModel):
    """What an entry rule found: the fact that meets it, or why it is not met in English and in Korean."""

    rule: str
    met: bool
    fact: str = ""
    en: str = ""
    ko: str = ""


def all_checks(
    product: ProductState, version: int, firm: PartyState, addressees: Sequence[Addressee], at: datetime
) -> list[Check]:
    """Return what was checked of a firm's application, and the fact that met each rule. Raise Refused or Invalid."""
    return [
        must_be_current(product, version),
        *_firm_checks(firm, at),
        *(must_be_applicable(each.party, at, field=f"/institutions/{n}") for n, each in enumerate(addressees)),
        *_entry_checks(product, version, addressees, at),
    ]


def check_entry(product: ProductState, version: int, addressee: Addressee, at: datetime) -> list[Finding]:
    """Return what each entry rule of an institution finds in a product version today."""
    covering = [each for each in product.certificates if version in {product.version, each.version}]
    applicant = Applicant(addressee.party.id, product.facts(version), covering, addressee.used_before, seoul_date(at))
    findings: list[Finding] = []
    for each in addressee.rules.entry:
        try:
            findings.append(Finding(rule=f"entry.{each.rule}", met=True, fact=each.met_by(applicant)))
        except Refused as unmet:
            findings.append(Finding(rule=unmet.rule, met=False, en=unmet.en, ko=unmet.ko))
    return findings


def _entry_checks(
    product: ProductState, version: int, addressees: Sequence[Addressee], at: datetime
) -> Iterator[Check]:
    found = [
        (number, each.party, finding)
        for number, each in enumerate(addressees)
        for finding in check_entry(product, version, each, at)
    ]
    unmet = [each for each in found if not each[-1].met]
    if unmet:
        raise Refused(
            "dossier.entry_rules_unmet",
            "not met: " + "; ".join(f"{party.title_en or party.id} {finding.en}" for _, party, finding in unmet),
            "신청 요건 미충족: " + "; ".join(f"{party.title} - {finding.ko}" for _, party, finding in unmet),
            field=f"/institutions/{unmet[0][0]}",
        )
    return (Check(rule=finding.rule, party=party.id, fact=finding.fact) for _, party, finding in found)


def must_be_current(product: ProductState, version: int) -> Check:
    """Return that a product version may be applied with. Raise Refused."""
    if product.product_kind == "idle_ip":
        raise Refused(
            "dossier.idle_ip",
            "idle IP is listed by the operator's approval, not by a certificate",
            "유휴 지식재산은 인증서가 아니라 운영자의 승인으로 등재됩니다",
            field="/product/id",
        )
    if product.status not in APPLICABLE:
        raise Refused(
            "dossier.product_not_registered",
            f"the product is {product.status}; register it first",
            f"제품이 {product.status} 상태입니다. 먼저 등록하십시오",
            field="/product/id",
        )
    current = product.proposed_version or product.version
    if version not in {product.version, current}:
        raise Refused(
            "dossier.version_not_current",
            f"version {version} is not current; {current} is",
            f"{version} 버전은 최신이 아닙니다(최신: {current})",
            field="/product/version",
        )
    return Check(rule="product.registered", party=product.owner, fact=f"{product.status}, version {version}")


def _firm_checks(firm: PartyState, at: datetime) -> list[Check]:
    firm.must_be_active(at)
    return [
        Check(rule="party.active", party=firm.id, fact="active"),
        Check(rule="party.sme_certificate", party=firm.id, fact=f"until {firm.sme_certificate_until}"),
    ]


def must_be_applicable(institution: PartyState, at: datetime, *, field: str) -> Check:
    """Return that an institution may be applied to. Raise Invalid for anybody else, Refused while it is not active."""
    if institution.party_kind != "institution":
        raise Invalid(
            "dossier.no_institution",
            f"{institution.id} is no institution",
            f"{institution.id}은(는) 기관이 아닙니다",
            field=field,
        )
    institution.must_be_active(at, field=field)
    return Check(rule="institution.active", party=institution.id, fact="active")
