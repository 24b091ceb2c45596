"""What is typed for short, or with an error in it: initial consonants from any word on, wrong letters."""

import pytest

from bench.listings import TODAY, documents, listed
from cli.seed import generate
from services.catalog.search.asking import Asked
from services.catalog.search.index import Listings
from services.catalog.search.query import query_of, suggested


def a_market(*titles: str) -> Listings:
    """Listings of these titles, numbered in this order."""
    listings = Listings()
    for document, title in zip(documents(generate("small").products, len(titles)), titles, strict=True):
        [content] = document["state"]["versions"]
        content["title"] = title
        del document["state"]["words"]
        listings.add(listed(document))
    listings.filled()
    return listings


def found(listings: Listings, text: str) -> set[str]:
    asked = Asked(q=text)
    hits = listings.find(asked, query_of(asked, listings), 0, 10, TODAY).hits
    return {hit["title"] for hit in hits}


@pytest.mark.parametrize(
    "short", ["ㅅㅊㄹㅂㄹㅁ", "ㅅㅊㄹ", "ㅊㄹㅂㄹㅁ", "ㅂㄹㅁ", "ㅂㄹ", "ㅈㅇㄱ", "ㅅㅊㄹㅂㄹㅁㅈㅇㄱ"]
)
def test_initials_find_from_any_word_on(short: str) -> None:
    listings = a_market("고효율 수처리분리막 제어기", "대기 측정망")

    assert found(listings, short) == {"고효율 수처리분리막 제어기"}


def test_initials_of_a_word_inside_suggest_it() -> None:
    listings = a_market("고효율 수처리분리막", "수처리분리막", "대기측정망")

    assert suggested("ㅂㄹㅁ", listings) == ["분리막"]
    assert found(listings, "분리막") == {"고효율 수처리분리막", "수처리분리막"}


@pytest.mark.parametrize("short", ["ㅁ", "ㄹㅁ", "ㄹㅂㄹ"])
def test_initials_from_within_a_word_find_nothing(short: str) -> None:
    assert found(a_market("수처리분리막 고효율"), short) == set()
