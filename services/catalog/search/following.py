"""The index of this process kept true: filled from the documents, then told by their events which to look at again."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import NamedTuple

import orjson
import structlog

from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.search.index import Listings
from services.catalog.search.listing import FIELDS, NOBODY, Listing, Owner, listing_of, parties_in
from shared.errors import Unavailable
from shared.events.catalog import PUBLIC, ProductState
from shared.kafka import Partition, Record, end_offsets
from shared.mongo import Document
from shared.reading import partitions_of, reader_at, reader_of
from shared.store import Store
from shared.tasks import end

log = structlog.get_logger()

PARTITIONS = partitions_of([ProductState.topic()])
WAIT_MS = 1_000
REMEMBERED = 10_000
OF_PARTIES = ("state.title", "state.region")


class Documents(NamedTuple):
    """What search reads of the catalog."""

    products: Store[Product]
    parties: Store[Party]


class Search:
    """The listings of this process: within two seconds of its event, what is listed is found and what is not is not.

    An event says only which document to look at again, and the newest document decides: repeats and any order do no
    harm, and what was missed while Kafka was away comes when it is back.
    """

    def __init__(self, bootstrap: str) -> None:
        self.listings = Listings()
        self._bootstrap = bootstrap
        self._documents: Documents | None = None
        self._owners: dict[str, Owner] = {}
        self._places: dict[Partition, int] = {}
        self._looked: OrderedDict[str, int] = OrderedDict()
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Nothing is read before it is filled."""

    async def stop(self) -> None:
        """Let the thread that fills it end too: nobody can cancel it, and the process would wait for all listings."""
        self._stopping = True
        await end(self._task)

    async def fill(self, documents: Documents) -> None:
        """Take in all that is listed, and follow what happens from the moment before.

        Begun anew it begins with nothing: what an attempt that broke off had taken in would be there twice.
        """
        self.listings = Listings()
        async with reader_of(self._bootstrap, PARTITIONS) as reader:
            self._places = await end_offsets(reader, PARTITIONS)
        await self._know(documents, {})
        listed = documents.products.read_in_thread({"state.status": "listed"}, FIELDS)
        until_stopped = takewhile(lambda _: not self._stopping, listed)
        await asyncio.to_thread(self._put, until_stopped, self.listings.add)
        await asyncio.to_thread(self.listings.filled)
        log.info("search_filled", listings=self.listings.searcher().num_docs)
        self._documents = documents
        self._task = asyncio.create_task(self._follow(documents))

    async def reach(self, seen: Mapping[str, int]) -> None:
        """Look at once at what a caller has seen newer than it is known here. Raise Unavailable before it is filled."""
        if self._documents is None:
            raise Unavailable("search.starting", "search is not ready yet", "검색이 아직 준비되지 않았습니다")
        newer = [each for each, sequence in seen.items() if self._looked.get(each, 0) < sequence]
        if newer:
            await self._look_again(newer, self._documents)

    def names(self, parties: Iterable[str]) -> dict[str, str]:
        """Return the titles of these parties."""
        return {each: self._owners[each].title for each in parties if each in self._owners}

    async def _follow(self, documents: Documents) -> None:
        while True:
            try:
                await self._read(documents)
            except Exception as error:  # noqa: BLE001  Kafka or the database is away: go on from the same places
                log.warning("search_reader_broken", error=repr(error))
                await asyncio.sleep(0.5)

    async def _read(self, documents: Documents) -> None:
        async with reader_at(self._bootstrap, self._places) as reader:
            while True:
                batches = await reader.getmany(timeout_ms=WAIT_MS)
                concerned = {_concerned(record) for batch in batches.values() for record in batch} - {""}
                if concerned:
                    await self._look_again(concerned, documents)
                for partition, batch in batches.items():
                    self._places[partition] = batch[-1].offset + 1

    async def _look_again(self, ids: Iterable[str], documents: Documents) -> None:
        """Let the index say of these what their documents say now."""
        async with self._looking:
            async for batch in documents.products.scanned({"_id": {"$in": sorted(ids)}}, FIELDS):
                strangers = {party for document in batch for party in parties_in(document)} - self._owners.keys()
                if strangers:
                    await self._know(documents, {"_id": {"$in": sorted(strangers)}})
                await asyncio.to_thread(self._put, batch, self.listings.put)
                for document in batch:
                    self._looked[document["_id"]] = document["sequence"]
                    self._looked.move_to_end(document["_id"])
            await asyncio.to_thread(self.listings.commit)
            while len(self._looked) > REMEMBERED:
                self._looked.popitem(last=False)

    async def _know(self, documents: Documents, which: Document) -> None:
        async for found in documents.parties.scanned(which, OF_PARTIES):
            self._owners |= {each["_id"]: Owner(each["state"]["title"], each["state"]["region"]) for each in found}

    def _put(self, found: Iterable[Document], take: Callable[[Listing], None]) -> None:
        for document in found:
            listing = listing_of(document, self._owners.get(document["state"]["owner"], NOBODY))
            if listing is None:
                self.listings.drop(document["_id"])
            else:
                take(listing)


def _concerned(record: Record) -> str:
    """Return the product that may have to be looked at again: what is or was to be found. Else an empty text."""
    try:
        state = orjson.loads(record.value or b"")
        return str(state["id"]) if state["status"] in PUBLIC else ""
    except (ValueError, KeyError, TypeError) as error:
        log.warning("record_skipped", topic=record.topic, offset=record.offset, error=repr(error))
        return ""
