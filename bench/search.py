"""Search over a hundred thousand listings: what it finds, how long it takes, how soon a process is ready."""

import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from tantivy import Occur

from bench.labelled import Question, Search, judged, questions
from bench.listings import TODAY, documents, listed, ours
from bench.load import post
from bench.measure import Compared, Single
from bench.peers import at_spaces, into_pairs, peer
from bench.processes import process, settings_for, until_answering
from bench.subjects import fresh
from cli.seed import generate
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from services.catalog.search.asking import Asked
from services.catalog.search.index import Listings
from services.catalog.search.query import query_of
from shared.mongo import Document, connect

LISTINGS = 100_000
AT_ONCE = 1_000
QUERIES, IN_FLIGHT = 2_000, 10
PAGE = 20
ISSUER = "https://bench.example/issuer"


def relevance() -> Iterator[Single]:
    """Yield what is found of what is meant, by us and by simpler tokenizers over the same engine."""
    products = generate("full").products
    asked = questions(products)
    searches: Sequence[tuple[str, Search, str]] = (
        ("recall and precision@20", ours(products), "≥ 0.97, ≥ 0.95"),
        ("the same, cut at spaces, all words", peer(at_spaces, products, Occur.Must), "-"),
        ("the same, cut at spaces, any word", peer(at_spaces, products, Occur.Should), "-"),
        ("the same, cut into pairs of characters, all of them", peer(into_pairs, products, Occur.Must), "-"),
        ("the same, cut into pairs of characters, any of them", peer(into_pairs, products, Occur.Should), "-"),
    )
    for name, search, bar in searches:
        figures = judged(search, asked)
        yield Single(f"{name}, {len(asked)} questions", f"{figures.recall:.3f}, {figures.precision:.3f}", bar)


async def latency(kafka: Kafka, mongo: Mongo, folder: Path, rounds: int) -> list[Single | Compared]:
    """Fill a catalog's database, start it, and ask it what people ask; beside it the bare index in this process."""
    products = generate("full").products
    made = list(documents(products, LISTINGS))
    asked = questions(products)
    name = f"bench_search_{fresh()}"
    ready: list[float] = []
    async with _catalog(kafka, mongo, folder, name) as (_, empty):
        pass  # the indexes are there now, as they are for every start but the first
    database = connect(mongo.uri, name)
    for at in range(0, len(made), AT_ONCE):
        await database["product"].insert_many([dict(each) for each in made[at : at + AT_ONCE]])
    database.client.close()
    for _ in range(rounds - 1):
        async with _catalog(kafka, mongo, folder, name) as (_, full):
            ready.append(full - empty)
    async with _catalog(kafka, mongo, folder, name) as (port, full):
        ready.append(full - empty)
        bare = _bare(made)
        alone, together = [], []
        for _ in range(rounds):
            floor = statistics.median(bare(each.text) for each in _turns(asked))
            loaded = await post(port, QUERIES, _asking(folder, asked), 1)
            alone.append((statistics.median(loaded.seconds) * 1000, floor * 1000))
            crowd = await post(port, QUERIES, _asking(folder, asked), IN_FLIGHT)
            together.append(crowd.seconds[int(QUERIES * 0.99)] * 1000)
    return [
        Compared(
            f"search over {LISTINGS:,} listings through the service, p50, against the bare index",
            "ms",
            statistics.median(mine for mine, _ in alone),
            statistics.median(floor for _, floor in alone),
            tuple(mine / floor for mine, floor in alone),
            "≤ 3",
        ),
        Single(
            f"the same with {IN_FLIGHT} in flight, p99",
            f"{statistics.median(together):.1f} ms ({min(together):.1f}-{max(together):.1f})",
            "< 20 ms",
        ),
        Single(
            f"a process with {LISTINGS:,} listings is ready later by",
            f"{statistics.median(ready):.1f} s ({min(ready):.1f}-{max(ready):.1f})",
            "≤ 10 s",
        ),
    ]


@asynccontextmanager
async def _catalog(kafka: Kafka, mongo: Mongo, folder: Path, name: str) -> AsyncIterator[tuple[int, float]]:
    """Start a catalog over this database; yield its port, and after how many seconds it was ready."""
    port = free_port()
    settings = settings_for(folder, kafka, mongo) | {"PORT": str(port), "DATABASE": name, "TOKEN_ISSUER": ISSUER}
    began = time.perf_counter()
    with process("services.catalog", **settings):
        await until_answering(port, "/readyz")
        yield port, time.perf_counter() - began


def _bare(made: Sequence[Document]) -> Callable[[str], float]:
    """Return what asks an index of the same listings for a page with its facets, and says how many seconds it took."""
    listings = Listings()
    for document in made:
        listings.add(listed(document))
    listings.filled()

    def ask(text: str) -> float:
        asked = Asked(q=text)
        query = query_of(asked, listings)
        began = time.perf_counter()
        listings.find(asked, query, 0, PAGE, TODAY).hits()
        return time.perf_counter() - began

    return ask


def _turns(asked: Sequence[Question]) -> Iterator[Question]:
    return islice(cycle(asked), QUERIES)


def _asking(folder: Path, asked: Sequence[Question]) -> Callable[[int], bytes]:
    token = signed_token(folder, ISSUER, "prs_bench")
    head = f"HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    lines = [f"GET /v1/products/search?q={quote(each.text)} {head}".encode() for each in asked]
    return lambda number: lines[number % len(lines)]
