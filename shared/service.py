"""How a service is put together and run: routes, store, relay, consumer and timers in one process."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import operations
from shared.auth import Policy, Verifier
from shared.calls import Cursors
from shared.copies import Copies
from shared.kafka import new_producer, pause_after_empty_fetches
from shared.members import Members
from shared.messaging import Consumer, Subscriptions
from shared.mongo import Database, DatabaseError, connect
from shared.parking import Parking
from shared.relay import Relay
from shared.settings import ProcessSettings
from shared.store import Store
from shared.telemetry import configure_logging
from shared.timers import Timers
from shared.web import NO_OTHER_LIMITS, Edge, add_problems

log = structlog.get_logger()

GRACE_SECONDS = 20
GARBAGE_AFTER = 10_000
"""So many young objects the collector waits for; at its 700 it takes a quarter of a command's CPU."""
NOT_STARTED = 3
"""Exit code of a process that could not begin to serve, as uvicorn itself has it."""


class Ground(Protocol):
    """What a service stands on: the documents it owns and what it knows of others."""

    @property
    def stores(self) -> Sequence[Store[Any]]: ...
    @property
    def copies(self) -> Sequence[Copies[Any]]: ...
    async def prepare(self) -> None: ...


class Part(Protocol):
    """Something that runs beside the routes. It comes up however late others are: `start` does not wait for them."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@runtime_checkable
class Warns(Protocol):
    """A part that tells of trouble with others which keeps nobody from calling this service."""

    def warning(self) -> str: ...


G = TypeVar("G", bound=Ground)


def build(
    name: str,
    description: str,
    settings: ProcessSettings,
    database: str,
    ground: Callable[[Database, Relay], G],
    subscriptions: Subscriptions[G],
    routers: Iterable[APIRouter],
    policy: Policy,
    parts: Sequence[Part] = (),
    body_limits: Mapping[str, float] = NO_OTHER_LIMITS,
) -> FastAPI:
    """Return the app of one service. Importing and building it opens no connection; running it does.

    `app.state.stopping` is set when the process is told to stop, before it waits for running requests: whatever
    answers without end must end then.
    """
    motor = connect(settings.mongo_uri, database)
    relay = Relay(lambda: new_producer(settings.kafka_bootstrap))
    owned = ground(motor, relay)
    members = Members(motor)
    parking = Parking(motor)
    # A group's place in the topics and the effects of what it read belong together: one group for one database.
    group = database.replace("_", ".", 1)
    consumer = Consumer(settings.kafka_bootstrap, group, subscriptions, [*owned.copies, members], owned, parking)
    timers = Timers(owned.stores)
    running = Running(motor, owned, members, relay, consumer, timers, parts, settings.stale_relay_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        starting = asyncio.create_task(running.start())
        yield
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await running.stop()

    # FastAPI's own pages load their scripts from elsewhere; the gateway serves pages and documents for all services
    app = FastAPI(
        title=f"Technology market: {name}", description=description, version="1", lifespan=lifespan, openapi_url=None
    )
    app.router.redirect_slashes = False  # or a redirect names this process's own address to callers of the gateway
    app.state.verifier = Verifier(settings.jwks_uri, settings.token_issuer, settings.token_audience)
    app.state.members = members
    app.state.policy = {**operations.POLICY, **policy}
    app.state.cursors = Cursors(settings.cursor_secret)
    app.state.ground = owned
    app.state.parking = parking
    app.state.stopping = asyncio.Event()
    add_problems(app)
    for router in routers:
        app.include_router(router)
    app.include_router(operations.router, prefix="/v1")
    app.include_router(_probes(running))
    app.add_middleware(Edge, others=body_limits)
    return app


class Running:
    """The parts of a service that run beside its routes."""

    def __init__(
        self,
        database: Database,
        ground: Ground,
        members: Members,
        relay: Relay,
        consumer: Consumer[Any],
        timers: Timers,
        parts: Sequence[Part],
        stale_relay_seconds: float,
    ) -> None:
        self._database = database
        self._ground = ground
        self._members = members
        self._relay = relay
        self._consumer = consumer
        self._timers = timers
        self._parts = parts
        self._stale_relay_seconds = stale_relay_seconds
        self._started = False

    async def start(self) -> None:
        """Come up, however late the database and Kafka are."""
        for part in self._parts:
            await part.start()
        await self._relay.start()
        await self._until_it_works("indexes", self._ground.prepare)
        await self._until_it_works("members", partial(self._members.prepare, "person"))
        await self._until_it_works("consumer", self._consumer.start)
        await self._timers.start()
        self._started = True
        log.info("service_started")

    async def stop(self) -> None:
        """Take nothing new, then let what is under way end: consumer and timers before the relay that serves them."""
        await self._timers.stop()
        await self._consumer.stop()
        await self._relay.stop()
        for part in self._parts:
            await part.stop()

    async def problems(self) -> list[str]:
        """Return why this service should get no calls now; empty when it is ready."""
        try:
            await asyncio.wait_for(self._database.command("ping"), 2)
        except (DatabaseError, TimeoutError):
            return ["the database does not answer"]
        found = [] if self._started else ["starting"]
        if self._relay.oldest_seconds > self._stale_relay_seconds:
            found.append(f"events have waited for Kafka for {self._relay.oldest_seconds:.0f} s")
        return [*found, *filter(None, [self._consumer.problem()])]

    def warnings(self) -> list[str]:
        """Return what is the matter with others and keeps nobody from calling."""
        return [text for part in self._parts if isinstance(part, Warns) and (text := part.warning())]

    async def _until_it_works(self, what: str, start: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                return await start()
            except Exception as error:  # noqa: BLE001  it is away, not wrong: readiness says so meanwhile
                log.warning("waiting_to_start", part=what, error=repr(error))
                await asyncio.sleep(1.0)


def _probes(running: Running) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, Any]:
        problems = await running.problems()
        response.status_code = 503 if problems else 200
        status = "not ready" if problems else "ready"
        return {"status": status, "problems": problems, "warnings": running.warnings()}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


class _Server(uvicorn.Server):
    """Tells the app that the process is stopping before it waits for the requests that are under way."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


def run(app: FastAPI, settings: ProcessSettings) -> None:
    """Serve until told to stop; then let running requests end."""
    configure_logging(readable=settings.profile == "local")
    gc.freeze()  # what was imported stays, so it is looked through no more
    gc.set_threshold(GARBAGE_AFTER)
    if settings.empty_fetch_pause_ms:
        pause_after_empty_fetches(settings.empty_fetch_pause_ms / 1000)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, app.state.stopping)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)
