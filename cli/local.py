"""Local stacks for the commands that need one: the standing one in `.run`, and others of their own in a temp folder."""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import typer

from cli.terminal import CommandFailed, NotReady, Terminal
from deploy.local.errors import StackError
from deploy.local.servers import choose_kafka, choose_mongo
from deploy.local.stack import FIXED_PORTS, Stack, free_ports, market_services

KafkaKind = Literal["noida", "apache"]
MongoKind = Literal["rust", "python"]

RUN_FOLDER = Path(".run")


@contextmanager
def standing_stack(kafka: KafkaKind, mongo: MongoKind, terminal: Terminal, *, free: bool) -> Iterator[Stack]:
    """Run the market on the usual ports, or on free ones, with data that stay in `.run`."""
    folder = RUN_FOLDER.absolute()
    with _alone_in(folder), _running(folder, kafka, mongo, free_ports() if free else FIXED_PORTS, terminal) as stack:
        yield stack


@contextmanager
def passing_stack(kafka: KafkaKind, mongo: MongoKind, terminal: Terminal) -> Iterator[Stack]:
    """Run a market of its own on free ports; nothing of it is left afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="techmarket-", ignore_cleanup_errors=True) as folder,
        _running(Path(folder), kafka, mongo, free_ports(), terminal) as stack,
    ):
        yield stack


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a folder to ourselves, until we end however that is: two servers on the same data spoil them."""
    folder.mkdir(exist_ok=True)
    with (folder / "market.pid").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise NotReady(
                f"a market runs on the data in {folder} already (pid {held.read()}).\n"
                "Use that one, or end it with Ctrl-C and start again"
            ) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


@contextmanager
def _running(
    folder: Path, kafka: KafkaKind, mongo: MongoKind, ports: Mapping[str, int], terminal: Terminal
) -> Iterator[Stack]:
    servers = choose_kafka(kafka, folder, ports["kafka"]), choose_mongo(mongo, folder, ports["mongo"])
    stack = Stack(*servers, market_services(folder, ports, replicas={}))
    started = False
    try:
        with stack.running(tell=terminal.say):
            started = True
            try:
                yield stack
            except typer.Exit:
                # What a command failed by may be the end of a part: that says more than the answer it got.
                stack.check()
                raise
    except StackError as error:
        if started:
            raise CommandFailed(f"{error}\nAll else was stopped; start again") from None
        raise NotReady(str(error)) from None
