"""A whole service in this process: it comes up however late others are, says what is wrong, and ends cleanly."""

import asyncio
import json
import random
import secrets
import string
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.local.brokers import NoidaKafka
from deploy.local.databases import SecantusPython
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from shared.aggregate import Cause
from shared.auth import ANYONE
from shared.calls import Changing, Creating, Reading, answer, shown
from shared.copies import Copies
from shared.messaging import Subscriptions
from shared.mongo import Database
from shared.relay import Relay
from shared.service import build
from shared.settings import ProcessSettings
from shared.web import api_router
from tests.component.shared.conftest import make_topics
from tests.component.shared.reading import all_records, until
from tests.component.shared.shelf import counted, send, send_raw
from tests.component.shared.tally import Counted, Kind, TallyView, a_kind
from tests.unit.shared.asgi import Answer, ask

KEY = OKPKey.generate_key("Ed25519", {"kid": "dev", "use": "sig"})


class Tallies:
    """What the service owns."""

    def __init__(self, kind: Kind, database: Database, relay: Relay) -> None:
        self.store = kind.store(database, relay)
        self.refusing: set[str] = set()

    @property
    def stores(self) -> Sequence[Any]:
        return (self.store,)

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return ()

    async def prepare(self) -> None:
        await self.store.prepare()


