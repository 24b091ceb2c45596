"""How verification shows certificates."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.verification.domain.certificate import Certificate
from services.verification.domain.dossier import Dossier
from services.verification.domain.review import Review
from services.verification.domain.steps import NextStep
from shared.events.verification import CertificateState


class CertificateView(CertificateState):
    """A certificate; `revocation` says why it was taken back, `next_step` what it waits for."""

    document_version: int
    revocation: str
    next_step: NextStep | None = None

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
                "in_question_until": None,
                "document_version": 1,
                "revocation": "",
                "next_step": {"owner": "institution", "step": "renew", "by": "2029-11-22"},
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


class CertificatePage(BaseModel):
    """Certificates in the order they were asked for; `next` is the cursor of the next page."""

    items: list[CertificateView]
    next: str | None = None


def certificate_view(certificate: Certificate) -> CertificateView:
    return CertificateView(
        **certificate.public().model_dump(),
        document_version=certificate.version,
        revocation=certificate.revocation,
        next_step=certificate.next_step,
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
