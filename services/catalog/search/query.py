"""A search as tantivy understands it, and what else might have been meant."""

from collections.abc import Sequence

from tantivy import FieldType, Occur, Query, Searcher

from services.catalog.search.asking import Asked
from services.catalog.search.hangul import are_initials, is_syllable, letters
from services.catalog.search.index import JOINED, Listings, runs
from services.catalog.search.tokens import Chunk, chunks, pairs, plain

TITLE_COUNTS = 3.0
"""A word of the title says so much more than one of the summary."""
JOINED_FROM = 3
"""From so many characters on, what is written together is looked for in joined text as well."""
SUGGESTIONS = 5
LOOKED_AT = 20
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
        return [term.partition(" ")[2] for term, _ in found]
    meant = [_nearest(part, searcher, listings) for part in plain(text).split()]
    corrected = " ".join(meant)
    if corrected == plain(text) or not searcher.search(_said(corrected, listings), 1).hits:
        return []
    return [corrected]


def _said(text: str, listings: Listings) -> Query:
    if not text.strip():
        return Query.all_query()
    if short := initials_in(text):
        return Query.regex_query(listings.schema, "initials", f"{short}.*")
    read = chunks(text)
    if not read:
        return Query.empty_query()
    wanted = [(Occur.Must, _written(chunk, listings)) for chunk in read]
    words = dict.fromkeys(word for chunk in read for reading in chunk for word in reading.words)
    titled = [Query.boost_query(_term(listings, "title", word), TITLE_COUNTS) for word in words]
    return Query.boolean_query([*wanted, *((Occur.Should, query) for query in titled)])


def _written(chunk: Chunk, listings: Listings) -> Query:
    """Find all words of one reading, wherever they stand; or the same characters one after the other, spaces aside.

    The second finds what the analyser cuts differently in joined writing than in spaced.
    """
    ways = [
        Query.boolean_query([(Occur.Must, _term(listings, "text", word)) for word in reading.words])
        for reading in chunk
    ]
    ways += [
        Query.phrase_query(listings.schema, "pairs", list(pairs(reading.core)))
        for reading in chunk
        if len(reading.core) >= JOINED_FROM and any(map(is_syllable, reading.core))
    ]
    return Query.boolean_query([(Occur.Should, way) for way in ways])


def _term(listings: Listings, field: str, word: str) -> Query:
    return Query.term_query(listings.schema, field, word, index_option="freq")


def _nearest(part: str, searcher: Searcher, listings: Listings) -> str:
    """Return what of a title is spelled most like this, spaces aside; the text itself when nothing is near."""
    spelled = letters(part)
    query = Query.fuzzy_term_query(listings.schema, "letters", spelled, distance=1 if len(spelled) <= SHORT else 2)
    near = searcher.search(query, LOOKED_AT).hits
    titles = [listings.shown(searcher, address) for _, address in near]
    written = {tuple(run) for title in titles for run in runs(plain(title["title"])) if len(run) <= JOINED}
    written |= {(each,) for title in titles for each in plain(title["title_en"]).split()}
    nearest = min(written, key=lambda run: (_distance(spelled, letters("".join(run))), run), default=(part,))
    return " ".join(nearest)


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many letters must be put in, left out or changed to make one of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, against in enumerate(other, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != against))
    return row[-1]
