"""A few listings to search, and what is found of them."""

from collections.abc import Sequence

from bench.listings import TODAY, documents, listed
from cli.seed import generate
from services.catalog.search.asking import Asked
from services.catalog.search.index import Listings
from services.catalog.search.query import query_of


def a_market(*titles: str, owners: Sequence[str] = (), **changed: str) -> Listings:
    """Listings of these titles, each of its owner, and otherwise alike."""
    listings = Listings()
    made = documents(generate("small").products, len(titles))
    for document, title, owner in zip(made, titles, owners or [""] * len(titles), strict=True):
        [content] = document["state"]["versions"]
        content |= {"title": title, **changed}
        del document["state"]["words"]
        listings.add(listed(document, owner))
    listings.filled()
    return listings


def found(listings: Listings, text: str) -> set[str]:
    asked = Asked(q=text)
    hits = listings.find(asked, query_of(asked, listings), 0, 10, TODAY).hits()
    return {hit["title"] for hit in hits}
