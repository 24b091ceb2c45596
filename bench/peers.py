"""Other ways to cut text into words, over the same engine: at spaces, and into pairs of characters."""

from collections.abc import Callable, Sequence

from tantivy import Document, Index, Occur, Query, SchemaBuilder

from bench.labelled import Search
from cli.seed import Product
from services.catalog.search.query import TITLE_COUNTS
from services.catalog.search.tokens import plain

Tokenizer = Callable[[str], Sequence[str]]


def at_spaces(text: str) -> Sequence[str]:
    """Cut at spaces."""
    return plain(text).split()


def into_pairs(text: str) -> Sequence[str]:
    """Cut every word into its pairs of neighbouring characters."""
    return [word[at : at + 2] for word in plain(text).split() for at in range(max(1, len(word) - 1))]


def peer(tokenizer: Tokenizer, products: Sequence[Product], occur: Occur) -> Search:
    """Return a search for all words of a question (Must) or for any of them (Should), those in the title first."""
    builder = SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name="whitespace")
    schema = builder.build()
    index = Index(schema)
    writer = index.writer(num_threads=1)
    for number, product in enumerate(products):
        title = " ".join([*tokenizer(product.title), *tokenizer(product.english_title)])
        document = Document()
        document.add_unsigned("number", number)
        document.add_text("title", title)
        document.add_text("text", " ".join([title, *tokenizer(product.description)]))
        writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(text: str) -> Sequence[int]:
        words = tokenizer(text)
        wanted = [(occur, Query.term_query(schema, "text", word)) for word in words]
        titled = [Query.boost_query(Query.term_query(schema, "title", word), TITLE_COUNTS) for word in words]
        query = Query.boolean_query([*wanted, *((Occur.Should, each) for each in titled)])
        hits = searcher.search(query, len(products)).hits
        return [searcher.doc(address)["number"][0] for _, address in hits]

    return search
