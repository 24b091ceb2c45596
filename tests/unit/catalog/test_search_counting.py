"""A day's count is how many the filter of that day finds, whenever certificates begin and end."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bench.listings import documents, listed
from cli.seed import generate
from services.catalog.search.asking import Asked
from services.catalog.search.index import Listings
from services.catalog.search.query import query_of

TODAY = date(2026, 11, 27)
DAYS = [TODAY, TODAY + timedelta(days=90), TODAY + timedelta(days=365)]
Period = tuple[str, str] | None


def a_market(periods: Sequence[Period]) -> Listings:
    """Listings of which each has one certificate of this period, or none."""
    listings = Listings()
    for document, period in zip(documents(generate("small").products, len(periods)), periods, strict=True):
        [certificate] = document["state"]["certificates"]
        document["state"]["certificates"] = (
            [] if period is None else [certificate | {"valid_from": period[0], "valid_until": period[1]}]
        )
        listings.add(listed(document))
    listings.filled()
    return listings


def found(listings: Listings, day: date | None = None) -> tuple[int, list[tuple[str, int]]]:
    asked = Asked.model_validate({"certificate_valid_on": day and str(day)})
    hits = listings.find(asked, query_of(asked, listings), 0, 1, TODAY)
    return hits.total, list(hits.facets["certificate_valid_on"])


@pytest.mark.parametrize(
    ("periods", "counts"),
    [
        ([], [0, 0, 0]),
        ([None], [0, 0, 0]),
        ([("2026-01-01", "2026-11-26")], [0, 0, 0]),
        ([("2026-01-01", "2026-11-27")], [1, 0, 0]),
        ([("2026-01-01", "2027-02-24"), ("2026-01-01", "2027-02-25"), None], [2, 1, 0]),
        ([("2026-11-27", "2027-11-26"), ("2026-01-01", "2027-11-27"), ("2026-01-01", "2030-01-01")], [3, 3, 2]),
        ([("2026-11-28", "2030-01-01")], [0, 1, 1]),
        ([("2027-02-25", "2030-01-01"), ("2027-02-26", "2030-01-01"), ("2028-01-01", "2030-01-01")], [0, 1, 2]),
        ([("2026-12-01", "2027-01-31"), ("2026-01-01", "2030-01-01")], [1, 1, 1]),
    ],
)
def test_a_day_counts_whose_certificate_has_begun_and_not_ended(periods: Sequence[Period], counts: list[int]) -> None:
    listings = a_market(periods)

    _, counted = found(listings)

    assert counted == list(zip(map(str, DAYS), counts, strict=True))
    assert [found(listings, day)[0] for day in DAYS] == counts
