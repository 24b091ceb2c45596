"""How the catalog shows whom a party may want to meet at an event, and why."""

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.fit import Fit
from shared.events.matching import Demand


class MatchedWord(BaseModel):
    """A word of the demand that the listing has, and what it adds to the score."""

    word: str
    share: float


class Suggestion(BaseModel):
    """A party of the other side, the listing that fits best, and why: the score is the sum of all shares.

    Words are worth 0.6 together, the field 0.2, the council 0.1, a certificate 0.1, half of that if another
    institution issued it.
    """

    party: str
    title: str
    product: str
    product_title: str
    score: float
    words: list[MatchedWord]
    field: float
    council: float
    certificate: float


class Suggestions(BaseModel):
    """The best fits, best first, equal ones in the order of their ids; `demand` is the one of the institution asking.

    It is null for a firm, which is compared with each institution's own.
    """

    event: str
    party: str
    demand: Demand | None
    items: list[Suggestion] = Field(max_length=100)

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "event": "evt_4k2qj4",
                "party": "pty_8ax3mt",
                "demand": {"text": "전력 소비가 낮은 수처리 분리막", "fields": ["water"]},
                "items": [
                    {
                        "party": "pty_5k2qj4",
                        "title": "한빛수처리",
                        "product": "prd_7dk3m2",
                        "product_title": "저전력 수처리 분리막",
                        "score": 0.6114,
                        "words": [{"word": "분리", "share": 0.1532}, {"word": "전력", "share": 0.1582}],
                        "field": 0.2,
                        "council": 0.0,
                        "certificate": 0.1,
                    }
                ],
            }
        }
    )


def suggestion(fit: Fit, party: str, title: str, product_title: str) -> Suggestion:
    words = sorted(fit.words.items(), key=lambda each: (-each[1], each[0]))
    return Suggestion(
        party=party,
        title=title,
        product=fit.product,
        product_title=product_title,
        score=fit.score,
        words=[MatchedWord(word=word, share=share) for word, share in words],
        field=fit.field,
        council=fit.council,
        certificate=fit.certificate,
    )
