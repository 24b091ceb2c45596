"""Entry point of the `market` command.

A subcommand's module is imported when it is asked for: `market up` does not wait for what only `market schemas` needs.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

COMMANDS = {
    "up": "cli.up",
    "demo": "cli.demo.command",
    "seed": "cli.seeding",
    "rebuild": "cli.rebuild",
    "doctor": "cli.doctor",
}
GROUPS = {
    "events": "cli.tail",
    "parked": "cli.parked",
    "day": "cli.day",
    "timetable": "cli.timetable",
    "products": "cli.products",
    "certificate": "cli.certificates",
    "topics": "cli.topics",
    "schemas": "cli.schemas",
}
"""Name -> the module whose `app` it is."""


class Subcommands(TyperGroup):
    """The subcommands, imported one by one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return [*COMMANDS, *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        if cmd_name in COMMANDS:
            return get_command(import_module(COMMANDS[cmd_name]).app)
        if cmd_name in GROUPS:
            group = get_group(import_module(GROUPS[cmd_name]).app)
            group.name = cmd_name
            return group
        return None


app = typer.Typer(cls=Subcommands, no_args_is_help=True)


@app.callback()
def market() -> None:
    """Run and look after a technology market."""


if __name__ == "__main__":
    app()
