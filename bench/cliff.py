"""The day on which a thousand certificates end together, while others go on with their work."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from bench.load import Loaded, post
from bench.measure import Compared, Single
from bench.processes import process, settings_for, until_answering
from bench.subjects import CONTENT, fresh
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from services.catalog.domain.content import Version
from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.domain.standing import REMINDERS
from services.catalog.party_views import party_view
from services.catalog.search.listing import analysed
from services.catalog.views import product_view
from services.verification.domain.certificate import REMINDERS as CERTIFICATE_REMINDERS
from services.verification.domain.certificate import Certificate
from services.verification.ground import Verification
from shared.aggregate import Cause
from shared.copies import Copies
from shared.events.catalog import PartyState, ProductCertificate, ProductRef
from shared.events.days import end_of, seoul_date
from shared.kafka import Consumer, new_producer, new_reader
from shared.mongo import Database, connect
from shared.relay import Relay
from shared.store import Store

ENDING = 1_000
COMMANDS = 2_000
CALLERS = 8
"""Few callers, so that the services are not at their limit before anything ends."""
QUANTILE = 0.99
ISSUER = "https://market.example/issuer"
ACCEPTED = "pty_accepted"
LETTERS = str.maketrans("0123456789", "abcdefghij")

Load = Callable[[], Awaitable[Loaded]]


@dataclass(frozen=True)
class Cliff:
    """What ends: `given` stores it and returns the ids that must then be told of, on these topics."""

    name: str
    topics: tuple[str, ...]
    given: Callable[[], Awaitable[set[str]]]


async def fall(cliff: Cliff, bootstrap: str, others: Mapping[str, Load], rounds: int) -> list[Single | Compared]:
    """Return how long it takes until all consequences are on Kafka, and what other commands notice of it."""
    reader = new_reader(bootstrap, *cliff.topics)
    await reader.start()
    await reader.seek_to_end()
    seconds: list[float] = []
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in others}
    try:
        for _ in range(rounds):
            calm = await asyncio.gather(*(load() for load in others.values()))
            ids = await cliff.given()
            loads = asyncio.gather(*(load() for load in others.values()))
            seconds.append(await _told(reader, ids))
            loaded = await loads
            for name, ours, before in zip(others, loaded, calm, strict=True):
                pairs[name].append((_slow(ours), _slow(before)))
    finally:
        await reader.stop()
    figure = f"{statistics.median(seconds):.1f} s, {max(seconds):.1f} at worst"
    return [Single(cliff.name, figure, "≤ 30 s"), *(_noticed(name, each) for name, each in pairs.items())]


def _noticed(name: str, pairs: Sequence[tuple[float, float]]) -> Compared:
    return Compared(
        f"the p99 of {name} meanwhile, against the calm before",
        "ms",
        statistics.median(mine for mine, _ in pairs),
        statistics.median(calm for _, calm in pairs),
        tuple(mine / before for mine, before in pairs),
        "≤ 2",
    )


async def _told(reader: Consumer, left: set[str]) -> float:
    """Return after how many seconds something was told of each of these."""
    began = time.perf_counter()
    while left:
        for records in (await reader.getmany(timeout_ms=200)).values():
            left -= {(record.key or b"").decode() for record in records}
    return time.perf_counter() - began


def _slow(loaded: Loaded) -> float:
    return loaded.seconds[int(len(loaded.seconds) * QUANTILE)] * 1000


async def firms_end(database: Database, bootstrap: str) -> set[str]:
    """Store firms whose SME certificate ended yesterday, which their catalog's clock has yet to find out."""
    parties = Store(database, Party, party_view, Relay(lambda: new_producer(bootstrap)))
    at, run = datetime.now(UTC), fresh()
    firms = [
        Party(
            id=f"pty_{run}{number}",
            party_kind="sme",
            title="한빛수처리",
            title_en="Hanbit Water",
            business_number=f"{run}{number}",
            councils=[],
            region="",
            contact=None,
            confirmed_at=at,
            sme_certificate_until=_yesterday(at),
            reminded=list(REMINDERS),
        )
        for number in range(ENDING)
    ]
    await asyncio.gather(*(parties.create(firm, _cause(firm.id, at)) for firm in firms))
    return {firm.id for firm in firms}


