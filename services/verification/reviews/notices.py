"""Public notice of decisions: what every institution decided and why, also to those who had no part in it."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.verification.domain.dossier import Result
from services.verification.domain.facts import Recognition
from services.verification.domain.review import Review
from shared.events.catalog import Council, ProductRef
from shared.events.verification import ReviewStatus

ENDS: dict[Result, ReviewStatus] = {"certified": "certified", "rejected": "final"}
"""In which state a review stays with each result."""


class Notice(BaseModel):
    """A decision that stands. Whose product was rejected is for its firm to tell: there only the field is named."""

    review: str
    institution: str
    category: str
    council: Council
    result: Result
    reasons: list[str] = Field(description="Of a rejection, by code")
    appealed: bool = Field(description="Another panel decided, after an appeal")
    decided_at: AwareDatetime
    owner: str | None
    product: ProductRef | None
    title: str | None
    certificate: str | None
    recognition: Recognition | None = Field(description="Another institution's certificate, adopted under a rule")


class NoticePage(BaseModel):
    """Decisions, those of the newest reviews first; `next` is the cursor of the next page."""

    items: list[Notice]
    next: str | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [
                    {
                        "review": "rev_9s0d2k",
                        "institution": "pty_kwater",
                        "category": "water",
                        "council": "soc",
                        "result": "rejected",
                        "reasons": ["performance_unproven"],
                        "appealed": True,
                        "decided_at": "2026-12-21T05:00:00Z",
                        "owner": None,
                        "product": None,
                        "title": None,
                        "certificate": None,
                        "recognition": None,
                    }
                ],
                "next": None,
            }
        }
    )


def notice(review: Review) -> Notice:
    """Return the notice of a review that has ended."""
    certified = review.status == "certified"
    return Notice(
        review=review.id,
        institution=review.institution,
        category=review.category,
        council=review.council,
        result="certified" if certified else "rejected",
        reasons=review.reasons,
        appealed=bool(review.appeals),
        decided_at=review.turns[-1].since,
        owner=review.owner if certified else None,
        product=review.product if certified else None,
        title=review.title if certified else None,
        certificate=review.certificate if certified else None,
        recognition=review.recognition,
    )
