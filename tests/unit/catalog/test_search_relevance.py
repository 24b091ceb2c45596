"""Search finds what is meant, in joined, spaced, particle and English form; simpler tokenizers, on the same, do not."""

from collections.abc import Sequence

import pytest

from bench.labelled import Figures, Question, judged, questions
from bench.listings import ours
from bench.peers import at_spaces, into_pairs, peer
from cli.seed import Product, generate

FORMS = ("spaced", "joined", "particle", "English")


@pytest.fixture(scope="module")
def products() -> Sequence[Product]:
    return generate("full").products


@pytest.fixture(scope="module")
def asked(products: Sequence[Product]) -> list[Question]:
    return questions(products)


@pytest.fixture(scope="module")
def by_form(products: Sequence[Product], asked: list[Question]) -> dict[str, Figures]:
    search = ours(products)
    return {form: judged(search, [each for each in asked if each.form == form]) for form in FORMS}


def test_there_are_many_questions_of_every_form(asked: list[Question]) -> None:
    assert len(asked) >= 300
    assert {each.form for each in asked} == set(FORMS)
    assert all(each.meant for each in asked)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_meant_is_found(by_form: dict[str, Figures], form: str) -> None:
    assert by_form[form].recall >= 0.97
    assert by_form[form].precision >= 0.95


def test_simpler_tokenizers_find_less(
    products: Sequence[Product], asked: list[Question], by_form: dict[str, Figures]
) -> None:
    korean = [each for each in asked if each.form != "English"]
    least = min(figures.recall for figures in by_form.values())

    assert max(judged(peer(each, products), korean).recall for each in (at_spaces, into_pairs)) < least / 2
