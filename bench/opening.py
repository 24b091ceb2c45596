"""One dossier to as many institutions as it may name: until each has a review of its own, open."""

import asyncio
import statistics
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bench.measure import Single
from bench.processes import READY_SECONDS, process, settings_for, until_answering
from bench.subjects import CONTENT, fresh
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from shared.events.catalog import PartyState, ProductState
from shared.events.envelope import Envelope, State
from shared.kafka import Outgoing, new_producer, publish
from shared.telemetry import new_traceparent

ISSUER = "https://market.example/issuer"
INSTITUTIONS, DOSSIERS = 40, 20
LOOK_EVERY = 0.01


async def opening(kafka: Kafka, mongo: Mongo, folder: Path) -> Single:
    """Return how long after its call a dossier's reviews are all shown to be open; one dossier after the other."""
    port = free_port()
    settings = settings_for(folder, kafka, mongo) | {"PORT": str(port), "DATABASE": f"bench_opening_{fresh()}"}
    institutions = [f"pty_{fresh()}" for _ in range(INSTITUTIONS)]
    firms = [f"pty_{fresh()}" for _ in range(DOSSIERS)]
    parties = [*map(institution_of, institutions), *map(firm_of, firms)]
    await known(kafka.bootstrap, [*parties, *map(product_of, firms)])
    with process("services.verification", **settings, TOKEN_ISSUER=ISSUER):
        await until_answering(port, "/readyz")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            seconds = sorted([await _opened(http, folder, firm, institutions) for firm in firms])
    figure = f"p50 {statistics.median(seconds):.2f} s, {seconds[-1]:.2f} at worst"
    return Single(f"a dossier to {INSTITUTIONS} institutions: all reviews open, {DOSSIERS} times", figure, "≤ 2 s")


async def _opened(http: aiohttp.ClientSession, folder: Path, firm: str, institutions: list[str]) -> float:
    token = signed_token(folder, ISSUER, "prs_bench", [(firm, "sme", "manager")])
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": fresh()}
    body = {"product": {"id": f"prd_{firm[4:]}", "version": 1}, "institutions": institutions}

    async def is_open(review: str) -> bool:
        async with http.get(f"/v1/reviews/{review}", headers=headers) as answer:
            return answer.status == 200 and (await answer.json())["status"] == "opened"  # noqa: PLR2004

    async with asyncio.timeout(READY_SECONDS):
        while True:
            began = time.perf_counter()
            async with http.post("/v1/dossiers", json=body, headers=headers) as answer:
                submitted: Any = await answer.json()
                if answer.status == 201:  # noqa: PLR2004
                    break
            assert submitted["rule"].endswith("unknown"), submitted  # noqa: S101  it has not heard of all yet
            await asyncio.sleep(LOOK_EVERY)
        for each in submitted["applications"]:
            while not await is_open(each["review"]):
                await asyncio.sleep(LOOK_EVERY)
    return time.perf_counter() - began


def firm_of(party: str) -> PartyState:
    return _party(party, "sme", sme_certificate_until=date(2999, 3, 31))


def institution_of(party: str) -> PartyState:
    return _party(party, "institution")


def _party(party: str, kind: Any, **more: Any) -> PartyState:
    named = {"title": "참가자", "title_en": "", "business_number": party[4:], "councils": [], "region": ""}
    return PartyState(id=party, party_kind=kind, status="active", **named, **more)


def product_of(firm: str) -> ProductState:
    shown = CONTENT.model_dump(include=set(ProductState.model_fields))
    return ProductState(
        id=f"prd_{firm[4:]}", owner=firm, product_kind="technology", status="registered", version=1, **shown
    )


async def known(bootstrap: str, states: Iterable[State]) -> None:
    """Make these known, as the catalog would."""
    producer = new_producer(bootstrap)
    await producer.start()
    await publish(producer, list(map(_record, states)))
    await producer.stop()


def _record(state: State) -> Outgoing:
    now = datetime.now(UTC)
    envelope = Envelope(state.wire_type(), "/bench", state.id, 1, now, "", "", "", "", new_traceparent())
    return Outgoing(state.topic(), state.id, state.model_dump_json().encode(), envelope.headers())
