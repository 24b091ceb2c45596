"""Search over what is listed: found within two seconds and no longer, whatever is killed; bad input refused."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deploy.local.brokers import NoidaKafka
from deploy.local.servers import Kafka
from deploy.local.services import Service
from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.party_views import party_view
from services.catalog.search.asking import Asked
from services.catalog.search.following import Documents, Search
from services.catalog.search.hangul import initials
from services.catalog.search.query import query_of
from services.catalog.views import product_view
from shared.events.catalog import ProductRef
from shared.events.days import seoul_date
from shared.events.verification import Certificate, CertificateRevoked
from shared.kafka import new_producer
from shared.mongo import DatabaseError, Document, connect
from shared.relay import Relay
from shared.store import Store
from tests.component.catalog.conftest import (
    FAR,
    PATIENCE,
    Catalog,
    Json,
    a_content,
    a_party,
    certify,
    comes_to,
    start_again,
)
from tests.component.records import record_of, tell
from tests.component.serving import a_second_replica
from tests.component.shared.reading import until

STALE = 2.0
"""Within so many seconds search knows what happened to a listing."""
BACK = 3.0
"""So long it takes the clients of a broker that was away to ask it again."""
SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4, 97)]


def a_name() -> str:
    """A word nothing else in the market has."""
    return "".join(secrets.choice(SYLLABLES) for _ in range(4)) + "막"


async def found(catalog: Catalog, query: str, **headers: str) -> Json:
    answer = await catalog.caller().ask("GET", f"/v1/products/search?{query}", **headers)
    assert answer.status == 200, answer.body
    body: Json = answer.body
    return body


async def finds(catalog: Catalog, query: str, *products: str, within: float = STALE) -> None:
    """Hold search to finding these, and only these, within the time it promises."""
    deadline = time.monotonic() + within
    while (ids := {hit["id"] for hit in (await found(catalog, query))["items"]}) != set(products):
        assert time.monotonic() < deadline, f"{ids} and not {products} within {within} s"
        await asyncio.sleep(0.02)


async def a_listing(catalog: Catalog, owner: str, **content: Any) -> str:
    return await catalog.a_product(owner, "registration", "approval", kind="idle_ip", content=a_content(**content))


async def test_a_listed_product_is_found_in_every_spelling(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    title = f"{mark} 저전력 수처리 분리막"
    product = await a_listing(catalog, owner, title=title, title_en="Low-power membrane", summary="물을 거르는 막")
    await finds(catalog, f"q={mark}", product)

    for query in (
        f"{mark} 수처리 분리막",
        f"{mark} 수처리분리막",
        f"{mark} 저전력수처리분리막",
        f"{mark}을 분리막을",
        f"분리막 {mark}",
        f"{mark} membranes LOW-POWER",
        f"{mark} 물",
    ):
        assert [hit["id"] for hit in (await found(catalog, f"q={query}"))["items"]] == [product], query
    assert (await found(catalog, f"q={mark} 항만"))["total"] == 0


async def test_what_is_not_listed_is_not_found(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    await catalog.a_product(owner, content=a_content(title=mark))
    await catalog.a_product(owner, "registration", content=a_content(title=mark))
    listed = await a_listing(catalog, owner, title=mark)

    await finds(catalog, f"q={mark}", listed)


async def test_search_follows_a_listing_within_two_seconds(catalog: Catalog) -> None:
    before, after = a_name(), a_name()
    owner = await catalog.a_firm()
    content = a_content(title=before)
    product = await a_listing(catalog, owner, **content)
    path, caller = f"/v1/products/{product}", catalog.caller((owner, "institution"))
    await finds(catalog, f"q={before}", product)

    await caller.ask("POST", f"{path}/revision", content | {"title": after})
    await finds(catalog, f"q={after}", product)
    await finds(catalog, f"q={before}")
    await caller.ask("POST", f"{path}/pause", {"reason": "재고 없음"})
    await finds(catalog, f"q={after}")
    await caller.ask("POST", f"{path}/revision", content | {"title": before})
    await caller.ask("POST", f"{path}/resumption")
    await finds(catalog, f"q={before}", product)
    await caller.ask("POST", f"{path}/withdrawal", {"reason": "단종"})
    await finds(catalog, f"q={before}")


async def test_a_lapsed_listing_is_no_longer_found(catalog: Catalog, kafka: Kafka) -> None:
    mark = a_name()
    firm = await catalog.a_firm()
    product = await catalog.a_product(firm, "registration", content=a_content(title=mark))
    certificate = await certify(kafka, product, firm)
    await comes_to(catalog, product, "listed")
    await finds(catalog, f"q={mark}", product)

    await revoke(kafka, certificate, product, firm)
    await comes_to(catalog, product, "lapsed")

    await finds(catalog, f"q={mark}")


async def test_a_caller_finds_what_it_just_did(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    product = await catalog.a_product(owner, "registration", kind="idle_ip", content=a_content(title=mark))

    listed = await catalog.operator.ask("POST", f"/v1/products/{product}/approval")
    at_once = await found(catalog, f"q={mark}", market_position=listed.headers["market-position"])
    withdrawn = await catalog.operator.ask("POST", f"/v1/products/{product}/withdrawal", {"reason": "단종"})
    gone = await found(catalog, f"q={mark}", market_position=withdrawn.headers["market-position"])

    assert ([hit["id"] for hit in at_once["items"]], gone["items"]) == ([product], [])


async def test_facets_narrow_and_count(catalog: Catalog, kafka: Kafka) -> None:
    mark = a_name()
    kwater = (await catalog.caller().ask("POST", "/v1/parties", a_party(party_kind="institution", title="한국물"))).body
    firm = (await catalog.caller().ask("POST", "/v1/parties", a_party(title="한빛", region="대전"))).body["id"]
    activation = {"tax_active": True, "sme_certificate_until": "2099-03-31"}
    await catalog.operator.ask("POST", f"/v1/parties/{firm}/activation", activation)
    dear, cheap = [
        await catalog.a_product(firm, "registration", content=a_content(title=f"{mark} 분리막", **more))
        for more in ({"price": "125000000"}, {"price": "5000000", "council": "ict", "category": "sensor"})
    ]
    await certify(kafka, dear, firm, kwater["id"], date(2027, 6, 30))
    await certify(kafka, cheap, firm, "pty_other", date(2026, 12, 31))
    unpriced = await a_listing(catalog, firm, title=f"{mark} 특허", readiness_level=3)
    await finds(catalog, f"q={mark}", dear, cheap, unpriced, within=PATIENCE)

    today = seoul_date(datetime.now(UTC))
    everything = await found(catalog, f"q={mark}")

    days = everything["facets"].pop("certificate_valid_on")
    assert [each["value"] for each in days] == [str(today + timedelta(days=ahead)) for ahead in (0, 90, 365)]
    for day in days:
        filtered = await found(catalog, f"q={mark}&certificate_valid_on={day['value']}")
        assert (day["value"], day["count"]) == (day["value"], filtered["total"])
    assert {
        name: {each["value"]: each["count"] for each in counts} for name, counts in everything["facets"].items()
    } == {
        "council": {"soc": 2, "ict": 1},
        "category": {"water": 2, "sensor": 1},
        "product_kind": {"technology": 2, "idle_ip": 1},
        "region": {"대전": 3},
        "issuer": {kwater["id"]: 1, "pty_other": 1},
        "price_band": {"100000000-500000000": 1, "0-10000000": 1},
        "readiness_level": {"8": 2, "3": 1},
    }
    assert everything["names"] == {firm: "한빛", kwater["id"]: "한국물"}
    for query, products in (
        ("council=ict", [cheap]),
        ("council=ict&council=soc&category=water", [dear, unpriced]),
        ("product_kind=idle_ip", [unpriced]),
        ("region=부산", []),
        ("region=부산&region=대전", [dear, cheap, unpriced]),
        (f"issuer={kwater['id']}", [dear]),
        ("price_band=0-10000000", [cheap]),
        ("readiness_level=3", [unpriced]),
        ("certificate_valid_on=2026-11-22", []),
        ("certificate_valid_on=2026-11-23", [dear, cheap]),
        ("certificate_valid_on=2026-12-31", [dear, cheap]),
        ("certificate_valid_on=2027-06-30", [dear]),
        ("certificate_valid_on=2027-07-01", []),
    ):
        assert {hit["id"] for hit in (await found(catalog, f"q={mark}&{query}"))["items"]} == set(products), query
    for sort, products in (
        ("price", [cheap, dear, unpriced]),
        ("-price", [dear, cheap, unpriced]),
        ("newest", [unpriced, cheap, dear]),
    ):
        assert [hit["id"] for hit in (await found(catalog, f"q={mark}&sort={sort}"))["items"]] == products, sort


async def test_a_hit_shows_where_the_words_are(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    title, summary = f"{mark} 수처리 분리막", "분리막으로 물을 거릅니다"
    product = await a_listing(catalog, owner, title=title, title_en="Membranes", summary=summary)
    await finds(catalog, f"q={mark}", product)

    [hit] = (await found(catalog, f"q={mark} 수처리분리막 membrane 분리막"))["items"]

    marked = {
        field: [hit[field][begins:ends] for begins, ends in ranges] for field, ranges in hit["highlights"].items()
    }
    assert marked == {"title": [mark, "수처리 분리막"], "title_en": ["Membrane"], "summary": ["분리막"]}


async def test_initials_and_typing_errors_suggest_what_is_there(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    product = await a_listing(catalog, owner, title=f"{mark} 수처리장치 콘센트")
    await finds(catalog, f"q={mark}", product)

    short = await found(catalog, "q=ㅅㅊㄹㅈ")
    spaced = await found(catalog, "q=ㅅㅊㄹㅈㅊ ㅋㅅㅌ")
    wrong = await found(catalog, f"q={mark} 수쳐리장치")
    whole = await found(catalog, f"q={initials(mark)}ㅅㅊㄹㅈㅊㅋㅅㅌ")
    joined = await found(catalog, f"q={mark}수쳐리장치")
    hopeless = await found(catalog, "q=qqqqqqqqqqq")

    assert product in {hit["id"] for hit in short["items"]}
    assert {"수처리장치", "수처리장치 콘센트"} <= set(short["suggestions"])
    assert spaced["suggestions"] == ["수처리장치 콘센트"]
    assert (wrong["items"], wrong["suggestions"]) == ([], [f"{mark} 수처리장치"])
    assert whole["suggestions"] == [f"{mark} 수처리장치 콘센트"]
    assert (joined["items"], joined["suggestions"]) == ([], [f"{mark} 수처리장치"])
    assert (hopeless["total"], hopeless["suggestions"]) == (0, [])


async def test_pages_follow_one_another(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    products = [await a_listing(catalog, owner, title=f"{mark} {number}") for number in range(5)]
    await finds(catalog, f"q={mark}", *products)

    first = await found(catalog, f"q={mark}&limit=2")
    second = await found(catalog, f"q={mark}&limit=2&cursor={first['next']}")
    third = await found(catalog, f"q={mark}&limit=2&cursor={second['next']}")

    pages = [first, second, third]
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {hit["id"] for page in pages for hit in page["items"]} == set(products)
    assert ([page["total"] for page in pages], third["next"]) == ([5, 5, 5], None)
    assert [bool(page["facets"]) for page in pages] == [True, False, False]


async def test_a_cursor_belongs_to_its_query(catalog: Catalog) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    await finds(catalog, f"q={mark}", *[await a_listing(catalog, owner, title=f"{mark} {each}") for each in range(2)])
    cursor = (await found(catalog, f"q={mark}&limit=1"))["next"]
    listed = (await catalog.caller().ask("GET", "/v1/products?limit=1")).body["next"]

    for query in (
        f"q={mark}&sort=newest&cursor={cursor}",
        f"q={mark}&council=soc&cursor={cursor}",
        f"q=x&cursor={cursor}",
        f"q={mark}&cursor={cursor[:-4]}AAAA",
        f"q={mark}&cursor={listed}",
        f"q={mark}&cursor=x",
    ):
        answer = await catalog.caller().ask("GET", f"/v1/products/search?{query}", accept_language="ko")
        assert (answer.status, answer.body["rule"]) == (422, "cursor.mismatch")
        assert answer.body["errors"][0]["pointer"] == "query/cursor"


@pytest.mark.parametrize(
    ("query", "pointer", "rule"),
    [
        ("colour=red", "query/colour", "extra_forbidden"),
        ("council=moon", "query/council/0", "literal_error"),
        ("price_band=1-2", "query/price_band/0", "literal_error"),
        ("readiness_level=10", "query/readiness_level/0", "less_than_equal"),
        ("issuer=me", "query/issuer/0", "string_pattern_mismatch"),
        ("certificate_valid_on=2027-02-30", "query/certificate_valid_on", "value_error"),
        ("certificate_valid_on=soon", "query/certificate_valid_on", "value_error"),
        ("sort=best", "query/sort", "literal_error"),
        ("limit=0", "query/limit", "greater_than_equal"),
        (f"q={'x' * 201}", "query/q", "string_too_long"),
    ],
)
async def test_a_wrong_question_is_refused(catalog: Catalog, query: str, pointer: str, rule: str) -> None:
    answer = await catalog.caller().ask("GET", f"/v1/products/search?{query}")

    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(each["pointer"], each["rule"]) for each in answer.body["errors"]] == [(pointer, rule)]


@pytest.mark.parametrize(
    "query", ["!!!", "%00", "%00%00 ㅁ", "을를", "'", '"', "*", ".*", ":", "(", "-", "%F0%9F%98%80", "㎥"]
)
async def test_a_strange_question_finds_nothing_and_breaks_nothing(catalog: Catalog, query: str) -> None:
    assert (await found(catalog, f"q={query}"))["items"] == []


async def test_who_is_not_signed_in_does_not_search(catalog: Catalog) -> None:
    assert (await catalog.stranger().ask("GET", "/v1/products/search?q=a")).status == 401


@pytest.mark.parametrize("end", [Service.stop, Service.kill], ids=["stopped", "killed"])
async def test_a_process_that_ended_finds_everything_as_soon_as_it_is_ready_again(
    catalog: Catalog, replicas: Sequence[Service], kafka: Kafka, end: Callable[[Service], None]
) -> None:
    if isinstance(kafka, NoidaKafka) and end is Service.kill:
        pytest.skip("noida-db keeps the partitions of a killed member: this needs Apache Kafka (Java and Maven)")
    mark = a_name()
    owner = await catalog.a_firm()
    listed, withdrawn = [await a_listing(catalog, owner, title=f"{mark} {each}") for each in range(2)]
    await finds(catalog, f"q={mark}", listed, withdrawn)
    await catalog.operator.ask("POST", f"/v1/products/{withdrawn}/withdrawal", {"reason": "단종"})

    await asyncio.to_thread(end, replicas[0])
    await start_again(replicas[0])

    await finds(catalog, f"q={mark}", listed, within=0.1)
    later = await a_listing(catalog, owner, title=f"{mark} 나중")
    await finds(catalog, f"q={mark}", listed, later)


class Interrupted(Store[Product]):
    """Whose database goes away once, behind a document."""

    interruptions = 1

    def read_in_thread(self, query: Document, fields: Sequence[str]) -> Iterator[Document]:
        for document in super().read_in_thread(query, fields):
            yield document
            if self.interruptions:
                self.interruptions -= 1
                raise DatabaseError("the database is away")


async def test_an_index_whose_filling_broke_off_has_each_listing_once(
    catalog: Catalog, replicas: Sequence[Service], kafka: Kafka
) -> None:
    await a_listing(catalog, await catalog.a_firm(), title=a_name())
    settings = replicas[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    relay = Relay(lambda: new_producer(kafka.bootstrap))
    products = Interrupted(database, Product, product_view, relay)
    documents = Documents(products, Store(database, Party, party_view, relay))
    search = Search(kafka.bootstrap)

    def total() -> int:
        everything = Asked()
        return search.listings.find(everything, query_of(everything, search.listings), 0, 1, FAR).total

    with pytest.raises(DatabaseError):
        await search.fill(documents)
    await search.fill(documents)

    listed = (await products.counted_by("status", {"status": "listed"}))["listed"]
    assert total() == listed
    await a_listing(catalog, await catalog.a_firm(), title=a_name())

    async def one_more() -> bool:
        return total() == listed + 1

    await until(one_more)
    await search.stop()
    database.client.close()


class Long(Store[Product]):
    """With so many listings that a process is told to stop before it has read them."""

    listings, read = 20_000, 0

    def read_in_thread(self, query: Document, fields: Sequence[str]) -> Iterator[Document]:
        first = next(super().read_in_thread(query, fields))
        for _ in range(self.listings):
            self.read += 1
            yield first


async def test_a_process_that_is_stopped_fills_no_further(
    catalog: Catalog, replicas: Sequence[Service], kafka: Kafka
) -> None:
    await a_listing(catalog, await catalog.a_firm(), title=a_name())
    settings = replicas[0].environment()

    async def stopped_soon() -> Long:
        database = connect(settings["MONGO_URI"], settings["DATABASE"])
        relay = Relay(lambda: new_producer(kafka.bootstrap))
        products = Long(database, Product, product_view, relay)
        search = Search(kafka.bootstrap)
        filling = asyncio.create_task(search.fill(Documents(products, Store(database, Party, party_view, relay))))

        async def begun() -> bool:
            return products.read > 0

        await until(begun)
        filling.cancel()
        await search.stop()
        database.client.close()
        return products

    products = await asyncio.to_thread(asyncio.run, stopped_soon())  # returns when all its threads have

    assert products.read < products.listings


async def test_what_was_listed_while_kafka_was_away_is_found_when_it_is_back(catalog: Catalog, kafka: Kafka) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    kafka.pause()
    try:
        product = await a_listing(catalog, owner, title=mark)
        await asyncio.sleep(2)
        assert (await found(catalog, f"q={mark}"))["items"] == []
    finally:
        kafka.resume()

    await finds(catalog, f"q={mark}", product, within=STALE + BACK)


async def test_each_replica_finds_what_the_other_listed(
    catalog: Catalog, other: Catalog, replicas: Sequence[Service]
) -> None:
    mark = a_name()
    owner = await catalog.a_firm()
    here, there = (
        await a_listing(catalog, owner, title=f"{mark} 하나"),
        await a_listing(other, owner, title=f"{mark} 둘"),
    )
    await finds(catalog, f"q={mark}", here, there)
    await finds(other, f"q={mark}", here, there)

    replicas[0].kill()
    await other.operator.ask("POST", f"/v1/products/{here}/withdrawal", {"reason": "단종"})
    await finds(other, f"q={mark}", there)
    await start_again(replicas[0])

    await finds(catalog, f"q={mark}", there, within=0.1)


@pytest.fixture
async def other(catalog: Catalog, replicas: Sequence[Service], kafka: Kafka) -> AsyncIterator[Catalog]:
    """A second process of the same catalog."""
    with a_second_replica("catalog", replicas[0], kafka) as second:
        yield Catalog(catalog._http, second, catalog._key)


async def revoke(kafka: Kafka, certificate: str, product: str, owner: str) -> None:
    """Let the institution take its certificate back."""
    revoked = CertificateRevoked(
        at=datetime.now(UTC),
        certificate=Certificate(
            id=certificate, number=certificate, institution="pty_kwater", valid_from=FAR, valid_until=FAR
        ),
        product=ProductRef(id=product, version=1),
        owner=owner,
        reason="하자",
    )
    await tell(kafka.bootstrap, [record_of(revoked, certificate, 2)])
