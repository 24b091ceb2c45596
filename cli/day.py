"""`market day`: real consultation days."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import dzn
from cli.api import LOCAL_URL, Json, Url, market_at
from cli.importing import import_day, refuse_too_large
from cli.stage import Stage
from cli.terminal import AsJson, CommandFailed, Exit, Terminal, helped
from cli.up import KafkaChoice, MongoChoice

app = typer.Typer(
    help=helped("Real consultation days.", "market day import forum-13.dzn", "market day import forum-13.dzn --local"),
    no_args_is_help=True,
)
HELP = helped(
    "Make an event of a MiniZinc file of a brokerage day: its parties, requests with their half of the day, absences,"
    " slots and tables, and a timetable. What an event cannot be told is said: orders of meetings, slots of their own.",
    "market day import forum-13.dzn",
    "market day import forum-13.dzn --local --json",
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.dzn")]


@app.command("import", help=HELP)
def import_file(
    file: File,
    *,
    url: Url = LOCAL_URL,
    local: Annotated[bool, typer.Option("--local", help="Run it on a market of its own, gone afterwards.")] = False,
    kafka: KafkaChoice = "noida",
    mongo: MongoChoice = "python",
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)
    try:
        text, day = _read(file)
        if local:
            # deploy/ is no part of the service images: only commands that start a stack need it.
            from cli.local import passing_stack  # noqa: PLC0415

            with passing_stack(kafka, mongo, terminal) as stack:
                done = terminal.run(_imported(terminal, stack.url, file.stem, text, day))
        else:
            done = terminal.run(_imported(terminal, url, file.stem, text, day))
    except CommandFailed as error:
        terminal.fail(error)
    terminal.show(done, _table(file.name, done))
    for each in done["not_carried"]:
        terminal.say(
            f"not carried over, an event cannot be told: {each['in_file']} {each['what']};"
            f" the timetable breaks {each['broken']}",
            "yellow",
        )
    if not done["held"]:
        terminal.say(
            "the ledger does not add up, or somebody is booked twice or where they cannot be: see above", "red"
        )
        raise typer.Exit(Exit.FAILED)


def _read(file: Path) -> tuple[str, dzn.Day]:
    """Read the whole file before anything is created."""
    try:
        text = file.read_text(encoding="utf-8")
        day = dzn.parse(text)
    except (dzn.DznError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file.name}, {error}. Nothing was created") from None
    refuse_too_large(day)
    return text, day


async def _imported(terminal: Terminal, url: str, title: str, text: str, day: dzn.Day) -> Json:
    async with market_at(url) as market:
        with terminal.progress() as bars:
            return await import_day(Stage(market, terminal, bars), title, text, day)


def _table(name: str, done: Json) -> Table:
    table = Table("what", "how many", title=f"{name} as {done['event']}", title_justify="left")
    table.add_row("participants", f"{done['participants']}: {done['firms']} firms, {done['institutions']} institutions")
    table.add_row("slots x tables", f"{done['slots']} x {done['tables']}")
    table.add_row("meetings in the file", str(done["meetings"]))
    for rule, count in done["refused"].items():
        table.add_row(f"refused: {rule}", f"{count}, {EXPLAINED[rule]}")
    table.add_row("requests filed and accepted", str(done["filed"]))
    table.add_row("placed", str(done["placed"]))
    reasons = ", ".join(f"{count} {reason}" for reason, count in done["reasons"].items())
    table.add_row("unplaced", f"{done['unplaced']} {reasons}".strip())
    if score := done["score"]:
        table.add_row("gaps between meetings", f"{score['gaps']}, no timetable has less than {score['least_gaps']}")
    for what, count in done["carried"].items():
        table.add_row(what, f"{count}, each kept" if done["held"] else str(count))
    adds_up = "adds up, nobody absent, nobody and no table twice in a slot" if done["held"] else "DOES NOT ADD UP"
    table.add_row("ledger", adds_up)
    return table


EXPLAINED = {
    "request.not_let_ask": "the file has no two sides, and here a firm meets an institution",
    "request.pair_exists": "the file asks for the pair twice",
}
