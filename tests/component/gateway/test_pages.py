"""The gateway's pages: every asset is its own, and a browser that reaches nothing else shows them whole."""

import re
import threading
import time
from collections.abc import Iterator

import aiohttp
import pytest
import uvicorn

from cli.documents.services import GATEWAY, app_of
from deploy.local.ports import free_port
from services.gateway import documents
from tests.component.gateway.browser import CHROMIUM, a_page

PAGES = ("/docs", "/asyncapi", "/problems", "/problems/product.not_listed")
SHOWN = {
    # Swagger UI draws only what is in the window of a long document, so the last operation takes scrolling to.
    "/docs": "scrollTo(0, document.body.scrollHeight), !!document.querySelector('#operations-schemas-get_schema')",
    "/asyncapi": "document.body.innerText.includes('catalog.product.events')",
    "/problems": "document.querySelectorAll('section').length > 50",
    "/problems/product.not_listed": "document.querySelectorAll('section').length == 1",
}
LINK = re.compile(r'(?:src|href)="([^"]+)"')
SIX_MEGABYTES = 6_000_000


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """The gateway's own app without what runs beside its routes: pages need no Kafka and no database."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app_of(GATEWAY), host="127.0.0.1", port=port, lifespan="off", log_config=None)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


async def test_the_markets_address_leads_to_its_reference(gateway: str) -> None:
    async with aiohttp.ClientSession(gateway) as session, session.get("/") as answer:
        assert (answer.status, answer.url.path) == (200, "/docs")


@pytest.mark.parametrize("page", PAGES)
async def test_every_asset_of_a_page_is_local_and_there(gateway: str, page: str) -> None:
    async with aiohttp.ClientSession(gateway) as session:
        async with session.get(page) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
            assert answer.charset == "utf-8"
            links = LINK.findall(await answer.text())

        assert links
        for link in links:
            assert link.startswith("/"), link
            assert not link.startswith("//"), link
            async with session.get(link) as asset:
                assert asset.status == 200, link


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json", "/v1/schemas"])
async def test_a_document_is_served_once_and_then_by_its_etag(gateway: str, path: str) -> None:
    async with aiohttp.ClientSession(gateway) as session, session.get(path) as answer:
        assert answer.status == 200
        assert await answer.json()
        if tag := answer.headers.get("ETag"):
            async with session.get(path, headers={"If-None-Match": tag}) as again:
                assert again.status == 304


async def test_every_listed_schema_is_served(gateway: str) -> None:
    async with aiohttp.ClientSession(gateway) as session:
        async with session.get("/v1/schemas") as answer:
            entries = (await answer.json())["items"]
        for entry in entries[:5]:
            async with session.get(entry["schema_uri"]) as answer:
                schema = await answer.json(content_type="application/schema+json")
                assert schema["x-wire-type"] == entry["type"]


@pytest.mark.parametrize("path", ["/v1/schemas/unknown.v1", "/static/../documents.py", "/static/x", "/problems/no"])
async def test_what_is_not_there_is_a_problem(gateway: str, path: str) -> None:
    async with aiohttp.ClientSession(gateway) as session, session.get(path) as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


def test_vendored_files_stay_small() -> None:
    assert sum(file.stat().st_size for name, file in documents.FILES.items() if "vendor" in name) < SIX_MEGABYTES


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("path", PAGES)
async def test_a_browser_without_a_network_shows_the_page_whole(gateway: str, path: str) -> None:
    async with a_page() as page:
        await page.open(gateway + path)
        await page.until(SHOWN[path])

        assert page.visit.failed == []
        assert page.visit.complaints == []
        assert all(url.startswith((gateway, "data:")) for url in page.visit.asked)
