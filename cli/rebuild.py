"""`market rebuild`: write a view of the gateway anew from Kafka, while it is being read."""

import asyncio
import secrets
from typing import Annotated, Literal

import typer

from cli.api import LOCAL_URL, OPERATOR, Json, Market, Token, Url, key_of, market_at
from cli.terminal import AsJson, CommandFailed, Terminal, helped

app = typer.Typer()

HELP = helped(
    "Write a view of the gateway anew from the topics; it stays readable meanwhile.",
    "market rebuild product",
    "market rebuild product --url https://market.example --token $TOKEN --json",
)
LOOK_EVERY = 0.2

View = Annotated[Literal["product"], typer.Argument(help="Which view.")]


@app.command(help=HELP)
def rebuild(view: View, *, url: Url = LOCAL_URL, token: Token = "", as_json: AsJson = False) -> None:
    terminal = Terminal(as_json=as_json)

    async def work() -> Json:
        async with market_at(url, token) as market:
            return await _followed(market, f"/v1/operations/views/{view}/rebuild", terminal)

    done = terminal.run(work())
    told = (
        f"{view} view rebuilt: {done['read']} records read, {done['skipped']} skipped, {done['removed']} rows removed"
    )
    terminal.show(done, told)


async def _followed(market: Market, path: str, terminal: Terminal) -> Json:
    # Every rebuild is a new one: a fixed key would make the second one a repeat of the first.
    await market.post(OPERATOR, path, key=key_of(secrets.token_hex()))
    with terminal.progress() as bars:
        bar = bars.add_task("records", total=None)
        while True:
            done = await market.read(OPERATOR, path)
            bars.update(bar, completed=done["read"], total=done["total"] or None)
            if done["status"] == "done":
                return done
            if done["status"] == "failed":
                raise CommandFailed(f"the rebuild failed: {done['error']}. The old rows stand; start it again")
            await asyncio.sleep(LOOK_EVERY)
