"""A search as tantivy understands it, and what else might have been meant."""

import re
from collections.abc import Iterator

from tantivy import FieldType, Occur, Query, Searcher

from services.catalog.search.asking import Asked
from services.catalog.search.hangul import are_initials, is_syllable, letters
from services.catalog.search.index import PAIR, TRIPLE, Listings, shown
from services.catalog.search.tokens import Chunk, chunks, grams, numbers, plain

TITLE_COUNTS = 3.0
"""A word of the title says so much more than one of the summary."""
SUGGESTIONS = 5
LOOKED_AT = 20
SIGNS_AROUND = re.compile(r"^\W+|\W+$")
APPLICATION = re.compile(r"(?:제|\b)([1-4]0)-?((?:19|20)\d\d)-?(\d{7})(?:호|\b)", re.ASCII)
"""The number of an application for a patent, a utility model, a design or a mark, as people and registers write it."""
SHORT = 6
"""Up to so many letters one may be wrong, in more of them two."""


def initials_in(text: str) -> str | None:
    """Return the initial consonants a query consists of, without spaces, or None when it is not such a query."""
    closed = "".join(text.split())
    return closed if are_initials(closed) else None


def query_of(asked: Asked, listings: Listings) -> Query:
    """Return the query for what is asked."""
    schema = listings.schema
    parts = [Query.term_set_query(schema, facet, values) for facet, values in asked.narrowed().items()]
    if asked.certificate_valid_on is not None:
        day = asked.certificate_valid_on.toordinal()
        parts.append(Query.range_query(schema, "valid_from", FieldType.Unsigned, upper_bound=day))
        parts.append(Query.range_query(schema, "valid_until", FieldType.Unsigned, lower_bound=day))
    filters = [Query.const_score_query(part, 0.0) for part in parts]
    return Query.boolean_query([(Occur.Must, part) for part in [*filters, _said(asked.q, listings)]])


def suggested(text: str, listings: Listings) -> list[str]:
    """Return what initial consonants may stand for; or what may have been meant by a query that finds nothing."""
    searcher = listings.searcher()
    if short := initials_in(text):
        found = searcher.terms_with_prefix("initials", short, limit=SUGGESTIONS)
        return list(dict.fromkeys(_without_signs(term.partition(" ")[2]) for term, _ in found))
    meant = [
        part if searcher.search(_said(part, listings), 1).hits else _nearest(part, searcher, listings)
        for part in plain(text).split()
    ]
    corrected = " ".join(meant)
    if corrected == plain(text) or not searcher.search(_said(corrected, listings), 1).hits:
        return []
    return [corrected]


def _without_signs(text: str) -> str:
    return " ".join(bare for part in text.split() if (bare := SIGNS_AROUND.sub("", part)))


def _said(text: str, listings: Listings) -> Query:
    if not text.strip():
        return Query.all_query()
    if short := initials_in(text):
        return Query.regex_query(listings.schema, "initials", f"{short}.*")
    ways = dict.fromkeys((text, APPLICATION.sub(r"\1-\2-\3", text), APPLICATION.sub(r"\1\2\3", text)))
    first, *others = (_in_words(way, listings) for way in ways)
    return Query.boolean_query([(Occur.Should, way) for way in (first, *others)]) if others else first


def _in_words(text: str, listings: Listings) -> Query:
    read = chunks(text)
    if not read:
        return Query.empty_query()
    wanted = [(Occur.Must, _written(chunk, listings)) for chunk in read]
    words = dict.fromkeys(word for chunk in read for reading in chunk for word in reading.words)
    titled = [Query.boost_query(_term(listings, "title", word), TITLE_COUNTS) for word in words]
    return Query.boolean_query([*wanted, *((Occur.Should, query) for query in titled)])


def _written(chunk: Chunk, listings: Listings) -> Query:
    """Find all words of one reading, wherever they stand; or the same triples of characters, spaces aside.

    The second finds what the analyser cuts differently in joined writing than in spaced. That all triples follow one
    on the other in the text is not looked at: it would take several times as long as the rest of a search. So they
    are all in the text or all in the owner's name, and its numbers are the text's: 1000톤 has the triples of 100톤.
    """
    ways = [
        Query.boolean_query([(Occur.Must, _term(listings, "text", word)) for word in reading.words])
        for reading in chunk
    ]
    for reading in chunk:
        if len(reading.core) >= TRIPLE and any(map(is_syllable, reading.core)):
            triples = grams(reading.core, TRIPLE)
            in_text = [_mark(listings, "grams", triple) for triple in triples]
            in_text += [_mark(listings, "numbers", number) for number in numbers(reading.core)]
            in_name = [_mark(listings, "owner", triple) for triple in triples]
            ways += [Query.boolean_query([(Occur.Must, each) for each in way]) for way in (in_text, in_name)]
    return Query.boolean_query([(Occur.Should, way) for way in ways])


def _term(listings: Listings, field: str, word: str) -> Query:
    return Query.term_query(listings.schema, field, word, index_option="freq")


def _mark(listings: Listings, field: str, mark: str) -> Query:
    return Query.term_query(listings.schema, field, mark, index_option="basic")


def _nearest(part: str, searcher: Searcher, listings: Listings) -> str:
    """Return what of a title is spelled most like this, spaces aside; the text itself when nothing is near."""
    spelled = letters(part)
    most = 1 if len(spelled) <= SHORT else 2
    query = Query.fuzzy_term_query(listings.schema, "letters", spelled, distance=most)
    near = searcher.search(query, LOOKED_AT).hits or searcher.search(_alike(part, most, listings), LOOKED_AT).hits
    titles = [shown(searcher, address) for _, address in near]
    runs = {run for title in titles for field in ("title", "title_en") for run in _runs(title[field], spelled, most)}
    errors, nearest = min(((_errors(spelled, letters("".join(run)), most), run) for run in runs), default=(0, (part,)))
    return " ".join(nearest) if errors <= most else part


def _alike(part: str, most: int, listings: Listings) -> Query:
    """Find texts with the same pairs of neighbouring characters, spaces aside: a wrong letter is in two of them.

    So joined words are found of which the index does not know the letters, there would be too many.
    """
    both = [(Occur.Should, _mark(listings, "grams", pair)) for pair in grams(part, PAIR)]
    return Query.boolean_query(both, minimum_number_should_match=max(1, len(both) - 2 * most))


def _runs(title: str, spelled: str, most: int) -> Iterator[tuple[str, ...]]:
    """Yield what stands one after the other in a title and has as many letters, or nearly."""
    parts = plain(title).split()
    for begins in range(len(parts)):
        for ends in range(begins + 1, len(parts) + 1):
            missing = len(spelled) - len(letters("".join(parts[begins:ends])))
            if missing < -most:
                break
            if missing <= most:
                yield tuple(parts[begins:ends])


def _errors(one: str, other: str, most: int) -> int:
    """Return how many letters are put in, left out, changed or swapped with the next; if more than `most`, one more."""
    shorter = min(len(one), len(other))
    same = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    one, other = one[same:], other[same:]
    if not one or not other:
        return min(len(one) + len(other), most + 1)
    if most == 0:
        return 1
    steps = [(1, 1), (1, 0), (0, 1)] + [(2, 2)] * (one[:2] == other[1::-1])
    return 1 + min(_errors(one[step:], other[by:], most - 1) for step, by in steps)