class Part:
    """Something that runs beside the routes."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def start(self) -> None:
        self.log.append("started")

    async def stop(self) -> None:
        self.log.append("stopped")


@dataclass
class Service:
    app: FastAPI
    kind: Kind
    part: Part

    @property
    def ground(self) -> Tallies:
        ground: Tallies = self.app.state.ground
        return ground

    async def ask(self, method: str, path: str, body: Any = None, kind: str = "operator", **headers: str) -> Answer:
        claims = {
            "sub": "prs_kim",
            "iss": "https://market.example/issuer",
            "aud": "techmarket",
            "exp": int(time.time()) + 600,
            "parties": [{"id": "pty_a", "kind": kind, "roles": []}],
        }
        token = jwt.encode({"alg": "Ed25519", "kid": "dev"}, claims, KEY, algorithms=["Ed25519"])
        sent = {"authorization": f"Bearer {token}", "idempotency_key": secrets.token_hex(4), "if_match": "*"} | headers
        return await ask(self.app, method, path, b"" if body is None else json.dumps(body).encode(), **sent)

    async def problems(self) -> list[str]:
        problems: list[str] = (await ask(self.app, "GET", "/readyz")).json["problems"]
        return problems

    async def is_ready(self) -> bool:
        return (await ask(self.app, "GET", "/readyz")).status == 200


def a_service(folder: Path, kind: Kind, mongo_uri: str, bootstrap: str, **told: Any) -> Service:
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [dict(KEY.as_dict(private=False))]}))
    settings = ProcessSettings(
        mongo_uri=mongo_uri,
        kafka_bootstrap=bootstrap,
        jwks_uri=jwks.as_uri(),
        cursor_secret=secrets.token_hex(16),
        **told,
    )
    router = api_router("/v1/tallies", "tallies")
    subscriptions: Subscriptions[Tallies] = Subscriptions()
    part = Part()

    @subscriptions.on(kind.event)
    async def hear(event: Counted, cause: Cause, ground: Tallies) -> None:
        if event.entry in ground.refusing:
            raise ValueError(event.entry)

    @router.post("", status_code=201)
    async def make(call: Creating, request: Request) -> Response:
        tallies = request.app.state.ground.store
        tally = kind.tally(id=call.new_id("tal"))
        tally.count("made", call.at)
        return answer(await tallies.create(tally, call.cause), 201)

    @router.post("/{tally_id}/count")
    async def count(tally_id: str, call: Changing, request: Request) -> Response:
        tallies = request.app.state.ground.store
        tally = await tallies.load(tally_id, call.cause)
        tally.count("counted", call.at)
        return answer(await tallies.save(tally, call.cause))

    @router.get("/{tally_id}")
    async def read(tally_id: str, call: Reading, request: Request) -> Response:
        tally = await request.app.state.ground.store.load(tally_id)
        return shown(TallyView(id=tally.id, entries=tally.entries), tally.version, request)

    @router.get("")
    async def forgotten(call: Reading) -> str:
        raise AssertionError

    app = build(
        secrets.token_hex(4),
        "Tallies.",
        settings,
        f"service_{secrets.token_hex(4)}",
        lambda database, relay: Tallies(kind, database, relay),
        subscriptions,
        (router,),
        {"make": ANYONE, "count": ANYONE, "read": ANYONE},
        (part,),
    )
    return Service(app, kind, part)


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    async with service.app.router.lifespan_context(service.app):
        yield service
    service.ground.store._collection.database.client.close()


@pytest.fixture
def lettered() -> Kind:
    """A kind without digits, as the addresses of parked records have none in their topics."""
    return a_kind("test." + "".join(random.choices(string.ascii_lowercase, k=8)))  # noqa: S311


async def test_a_service_does_its_whole_work(tmp_path: Path, lettered: Kind, kafka: Kafka, mongo: Mongo) -> None:
    await make_topics(kafka.bootstrap, lettered)
    async with running(a_service(tmp_path, lettered, mongo.uri, kafka.bootstrap)) as service:
        await until(service.is_ready)

        made = await service.ask("POST", "/v1/tallies", kind="sme")
        path = f"/v1/tallies/{made.json['id']}"
        repeat = await service.ask("POST", f"{path}/count", idempotency_key="k", if_match='"1"')
        again = await service.ask("POST", f"{path}/count", idempotency_key="k", if_match='"1"')

        assert made.status == 201
        assert (again.body, again.headers["idempotent-replayed"]) == (repeat.body, "true")
        assert (await service.ask("GET", path)).json["entries"] == ["made", "counted"]
        assert (await service.ask("GET", "/v1/tallies")).json["rule"] == "operation.not_allowed"
        assert (await service.ask("POST", f"{path}/count", if_match='"1"')).status == 412
        assert (await service.ask("GET", path, market_position="x")).status == 422
        assert (await service.ask("GET", path, authorization="Basic x")).status == 401
        assert (await ask(service.app, "GET", "/livez")).json == {"status": "alive"}
        assert b"market_request_seconds" in (await ask(service.app, "GET", "/metrics")).body
        assert (await ask(service.app, "GET", "/openapi.json")).status == 404
        assert await service.problems() == []

    assert len(await all_records(kafka.bootstrap, lettered.event.topic())) == 2
    assert service.part.log == ["started", "stopped"]


async def test_operators_look_after_what_is_parked(tmp_path: Path, lettered: Kind, kafka: Kafka, mongo: Mongo) -> None:
    await make_topics(kafka.bootstrap, lettered)
    service = a_service(tmp_path, lettered, mongo.uri, kafka.bootstrap)
    service.ground.refusing = {"bad"}
    headers = [("note", b"\xff"), ("empty", None)]
    await send(kafka.bootstrap, counted(lettered, "tal_1", 1, "bad"), counted(lettered, "tal_1", 2, "good"))
    await send_raw(kafka.bootstrap, lettered.event.topic(), [("tal_2", b"\xfe", headers), ("tal_3", b"text", [])])

    async with running(service):
        await until(lambda: lists(service, 4))
        page = (await service.ask("GET", "/v1/parked")).json
        head, follower = [each for each in page["items"] if each["lane"].endswith("|tal_1")]
        garbled, text = (each for lane in "23" for each in page["items"] if each["lane"].endswith(f"|tal_{lane}"))

        record = (await service.ask("GET", f"/v1/parked/{head['id']}")).json
        assert (record["value"]["form"], record["value"]["content"]["entry"]) == ("json", "bad")
        assert (record["error"], record["key"]) == ("ValueError('bad')", {"form": "text", "content": "tal_1"})
        record = (await service.ask("GET", f"/v1/parked/{garbled['id']}")).json
        assert record["value"] == {"form": "base64", "content": "/g=="}
        assert [header["value"] for header in record["headers"]] == [{"form": "base64", "content": "/w=="}, None]
        record = (await service.ask("GET", f"/v1/parked/{text['id']}")).json
        assert record["value"] == {"form": "text", "content": "text"}
        assert (await service.ask("GET", "/v1/parked", kind="sme")).status == 403

        service.ground.refusing = set()
        retried = await service.ask("POST", f"/v1/parked/{head['id']}/retry")
        skipped = [await service.ask("POST", f"/v1/parked/{each['id']}/skip") for each in (garbled, text)]
        await until(lambda: lists(service, 0))

        assert [each.json["done"] for each in (retried, *skipped)] == ["retried", "skipped", "skipped"]
        assert (await service.ask("POST", f"/v1/parked/{follower['id']}/skip")).status == 404


async def lists(service: Service, number: int) -> bool:
    page = await service.ask("GET", "/v1/parked")
    return page.status == 200 and len(page.json["items"]) == number


async def test_a_service_takes_commands_before_kafka_is_there(tmp_path: Path, lettered: Kind, mongo: Mongo) -> None:
    broker = NoidaKafka(tmp_path, free_port())
    async with running(a_service(tmp_path, lettered, mongo.uri, broker.bootstrap)) as service:
        await asyncio.sleep(2.5)
        assert (await service.ask("POST", "/v1/tallies")).status == 201
        assert "starting" in await service.problems()
        await asyncio.to_thread(broker.start)
        await asyncio.to_thread(broker.wait_ready, 30)
        await make_topics(broker.bootstrap, lettered)

        await until(service.is_ready, patience=60)

        async def is_out() -> bool:
            return len(await all_records(broker.bootstrap, lettered.event.topic())) == 1

        await until(is_out)
    await asyncio.to_thread(broker.stop)


async def test_a_service_whose_events_wait_too_long_for_kafka_is_not_ready(
    tmp_path: Path, lettered: Kind, mongo: Mongo
) -> None:
    broker = NoidaKafka(tmp_path, free_port())
    await asyncio.to_thread(broker.start)
    await asyncio.to_thread(broker.wait_ready, 30)
    await make_topics(broker.bootstrap, lettered)
    bound = 2.0
    async with running(
        a_service(tmp_path, lettered, mongo.uri, broker.bootstrap, stale_relay_seconds=bound)
    ) as service:
        await until(service.is_ready, patience=60)

        async def says_that_events_wait() -> bool:
            return any(each.startswith("events have waited for Kafka") for each in await service.problems())

        broker.pause()
        began = time.monotonic()
        assert (await service.ask("POST", "/v1/tallies")).status == 201
        await until(says_that_events_wait, patience=30)
        waited = time.monotonic() - began
        unready = await ask(service.app, "GET", "/readyz")
        broker.resume()

        assert (unready.status, unready.json["status"]) == (503, "not ready")
        assert waited >= bound
        await until(service.is_ready, patience=60)
        assert len(await all_records(broker.bootstrap, lettered.event.topic())) == 1
    await asyncio.to_thread(broker.stop)


async def test_a_service_that_never_came_up_ends(tmp_path: Path, lettered: Kind) -> None:
    async with running(
        a_service(tmp_path, lettered, "mongodb://127.0.0.1:9/?directConnection=true", "127.0.0.1:9")
    ) as service:
        assert await service.problems() == ["the database does not answer"]
        answer = await service.ask("POST", "/v1/tallies")
        assert (answer.status, answer.json["rule"]) == (503, "database.unavailable")


async def test_a_service_comes_up_after_its_database(tmp_path: Path, lettered: Kind, kafka: Kafka) -> None:
    await make_topics(kafka.bootstrap, lettered)
    database = SecantusPython(tmp_path, free_port())
    async with running(a_service(tmp_path, lettered, database.uri, kafka.bootstrap)) as service:
        await asyncio.sleep(1.0)
        await asyncio.to_thread(database.start)
        await asyncio.to_thread(database.wait_ready, 60)

        await until(service.is_ready, patience=60)

        assert (await service.ask("POST", "/v1/tallies")).status == 201
    await asyncio.to_thread(database.stop)
