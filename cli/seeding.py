"""`market seed`: a made-up market's parties and products, through the public API."""

from typing import Annotated, Literal

import typer

from cli.api import LOCAL_URL, Json, Url, market_at
from cli.enrolling import enrol
from cli.stage import Stage
from cli.terminal import AsJson, Terminal, helped

app = typer.Typer()

HELP = helped(
    "Fill a running market with made-up parties and products; a second run changes nothing.",
    "market seed",
    "market seed --scale full --seed 7",
    "market seed --url http://127.0.0.1:8080 --json",
)

Scale = Annotated[Literal["small", "full"], typer.Option(help="small: seconds; full: the real market's size.")]
Seed = Annotated[int, typer.Option("--seed", help="The same number makes the same market.")]
DEFAULT_SEED = 1379


@app.command(help=HELP)
def seed(*, scale: Scale = "small", number: Seed = DEFAULT_SEED, url: Url = LOCAL_URL, as_json: AsJson = False) -> None:
    terminal = Terminal(as_json=as_json)

    async def work() -> Json:
        async with market_at(url) as market:
            with terminal.progress() as bars:
                stage = Stage(market, terminal, bars)
                cast = await enrol(stage, scale, number)
            answers = [answer for _, answer in market.tally.answered]
            return {
                "scale": scale,
                "seed": number,
                "parties": len(cast.parties),
                "products": len(cast.offers),
                "commands": len(answers),
                "already_done": sum(answer.replayed for answer in answers),
                "seconds": round(sum(step.seconds for step in stage.steps), 1),
            }

    done = terminal.run(work())
    new = done["commands"] - done["already_done"]
    told = f"{new} of {done['commands']} commands were new" if new else "nothing changed: all of it was there"
    terminal.show(done, f"{done['parties']} parties, {done['products']} products in {done['seconds']} s; {told}")
