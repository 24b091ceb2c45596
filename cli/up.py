"""`market up`: the whole market on this machine, until Ctrl-C."""

import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from cli.terminal import AsJson, CommandFailed, Exit, NotReady, Terminal, helped

if TYPE_CHECKING:
    from deploy.local.stack import Stack

KafkaChoice = Annotated[
    Literal["noida", "apache"], typer.Option("--kafka", help="noida: ready in a blink; apache: the real broker.")
]
MongoChoice = Annotated[
    Literal["rust", "python"],
    typer.Option("--mongo", help="SecantusDB's Python server, or its Rust one (fast; it never frees a unique value)."),
]
FreePorts = Annotated[bool, typer.Option("--free-ports", help="Any free ports instead of 8080-8085, 9092, 27017.")]

app = typer.Typer()

HELP = helped(
    "Start Kafka, MongoDB, the four services and the gateway; Ctrl-C stops them, the data stay in .run.",
    "market up",
    "market up --kafka apache",
    "market up --free-ports --json",
)


@app.command(help=HELP)
def up(
    *,
    kafka: KafkaChoice = "noida",
    mongo: MongoChoice = "python",
    free_ports: FreePorts = False,
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)
    # deploy/ is no part of the service images: only commands that start a stack need it.
    from cli.local import standing_stack  # noqa: PLC0415

    began = time.monotonic()
    try:
        with standing_stack(kafka, mongo, terminal, free=free_ports) as stack:
            terminal.show(addresses(stack), _table(stack))
            terminal.say(f"ready after {time.monotonic() - began:.1f} s; Ctrl-C stops everything", "green")
            stack.watch()
    except NotReady as error:
        terminal.fail(error)
    except CommandFailed as died:
        terminal.fail(CommandFailed(f"{died}, with the data in .run: .venv/bin/market up"))
    except KeyboardInterrupt:
        terminal.say("stopped; the data are in .run")
        raise typer.Exit(Exit.OK) from None


def addresses(stack: "Stack") -> dict[str, str]:
    """Return where everything is, by name."""
    gateway = stack.url
    services = {name: replicas[0].url for name, replicas in stack.services.items()}
    pages = {"docs": f"{gateway}/docs", "asyncapi": f"{gateway}/asyncapi", "token": f"{gateway}/dev/token"}
    return {**services, **pages, "kafka": stack.kafka.bootstrap, "mongo": stack.mongo.uri}


def _table(stack: "Stack") -> Table:
    table = Table("what", "where", title="The technology market", title_justify="left")
    for name, address in addresses(stack).items():
        table.add_row(name, address, style="bold" if name == "gateway" else None)
    return table
