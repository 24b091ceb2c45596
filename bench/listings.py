"""Made-up products as search keeps them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from bench.labelled import Search
from cli.enrolling import content
from cli.seed import Product
from services.catalog.domain.content import Content
from services.catalog.search.asking import Asked
from services.catalog.search.index import Listings
from services.catalog.search.listing import Listing, Owner, analysed, listing_of
from services.catalog.search.query import query_of
from shared.mongo import Document

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2026, 11, 27)


def documents(products: Sequence[Product], number: int) -> Iterator[Document]:
    """Yield so many listed products' documents, as far as search reads them; above the products they repeat."""
    for at in range(number):
        described = Content.model_validate(content(products[at % len(products)], at))
        certificate = {"id": f"crt_{at}", "number": str(at), "institution": f"pty_i{at % 108}", "version": 1}
        yield {
            "_id": f"prd_{at}",
            "sequence": 3,
            "created_at": SINCE + timedelta(seconds=at),
            "state": {
                "status": "listed",
                "owner": f"pty_f{at % 900}",
                "product_kind": "technology",
                "version_shown": 1,
                "versions": [described.model_dump(mode="json")],
                "certificates": [certificate | {"valid_until": f"20{27 + at % 4}-12-31"}],
                "words": analysed(described, 1).model_dump(),
            },
        }


def listed(document: Document, owner: str = "") -> Listing:
    """Return what search keeps of it, of an owner of this name."""
    listing = listing_of(document, Owner(owner, "대전"))
    assert listing is not None  # noqa: S101  it was made listed
    return listing


def ours(products: Sequence[Product]) -> Search:
    """Return our search over these products, each listed once."""
    listings = Listings()
    for document in documents(products, len(products)):
        listings.add(listed(document))
    listings.commit()

    def search(text: str) -> Sequence[int]:
        asked = Asked(q=text)
        found = listings.find(asked, query_of(asked, listings), 0, len(products), TODAY)
        return [int(hit["id"].removeprefix("prd_")) for hit in found.hits()]

    return search
