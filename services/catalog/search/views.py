"""How search shows what it finds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.events.catalog import Council, ProductCertificate, ProductKind
from shared.events.envelope import Won

Range = Annotated[list[int], Field(min_length=2, max_length=2)]


class Highlights(BaseModel):
    """Where the words of the query are: (from, to) in characters (code points), `to` not included."""

    title: list[Range] = Field(default_factory=list)
    title_en: list[Range] = Field(default_factory=list)
    summary: list[Range] = Field(default_factory=list)


class Hit(BaseModel):
    """A listing as search shows it, at the version it names; `region` is its owner's."""

    id: str
    version: int
    owner: str
    product_kind: ProductKind
    title: str
    title_en: str
    summary: str
    category: str
    council: Council
    region: str
    price: Won | None = None
    readiness_level: int
    certificates: list[ProductCertificate]
    highlights: Highlights


class Count(BaseModel):
    """How many of all hits have this value."""

    value: str
    count: int


class SearchResults(BaseModel):
    """The listings found, best first; `next` is the cursor of the next page.

    `total` and `facets` count all hits, not this page; the facets come with the first page. That of
    `certificate_valid_on` counts whose certificate is valid today, in 90 days and in 365. `suggestions` are texts to
    search for instead: what initial consonants may stand for, or, when nothing is found, what may have been meant.
    `names` has the title of each party in the hits and the facets.
    """

    items: list[Hit]
    total: int
    next: str | None
    facets: dict[str, list[Count]]
    suggestions: list[str]
    names: dict[str, str]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [
                    {
                        "id": "prd_7dk3m2",
                        "version": 1,
                        "owner": "pty_5k2qj4",
                        "product_kind": "technology",
                        "title": "저전력 수처리 분리막",
                        "title_en": "Low-power water treatment membrane",
                        "summary": "세라믹 분리막으로 전력 소비를 30% 줄입니다",
                        "category": "water",
                        "council": "soc",
                        "region": "대전",
                        "price": "125000000",
                        "readiness_level": 8,
                        "certificates": [],
                        "highlights": {"title": [[4, 7], [8, 11]], "title_en": [], "summary": [[4, 7]]},
                    }
                ],
                "total": 1,
                "next": None,
                "facets": {
                    "council": [{"value": "soc", "count": 1}],
                    "region": [{"value": "대전", "count": 1}],
                    "certificate_valid_on": [
                        {"value": "2026-11-27", "count": 1},
                        {"value": "2027-02-25", "count": 1},
                        {"value": "2027-11-27", "count": 0},
                    ],
                },
                "suggestions": [],
                "names": {"pty_5k2qj4": "한빛수처리"},
            }
        }
    )
