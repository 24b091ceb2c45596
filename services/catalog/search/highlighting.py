"""Where in a hit's text the words of a query are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.catalog.search.hangul import is_syllable
from services.catalog.search.index import TRIPLE
from services.catalog.search.tokens import Chunk, chunks

FIELDS = ("title", "title_en", "summary")
Range = tuple[int, int]


class Marker:
    """Finds the words of one query. Texts are not analysed again: their words are known, in order."""

    def __init__(self, query: str) -> None:
        read = chunks(query)
        self._words = frozenset(word for chunk in read for reading in chunk for word in reading.words)
        self._written = _written(read)

    def marks(self, shown: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Sequence[Range]]:
        """Return for each field with matches where they are, as (from, to) in characters, in order."""
        found = {field: self._in(shown[field], words[field].split()) for field in FIELDS}
        return {field: ranges for field, ranges in found.items() if ranges}

    def _in(self, text: str, words: Sequence[str]) -> Sequence[Range]:
        lower = text.lower()
        if len(lower) != len(text):
            return []
        found = [match.span() for match in self._written.finditer(lower)] if self._written else []
        if self._words.isdisjoint(words):
            return _merged(found)
        at = 0
        for word in words:
            begins = lower.find(word, at)
            if begins >= 0:
                at = begins + len(word)
                if word in self._words:
                    found.append((begins, at))
        return _merged(found)


def _written(read: Sequence[Chunk]) -> re.Pattern[str] | None:
    """Return a pattern of what the query writes together, with any spaces in between."""
    cores = {reading.core for chunk in read for reading in chunk if len(reading.core) >= TRIPLE}
    together = [
        r"\s*".join(map(re.escape, core))
        for core in sorted(cores, key=len, reverse=True)
        if any(map(is_syllable, core))
    ]
    return re.compile("|".join(together)) if together else None


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for begins, ends in sorted(ranges):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return merged
