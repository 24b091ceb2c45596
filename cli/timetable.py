"""`market timetable`: the timetable engine on a file, without a market, or on an event, without a release; repairs."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import dzn
from cli.api import LOCAL_URL, Json, Token, Url, market_at
from cli.drafting import day_of
from cli.repairing import HELP as REPAIR_HELP
from cli.repairing import repair
from cli.terminal import AsJson, CommandFailed, Exit, Terminal, helped
from services.matching.timetable.day import Day, Progress
from services.matching.timetable.problem import Meeting, Problem, mask_of

app = typer.Typer(
    help=helped(
        "Timetables before anybody is told, and on the day.",
        "market timetable solve forum-13.dzn --limit 20",
        "market timetable repair evt_4k2qj4 --late pty_5k2qj4 --slot 5 --reason '교통 정체로 지각'",
    ),
    no_args_is_help=True,
)
app.command(help=REPAIR_HELP)(repair)
HELP = helped(
    "Find the timetable with the fewest gaps for a MiniZinc file of a brokerage day, or for the requests that are"
    " accepted at an event, and prove that none has fewer. Nothing is released.",
    "market timetable solve forum-13.dzn",
    "market timetable solve forum-13.dzn --limit 60 --fairness 1 --json",
    "market timetable solve evt_4k2qj4 --limit 20",
)
EVENT = re.compile(r"evt_[a-z0-9]{1,40}")
What = Annotated[str, typer.Argument(metavar="FILE.dzn|EVENT")]
Limit = Annotated[float, typer.Option(min=0.1, help="Seconds after which the best so far is the answer.")]
Fairness = Annotated[int, typer.Option(min=0, help="How far the gaps of any two participants of a file may differ.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same timetable where the limit does not cut in.")]


@dataclass
class Watch:
    """The search as whoever waits sees it: the time that is left, and each improvement with its second."""

    terminal: Terminal
    limit: float
    began: float = field(default_factory=time.monotonic)
    history: list[Json] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.began, 3)

    def left(self) -> float:
        """Return how many seconds there still are."""
        return self.began + self.limit - time.monotonic()

    def tell(self, progress: Progress) -> None:
        """Hear of an improvement."""
        at = self.seconds
        self.history.append({"stage": progress.stage, "best": progress.best, "bound": progress.bound, "seconds": at})
        best = "no timetable yet" if progress.best is None else f"{progress.best} gaps"
        self.terminal.say(f"{at:7.2f} s  {progress.stage}: {best}, at least {progress.bound}")


@app.command(help=HELP)
def solve(
    what: What,
    *,
    limit: Limit = 60.0,
    fairness: Fairness = 2,
    seed: Seed = 1,
    url: Url = LOCAL_URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)
    if EVENT.fullmatch(what):
        day = terminal.run(_day_of(url, token, what))
        done, table = _interruptible(terminal, lambda: _draft(what, day, Watch(terminal, limit), seed))
    else:
        file = Path(what)
        if not file.is_file():
            raise typer.BadParameter(f"{what} is no file and no event")
        try:
            published = _read(file)
        except CommandFailed as error:
            terminal.fail(error)
        done, table = _interruptible(terminal, lambda: _proof(file, published, fairness, Watch(terminal, limit), seed))
    terminal.show(done, table)
    if done["status"] in FAILED:
        raise typer.Exit(Exit.FAILED)


FAILED = {"unknown", "faulty"}


def _interruptible(terminal: Terminal, search: Callable[[], tuple[Json, Table]]) -> tuple[Json, Table]:
    try:
        return search()
    except KeyboardInterrupt:
        terminal.say("stopped")
        raise typer.Exit(Exit.FAILED) from None


async def _day_of(url: str, token: str, event: str) -> Day:
    async with market_at(url, token) as market:
        return await day_of(market, event)


def _draft(event: str, day: Day, watch: Watch, seed: int) -> tuple[Json, Table]:
    """Plan an event's day as a release would, and check it as a release is checked."""
    from services.matching.timetable.planning import plan  # noqa: PLC0415  it imports OR-Tools, as below
    from services.matching.timetable.verifier import faults  # noqa: PLC0415

    made = plan(day, watch.left, seed, watch.tell)
    placed, unplaced = made.timetable.placed, made.timetable.unplaced
    best = made.value == made.most_value and made.gaps == made.least_gaps
    wrong = faults(day, made.timetable)
    done: Json = {
        "event": event,
        "status": "faulty" if wrong else "optimal" if best else "feasible",
        "faults": wrong,
        "value": made.value,
        "most_value": made.most_value,
        "gaps": made.gaps,
        "bound": made.least_gaps,
        "seconds": watch.seconds,
        "placed": [{"request": each, "slot": at.slot, "table": at.table} for each, at in placed.items()],
        "unplaced": [
            {"request": each, "reason": why.reason, "parties": why.parties, "full_slots": why.full_slots}
            for each, why in unplaced.items()
        ],
        "history": watch.history,
    }
    table = Table("institution", "firm", "slot", "table", title=f"{event}: {done['status']}", title_justify="left")
    table.caption = f"{len(placed)} placed, {len(unplaced)} not; {made.gaps} gaps, at least {made.least_gaps}"
    for it in day.requests:
        at = placed.get(it.id)
        where = ("-", unplaced[it.id].reason.value) if at is None else (str(at.slot), str(at.table))
        table.add_row(it.host, it.guest, *where)
    return done, table


def _proof(file: Path, day: dzn.Day, fairness: int, watch: Watch, seed: int) -> tuple[Json, Table]:
    # OR-Tools and numba take a second to import, which `market --help` should not wait for.
    from services.matching.timetable.solving import Search  # noqa: PLC0415

    proof = Search(problem_of(day, fairness), watch.left, seed, watch.tell).run()
    done: Json = {
        "file": file.name,
        "status": proof.status.value,
        "gaps": proof.gaps,
        "bound": proof.bound,
        "seconds": watch.seconds,
        "slots": None if proof.slot_of is None else [slot + 1 for slot in proof.slot_of],
        "history": watch.history,
    }
    return done, _table(done, day)


def problem_of(day: dzn.Day, fairness: int | None) -> Problem:
    """Return the day as the engine knows it: what a meeting's session, pin and participants leave of its slots."""

    def allowed(meeting: dzn.Meeting) -> int:
        forbidden = day.forbidden[meeting.one - 1] | day.forbidden[meeting.other - 1]
        wanted = set(day.slots_of(meeting.session)) - forbidden
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
