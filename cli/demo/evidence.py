"""What the market has to show for itself at the end: its services' lists, its views, and every event on Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from cli.api import OPERATOR, Json, Market, Person
from cli.stage import Stage
from shared.events.envelope import TYPE_PREFIX, Envelope
from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import Partition, end_offsets, new_reader

SERVICES = ("catalog", "verification", "matching", "contracts", "gateway")
LISTS = ("certificates", "reviews", "meetings", "contracts", "commitments")
PRODUCT_STATES = ("draft", "registered", "listed", "rejected", "paused", "lapsed", "withdrawn")
SEARCH = "/v1/products/search?limit=1"
PRIVATE_STATES = frozenset({"draft"})
WAIT_MS = 500
VIEWS_PATIENCE = 15.0
LOOK_EVERY = 0.5


class Heard(NamedTuple):
    """One event as Kafka has it."""

    name: str
    sequence: int
    data: Json


@dataclass(slots=True)
class History:
    """All events of all aggregates, each aggregate's in the order Kafka has them."""

    by_aggregate: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    unreadable: int = 0

    def of(self, name: str) -> Iterable[Json]:
        """Give the first copy of every event of a name."""
        for heard in self.by_aggregate.values():
            first = {each.sequence: each for each in reversed(heard)}
            yield from (each.data for each in first.values() if each.name == name)

    @property
    def events(self) -> int:
        """How many records there are, repeats included."""
        return sum(map(len, self.by_aggregate.values()))


@dataclass(slots=True)
class Evidence:
    """The services' own answers, the views, the ledger, what is parked, and the history."""

    products: list[Json]
    found: Json
    """What search has to say about all that is listed, facets included."""
    certificates: list[Json]
    reviews: list[Json]
    day: Json
    ledger: Json
    lineage: Json
    participations: list[Json]
    """Of the event, and so are the repairs and releases."""
    repairs: list[Json]
    releases: list[Json]
    meetings: list[Json]
    contracts: list[Json]
    commitments: list[Json]
    parked: dict[str, int]
    history: History
    views: dict[str, Json] = field(default_factory=dict)


async def gathered(stage: Stage, event: str, kafka_bootstrap: str) -> Evidence:
    """Read everything, the views last and again while they differ from the services: they may be behind for a while."""
    market = stage.market

    async def whole(name: str) -> list[Json]:
        return await market.all(OPERATOR, f"/v1/{name}")

    certificates, reviews, meetings, contracts, commitments = await stage.each("lists read", LISTS, whole)
    products = [each for state in PRODUCT_STATES for each in await market.all(OPERATOR, "/v1/products", status=state)]
    listed = sum(each["status"] == "listed" for each in products)

    async def total() -> int:
        return int((await market.read(OPERATOR, SEARCH))["total"])

    await stage.until("listings found by search", listed, total)
    evidence = Evidence(
        products=products,
        found=await market.read(OPERATOR, SEARCH),
        certificates=certificates,
        reviews=reviews,
        meetings=meetings,
        contracts=contracts,
        commitments=commitments,
        day=await market.read(OPERATOR, f"/v1/events/{event}"),
        ledger=await market.read(OPERATOR, f"/v1/events/{event}/ledger"),
        lineage=await market.read(OPERATOR, f"/v1/events/{event}/lineage"),
        participations=await market.all(OPERATOR, "/v1/participations", event=event),
        repairs=await market.all(OPERATOR, "/v1/repairs", event=event),
        releases=(await market.read(OPERATOR, f"/v1/events/{event}/releases"))["items"],
        parked={name: (await market.read(OPERATOR, f"/v1/operations/{name}/parked"))["total"] for name in SERVICES},
        history=await history_of(kafka_bootstrap),
    )

    async def look(product: Json) -> Json:
        return await _settled_view(market, product, evidence)

    public = [each for each in products if each["status"] not in PRIVATE_STATES]
    seen = await stage.each("views compared", public, look)
    evidence.views = {product["id"]: view for product, view in zip(public, seen, strict=True)}
    return evidence


def rows_of(evidence: Evidence, product: Json) -> dict[str, list[Json]]:
    """Return what the services say around a product, as its view should have it."""
    around = product["id"]
    return {
        "certificates": [each for each in evidence.certificates if each["product"]["id"] == around],
        "meetings": [each for each in evidence.meetings if each["product"] == around],
        "contracts": [_as_public(each) for each in evidence.contracts if each["product"]["id"] == around],
    }


def signed(contract: Json) -> bool:
    """Return whether both sides have signed."""
    return contract["status"] in {"active", "completed", "terminated"}


def view_differs(view: Json, product: Json, rows: dict[str, list[Json]]) -> str:
    """Return where a view and the services say different things, empty where they agree."""
    pairs = [("product", view["product"], product)]
    for name, owned in rows.items():
        shown = {each["id"]: each for each in view[name]}
        if shown.keys() != {each["id"] for each in owned}:
            return f"{name} of {product['id']}: {len(shown)} in the view, {len(owned)} at the service"
        pairs += [(name, shown[each["id"]], each) for each in owned]
    for name, shown_row, owned_row in pairs:
        for each, value in (shown_row or {}).items():
            # What is proposed is told to those who view, and not by the service's own list.
            if each != "proposed" and value != owned_row[each]:
                return f"{name} {owned_row['id']}: {each} is {value!r} in the view, {owned_row[each]!r} at the service"
        if shown_row is None:
            return f"{name} {owned_row['id']} is not in the view"
    return ""


async def history_of(bootstrap: str) -> History:
    """Read every event topic from its beginning to where it ends now."""
    history = History()
    topics = [topic for topic in TOPIC_PARTITIONS if topic.endswith(".events")]
    partitions = [Partition(topic, number) for topic in topics for number in range(TOPIC_PARTITIONS[topic])]
    reader = new_reader(bootstrap)
    await reader.start()
    try:
        reader.assign(partitions)
        ends = await end_offsets(reader, partitions)
        await reader.seek_to_beginning(*partitions)
        while any([await reader.position(each) < end for each, end in ends.items()]):
            for batch in (await reader.getmany(timeout_ms=WAIT_MS)).values():
                for record in batch:
                    try:
                        envelope = Envelope.of(record.headers)
                        heard = Heard(_name(envelope), envelope.sequence, orjson.loads(record.value or b""))
                    except ValueError:
                        history.unreadable += 1
                        continue
                    history.by_aggregate[envelope.subject].append(heard)
    finally:
        await reader.stop()
    return history


async def _settled_view(market: Market, product: Json, evidence: Evidence) -> Json:
    # In the owner's name: the operator's share of calls is for the lists.
    owner = Person(f"prs_{product['owner'][4:]}", product["owner"], "sme")
    rows = rows_of(evidence, product)
    for _ in range(int(VIEWS_PATIENCE / LOOK_EVERY)):
        view = await market.read(owner, f"/v1/views/product/{product['id']}")
        if not view_differs(view, product, rows):
            break
        await asyncio.sleep(LOOK_EVERY)
    return view


def _as_public(contract: Json) -> Json:
    """Return a contract as it is published: without its amount until it is signed."""
    return contract if signed(contract) else contract | {"amount": None}


def _name(envelope: Envelope) -> str:
    return envelope.type.removeprefix(TYPE_PREFIX).rpartition(".")[0]
