"""Dossiers: one firm's application for one product version to one or more institutions."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused
from shared.events.catalog import Council, PartyState, ProductRef, ProductState, ProductStatus
from shared.events.verification import DossierClosed, DossierState, DossierStatus, DossierSubmitted

APPLICABLE: frozenset[ProductStatus] = frozenset({"registered", "listed", "paused", "lapsed"})
"""A paused listing may have a revision to verify, and a new certificate is the way back for a lapsed one."""

Result = Literal["certified", "rejected"]


class Application(BaseModel):
    """What became of a dossier at one institution; `result` is None until its review has ended."""

    institution: str
    review: str
    result: Result | None = None
    reasons: list[str] = Field(default_factory=list)
    certificate: str = ""


class Check(BaseModel):
    """An entry rule that was looked at on submission, for which party, and the fact that met it."""

    rule: str
    party: str
    fact: str


class Dossier(Aggregate):
    """Open until each of its reviews has ended, each of which ends by itself if nobody ends it."""

    kind: ClassVar[str] = "verification.dossier"

    product: ProductRef
    owner: str
    title: str
    category: str
    council: Council
    applications: list[Application]
    checks: list[Check]
    submitted_at: AwareDatetime
    status: DossierStatus = "submitted"

    @classmethod
    def submit(
        cls,
        dossier_id: str,
        product: ProductState,
        version: int,
        firm: PartyState,
        applicants: Sequence[tuple[PartyState, str]],
        at: datetime,
    ) -> "Dossier":
        """Return a dossier to these institutions, each with the id of its review. Every entry rule is checked now."""
        checks = [
            _product_check(product, version),
            *_firm_checks(firm, at),
            *(_institution_check(institution, number, at) for number, (institution, _) in enumerate(applicants)),
        ]
        reference = ProductRef(id=product.id, version=version)
        dossier = cls(
            id=dossier_id,
            product=reference,
            owner=product.owner,
            title=product.title,
            category=product.category,
            council=product.council,
            applications=[Application(institution=party.id, review=review) for party, review in applicants],
            checks=checks,
            submitted_at=at,
        )
        dossier._record(
            DossierSubmitted(
                at=at, dossier=dossier_id, product=reference, owner=product.owner, institutions=dossier.institutions
            )
        )
        return dossier

    @property
    def institutions(self) -> list[str]:
        return [each.institution for each in self.applications]

    def conclude(self, review: str, result: Result, reasons: list[str], certificate: str, at: datetime) -> None:
        """Take one review's end. The last one closes the dossier."""
        application = next(each for each in self.applications if each.review == review)
        if application.result is not None:
            return
        application.result, application.reasons, application.certificate = result, reasons, certificate
        if all(each.result is not None for each in self.applications):
            self.status = "closed"
            self._record(
                DossierClosed(
                    at=at,
                    dossier=self.id,
                    product=self.product,
                    owner=self.owner,
                    approved=self._with("certified"),
                    rejected=self._with("rejected"),
                    reasons=sorted({reason for each in self.applications for reason in each.reasons}),
                )
            )

    def claims(self) -> list[str]:
        """One version is under review at one institution once."""
        return [
            f"case:{self.product.id}|{self.product.version}|{each.institution}"
            for each in self.applications
            if each.result is None
        ]

    def taken(self, claim: str) -> Refused:
        institution = claim.rpartition("|")[2]
        return Refused(
            "dossier.under_review",
            f"{institution} is reviewing this version already",
            f"{institution}에서 이미 이 버전을 심사 중입니다",
            field="/institutions",
        )

    def public(self) -> DossierState:
        """Show results once all are in: only then does an event carry them."""
        closed = self.status == "closed"
        return DossierState(
            id=self.id,
            product=self.product,
            owner=self.owner,
            institutions=self.institutions,
            status=self.status,
            approved=self._with("certified") if closed else [],
            rejected=self._with("rejected") if closed else [],
        )

    def _with(self, result: Result) -> list[str]:
        return [each.institution for each in self.applications if each.result == result]


def _product_check(product: ProductState, version: int) -> Check:
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


def _institution_check(institution: PartyState, number: int, at: datetime) -> Check:
    field = f"/institutions/{number}"
    if institution.party_kind != "institution":
        raise Invalid(
            "dossier.no_institution",
            f"{institution.id} is no institution",
            f"{institution.id}은(는) 기관이 아닙니다",
            field=field,
        )
    institution.must_be_active(at, field=field)
    return Check(rule="institution.active", party=institution.id, fact="active")
