"""Files through the gateway: passed on as they come, in both directions, and never held."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import aiohttp

from deploy.local.services import Service
from services.catalog.settings import Settings
from tests.component.gateway.door import Door, eventually
from tests.evidence import PDF, a_pdf

LIMIT: int = Settings.model_fields["file_bytes"].default
PATH = "/v1/files?name=%EC%84%B1%EC%A0%81%EC%84%9C.pdf"
HELD_AT_MOST = 25_000_000
"""Of a process: below the length of the bodies that pass, with what the first use of the storage takes."""


async def sent(
    door: Door, body: object, **headers: str
) -> tuple[int, dict[str, object], aiohttp.typedefs.LooseHeaders]:
    told = {"authorization": f"Bearer {await door.token(person='prs_firm')}", "content-type": PDF}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with door.http.post(door.gateway.url + PATH, data=body, headers=told) as response:
        return response.status, await response.json(), response.headers


def resident(service: Service) -> int:
    """Return the memory a process has had at most, in bytes."""
    status = Path(f"/proc/{service.pid}/status").read_text()
    [line] = [each for each in status.splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


async def test_a_file_passes_whole_with_its_headers_and_nobody_holds_it(door: Door) -> None:
    await sent(door, BytesIO(a_pdf(6_000_000)))  # whatever is loaded at the first time is loaded
    before = [resident(each) for each in (door.gateway, door.catalog)]
    content = a_pdf(LIMIT - len(a_pdf(0)))

    status, brought, headers = await sent(door, BytesIO(content))
    token = {"authorization": f"Bearer {await door.token(person='prs_firm')}"}
    url = f"{door.gateway.url}/v1/files/{brought['id']}/content"
    async with door.http.get(url, headers=token) as response:
        saved, got = await response.read(), response.headers
    async with door.http.get(url, headers=token | {"if-none-match": got["etag"]}) as response:
        again = response.status

    assert (status, "idempotency-key" in headers) == (201, True)
    assert (saved == content, again) == (True, 304)
    assert got["content-length"] == str(len(content))
    assert got["content-disposition"].startswith("attachment; ")
    assert got["x-content-type-options"] == "nosniff"
    assert "sandbox" in got["content-security-policy"]
    assert got["repr-digest"].startswith("sha-256=:")
    after = [resident(each) for each in (door.gateway, door.catalog)]
    assert after[0] - before[0] < LIMIT / 2
    assert after[1] - before[1] < LIMIT


async def test_what_is_too_long_is_refused_on_its_way(door: Door) -> None:
    before = resident(door.gateway)
    passed = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal passed
        yield b"%PDF-1.7\n"
        while passed < 50 * LIMIT:
            passed += 65_536
            yield b"%" * 65_536

    by_length = await sent(door, BytesIO(a_pdf(50_000_000)))
    in_pieces = await sent(door, endless())

    assert [(status, body["rule"]) for status, body, _ in (by_length, in_pieces)] == [(413, "body.too_large")] * 2
    assert passed < 5 * LIMIT
    assert resident(door.gateway) - before < LIMIT / 2


async def test_a_digest_reaches_who_checks_it(door: Door) -> None:
    status, body, _ = await sent(door, a_pdf(), content_digest="sha-256=:AAAA:")

    assert (status, body["rule"]) == (422, "file.digest_differs")


async def test_who_hangs_up_in_the_middle_leaves_nothing(door: Door) -> None:
    folder, key = door.catalog.folder / "files", secrets.token_hex(8)
    await sent(door, a_pdf())
    before = set(folder.iterdir())

    async def half() -> AsyncIterator[bytes]:
        yield a_pdf(6_000_000)[:-7]
        await asyncio.sleep(3600)

    async def torn() -> bool:
        return any("#" in each.name for each in folder.iterdir())

    async def gone() -> bool:
        return set(folder.iterdir()) == before

    sending = asyncio.create_task(sent(door, half(), idempotency_key=key))
    await eventually(torn)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await eventually(gone)
    status, _, _ = await sent(door, a_pdf(), idempotency_key=key)

    assert status == 201
