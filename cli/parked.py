"""`market parked`: events that a service could not apply, and what an operator does about them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import typer
from rich.table import Table

from cli.api import LOCAL_URL, OPERATOR, Json, Market, Token, Url, key_of, market_at
from cli.terminal import AsJson, Terminal, helped

app = typer.Typer(
    help=helped(
        "Events that a service set aside because it could not apply them.",
        "market parked list catalog",
        "market parked show catalog catalog.product.events:3:1702",
        "market parked retry catalog catalog.product.events:3:1702",
        "market parked skip catalog catalog.product.events:3:1702",
    ),
    no_args_is_help=True,
)

Service = Annotated[
    Literal["catalog", "verification", "matching", "contracts", "gateway"], typer.Argument(help="Who set it aside.")
]
RecordId = Annotated[str, typer.Argument(help="As `market parked list` shows it.", metavar="ID")]


@app.command("list", help=helped("List what a service has set aside.", "market parked list matching --json"))
def listed(service: Service, *, url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False) -> None:
    terminal = Terminal(as_json=as_json)

    async def ask(market: Market) -> Json:
        return await market.read(OPERATOR, f"/v1/operations/{service}/parked")

    page = _asked(terminal, url, token, ask)
    table = Table("id", "lane", "status", "attempts", "error", title=f"parked by {service}: {page['total']}")
    for each in page["items"]:
        table.add_row(each["id"], each["lane"], each["status"], str(each["attempts"]), each["error"])
    terminal.show(page, table)


@app.command(help=helped("Show one record whole.", "market parked show catalog catalog.product.events:3:1702"))
def show(
    service: Service, record: RecordId, *, url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False
) -> None:
    terminal = Terminal(as_json=as_json)

    async def ask(market: Market) -> Json:
        return await market.read(OPERATOR, f"/v1/operations/{service}/parked/{record}")

    shown = _asked(terminal, url, token, ask)
    table = Table("field", "value", title=record)
    for name, value in shown.items():
        table.add_row(name, str(value))
    terminal.show(shown, table)


@app.command(help=helped("Try a record again now, once those before it are through.", "market parked retry catalog ID"))
def retry(
    service: Service, record: RecordId, *, url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False
) -> None:
    _do(service, record, "retry", url, token, Terminal(as_json=as_json))


@app.command(help=helped("Give a record up: those behind it go on without it.", "market parked skip catalog ID"))
def skip(
    service: Service, record: RecordId, *, url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False
) -> None:
    _do(service, record, "skip", url, token, Terminal(as_json=as_json))


def _do(service: str, record: str, verb: str, url: str, token: str, terminal: Terminal) -> None:
    async def ask(market: Market) -> Json:
        path = f"/v1/operations/{service}/parked/{record}/{verb}"
        return await market.post(OPERATOR, path, key=key_of(verb, service, record))

    done = _asked(terminal, url, token, ask)
    terminal.show(done, f"{record}: {done['done']}")


def _asked(terminal: Terminal, url: str, token: str, ask: Callable[[Market], Awaitable[Json]]) -> Json:
    async def work() -> Json:
        async with market_at(url, token) as market:
            return await ask(market)

    return terminal.run(work())
