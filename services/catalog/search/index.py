"""The index of one process: tantivy, in memory. It cannot analyse Korean itself, so it is given words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zlib import crc32

import orjson
from tantivy import DocAddress, Document, Index, Order, Query, SchemaBuilder, Searcher, TextAnalyzerBuilder, Tokenizer

from services.catalog.search.asking import FACETS, Asked
from services.catalog.search.counting import Counts, counted
from services.catalog.search.hangul import initials, letters
from services.catalog.search.listing import Listing
from services.catalog.search.tokens import closed, numbers, plain

WRITER_BYTES = 15_000_000
FILLING_BYTES = 150_000_000
"""What fits into this comes into one segment: each one more is looked into by every search."""
LARGEST_PRICE, TIE_BITS = 2**40 - 1, 22
"""Prices are sorted up to a trillion won; below them stand the bits that tell equal ones apart."""
JOINED = 2
"""So many parts of a title have the letters of their joined writing here; of more an error is found by pairs."""
SALT = 0.001
"""So little, and a listing's own share of it, is added to a score: equal ones come in the same order everywhere."""
PAIR, TRIPLE = 2, 3
GRAMS = "grams"
"""The tokenizer that cuts a text into all its pairs and triples of neighbouring characters."""
WHOLE = "raw"
"""The tokenizer that leaves a value as it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a page of hits is, how many there are in all, and how many have each value of each facet."""

    total: int
    page: Sequence[DocAddress]
    facets: Counts
    searcher: Searcher

    def hits(self) -> list[dict[str, Any]]:
        """Return what the hits show, with the words each was found by.

        Not read by whoever searched: each takes microseconds, and gives the interpreter away and waits for it again.
        """
        return [shown(self.searcher, address) for address in self.page]


class Listings:
    """What is listed, as words. One thread at a time may write; any may read."""

    def __init__(self) -> None:
        builder = SchemaBuilder()
        for field in ("title", "text"):
            builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
        for field in ("grams", "owner"):
            builder.add_text_field(field, tokenizer_name=GRAMS, index_option="basic")
        for field in ("letters", "numbers"):
            builder.add_text_field(field, tokenizer_name="whitespace", index_option="basic")
        for field in ("id", "initials"):
            builder.add_text_field(field, tokenizer_name=WHOLE, index_option="basic")
        for field in FACETS:
            builder.add_text_field(field, fast=True, tokenizer_name=WHOLE, index_option="basic")
        for field in ("created", "by_price", "valid_from", "valid_until"):
            builder.add_unsigned_field(field, fast=True)
        builder.add_float_field("salt", fast=True)
        builder.add_bytes_field("shown", stored=True)
        self.schema = builder.build()
        self._index = Index(self.schema)
        self._index.register_tokenizer(GRAMS, TextAnalyzerBuilder(Tokenizer.ngram(PAIR, TRIPLE)).build())
        self._writer = self._index.writer(FILLING_BYTES, num_threads=1)
        self._last_beginning = date.min

    def add(self, listing: Listing) -> None:
        """Take one in that is not there; seen after `commit`."""
        self._last_beginning = max(self._last_beginning, listing.valid_from)
        self._writer.add_document(_document(listing))

    def put(self, listing: Listing) -> None:
        """Take one in, instead of what is there of it; seen after `commit`."""
        self.drop(listing.id)
        self.add(listing)

    def drop(self, product_id: str) -> None:
        """Leave one out; seen after `commit`."""
        self._writer.delete_documents_by_term("id", product_id)

    def commit(self) -> None:
        """Let searches from now on see what was put and dropped."""
        self._writer.commit()
        self._index.reload()

    def filled(self) -> None:
        """Commit the first listings, and go on with what few at a time need."""
        self.commit()
        self._writer.wait_merging_threads()
        self._writer = self._index.writer(WRITER_BYTES, num_threads=1)

    def searcher(self) -> Searcher:
        """Return what is listed now: it stays so for whoever holds it."""
        return self._index.searcher()

    def find(self, asked: Asked, query: Query, offset: int, limit: int, today: date) -> Found:
        """Find the hits from `offset` on, and on the first page the facets too."""
        searcher = self.searcher()
        found: Any = searcher.search(query, limit, offset=offset, **_order(asked))
        page = [address for _, address in found.hits]
        unranked = Query.const_score_query(query, 0.0)  # a tenth less to count
        facets = {} if offset else counted(searcher, unranked, today, self._last_beginning)
        return Found(found.count, page, facets, searcher)


