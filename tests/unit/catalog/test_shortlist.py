"""Shortlists: what was seen stays as it was seen."""

import pytest

from services.catalog.domain.product import Product
from services.catalog.domain.shortlist import MOST_ITEMS, Shortlist
from services.catalog.shortlist_views import item_view
from shared.errors import NotFound, Refused
from tests.builders import NOON, a_content, a_listed_product, a_registered_product


def a_shortlist(*products: Product) -> Shortlist:
    shortlist = Shortlist.create("shl_1", "pty_buyer", "후보", NOON)
    for product in products:
        shortlist.add(product, product.version_shown, "", NOON)
    shortlist.recorded.clear()
    return shortlist


def test_what_was_seen_stays_readable_and_what_changed_since_is_named() -> None:
    product = a_listed_product()
    shortlist = a_shortlist(product)

    product.revise(a_content(summary="새 요약", price="99000000"), NOON)
    shown = item_view(shortlist.items[0], product)

    assert (shown.product.version, shown.version_shown) == (1, 2)
    assert shown.seen == product.at_version(1)
    assert shown.changed == ["summary", "price"]


def test_a_product_that_changed_since_it_was_seen_is_looked_at_again() -> None:
    product = a_listed_product()
    product.revise(a_content(summary="새 요약"), NOON)
    shortlist = a_shortlist()

    with pytest.raises(Refused, match="version_not_shown"):
        shortlist.add(product, 1, "", NOON)
    shortlist.add(product, 2, "", NOON)

    assert [each.product.version for each in shortlist.items] == [2]


def test_a_product_is_on_it_once_at_the_version_last_seen() -> None:
    product = a_listed_product()
    shortlist = a_shortlist(product)

    shortlist.add(product, 1, "", NOON)
    assert shortlist.recorded == []
    product.revise(a_content(summary="새 요약"), NOON)
    shortlist.add(product, 2, "다시 봄", NOON)

    assert [(each.product.version, each.note) for each in shortlist.items] == [(2, "다시 봄")]
    assert [event.name for event in shortlist.recorded] == ["catalog.shortlist.changed"]


def test_only_what_is_listed_is_put_on_it() -> None:
    with pytest.raises(Refused, match="product_not_listed"):
        a_shortlist(a_registered_product())


def test_it_holds_so_many() -> None:
    products = [a_listed_product(product_id=f"prd_{number}") for number in range(MOST_ITEMS + 1)]

    with pytest.raises(Refused, match="full"):
        a_shortlist(*products)


def test_frozen_it_stays_as_it_is() -> None:
    product = a_listed_product()
    shortlist = a_shortlist(product)

    shortlist.freeze(NOON)
    shortlist.freeze(NOON)

    assert [event.name for event in shortlist.recorded] == ["catalog.shortlist.frozen"]
    with pytest.raises(Refused, match="frozen"):
        shortlist.add(product, 1, "또", NOON)
    with pytest.raises(Refused, match="frozen"):
        shortlist.remove(product.id, NOON)


def test_nothing_is_frozen_empty_and_nothing_taken_off_that_is_not_there() -> None:
    shortlist = a_shortlist()

    with pytest.raises(Refused, match="empty"):
        shortlist.freeze(NOON)
    with pytest.raises(NotFound):
        shortlist.remove("prd_1", NOON)
    assert shortlist.recorded == []
