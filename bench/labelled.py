"""Questions whose right answers are known: asked in the words the made-up products are made of, in four forms."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import NamedTuple

from cli.seed import CATEGORIES, DEVICES, EFFECTS, Product

EACH = 16
"""So many questions of every combination of parts, each in every form."""
SEEN = 20
PARTS = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
"""Of effect, field and device: which of them a question names. Effect and device are neighbours in no title."""
ENGLISH: Sequence[dict[str, str]] = (dict(EFFECTS), dict(chain.from_iterable(CATEGORIES.values())), dict(DEVICES))
CLOSED, OPEN = ("을", "은", "이", "으로", "의", "과"), ("를", "는", "가", "로", "의", "와")

Search = Callable[[str], Sequence[int]]
"""Returns the numbers of the products found, best first, all of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query in one of its forms, and the numbers of the products that are meant."""

    form: str
    text: str
    meant: frozenset[int]


class Figures(NamedTuple):
    """Means over questions: of what was meant, the share found; of the first twenty found, the share meant."""

    recall: float
    precision: float


def questions(products: Sequence[Product], seed: int = 1379) -> list[Question]:
    """Return questions in joined, spaced, particle and English form; the products' own parts say what is meant."""
    chance = Random(f"questions {seed}")  # noqa: S311  a sample, no secret
    made_of = [_parts(product) for product in products]
    asked: list[Question] = []
    for parts in PARTS:
        named = sorted({tuple(made[part] for part in parts) for made in made_of})
        for words in chance.sample(named, min(EACH, len(named))):
            meant = frozenset(
                number for number, made in enumerate(made_of) if tuple(made[part] for part in parts) == words
            )
            english = " ".join(ENGLISH[part][word] for part, word in zip(parts, words, strict=True))
            for form, text in (
                ("spaced", " ".join(words)),
                ("joined", "".join(words).replace(" ", "")),
                ("particle", " ".join(word + _particle(word, chance) for word in words)),
                ("English", english),
            ):
                asked.append(Question(form, text, meant))
    return asked


def judged(search: Search, asked: Iterable[Question]) -> Figures:
    """Ask all questions and return the figures."""
    recalls: list[float] = []
    precisions: list[float] = []
    for question in asked:
        found = search(question.text)
        first = found[:SEEN]
        recalls.append(len(question.meant.intersection(found)) / len(question.meant))
        precisions.append(len(question.meant.intersection(first)) / len(first) if first else 0.0)
    return Figures(statistics.mean(recalls), statistics.mean(precisions))


def _parts(product: Product) -> tuple[str, str, str]:
    """Return effect, field and device of a title."""
    effect, _, rest = product.title.partition(" ")
    field = next(field for field in ENGLISH[1] if rest.startswith(f"{field} "))
    return effect, field, rest.removeprefix(f"{field} ")


def _particle(word: str, chance: Random) -> str:
    closed = (ord(word[-1]) - ord("가")) % 28 != 0
    return chance.choice(CLOSED if closed else OPEN)
