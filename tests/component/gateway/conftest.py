"""The gateway and the catalog as processes, on servers of their own.

On Apache Kafka where it is possible: on the stand-in nobody gets the place of a killed member of a group.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import aiohttp
import pytest

from deploy.local.keys import development_keys
from deploy.local.ports import HOST, free_port
from deploy.local.servers import Part, choose_kafka, choose_mongo
from deploy.local.services import Service
from deploy.local.stack import create_topics
from tests.component.gateway.door import Door

READY = 60.0


@pytest.fixture(scope="package")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The one door to a market of which only the catalog is there."""
    folder = tmp_path_factory.mktemp("gateway")
    kafka = choose_kafka("apache", folder, free_port())
    mongo = choose_mongo("rust", folder, free_port())
    catalog = Service("catalog-0", "services.catalog", folder, free_port())
    gateway = Service("gateway-0", "services.gateway", folder, free_port())
    keys = development_keys(folder)
    shared = {
        "PROFILE": "local",
        "MONGO_URI": mongo.uri,
        "KAFKA_BOOTSTRAP": kafka.bootstrap,
        "JWKS_URI": keys.jwks.as_uri(),
        "CURSOR_SECRET": keys.cursor_secret.read_text(),
    }
    nobody = f"http://{HOST}:{free_port()}"
    away = {f"UPSTREAM_{name}": nobody for name in ("VERIFICATION", "MATCHING", "CONTRACTS")}
    own = {"UPSTREAM_CATALOG": catalog.url, "DEVELOPMENT_KEY_FILE": str(keys.private_key), "TIME_LIMIT_SECONDS": "3"}
    catalog.configure(shared | {"FILES_URL": (folder / "files").as_uri()})
    gateway.configure(shared | away | own)
    started: list[Part] = []
    try:
        _start(started, kafka, mongo)
        create_topics(kafka)
        _start(started, catalog, gateway)
        yield Door(gateway, catalog, kafka, mongo, keys)
    finally:
        for part in reversed(started):
            part.stop()


@pytest.fixture
def killable(market: Door) -> None:
    """Skip where a killed service would not come back to its group."""
    if "noida" in market.kafka.label:
        pytest.skip("noida-db hangs when a second member joins a group, also after a kill")


@pytest.fixture
async def door(market: Door) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as http:
        yield replace(market, _http=http)


def _start(started: list[Part], *parts: Part) -> None:
    for part in parts:
        started.append(part)
        part.start()
    for part in parts:
        part.wait_ready(READY)
