"""Products in bulk as an institution does it: `market products`, a workbook to fill in, progress on the live feed."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from cli.api import Json, Person, market_at
from deploy.local.stack import Stack
from services.catalog.bulk.reading import rows_in
from tests.component.cli.running import data, market
from tests.evidence import a_sheet
from tests.flow.walk import Walk, business_number

COUNT = 2100
LISTEN_SECONDS = 60.0


async def heard_by(person: Person, url: str, listening: asyncio.Event) -> list[Json]:
    """Return what the live feed tells somebody of imports, until one has finished."""
    body = {"sub": person.id, "parties": [{"id": person.party, "kind": person.kind, "roles": person.roles}]}
    found: list[Json] = []
    async with aiohttp.ClientSession() as http, asyncio.timeout(LISTEN_SECONDS):
        async with http.post(f"{url}/dev/token", json=body) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{url}/v1/live?types=catalog.import", headers=headers) as feed:
            listening.set()
            async for line in feed.content:
                if line.startswith(b"data: "):
                    found.append(json.loads(line[6:]))
                    if found[-1]["type"].endswith("finished.v1"):
                        break
    return found


async def test_an_institution_imports_its_patents_and_watches(stack: Stack, tmp_path: Path) -> None:
    async with market_at(stack.url) as opened:
        walk = Walk(opened, f"bulk {datetime.now(UTC)}")
        institution = await walk.active_party("institution", business_number("107820077"))
        stranger = await walk.active_party("sme", business_number("108820077"))
    named = ("--party", institution.party, "--url", stack.url, "--json")
    book, wrong, out = (tmp_path / name for name in ("patents.xlsx", "wrong.xlsx", "out.xlsx"))

    category = ("--council", "soc", "--category", "water")
    await asyncio.to_thread(market, "products", "template", str(book), *category, "--url", stack.url, "--json")
    [headings] = rows_in(book.read_bytes())
    place = {name.strip("*"): number for number, name in enumerate(headings)}
    rows = [[""] * len(headings) for _ in range(COUNT)]
    for number, row in enumerate(rows):
        for name, value in {"구분": "유휴IP", "명칭": f"특허 {number}", "협의체": "SOC", "분야": "물"}.items():
            row[place[name]] = value
        row[place["기술성숙도"]] = "8"
    book.write_bytes(a_sheet([headings, *rows]))
    rows[7][place["분야"]] = "바다"
    wrong.write_bytes(a_sheet([headings, *rows]))

    listening, unheard = asyncio.Event(), asyncio.Event()
    heard = asyncio.create_task(heard_by(institution, stack.url, listening))
    others = asyncio.create_task(heard_by(stranger, stack.url, unheard))
    await asyncio.gather(listening.wait(), unheard.wait())
    refused = await asyncio.to_thread(market, "products", "check", str(wrong), *named)
    imported = await asyncio.to_thread(market, "products", "import", str(book), *named)
    again = await asyncio.to_thread(market, "products", "import", str(book), *named)
    exported = await asyncio.to_thread(market, "products", "export", str(out), "--status", "draft", *named)
    told = await heard

    assert refused.returncode == 1
    [fault] = data(refused)["faults"]
    assert (fault["row"], fault["heading"], fault["value"]) == (9, "분야", "바다")
    assert imported.returncode == 0, imported.stderr
    assert (data(imported)["status"], data(imported)["done"], data(imported)["failed"]) == ("finished", COUNT, 0)
    assert data(again) == data(imported)
    assert exported.returncode == 0, exported.stderr
    assert len(rows_in(out.read_bytes())) == COUNT + 1
    progress = [each["data"]["done"] for each in told if each["type"].endswith("progressed.v1")]
    assert progress == [1000, 2000]
    assert not others.done()
    others.cancel()
    await asyncio.gather(others, return_exceptions=True)
