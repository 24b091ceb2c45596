from datetime import date
from typing import get_args

from cli.enrolling import CATEGORIES, content, sme_certificate_until
from cli.field_forms import FORMS, schema_of
from cli.seed import generate
from services.catalog.domain.content import Content
from services.catalog.domain.form import Form
from shared.events.catalog import Category, Council


def test_every_made_up_field_has_a_category_of_the_catalog() -> None:
    assert set(CATEGORIES.values()) <= set(get_args(Category))
    assert {product.category for product in generate("full").products} <= set(CATEGORIES)


def test_every_made_up_product_is_one_the_catalog_takes() -> None:
    asked = {place: Form.model_validate(schema_of(form)) for place, form in FORMS.items()}

    for number, product in enumerate(generate("full").products):
        described = Content.model_validate(content(product, number))
        asked[described.council, described.category].must_hold(described.fields, "/fields", complete=True)


def test_markets_of_other_seeds_and_scales_have_other_ip_numbers() -> None:
    markets = [generate("small"), generate("small", 77), generate("full"), generate("full", 77)]

    numbers = [content(each, number)["ip_number"] for market in markets for number, each in enumerate(market.products)]

    assert len({*numbers}) == len(numbers)


def test_every_council_asks_for_something() -> None:
    assert {council for council, _ in FORMS} == set(get_args(Council))


def test_a_certificate_ends_on_the_next_31_march_that_is_not_just_ahead() -> None:
    assert sme_certificate_until(date(2026, 11, 23)) == date(2027, 3, 31)
    assert sme_certificate_until(date(2027, 1, 31)) == date(2027, 3, 31)
    assert sme_certificate_until(date(2027, 3, 20)) == date(2028, 3, 31)