async def certificates_end(catalog: Database, verification: Database, bootstrap: str) -> set[str]:
    """Store listings and let the certificate of each end; every second one has another that stays in force."""
    relay = Relay(lambda: new_producer(bootstrap))
    products = Store(catalog, Product, product_view, relay)
    at, run = datetime.now(UTC), fresh()
    certificates = [_certificate(f"{run}{number}", at) for number in range(ENDING)]
    stays = _certificate(f"{run}stays", at)
    words = analysed(CONTENT, 1)
    listings = [
        Product(
            id=each.product.id,
            owner="pty_bench",
            product_kind="technology",
            versions=[Version.of(CONTENT, 0)],
            registered_versions=1,
            certified_version=1,
            status="listed",
            certificates=[_held(one) for one in ([stays, each] if number % 2 else [each])],
            was_listed=True,
            words=words,
        )
        for number, each in enumerate(certificates)
    ]
    await asyncio.gather(*(products.create(each, _cause(each.id, at)) for each in listings))
    owned = Verification(verification, relay)
    await asyncio.gather(*(owned.certificates.create(each, _cause(each.id, at)) for each in certificates))
    # Midnight, in one statement: none is told of before all have ended.
    ended = {"state.valid_until": _yesterday(at).isoformat(), "due_at": end_of(_yesterday(at))}
    ids = {each.id for each in certificates}
    await verification["certificate"].update_many({"_id": {"$in": list(ids)}}, {"$set": ended})
    return ids | {each.id for each in listings}


@asynccontextmanager
async def adopting(kafka: Kafka, mongo: Mongo, folder: Path) -> AsyncIterator[tuple[Database, Load]]:
    """Run verification; yield its database, and a load of recognition rules that an institution makes there."""
    port, database = free_port(), connect(mongo.uri, f"bench_verification_{fresh()}")
    settings = {"PORT": str(port), "DATABASE": database.name, "TOKEN_ISSUER": ISSUER}
    with process("services.verification", **settings_for(folder, kafka, mongo) | settings):
        await until_answering(port, "/readyz")
        accepted = PartyState(
            id=ACCEPTED,
            party_kind="institution",
            title="한빛공사",
            title_en="",
            business_number="1248100998",
            councils=["soc"],
            region="",
            status="active",
        )
        await Copies(database, PartyState).apply({ACCEPTED: (1, accepted)})
        token = signed_token(folder, ISSUER, "prs_bench", [("pty_accepting", "institution", "manager")])
        rules = count()
        yield database, lambda: post(port, COMMANDS, lambda _: _rule(token, next(rules)), CALLERS)
    database.client.close()


def _rule(token: str, number: int) -> bytes:
    """Return the bytes of POST /v1/recognition-rules, of a category of its own: an institution says a thing once."""
    body = json.dumps({"accepts": ACCEPTED, "category": str(number).translate(LETTERS)}).encode()
    head = (
        f"POST /v1/recognition-rules HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: rule-{number}\r\n\r\n"
    )
    return head.encode() + body


def _certificate(mark: str, at: datetime) -> Certificate:
    return Certificate(
        id=f"crt_{mark}",
        number=mark,
        institution="pty_kwater",
        product=ProductRef(id=f"prd_{mark}", version=1),
        owner="pty_bench",
        review=f"rev_{mark}",
        valid_from=seoul_date(at) - timedelta(days=1000),
        valid_until=seoul_date(at) + timedelta(days=1),
        status="renewal_due",
        reminded=list(CERTIFICATE_REMINDERS),
    )


def _held(certificate: Certificate) -> ProductCertificate:
    named = certificate.model_dump(include={"id", "number", "institution", "valid_until"})
    return ProductCertificate(version=certificate.product.version, **named)


def _yesterday(at: datetime) -> date:
    return seoul_date(at) - timedelta(days=1)


def _cause(owner: str, at: datetime) -> Cause:
    return Cause(at, "prs_bench", owner, owner, owner, "00-bench")
