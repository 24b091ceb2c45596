"""`market timetable`: the timetable engine on a file, without a market."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import dzn
from cli.api import Json
from cli.terminal import AsJson, CommandFailed, Exit, Terminal, helped
from services.matching.timetable.day import Progress
from services.matching.timetable.problem import Meeting, Problem, mask_of

app = typer.Typer(
    help=helped("Timetables without a market.", "market timetable solve forum-13.dzn --limit 20"),
    no_args_is_help=True,
)
HELP = helped(
    "Find the timetable with the fewest gaps for a MiniZinc file of a brokerage day, and prove that none has fewer.",
    "market timetable solve forum-13.dzn",
    "market timetable solve forum-13.dzn --limit 60 --fairness 1 --json",
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.dzn")]
Limit = Annotated[float, typer.Option(min=0.1, help="Seconds after which the best so far is the answer.")]
Fairness = Annotated[int, typer.Option(min=0, help="How far the gaps of any two participants may differ.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same timetable where the limit does not cut in.")]


@app.callback()
def timetable() -> None:
    """Keep `solve` a subcommand."""


@app.command(help=HELP)
def solve(file: File, *, limit: Limit = 60.0, fairness: Fairness = 2, seed: Seed = 1, as_json: AsJson = False) -> None:
    # OR-Tools and numba take a second to import, which `market --help` should not wait for.
    from services.matching.timetable.proving import Status  # noqa: PLC0415
    from services.matching.timetable.solving import Search  # noqa: PLC0415

    terminal = Terminal(as_json=as_json)
    try:
        day = _read(file)
    except CommandFailed as error:
        terminal.fail(error)
    began = time.monotonic()
    history: list[Json] = []

    def tell(progress: Progress) -> None:
        seconds = round(time.monotonic() - began, 3)
        history.append({"stage": progress.stage, "best": progress.best, "bound": progress.bound, "seconds": seconds})
        best = "no timetable yet" if progress.best is None else f"{progress.best} gaps"
        terminal.say(f"{seconds:7.2f} s  {progress.stage}: {best}, at least {progress.bound}")

    try:
        proof = Search(problem_of(day, fairness), lambda: began + limit - time.monotonic(), seed, tell).run()
    except KeyboardInterrupt:
        terminal.say("stopped")
        raise typer.Exit(Exit.FAILED) from None
    done: Json = {
        "file": file.name,
        "status": proof.status.value,
        "gaps": proof.gaps,
        "bound": proof.bound,
        "seconds": round(time.monotonic() - began, 3),
        "slots": None if proof.slot_of is None else [slot + 1 for slot in proof.slot_of],
        "history": history,
    }
    terminal.show(done, _table(done, day))
    if proof.status is Status.UNKNOWN:
        raise typer.Exit(Exit.FAILED)


def problem_of(day: dzn.Day, fairness: int | None) -> Problem:
    """Return the day as the engine knows it: what a meeting's session, pin and participants leave of its slots."""
    morning = range(1, day.morning_slots + 1)
    parts = {
        dzn.Session.MORNING: morning,
        dzn.Session.AFTERNOON: range(morning.stop, day.slots + 1),
        dzn.Session.EITHER: range(1, day.slots + 1),
    }

    def allowed(meeting: dzn.Meeting) -> int:
        forbidden = day.forbidden[meeting.one - 1] | day.forbidden[meeting.other - 1]
        wanted = set(parts[meeting.session]) - forbidden
        return mask_of(slot - 1 for slot in (wanted & {meeting.fixed} if meeting.fixed else wanted))

    meetings = tuple(
        Meeting(each.one - 1, each.other - 1, allowed(each), tuple(it - 1 for it in sorted(each.after)))
        for each in day.meetings
    )
    return Problem(day.participants, day.slots, day.tables, meetings, fairness)


def _read(file: Path) -> dzn.Day:
    try:
        return dzn.parse(file.read_text(encoding="utf-8"))
    except (dzn.DznError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file.name}, {error}") from None


def _table(done: Json, day: dzn.Day) -> Table:
    table = Table("one", "other", "slot", title=f"{done['file']}: {done['status']}", title_justify="left")
    table.caption = f"{done['gaps']} gaps, at least {done['bound']}; {done['seconds']} s"
    for meeting, slot in zip(day.meetings, done["slots"] or [], strict=False):
        table.add_row(str(meeting.one), str(meeting.other), str(slot))
    return table
