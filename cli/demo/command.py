"""`market demo`: the main job on a stack of its own, or on a running one."""

import asyncio
import time
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.api import market_at
from cli.demo.expiring import Age
from cli.demo.story import Summary, play
from cli.seeding import DEFAULT_SEED, Scale, Seed
from cli.stage import Stage
from cli.terminal import AsJson, CommandFailed, Exit, Terminal, helped
from cli.up import KafkaChoice, MongoChoice

app = typer.Typer()

HELP = helped(
    "Play the main job through the gateway, from registration to payment, and check every promise.",
    "market demo",
    "market demo --scale full",
    "market demo --kafka apache --seed 7 --json",
    "market demo --url http://127.0.0.1:8080 --kafka-bootstrap 127.0.0.1:9092",
)


@app.command(help=HELP)
def demo(
    *,
    scale: Scale = "small",
    seed: Seed = DEFAULT_SEED,
    kafka: KafkaChoice = "noida",
    mongo: MongoChoice = "rust",
    url: Annotated[str, typer.Option(help="Play on this running market instead of one of its own.")] = "",
    kafka_bootstrap: Annotated[str, typer.Option(help="With --url: its Kafka, whose events are checked.")] = "",
    as_json: AsJson = False,
) -> None:
    if bool(url) != bool(kafka_bootstrap):
        raise typer.BadParameter("--url and --kafka-bootstrap go together: events are checked on Kafka itself")
    terminal = Terminal(as_json=as_json)
    began = time.monotonic()
    if url:
        summary = terminal.run(_played(terminal, scale, seed, url, kafka_bootstrap))
    else:
        summary = _on_own_stack(terminal, scale, seed, kafka, mongo)
    terminal.show(summary.json(), *_tables(summary))
    failed = [promise.text for promise in summary.promises if not promise.held]
    terminal.say(f"{time.monotonic() - began:.1f} s in all")
    if failed:
        terminal.say(f"{len(failed)} of {len(summary.promises)} promises FAILED", "red")
        raise typer.Exit(Exit.FAILED)
    terminal.say(f"all {len(summary.promises)} promises held", "green")


def _on_own_stack(terminal: Terminal, scale: str, seed: int, kafka: KafkaChoice, mongo: MongoChoice) -> Summary:
    # deploy/ is no part of the service images: only commands that start a stack need it.
    from cli.local import passing_stack  # noqa: PLC0415
    from deploy.local.later import let_certificates_age  # noqa: PLC0415

    try:
        with passing_stack(kafka, mongo, terminal) as stack:

            async def age(days: int) -> None:
                await asyncio.to_thread(let_certificates_age, stack, days)

            summary = terminal.run(_played(terminal, scale, seed, stack.url, stack.kafka.bootstrap, age))
            stack.check()
            return summary
    except CommandFailed as error:
        terminal.fail(error)
    except KeyboardInterrupt:
        terminal.say("stopped; nothing of it is left")
        raise typer.Exit(Exit.FAILED) from None


async def _played(
    terminal: Terminal, scale: str, seed: int, url: str, kafka_bootstrap: str, age: Age | None = None
) -> Summary:
    async with market_at(url) as market:
        with terminal.progress() as bars:
            return await play(Stage(market, terminal, bars), scale, seed, kafka_bootstrap, age)


def _tables(summary: Summary) -> list[RenderableType]:
    counts = Table("what", "how many", title="What there is now", title_justify="left")
    for name, states in summary.counts.items():
        counts.add_row(name, ", ".join(f"{count} {state}" for state, count in states.items()))
    money = Table("money", "won", title="Money", title_justify="left")
    money.columns[1].justify = "right"
    for name, amount in summary.money.items():
        money.add_row(name, f"{Decimal(amount):,}")
    rates = Table("rate", "", title="Rates", title_justify="left")
    rates.columns[1].justify = "right"
    for name, figure in summary.rates.items():
        rates.add_row(name.replace("_", " "), f"{figure:,}")
    steps = Table("step", "how many", "seconds", title="Steps", title_justify="left")
    steps.columns[1].justify = steps.columns[2].justify = "right"
    for step in summary.steps:
        steps.add_row(step.title, f"{step.count:,}", f"{step.seconds:.1f}")
    promises = Table("promise", "", "seen", title="Promises checked", title_justify="left")
    for promise in summary.promises:
        promises.add_row(promise.text, "[green]ok[/green]" if promise.held else "[red]FAILED[/red]", promise.detail)
    return [steps, counts, money, rates, promises]
