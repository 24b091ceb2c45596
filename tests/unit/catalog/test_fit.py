"""Fits of listings and demands: what speaks for one, and in which order they come."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.fit import CERTIFICATE, COUNCIL, FIELD, WORDS, Market, Offer, Wanted, counted


def an_offer(
    product: str, *words: str, firm: str = "", field: str = "water", council: str = "soc", issuers: Iterable[str] = ()
) -> Offer:
    return Offer(product, firm or f"pty_{product}", Counter(words), field, council, frozenset(issuers))


def wanted(*words: str, institution: str = "pty_i", fields: Iterable[str] = (), councils: Iterable[str] = ()) -> Wanted:
    return Wanted(institution, words, frozenset(fields), frozenset(councils))


def firms(offers: Iterable[Offer]) -> list[str]:
    return [offer.firm for offer in offers]


def best(wish: Wanted, offers: Sequence[Offer]) -> list[str]:
    return [fit.product for fit in Market(offers).best([wish], firms(offers))]


def test_each_part_adds_its_share_and_the_score_is_their_sum() -> None:
    offer = an_offer("p1", "분리", "막", issuers=["pty_i"])
    other = an_offer("p2", "교량")

    fit = Market([offer, other]).fit(wanted("분리", "막", "교량", fields=["water"], councils=["soc"]), offer)

    assert (fit.field, fit.council, fit.certificate) == (FIELD, COUNCIL, CERTIFICATE)
    assert fit.words.keys() == {"분리", "막"}
    assert fit.score == pytest.approx(sum(fit.words.values()) + FIELD + COUNCIL + CERTIFICATE, abs=1e-4)
    assert 0 < sum(fit.words.values()) < WORDS


def test_a_rare_word_says_more_than_a_common_one() -> None:
    common = [an_offer(f"p{number}", "수처리", "설비") for number in range(5)]
    rare = an_offer("p9", "분리", "설비")

    assert best(wanted("수처리", "분리"), [*common, rare])[0] == "p9"


def test_a_word_of_the_title_says_more_than_one_of_the_summary() -> None:
    titled = Offer("p2", "pty_2", counted(["분리"], ["설비", "관로", "탱크"]), "road", "soc", frozenset())
    told = Offer("p1", "pty_1", counted(["설비"], ["분리", "관로", "탱크"]), "road", "soc", frozenset())

    assert best(wanted("분리"), [told, titled]) == ["p2", "p1"]


def test_one_s_own_certificate_says_more_than_another_s() -> None:
    own, other = an_offer("p2", "막", issuers=["pty_i"]), an_offer("p1", "막", issuers=["pty_x"])

    fits = Market([own, other]).best([wanted("막")], firms([own, other]))

    assert [(fit.product, fit.certificate) for fit in fits] == [("p2", CERTIFICATE), ("p1", CERTIFICATE / 2)]


def test_a_council_alone_is_no_reason() -> None:
    offer = an_offer("p1", "막", issuers=["pty_x"])

    assert best(wanted("교량", councils=["soc"]), [offer]) == []
    assert best(wanted("교량", fields=["water"]), [offer]) == ["p1"]


def test_a_firm_is_suggested_once_with_what_fits_best() -> None:
    offers = [an_offer("p1", "설비", firm="pty_f"), an_offer("p2", "분리", "막", firm="pty_f"), an_offer("p3", "관로")]

    assert best(wanted("분리", "막", "설비"), offers) == ["p2"]


WORD = st.sampled_from(["분리", "막", "수처리", "교량", "관로", "전력"])
OFFERS = st.lists(
    st.builds(
        an_offer,
        st.uuids().map(lambda each: f"prd_{each.hex[:8]}"),
        WORD,
        WORD,
        firm=st.sampled_from(["pty_a", "pty_b", "pty_c"]),
        field=st.sampled_from(["water", "road"]),
        issuers=st.lists(st.sampled_from(["pty_i", "pty_j"]), max_size=2),
    ),
    max_size=8,
    unique_by=lambda offer: offer.product,
)
WISHES = st.tuples(
    st.builds(wanted, WORD, WORD, institution=st.just("pty_i"), fields=st.just(["road"])),
    st.builds(wanted, WORD, institution=st.just("pty_j")),
)


@given(OFFERS, WISHES, st.randoms(use_true_random=False))
def test_the_same_market_gives_the_same_list_in_whatever_order_it_is_known(
    offers: list[Offer], wishes: tuple[Wanted, Wanted], chance: Random
) -> None:
    shuffled = chance.sample(offers, len(offers))
    asked = ["pty_a", "pty_b"]

    fits = Market(offers).best(wishes, asked)

    assert fits == Market(shuffled).best(reversed(wishes), reversed(asked))
    assert [fit.score for fit in fits] == sorted((fit.score for fit in fits), reverse=True)
    assert {fit.firm for fit in fits} <= set(asked)
    assert all(0 < fit.score <= 1 for fit in fits)
    assert len({(fit.institution, fit.firm) for fit in fits}) == len(fits)


@given(OFFERS, WISHES)
def test_both_sides_of_a_pair_see_the_same_fit(offers: list[Offer], wishes: tuple[Wanted, Wanted]) -> None:
    market = Market(offers)

    of_institution = market.best(wishes[:1], firms(offers))
    of_firms = [fit for firm in set(firms(offers)) for fit in market.best(wishes, [firm])]

    assert set(map(str, of_institution)) == {str(fit) for fit in of_firms if fit.institution == "pty_i"}
