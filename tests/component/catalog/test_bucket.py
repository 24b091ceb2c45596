"""Files in a bucket: the same catalog on a server of the S3 API that is a process of its own, and is killed."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen

import aiohttp
import pytest
from joserfc.jwk import OKPKey

from deploy.local.keys import development_keys
from deploy.local.ports import HOST, free_port
from deploy.local.probes import http_answers
from deploy.local.process import ChildProcess
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service, replicas_of, settings_of
from deploy.local.stack import create_topics
from tests.component.catalog.conftest import ISSUER, READY, Answer, Caller, Catalog
from tests.component.shared.reading import until
from tests.evidence import PDF, a_pdf

FIRM = ("pty_f", "sme")


class Bucket(ChildProcess):
    """A server of the S3 API with one bucket, in memory."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        return (sys.executable, "-m", "moto.server", "--host", HOST, "--port", str(self.port))

    def is_ready(self) -> bool:
        return http_answers(self.port, "/moto-api/")

    def make(self) -> None:
        """Start it with an empty bucket."""
        self.start()
        self.wait_ready(READY)
        with urlopen(Request(f"{self.url}/files", method="PUT"), timeout=READY):  # noqa: S310  our own server
            pass

    def holds(self, what: str = "") -> str:
        """Return what it says it holds."""
        with urlopen(f"{self.url}/files{what}", timeout=READY) as answer:  # noqa: S310  as above
            listing: str = answer.read().decode()
            return listing


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    server = Bucket("bucket", tmp_path_factory.mktemp("bucket"), free_port())
    server.make()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo, bucket: Bucket) -> Iterator[Service]:
    create_topics(kafka)
    [replica] = replicas_of("catalog", 1, tmp_path_factory.mktemp("with_bucket"), free_port())
    told = {
        "DATABASE": f"catalog_{secrets.token_hex(4)}",
        "TOKEN_ISSUER": ISSUER,
        "FILES_URL": "s3://files/of-the-market",
        "FILES_ENDPOINT": bucket.url,
        "FILES_REGION": "kr-standard",
        "FILES_ACCESS_KEY_ID": "key",
        "FILES_SECRET_ACCESS_KEY": "secret",
    }
    replica.configure(settings_of("catalog", {"catalog": [replica]}, kafka, mongo) | told)
    replica.start()
    replica.wait_ready(READY)
    yield replica
    replica.stop()


@pytest.fixture
async def firm(service: Service) -> AsyncIterator[Caller]:
    key = OKPKey.import_key(json.loads(development_keys(Path(service.folder)).private_key.read_text()))
    async with aiohttp.ClientSession() as http:
        yield Catalog(http, service, key).caller(FIRM)


async def bring(firm: Caller, content: object, key: str = "") -> Answer:
    key = key or secrets.token_hex(8)
    return await firm.ask("POST", "/v1/files?name=a.pdf", content, Content_Type=PDF, Idempotency_Key=key)


async def test_a_file_lies_in_the_bucket_and_comes_back(firm: Caller, bucket: Bucket) -> None:
    content = a_pdf(12_000_000)

    brought = await bring(firm, BytesIO(content))
    saved = await firm.ask("GET", f"/v1/files/{brought.body['id']}/content")

    assert brought.status == 201, brought
    assert saved.body == content
    assert f"of-the-market/{brought.body['id']}-" in await asyncio.to_thread(bucket.holds)


async def test_what_is_refused_at_its_end_is_not_in_the_bucket(firm: Caller, bucket: Bucket) -> None:
    before = bucket.holds().count("<Key>")

    refused = await bring(firm, BytesIO(a_pdf(12_000_000)[:-7]))

    assert (refused.status, refused.body["rule"]) == (422, "file.cut_off")
    assert (bucket.holds().count("<Key>"), "<Upload>" in bucket.holds("?uploads")) == (before, False)


async def test_a_bucket_killed_in_the_middle_is_said_to_be_away_and_a_repeat_brings_the_file(
    firm: Caller, bucket: Bucket
) -> None:
    key, begun, go_on = secrets.token_hex(8), asyncio.Event(), asyncio.Event()
    content = a_pdf(12_000_000)

    async def slowly() -> AsyncIterator[bytes]:
        yield content[:8_000_000]
        begun.set()
        await go_on.wait()
        yield content[8_000_000:]

    sending = asyncio.create_task(bring(firm, slowly(), key))
    await begun.wait()

    async def under_way() -> bool:
        return "<Upload>" in await asyncio.to_thread(bucket.holds, "?uploads")

    await until(under_way)
    bucket.kill()
    go_on.set()
    away = await sending
    await asyncio.to_thread(bucket.make)
    again = await bring(firm, BytesIO(content), key)

    assert (away.status, away.body["rule"], away.headers["retry-after"]) == (503, "file.storage_unavailable", "1")
    assert (again.status, "idempotent-replayed" in again.headers) == (201, False)
    assert (await firm.ask("GET", f"/v1/files/{again.body['id']}/content")).body == content


async def test_a_catalog_killed_in_the_middle_leaves_nothing_to_be_seen(
    firm: Caller, bucket: Bucket, service: Service
) -> None:
    key, content = secrets.token_hex(8), a_pdf(12_000_000)
    before = bucket.holds().count("<Key>")

    async def half() -> AsyncIterator[bytes]:
        yield content[:8_000_000]
        await asyncio.sleep(3600)

    async def under_way() -> bool:
        return "<Upload>" in await asyncio.to_thread(bucket.holds, "?uploads")

    sending = asyncio.create_task(bring(firm, half(), key))
    await until(under_way)
    service.kill()
    with suppress(aiohttp.ClientError):
        await sending
    assert bucket.holds().count("<Key>") == before
    await asyncio.to_thread(service.start)
    await asyncio.to_thread(service.wait_ready, READY)

    again = await bring(firm, BytesIO(content), key)

    assert (again.status, bucket.holds().count("<Key>")) == (201, before + 1)
