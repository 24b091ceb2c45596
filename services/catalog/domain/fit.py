"""How well what a firm has listed fits what an institution looks for: by words, field, council and certificate."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

K1, B = 1.2, 0.75
"""Of BM25 (Robertson and Zaragoza, 2009): how soon a repeated word says no more, how much a long text counts less."""
TITLE_COUNTS = 3
"""So many times a word of the title counts, against once in the summary."""
WORDS, FIELD, COUNCIL, CERTIFICATE = 0.6, 0.2, 0.1, 0.1
OF_ANOTHER = 0.5
"""A certificate that another institution issued says so much of one's own."""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """One listing: how often it has each word, its field and council, who certified it."""

    product: str
    firm: str
    words: Mapping[str, int]
    field: str
    council: str
    issuers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an institution looks for: words and fields it stated, the councils it belongs to."""

    institution: str
    words: Sequence[str]
    fields: frozenset[str]
    councils: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one listing fits one demand, from 0 to 1: the sum of its parts, each at most its weight.

    `words` are those that were found, each with what it adds.
    """

    institution: str
    firm: str
    product: str
    words: Mapping[str, float]
    field: float
    council: float
    certificate: float

    @property
    def score(self) -> float:
        return round(sum(self.words.values()) + self.field + self.council + self.certificate, DIGITS)

    @property
    def says_something(self) -> bool:
        """Whether more than a council or another's certificate speaks for it: those do for every second listing."""
        return bool(self.words) or self.field > 0 or self.certificate > OF_ANOTHER * CERTIFICATE


def counted(title: Iterable[str], rest: Iterable[str]) -> Counter[str]:
    """Return how often each word counts."""
    return Counter({word: TITLE_COUNTS * count for word, count in Counter(title).items()}) + Counter(rest)


class Market:
    """All that is offered at an event: how rare a word is there says how much it tells."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._offers = sorted(offers, key=lambda offer: offer.product)
        self._having = Counter(word for offer in self._offers for word in offer.words)
        lengths = [sum(offer.words.values()) for offer in self._offers]
        self._mean = sum(lengths) / len(lengths) if any(lengths) else 1.0

    def best(self, wishes: Iterable[Wanted], firms: Iterable[str]) -> list[Fit]:
        """Return the best fit of each of these firms and institutions that has one, best first.

        Equal ones come in the order of their ids, so that the same market gives the same list.
        """
        asked = set(firms)
        offers = [offer for offer in self._offers if offer.firm in asked]
        best: dict[tuple[str, str], Fit] = {}
        for wanted in wishes:
            for offer in offers:
                fit = self.fit(wanted, offer)
                pair = (fit.institution, fit.firm)
                if fit.says_something and (pair not in best or fit.score > best[pair].score):
                    best[pair] = fit
        return sorted(best.values(), key=lambda fit: (-fit.score, fit.institution, fit.firm))

    def fit(self, wanted: Wanted, offer: Offer) -> Fit:
        """Return how well an offer fits a wanted. All words of a demand, found without end, would fill their share."""
        stated = dict.fromkeys(wanted.words)
        most = sum((K1 + 1) * self._weight(word) for word in stated)
        found = {word: self._weight(word) * self._frequency(word, offer) for word in stated if word in offer.words}
        return Fit(
            institution=wanted.institution,
            firm=offer.firm,
            product=offer.product,
            words={word: round(WORDS * told / most, DIGITS) for word, told in found.items()},
            field=FIELD if offer.field in wanted.fields else 0.0,
            council=COUNCIL if offer.council in wanted.councils else 0.0,
            certificate=CERTIFICATE * _trust(wanted.institution, offer.issuers),
        )

    def _weight(self, word: str) -> float:
        """Return how much a word tells: the more, the fewer offers have it."""
        having = self._having[word]
        return log(1 + (len(self._offers) - having + 0.5) / (having + 0.5))

    def _frequency(self, word: str, offer: Offer) -> float:
        times, length = offer.words[word], sum(offer.words.values())
        return times * (K1 + 1) / (times + K1 * (1 - B + B * length / self._mean))


def _trust(institution: str, issuers: frozenset[str]) -> float:
    if institution in issuers:
        return 1.0
    return OF_ANOTHER if issuers else 0.0
