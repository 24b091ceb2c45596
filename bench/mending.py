"""A released day of 177 firms and 83 institutions mended through the service, trouble after trouble."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from bench.measure import Single, in_flight
from bench.opening import firm_of, institution_of, known
from bench.processes import READY_SECONDS, process, settings_for, until_answering
from bench.subjects import fresh
from cli.seed import generate
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo, choose_mongo

Json = dict[str, Any]

ISSUER = "https://market.example/issuer"
OPERATOR = "pty_operator"
SLOTS, TABLES = 16, 83
EACH = 10
"""So many firms late, officers away, tables lost and walk-ins."""
LOOK_EVERY = 0.02
WORKERS = 32
NOT_READ_YET = "reference.not_known_yet"
"""A party stands behind all that other measures have left in Kafka."""


async def mending(kafka: Kafka, folder: Path) -> list[Single]:
    """Return how long the moves take to be found, and to be carried out, and how many there are.

    On the Python server: the Rust one refuses to book those who walk in where somebody made room for them.
    """
    mongo = choose_mongo("python", folder, free_port())
    mongo.start()
    try:
        await asyncio.to_thread(mongo.wait_ready, READY_SECONDS)
        return await _measured(kafka, mongo, folder)
    finally:
        mongo.stop()


async def _measured(kafka: Kafka, mongo: Mongo, folder: Path) -> list[Single]:
    port = free_port()
    settings = settings_for(folder, kafka, mongo) | {"PORT": str(port), "DATABASE": f"bench_mending_{fresh()}"}
    with process("services.matching", **settings, TOKEN_ISSUER=ISSUER):
        await until_answering(port, "/readyz")
        async with _day(f"http://127.0.0.1:{port}", folder, kafka.bootstrap) as day:
            mended = [await day.mended(trouble) for trouble in await day.troubles()]
    found, done, moves = zip(*mended, strict=True)
    hit = sum(each["why"] != "makes_room" for some in moves for each in some)
    more = sum(len(some) for some in moves) - hit
    return [
        Single(f"repair of a day of 177 x 83, {day.meetings} meetings: the moves found", _quantiles(found), "≤ 1 s"),
        Single("the same, applied: every meeting in its place", _quantiles(done), "-"),
        Single("the same: others moved beside those hit or new", f"{more} beside {hit} in {len(mended)} repairs", "-"),
    ]


@dataclass
class _Fair:
    """A released event, and who calls."""

    http: aiohttp.ClientSession
    folder: Path
    event: str = ""
    meetings: int = 0

    async def call(self, method: str, path: str, by: str = OPERATOR, body: object = None) -> Json:
        kind = {"o": "operator", "f": "sme", "i": "institution"}[by[4]]
        token = signed_token(self.folder, ISSUER, f"prs_{by[4:]}", [(by, kind, "manager")])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": fresh(), "If-Match": "*"}
        async with asyncio.timeout(READY_SECONDS):
            while True:
                async with self.http.request(method, f"/v1{path}", json=body, headers=headers) as answer:
                    read: Json = await answer.json()
                if read.get("rule") == NOT_READ_YET:
                    continue
                assert answer.status < 300, read  # noqa: S101, PLR2004  nothing is measured that was refused
                return read

    async def until(self, path: str, holds: Callable[[Json], bool]) -> None:
        async with asyncio.timeout(READY_SECONDS):
            while not holds(await self.call("GET", path)):
                await asyncio.sleep(LOOK_EVERY)

    async def booked(self) -> list[Json]:
        return list((await self.call("GET", f"/events/{self.event}/timetable"))["meetings"])

    async def troubles(self) -> list[Json]:
        """Return what goes wrong, in an order drawn by lot."""
        chance, booked = Random(1), await self.booked()  # noqa: S311  made-up troubles, no secret
        self.meetings = len(booked)
        met = {(each["firm"], each["institution"]) for each in booked}
        firms, hosts = sorted({one for one, _ in met}), sorted({other for _, other in met})
        busy = Counter(party for pair in met for party in pair)
        strangers = [
            pair for pair in product(firms, hosts) if pair not in met and max(map(busy.__getitem__, pair)) <= SLOTS // 2
        ]
        late = [
            {"kind": "party_late", "party": party, "slot": chance.randint(4, SLOTS // 2)}
            for party in (*chance.sample(firms, EACH), *chance.sample(hosts, EACH))
        ]
        lost = [
            {"kind": "table_lost", "table": table, "slot": chance.randint(2, SLOTS)}
            for table in chance.sample(range(1, TABLES + 1), EACH)
        ]
        walk_in = [
            {"kind": "pair_walks_in", "firm": one, "institution": other}
            for one, other in chance.sample(strangers, EACH)
        ]
        troubles = [*late, *lost, *walk_in]
        return chance.sample(troubles, len(troubles))

    async def mended(self, trouble: Json) -> tuple[float, float, list[Json]]:
        """Return the seconds until the moves are known and until all is done, and the moves."""
        began = time.perf_counter()
        repair = await self.call("POST", "/repairs", body=trouble | {"event": self.event, "reason": "측정"})
        found = time.perf_counter()
        await self.call("POST", f"/repairs/{repair['id']}/application")
        await self.until(f"/repairs/{repair['id']}", lambda read: read["status"] == "applied")
        return found - began, time.perf_counter() - found, repair["moves"]


@asynccontextmanager
async def _day(url: str, folder: Path, bootstrap: str) -> AsyncIterator[_Fair]:
    """Release the seeded market's day: everybody asked, everybody said yes."""
    pairs = [(f"pty_f{each.firm}", f"pty_i{each.institution}") for each in generate("full").consultations]
    parties = sorted({party for pair in pairs for party in pair})
    await known(bootstrap, [firm_of(each) if each[4] == "f" else institution_of(each) for each in parties])
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as http:
        day = _Fair(http, folder)
        start = datetime.now(UTC) + timedelta(days=30)
        plan = {
            "event_kind": "consultation_day",
            "title": "상담회",
            "starts_at": start.isoformat(),
            "slots": SLOTS,
            "slot_minutes": 20,
            "tables": TABLES,
            "quota": 100,
            "answer_deadline": (start - timedelta(days=1)).isoformat(),
        }
        day.event = (await day.call("POST", "/events", body=plan))["id"]

        async def advance(status: str) -> None:
            await day.call("POST", f"/events/{day.event}/advancement", body={"status": status})

        async def apply(party: str) -> None:
            await day.call("POST", "/participations", party, {"event": day.event, "people": [{"name": "참가자"}]})

        async def meet(pair: tuple[str, str]) -> None:
            asked = await day.call("POST", "/requests", pair[0], {"event": day.event, "target": pair[1]})
            await day.call("POST", f"/requests/{asked['id']}/acceptance", pair[1])

        await advance("registering")
        await _each(parties, apply)
        await advance("requesting")
        await _each(pairs, meet)
        await advance("scheduling")
        await day.call("POST", f"/events/{day.event}/timetable")
        await day.until(f"/events/{day.event}/timetable", lambda read: bool(read["settled"]))
        await advance("running")
        yield day


async def _each(items: Sequence[Any], work: Callable[[Any], Awaitable[None]]) -> None:
    await in_flight(len(items), WORKERS, lambda number: work(items[number]))


def _quantiles(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    worst = ordered[-1 - len(ordered) // 20]
    return f"p50 {statistics.median(ordered):.2f} s, p95 {worst:.2f} s"
