"""How verification shows dossiers, certificates and recognition rules."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.verification.domain.certificate import Certificate
from services.verification.domain.dossier import Application, Check, Dossier
from services.verification.domain.recognition import RecognitionRule
from shared.events.catalog import Council
from shared.events.verification import CertificateState, DossierState, RecognitionRuleState


class DossierView(DossierState):
    """A dossier with its review at each institution and the entry rules it met."""

    document_version: int
    title: str
    category: str
    council: Council
    submitted_at: AwareDatetime
    applications: list[Application]
    checks: list[Check]

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
                        "result": None,
                        "reasons": [],
                        "certificate": "",
                    }
                ],
                "checks": [{"rule": "party.active", "party": "pty_5k2qj4", "fact": "active"}],
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


class RecognitionRuleView(RecognitionRuleState):
    """A recognition rule."""

    document_version: int

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rul_6h3w8e",
                "institution": "pty_kwater",
                "accepts": "pty_lh",
                "category": "water",
                "council": None,
                "status": "in_force",
                "document_version": 1,
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


class RecognitionRulePage(BaseModel):
    """Recognition rules, newest first; `next` is the cursor of the next page."""

    items: list[RecognitionRuleView]
    next: str | None = None


def dossier_view(dossier: Dossier) -> DossierView:
    return DossierView(
        **dossier.public().model_dump(),
        **dossier.model_dump(include={"title", "category", "council", "submitted_at", "applications", "checks"}),
        document_version=dossier.version,
    )


def certificate_view(certificate: Certificate) -> CertificateView:
    return CertificateView(
        **certificate.public().model_dump(), document_version=certificate.version, revocation=certificate.revocation
    )


def rule_view(rule: RecognitionRule) -> RecognitionRuleView:
    return RecognitionRuleView(**rule.public().model_dump(), document_version=rule.version)
