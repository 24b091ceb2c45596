"""What can be asked of search: the grammar of its query."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from shared.events.catalog import Category, Council, ProductKind
from shared.events.days import FullDate

PriceBand = Literal[
    "0-10000000",
    "10000000-50000000",
    "50000000-100000000",
    "100000000-500000000",
    "500000000-1000000000",
    "1000000000-",
]
"""Won, from the first amount to below the second."""
BANDS: list[tuple[str, int]] = [(band, int(band.partition("-")[0])) for band in reversed(get_args(PriceBand))]
Sort = Literal["relevance", "newest", "price", "-price"]

FACETS = ("council", "category", "product_kind", "region", "issuer", "price_band", "readiness_level")
LONGEST_QUERY = 200


class Asked(BaseModel):
    """A search. Of each facet several values may be given: a listing has one of them; different facets narrow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(
        default="",
        max_length=LONGEST_QUERY,
        description=(
            "Words to find, in Korean or English, joined or spaced, with or without particles; or initial consonants "
            "alone, such as ㅅㅊㄹ, of a title or of what begins inside its words. Empty finds every listing."
        ),
        examples=["수처리 분리막"],
    )
    council: list[Council] = Field(default=[], description="Councils", examples=[["soc"]])
    category: list[Category] = Field(default=[], description="Fields of technology", examples=[["water"]])
    product_kind: list[ProductKind] = Field(default=[], description="Kinds", examples=[["technology"]])
    region: list[Annotated[str, Field(max_length=50)]] = Field(
        default=[], max_length=50, description="Regions of the owner, as it wrote it", examples=[["대전"]]
    )
    issuer: list[Annotated[str, Field(pattern=r"^pty_[a-z0-9]{1,40}$")]] = Field(
        default=[], max_length=50, description="Institutions that issued a certificate", examples=[["pty_5k2qj4"]]
    )
    price_band: list[PriceBand] = Field(
        default=[], description="Prices in won, from and below", examples=[["100000000-500000000"]]
    )
    readiness_level: list[Annotated[int, Field(ge=1, le=9)]] = Field(
        default=[], description="Readiness levels, 1 to 9", examples=[[8]]
    )
    certificate_valid_on: FullDate | None = Field(
        default=None,
        description="A certificate is valid on this day in Korea; its facet counts today, in 90 days and in 365",
        examples=["2027-01-31"],
    )
    sort: Sort = Field(
        default="relevance", description="Without `q`, relevance is newest first. Who names no price comes last"
    )
    limit: int = Field(default=20, ge=1, le=1000, description="At most so many; more than 100 is cut to 100")
    cursor: str | None = Field(default=None, description="`next` of the page before")

    def narrowed(self) -> Mapping[str, Sequence[str]]:
        """Return the values asked for of each facet that is asked for."""
        asked = {facet: [str(value) for value in getattr(self, facet)] for facet in FACETS}
        return {facet: values for facet, values in asked.items() if values}


def price_band(won: int) -> str:
    """Return the band an amount is in."""
    return next(band for band, least in BANDS if won >= least)
