"""Joined writing is found by its triples: what has them all and is something else is not found."""

import pytest

from services.catalog.search.query import suggested
from tests.unit.catalog.searching import a_market, found


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("100톤", "하루100톤 정수"), ("1000톤", "하루 1000톤정수"), ("하루100톤정수", "하루100톤 정수")],
)
def test_a_number_is_not_found_in_another(asked: str, meant: str) -> None:
    listings = a_market("하루100톤 정수", "하루 1000톤정수", "하루 1100톤 정수")

    assert found(listings, asked) == {meant}


@pytest.mark.parametrize("asked", ["KX-2000100톤측정기", "KX-2000 100톤측정기", "2000100톤측정기", "100톤측정기"])
def test_numbers_that_joined_writing_makes_one_are_found(asked: str) -> None:
    assert found(a_market("KX-2000 100톤 측정기"), asked) == {"KX-2000 100톤 측정기"}


def test_a_number_nobody_has_written_suggests_the_nearest() -> None:
    listings = a_market("비용 1000만원 절감")

    assert (found(listings, "100만원"), suggested("100만원", listings)) == (set(), ["1000만원"])


def test_an_owner_is_not_found_by_half_its_name_and_half_a_title() -> None:
    listings = a_market("전력기술 도입", "변압기", owners=("한국전력", "한국전력기술"))

    assert found(listings, "한국전력기술") == {"변압기"}
    assert found(listings, "한국전력") == {"변압기", "전력기술 도입"}


def test_an_owner_is_found_by_a_number_in_its_name() -> None:
    assert found(a_market("변압기", owners=["제일21전자"]), "제일21전자") == {"변압기"}
