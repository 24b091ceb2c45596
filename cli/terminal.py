"""How commands speak: data on stdout, talk and progress on stderr, exit codes that mean something."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from enum import IntEnum
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON on stdout and nothing else there.")]
PIPED_WIDTH = 200


class Exit(IntEnum):
    """What an exit code says."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_READY = 3


class CommandFailed(Exception):
    """A command cannot go on; the text says what happened and what to do."""

    code = Exit.FAILED


class NotReady(CommandFailed):
    """What the command needs does not run or does not answer yet: it may later."""

    code = Exit.NOT_READY


class Terminal:
    """Both streams of one command. NO_COLOR and pipes are heeded; no bars where nobody watches."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Data goes out as JSON, or for people."""
        self.as_json = as_json
        self._talk = Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)
        self._data = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)

    def say(self, text: str, style: str | None = None) -> None:
        """Tell the person at the terminal something that is no data."""
        self._talk.print(text, style=style, markup=False, highlight=False)

    def show(self, data: Any, *seen: RenderableType) -> None:
        """Print the result: `data` for programs, `seen` for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()
            return
        piped = not self._data.is_terminal
        for each in seen:
            line = isinstance(each, str | Text)
            self._data.print(each, soft_wrap=line and piped, no_wrap=line or None, overflow="ellipsis")

    def progress(self) -> Progress:
        """Bars on a terminal; elsewhere nothing is drawn."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._talk,
            disable=not self._talk.is_terminal,
        )

    def fail(self, error: CommandFailed) -> NoReturn:
        """Say why, and end with the code that says what kind of failure it is."""
        self._talk.print(f"[red]error:[/red] {escape(str(error))}", highlight=False)
        raise typer.Exit(error.code)

    def run(self, work: Coroutine[Any, Any, Result], interrupted: Exit = Exit.FAILED) -> Result:
        """Run a command's work to its end. Work that Ctrl-C cuts off has failed, unless nothing else ends it."""
        try:
            return asyncio.run(work)
        except CommandFailed as error:
            self.fail(error)
        except KeyboardInterrupt:
            self.say("stopped")
            raise typer.Exit(interrupted) from None


def helped(sentence: str, *examples: str) -> str:
    """Return a command's help: what it does in a sentence, then examples, each on a line of its own."""
    return f"{sentence}\n\n\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