def shown(searcher: Searcher, address: DocAddress) -> dict[str, Any]:
    """Return what a hit shows, with the words it was found by."""
    of_it: dict[str, Any] = orjson.loads(searcher.doc(address)["shown"][0])
    return of_it


def _order(asked: Asked) -> dict[str, Any]:
    if asked.sort in {"price", "-price"}:
        return {"order_by_field": "by_price", "order": Order.Asc if asked.sort == "price" else Order.Desc}
    if asked.sort == "newest" or not asked.q.strip():
        return {"order_by_field": "created"}
    return {"weight_by_field": "salt"}


def _document(listing: Listing) -> Document:
    words, of_it = listing.words, listing.shown
    tie = crc32(listing.id.encode())
    title, summary = plain(of_it["title"]), plain(of_it["summary"])
    in_order = f"{words['title']} {words['title_en']}"
    document = Document()
    document.add_text("id", listing.id)
    document.add_text("title", in_order)
    document.add_text("text", f"{in_order} {words['summary']} {words['codes']}")
    together = [text.replace(" ", "") for text in (title, summary)]
    for text in together:
        document.add_text("grams", text)
    if spaced := numbers(f"{title} {summary}"):
        document.add_text("numbers", " ".join(spaced + numbers(" ".join(together))))
    document.add_text("owner", closed(listing.owner))
    parts, short, spelled = title.split(), initials(title).split(), letters(title).split()
    runs = _runs(len(parts))
    for run in runs:
        document.add_text("initials", f"{''.join(short[run])} {' '.join(parts[run])}")
    for rest in _inside(title, words["title"].split()):
        document.add_text("initials", f"{initials(rest).replace(' ', '')} {rest}")
    joined = ["".join(spelled[run]) for run in runs if run.stop - run.start <= JOINED]
    document.add_text("letters", f"{' '.join(joined)} {letters(plain(of_it['title_en']))}")
    for facet, values in listing.facets.items():
        for value in values:
            document.add_text(facet, value)
    document.add_unsigned("created", listing.created)
    if listing.price is not None:
        document.add_unsigned("by_price", min(listing.price, LARGEST_PRICE) << TIE_BITS | tie >> (32 - TIE_BITS))
    if listing.valid_until is not None:
        document.add_unsigned("valid_from", listing.valid_from.toordinal())
        document.add_unsigned("valid_until", listing.valid_until.toordinal())
    document.add_float("salt", SALT * tie / 2**32)
    document.add_bytes("shown", orjson.dumps({**of_it, "words": words}))
    return document


@cache
def _runs(parts: int) -> Sequence[slice]:
    """Return what of a title of so many parts may be typed for it, joined or by initials.

    That is a part, it with the next, and it with all behind it.
    """
    return [
        slice(begins, ends)
        for begins in range(parts)
        for ends in sorted({begins + 1, begins + 2, parts})
        if ends <= parts
    ]


def _inside(title: str, words: Iterable[str]) -> Iterator[str]:
    """Yield what begins with a word inside a part, to the part's end and the title's; what is as short as 막 does not.

    Of 수처리분리막 제어기 these are 처리분리막, 분리막, and both with 제어기.
    """
    at = 0
    for word in words:
        begins = title.find(word, at)
        if begins < 0:
            continue  # of another reading, or a stem
        at = begins + len(word)
        if begins and title[begins - 1] != " ":
            rest, _, behind = title[begins:].partition(" ")
            if len(rest) > 1:
                yield rest
                if behind:
                    yield f"{rest} {behind}"
