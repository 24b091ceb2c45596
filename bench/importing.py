"""An institution's 2,674 patents from Excel to its drafts, against a bare insert of the same documents."""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from xlsxwriter import Workbook

from bench.measure import Compared
from bench.processes import process, settings_for, until_answering
from bench.subjects import fresh
from cli.enrolling import CATEGORIES as CODES
from cli.seed import generate
from deploy.local.keys import signed_token
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from services.catalog.bulk.columns import CATEGORIES, COLUMNS, COUNCILS
from shared.mongo import Database, Document, connect

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ISSUER = "https://market.example/issuer"
LOOK_EVERY = 0.02


async def importing(kafka: Kafka, mongo: Mongo, folder: Path, rounds: int) -> Compared:
    """Return the time from the upload, over the dry run and the start, until the last row is a draft that is shown."""
    name, port = f"bench_import_{fresh()}", free_port()
    database = connect(mongo.uri, name)
    settings = settings_for(folder, kafka, mongo) | {"PORT": str(port), "DATABASE": name, "TOKEN_ISSUER": ISSUER}
    pairs: list[tuple[float, float]] = []
    with process("services.catalog", **settings):
        await until_answering(port, "/readyz")
        for _ in range(rounds + 1):
            owner = f"pty_{fresh()}"
            mine = await _imported(port, folder, owner)
            made = await database["product"].find({"state.owner": owner}).to_list(None)
            pairs.append((mine, await _inserted(made, database)))
    database.client.close()
    pairs = pairs[1:]  # the first of each does not count
    return Compared(
        f"import of {len(made):,} rows from Excel: upload, dry run, drafts of all; against a bare insert of them",
        "s",
        statistics.median(mine for mine, _ in pairs),
        statistics.median(bare for _, bare in pairs),
        tuple(mine / bare for mine, bare in pairs),
        "≤ 6",
    )


async def _imported(port: int, folder: Path, owner: str) -> float:
    token = signed_token(folder, ISSUER, "prs_bench", [(owner, "institution", "manager")])
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    content = _workbook(fresh())
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:

        async def post(path: str, data: bytes, media_type: str = "application/json") -> Any:
            more = {"Content-Type": media_type, "Idempotency-Key": fresh()}
            async with http.post(path, data=data, headers=more) as answer:
                return await answer.json()

        began = time.perf_counter()
        file = await post("/v1/files?name=a.xlsx", content, XLSX)
        found = await post("/v1/product-imports", json.dumps({"file": file["id"]}).encode())
        path = f"/v1/product-imports/{found['id']}"
        await post(f"{path}/start", b"")
        while found["status"] != "finished":
            await asyncio.sleep(LOOK_EVERY)
            async with http.get(path) as answer:
                found = await answer.json()
        async with http.get("/v1/products?status=draft&limit=1") as answer:
            assert len((await answer.json())["items"]) == 1  # noqa: S101  it is measured until they are shown
        return time.perf_counter() - began


async def _inserted(made: Sequence[Document], database: Database) -> float:
    """Return how long these documents take to insert, in one statement, where they have the same indexes."""
    bare = database[f"bare_{fresh()}"]
    for index in (await database["product"].index_information()).values():
        if index["key"] != [("_id", 1)]:
            await bare.create_index(index["key"], unique=index.get("unique", False), sparse=index.get("sparse", False))
    began = time.perf_counter()
    await bare.insert_many(made, ordered=False)
    return time.perf_counter() - began


def _workbook(mark: str) -> bytes:
    """Return the seeded market's products as one institution's idle IP."""
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [column.heading for column in COLUMNS])
    councils, categories = ({code: word for word, code in words.items()} for words in (COUNCILS, CATEGORIES))
    for number, product in enumerate(generate("full").products, start=1):
        row = {
            "product_kind": "유휴IP",
            "title": product.title,
            "title_en": product.english_title,
            "summary": product.description,
            "council": councils[product.council],
            "category": categories[CODES[product.category]],
            "ip_number": f"{mark}-{number}",
            "readiness_level": product.readiness,
        }
        sheet.write_row(number, 0, [row.get(column.field, "") for column in COLUMNS])
    book.close()
    return content.getvalue()
