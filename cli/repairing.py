"""`market timetable repair`: what goes wrong on the day, met with the fewest moves, seen before anybody is told."""

import re
import secrets
from typing import Annotated

import typer
from rich.table import Table

from cli.api import LOCAL_URL, OPERATOR, Json, Market, Token, Url, key_of, market_at
from cli.stage import Stage
from cli.terminal import AsJson, Terminal, helped

HELP = helped(
    "Find the fewest moves that mend a released timetable, and show them. Nobody is told before they are applied: at"
    " once with --apply, or later, as they were shown, by the repair's id.",
    "market timetable repair evt_4k2qj4 --late pty_5k2qj4 --slot 5 --reason '교통 정체로 지각'",
    "market timetable repair evt_4k2qj4 --late pty_kwater --officer 2 --slot 5 --reason '회의'",
    "market timetable repair evt_4k2qj4 --gone pty_5k2qj4 --reason '급한 사정'",
    "market timetable repair evt_4k2qj4 --table 12 --slot 5 --reason '정전' --apply",
    "market timetable repair evt_4k2qj4 --walk-in pty_5k2qj4 pty_kwater --reason '현장 신청' --json",
    "market timetable repair rpr_5t2m9x --apply",
)
REPAIR = re.compile(r"rpr_[a-z0-9]{1,40}")

What = Annotated[str, typer.Argument(metavar="EVENT|REPAIR")]
Late = Annotated[str, typer.Option(metavar="PARTY", help="It meets again from --slot on.")]
Officer = Annotated[int | None, typer.Option(min=1, help="Only this officer of the party that is --late.")]
Gone = Annotated[str, typer.Option(metavar="PARTY", help="It meets nobody for the rest of the day.")]
Lost = Annotated[int | None, typer.Option("--table", min=1, help="It is closed from --slot on.")]
WalkIn = Annotated[tuple[str, str] | None, typer.Option(metavar="FIRM INSTITUTION", help="They want to meet.")]
Slot = Annotated[int | None, typer.Option(min=1, help="The slot that --late or --table speaks of.")]
Why = Annotated[str, typer.Option(help="Told to those who move.")]
EvenFinal = Annotated[bool, typer.Option("--even-final", help="Also move what begins within 15 minutes.")]
Apply = Annotated[bool, typer.Option("--apply", help="Let the meetings move.")]


def repair(
    what: What,
    *,
    late: Late = "",
    officer: Officer = None,
    gone: Gone = "",
    table: Lost = None,
    walk_in: WalkIn = None,
    slot: Slot = None,
    reason: Why = "",
    even_final: EvenFinal = False,
    apply: Apply = False,
    url: Url = LOCAL_URL,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)
    troubles: list[Json] = [
        *([{"kind": "party_late", "party": late, "slot": slot, "officer": officer}] if late else []),
        *([{"kind": "party_gone", "party": gone}] if gone else []),
        *([{"kind": "table_lost", "table": table, "slot": slot}] if table else []),
        *([{"kind": "pair_walks_in", "firm": walk_in[0], "institution": walk_in[1]}] if walk_in else []),
    ]
    known = REPAIR.fullmatch(what) is not None
    if len(troubles) != (0 if known else 1):
        raise typer.BadParameter("say one of --late, --gone, --table and --walk-in, and with a repair's id none")
    if any((slot is None) == ("slot" in each) for each in troubles):
        raise typer.BadParameter("--slot goes with --late and --table, and with nothing else")
    if officer is not None and not late:
        raise typer.BadParameter("--officer goes with --late")
    if not (known or reason.strip()):
        raise typer.BadParameter("--reason is needed: those who move are told it")
    about = {"event": what, "reason": reason, "even_final": even_final}
    trouble = None if known else troubles[0] | about
    terminal.run(_repair(terminal, url, token, what, trouble, apply=apply))


async def _repair(terminal: Terminal, url: str, token: str, what: str, trouble: Json | None, *, apply: bool) -> None:
    async with market_at(url, token) as market:
        found = await _found(market, what, trouble)
        if not apply:
            terminal.show(found, _table(found))
            if found["status"] == "ready":
                terminal.say(f"nobody is told yet; let it happen: market timetable repair {found['id']} --apply")
            return
        if not terminal.as_json:
            terminal.show(found, _table(found))
        path = f"/v1/repairs/{found['id']}"
        await market.post(OPERATOR, f"{path}/application", key=key_of(path, "application"))

        async def over() -> int:
            return int((await market.read(OPERATOR, path))["status"] == "applied")

        with terminal.progress() as bars:
            await Stage(market, terminal, bars).until("repair applied", 1, over)
        if terminal.as_json:
            terminal.show(await market.read(OPERATOR, path))


async def _found(market: Market, what: str, trouble: Json | None) -> Json:
    """Return the repair that is named, or have one found for a trouble."""
    if trouble is None:
        return await market.read(OPERATOR, f"/v1/repairs/{what}")
    return await market.post(OPERATOR, "/v1/repairs", trouble, key=secrets.token_hex(16))


def _table(found: Json) -> Table:
    moves = found["moves"]
    table = Table("meeting", "firm", "institution", "from", "to", "officers", "why", title_justify="left")
    table.title = f"{found['id']}: {found['trouble']['kind'].replace('_', ' ')}, {found['status']}"
    dropped = sum(each["after"] is None for each in moves)
    handed = sum(each["before"] == each["after"] for each in moves)
    table.caption = (
        f"{len(moves) - dropped - handed} move or are new, {handed} are taken over by other officers,"
        f" {dropped} find no place and are cancelled"
    )
    if confirmed := found["confirmed"]:
        less = f"another one might cost {confirmed['difference']} less of {confirmed['price']} {confirmed['better']}"
        table.caption += f"\n{less if confirmed['difference'] else 'no other repair costs less'}"
    for each in moves:
        where = [f"slot {at['slot']} table {at['table']}" if at else "-" for at in (each["before"], each["after"])]
        who = f"{each['firm_officer']} / {each['institution_officer']}" if each["after"] else "-"
        table.add_row(each["meeting"], each["firm"], each["institution"], *where, who, each["why"].replace("_", " "))
    return table
