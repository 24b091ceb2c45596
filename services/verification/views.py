"""How verification shows dossiers."""

from collections.abc import Sequence

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.verification.domain.dossier import Application, Dossier
from services.verification.domain.eligibility import Addressee, Check, Finding
from shared.events.catalog import Council, ProductRef
from shared.events.verification import DossierState


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


class DossierPage(BaseModel):
    """Dossiers, newest first; `next` is the cursor of the next page."""

    items: list[DossierView]
    next: str | None = None


def dossier_view(dossier: Dossier) -> DossierView:
    return DossierView(
        **dossier.public().model_dump(),
        **dossier.model_dump(
            include={"title", "category", "council", "submitted_at", "applications", "checks", "reuses_answers"}
        ),
        document_version=dossier.version,
    )
