"""Search finds what is meant, in joined, spaced, particle and English form; simpler tokenizers miss it or bury it."""

from collections.abc import Sequence

import pytest
from tantivy import Occur

from bench.labelled import Figures, Question, judged, questions
from bench.listings import ours
from bench.peers import Tokenizer, at_spaces, into_pairs, peer
from cli.seed import Product, generate

FORMS = ("spaced", "joined", "particle", "English")
RECALL, PRECISION = 0.97, 0.95


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
    assert by_form[form].recall >= RECALL
    assert by_form[form].precision >= PRECISION


@pytest.mark.parametrize("tokenizer", [at_spaces, into_pairs])
@pytest.mark.parametrize("occur", [Occur.Must, Occur.Should], ids=["all words", "any word"])
def test_a_simpler_tokenizer_misses_or_buries_it(
    products: Sequence[Product], asked: list[Question], tokenizer: Tokenizer, occur: Occur
) -> None:
    figures = judged(peer(tokenizer, products, occur), asked)

    assert figures.recall < RECALL or figures.precision < PRECISION
