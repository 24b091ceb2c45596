from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.seed import SCALES, Market, check_digit, generate
from services.catalog.domain import business_number


@pytest.fixture(scope="module", params=sorted(SCALES))
def scale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def market(scale: str) -> Market:
    return generate(scale)


def test_the_same_seed_gives_the_same_market(scale: str, market: Market) -> None:
    assert generate(scale) == market
    assert generate(scale, seed=2) != market


def test_the_scale_is_met_exactly(scale: str, market: Market) -> None:
    size = SCALES[scale]

    assert len(market.institutions) == size.institutions
    assert len(market.firms) == size.firms
    assert len(market.products) == size.products
    assert len(market.consultations) == size.requests
    assert len({it.firm for it in market.consultations}) == size.day_firms
    assert len({it.institution for it in market.consultations}) == size.day_institutions


def test_the_full_scale_is_the_real_market() -> None:
    size = SCALES["full"]

    assert (size.institutions, size.products) == (108, 2_674)
    assert (size.day_firms, size.day_institutions, size.requests) == (177, 83, 700)


def test_every_business_number_is_valid_and_there_once(market: Market) -> None:
    numbers = [it.business_number for it in market.institutions]
    numbers += [it.business_number for it in market.firms]

    assert all(business_number.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


@given(st.from_regex("[0-9]{9}", fullmatch=True))
def test_numbers_are_made_by_the_rule_they_are_checked_by(first_nine: str) -> None:
    assert check_digit(first_nine) == business_number.check_digit(first_nine)


def test_the_three_councils_have_as_many_institutions_each(market: Market) -> None:
    councils = Counter(it.council for it in market.institutions)

    assert set(councils) == {"soc", "energy", "ict"}
    assert len(set(councils.values())) == 1


def test_no_name_and_no_title_is_there_twice(market: Market) -> None:
    for names in (
        [it.name for it in market.institutions],
        [it.english_name for it in market.institutions],
        [it.name for it in market.firms],
        [it.title for it in market.products],
        [it.english_title for it in market.products],
    ):
        assert len(set(names)) == len(names)


def test_every_firm_lists_something_and_nobody_else_does(market: Market) -> None:
    assert {it.owner for it in market.products} == {it.business_number for it in market.firms}


def test_prices_are_whole_won_and_readiness_is_from_one_to_nine(market: Market) -> None:
    for it in market.products:
        assert 0 < it.price_from <= it.price_to
        assert it.price_from == int(it.price_from)
        assert 1 <= it.readiness <= 9


def test_no_pair_meets_twice(market: Market) -> None:
    assert len(set(market.consultations)) == len(market.consultations)


def test_some_institutions_are_wanted_much_more_than_most() -> None:
    wanted = sorted(Counter(it.institution for it in generate("full").consultations).values())

    assert wanted[-1] >= 3 * wanted[len(wanted) // 2]


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(KeyError, match="huge"):
        generate("huge")
