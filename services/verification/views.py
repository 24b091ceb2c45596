"""How verification shows dossiers and certificates."""

from collections.abc import Sequence
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.verification.domain.certificate import Certificate
from services.verification.domain.dossier import Application, Dossier
from services.verification.domain.eligibility import Addressee, Check, Finding
from services.verification.domain.review import Review
from shared.events.catalog import Council, ProductRef
from shared.events.verification import CertificateState, DossierState


class DossierView(DossierState):
    """A dossier with its review at each institution and the entry rules it met."""

    document_version: int
    title: str
    category: str
    council: Council
    submitted_at: AwareDatetime
    applications: list[Application]
    checks: list[Check]
    reuses_answers: bool

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "dos_4m1x9c",
                "product": {"id": "prd_7dk3m2", "version": 1},
                "owner": "pty_5k2qj4",
                "institutions": ["pty_kwater"],
                "status": "submitted",
                "approved": [],
                "rejected": [],
                "document_version": 1,
                "title": "저전력 수처리 분리막",
                "category": "water",
                "council": "soc",
                "submitted_at": "2026-11-23T01:00:00Z",
                "applications": [
                    {
                        "institution": "pty_kwater",
                        "review": "rev_9s0d2k",
                        "rule_set": "rls_3f8v1q",
                        "rule_set_version": 2,
                        "result": None,
                        "reasons": [],
                        "certificate": "",
                    }
                ],
                "checks": [{"rule": "party.active", "party": "pty_5k2qj4", "fact": "active"}],
                "reuses_answers": False,
            }
        }
    )


class EntryCheck(BaseModel):
    """What one institution's entry rules find; `eligible` if all are met."""

    institution: str
    rule_set: str
    rule_set_version: int
    eligible: bool
    findings: list[Finding]

    @classmethod
    def of(cls, addressee: Addressee, findings: Sequence[Finding]) -> "EntryCheck":
        """Return an institution's findings with the rules they come from."""
        rule_set = addressee.rule_set
        return cls(
            institution=addressee.party.id,
            rule_set=rule_set.id if rule_set else "",
            rule_set_version=len(rule_set.versions) if rule_set else 0,
            eligible=all(each.met for each in findings),
            findings=list(findings),
        )


class EntryChecks(BaseModel):
    """A product version against the entry rules of some institutions, today."""

    product: ProductRef
    institutions: list[EntryCheck]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "product": {"id": "prd_7dk3m2", "version": 1},
                "institutions": [
                    {
                        "institution": "pty_kwater",
                        "rule_set": "rls_3f8v1q",
                        "rule_set_version": 2,
                        "eligible": False,
                        "findings": [
                            {"rule": "entry.field", "met": True, "fact": "water, soc", "en": "", "ko": ""},
                            {
                                "rule": "entry.readiness_level",
                                "met": False,
                                "fact": "",
                                "en": "asks for readiness level 7; the product has 6",
                                "ko": "기술성숙도 7 이상이어야 합니다(현재 6)",
                            },
                        ],
                    }
                ],
            }
        }
    )


class CertificateView(CertificateState):
    """A certificate; `revocation` says why it was taken back."""

    document_version: int
    revocation: str

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "crt_2b7f0a",
                "number": "TM-2026-KWATER-048310",
                "institution": "pty_kwater",
                "product": {"id": "prd_7dk3m2", "version": 1},
                "owner": "pty_5k2qj4",
                "review": "rev_9s0d2k",
                "status": "certified",
                "valid_from": "2026-11-23",
                "valid_until": "2029-11-22",
                "recognised_certificate": "",
                "document_version": 1,
                "revocation": "",
            }
        }
    )


class TrailStep(BaseModel):
    """What happened to one of the three, and which party did it; the clock and the market have none."""

    at: AwareDatetime
    of: Literal["dossier", "review", "certificate"]
    fact: str
    party: str
    note: str


class CertificateTrail(BaseModel):
    """How a certificate came about and what became of it, from the firm's dossier on, oldest step first."""

    certificate: str
    review: str
    dossier: str
    steps: list[TrailStep]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "certificate": "crt_2b7f0a",
                "review": "rev_9s0d2k",
                "dossier": "dos_4m1x9c",
                "steps": [
                    {
                        "at": "2026-11-23T01:00:00Z",
                        "of": "dossier",
                        "fact": "submitted",
                        "party": "pty_5k2qj4",
                        "note": "",
                    },
                    {"at": "2026-11-23T01:00:00Z", "of": "review", "fact": "opened", "party": "", "note": ""},
                    {
                        "at": "2026-12-21T05:00:00Z",
                        "of": "review",
                        "fact": "decided",
                        "party": "pty_kwater",
                        "note": "approved",
                    },
                    {
                        "at": "2026-12-21T05:00:00Z",
                        "of": "certificate",
                        "fact": "issued",
                        "party": "pty_kwater",
                        "note": "2029-12-20",
                    },
                ],
            }
        }
    )


class DossierPage(BaseModel):
    """Dossiers, newest first; `next` is the cursor of the next page."""

    items: list[DossierView]
    next: str | None = None


class CertificatePage(BaseModel):
    """Certificates, newest first; `next` is the cursor of the next page."""

    items: list[CertificateView]
    next: str | None = None


def dossier_view(dossier: Dossier) -> DossierView:
    return DossierView(
        **dossier.public().model_dump(),
        **dossier.model_dump(
            include={"title", "category", "council", "submitted_at", "applications", "checks", "reuses_answers"}
        ),
        document_version=dossier.version,
    )


def certificate_view(certificate: Certificate) -> CertificateView:
    return CertificateView(
        **certificate.public().model_dump(), document_version=certificate.version, revocation=certificate.revocation
    )


def certificate_trail(certificate: Certificate, review: Review, dossier: Dossier) -> CertificateTrail:
    """Return the steps of all three. A review's `certified` is the certificate's `issued`: it is told once."""
    submitted = TrailStep(at=dossier.submitted_at, of="dossier", fact="submitted", party=dossier.owner, note="")
    reviewed = [
        TrailStep(of="review", **each.model_dump(exclude={"person", "inside"}))
        for each in review.trail
        if not each.inside and each.fact != "certified"
    ]
    became = [TrailStep(of="certificate", **each.model_dump()) for each in certificate.facts]
    return CertificateTrail(
        certificate=certificate.id, review=review.id, dossier=dossier.id, steps=[submitted, *reviewed, *became]
    )
