"""`market products`: products in bulk, as Excel workbooks."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.table import Table

from cli.api import LOCAL_URL, OPERATOR, Json, Market, Person, Token, Url, key_of, market_at
from cli.terminal import AsJson, CommandFailed, Exit, Terminal, helped

app = typer.Typer(
    help=helped(
        "Products in bulk, as Excel workbooks.",
        "market products template products.xlsx --council soc --category water",
        "market products check products.xlsx --party pty_kwater",
        "market products import products.xlsx --party pty_kwater",
        "market products export listed.xlsx",
    ),
    no_args_is_help=True,
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOK_EVERY = 0.2
SHOWN = 50

Workbook = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.xlsx")]
Target = Annotated[Path, typer.Argument(dir_okay=False, writable=True, metavar="FILE.xlsx")]
Party = Annotated[
    str, typer.Option(help="Whose products they are. Without it the operator's: each row names its owner.")
]


@app.command(help="Write the workbook to fill in: headings, lists to choose from, and what belongs where.")
def template(
    file: Target,
    *,
    council: Annotated[
        str, typer.Option(help="With --category: also what it asks for there. soc, energy or ict.")
    ] = "",
    category: Annotated[str, typer.Option(help="water, road, ...")] = "",
    url: Url = LOCAL_URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    named = urlencode({name: value for name, value in (("council", council), ("category", category)) if value})
    _save(file, f"/v1/product-imports/template.xlsx?{named}", OPERATOR, url, token, Terminal(as_json=as_json))


@app.command(help="Write what is listed as a workbook, or with --party and --status one's own.")
def export(
    file: Target,
    *,
    party: Party = "",
    status: Annotated[str, typer.Option(help="draft, registered, listed, ...")] = "listed",
    url: Url = LOCAL_URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    path = f"/v1/products/workbook.xlsx?status={status}" + (f"&owner={party}" if party else "")
    _save(file, path, OPERATOR, url, token, Terminal(as_json=as_json))


@app.command(help="Check a workbook cell by cell; nothing is made of it. The exit code is 0 only without a fault.")
def check(
    file: Workbook, *, party: Party = "", url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False
) -> None:
    terminal = Terminal(as_json=as_json)
    _conclude(terminal, terminal.run(_checked(file, party, market_at(url, token))))


@app.command(
    "import", help="Make a draft of each row. The same workbook again goes on where it was, and doubles nothing."
)
def import_workbook(
    file: Workbook, *, party: Party = "", url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False
) -> None:
    terminal = Terminal(as_json=as_json)
    _conclude(terminal, terminal.run(_imported(file, party, market_at(url, token), terminal)))


async def _checked(file: Path, party: str, opening: AbstractAsyncContextManager[Market]) -> Json:
    async with opening as market:
        return (await _check(market, file, party))[1]


async def _imported(file: Path, party: str, opening: AbstractAsyncContextManager[Market], terminal: Terminal) -> Json:
    async with opening as market:
        by, found = await _check(market, file, party)
        path = f"/v1/product-imports/{found['id']}"
        if found["status"] == "checked":
            found = await market.post(by, f"{path}/start", key=key_of("start", found["id"]))
        with terminal.progress() as bars:
            bar = bars.add_task("rows", total=found["rows"])
            while found["status"] == "running":
                await asyncio.sleep(LOOK_EVERY)
                found = await market.read(by, path)
                bars.update(bar, completed=found["done"])
        return found


async def _check(market: Market, file: Path, party: str) -> tuple[Person, Json]:
    """Return the import of a workbook that was checked before and is in order, or of a new check."""
    by = await _person(market, party)
    content = await asyncio.to_thread(file.read_bytes)
    digest = hashlib.sha256(content).hexdigest()
    for found in reversed(await market.all(by, "/v1/product-imports", sha256=digest)):
        if found["status"] not in {"refused", "cancelled"}:
            return by, found
    key = key_of("workbook", by.party, digest, secrets.token_hex(8))
    uploaded = await market.upload(by, file.name, content, XLSX, key=key)
    return by, await market.post(by, "/v1/product-imports", {"file": uploaded["id"]}, key=key)


async def _person(market: Market, party: str) -> Person:
    if not party:
        return OPERATOR
    found = await market.read(OPERATOR, f"/v1/parties/{party}")
    return Person(f"prs_{party.removeprefix('pty_')}", party, found["party_kind"])


def _save(file: Path, path: str, by: Person, url: str, token: str, terminal: Terminal) -> None:
    async def fetched() -> bytes:
        async with market_at(url, token) as market:
            return await market.download(by, path)

    content = terminal.run(fetched())
    try:
        file.write_bytes(content)
    except OSError as error:
        terminal.fail(CommandFailed(f"{file}: {error.strerror}"))
    terminal.show({"file": str(file), "bytes": len(content)}, f"{file}: {len(content):,} bytes")


def _conclude(terminal: Terminal, found: Json) -> None:
    """Show an import and what is wrong with it; fail unless it is ready to start, or finished without a failure."""
    seen = [_table("cells to mend", found["faults"])] if found["faults"] else []
    seen += [_table("rows that could not be imported", found["failures"])] if found["failures"] else []
    counted = f"{found['id']}: {found['status']}, {found['done']:,} of {found['rows']:,} rows"
    terminal.show(found, *seen, counted)
    if found["faulty_cells"] > SHOWN:
        terminal.say(f"{found['faulty_cells']:,} cells are wrong; the first {SHOWN} are shown, more with --json")
    if found["status"] not in {"checked", "finished"} or found["failed"]:
        raise typer.Exit(Exit.FAILED)


def _table(title: str, faults: Sequence[Json]) -> Table:
    table = Table("cell", "column", "value", "what is wrong", title=title, title_justify="left")
    for fault in faults[:SHOWN]:
        table.add_row(f"{fault['column']}{fault['row']}", fault["heading"], fault["value"], fault["detail_ko"])
    return table
