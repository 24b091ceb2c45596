"""`market events tail`: what happens in the market, straight from Kafka."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
import typer
from rich.text import Text

from cli.terminal import AsJson, Exit, NotReady, Terminal, helped
from shared.events.envelope import TYPE_PREFIX, Envelope
from shared.events.topics import TOPIC_PARTITIONS
from shared.kafka import BrokerError, Consumer, Partition, Record, end_offsets, new_reader

app = typer.Typer(help="The market's events, straight from Kafka.", no_args_is_help=True)

HELP = helped(
    "Print events as they happen, each aggregate's in order.",
    "market events tail",
    "market events tail --type contracts --since beginning --no-follow --json",
    "market events tail --type matching.consultation --since 10m",
)
TOPICS = tuple(topic for topic in TOPIC_PARTITIONS if topic.endswith(".events"))
SINCE = re.compile(r"(\d+)([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
WAIT_MS = 500

Bootstrap = Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP", help="host:port of Kafka.")]


@app.command(help=HELP)
def tail(
    *,
    kafka_bootstrap: Bootstrap = "127.0.0.1:9092",
    prefix: Annotated[str, typer.Option("--type", help="Only types that begin so.", metavar="PREFIX")] = "",
    since: Annotated[str, typer.Option(help="`now`, `beginning`, or an age such as 90s, 10m, 2h, 1d.")] = "now",
    follow: Annotated[bool, typer.Option(help="Go on waiting for more.")] = True,
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)
    start = _start(since, datetime.now(UTC))
    wanted = prefix.removeprefix(TYPE_PREFIX)

    async def work() -> None:
        try:
            async for record in _records(kafka_bootstrap, start, follow=follow):
                _show(record, wanted, terminal)
        except BrokerError as error:
            raise NotReady(
                f"Kafka at {kafka_bootstrap} cannot be read ({error}). Start a market (.venv/bin/market up), or name"
                " another broker with --kafka-bootstrap or KAFKA_BOOTSTRAP"
            ) from None

    terminal.run(work(), interrupted=Exit.OK)


async def _records(bootstrap: str, start: datetime | None, *, follow: bool) -> AsyncIterator[Record]:
    """Read every event topic from a time on (None: from now on), to where it ends at first or without end."""
    reader = new_reader(bootstrap)
    try:
        await reader.start()
        partitions = [Partition(topic, number) for topic in TOPICS for number in range(TOPIC_PARTITIONS[topic])]
        reader.assign(partitions)
        ends = await end_offsets(reader, partitions)
        places = ends if start is None else await _places(reader, partitions, start, ends)
        for partition, place in places.items():
            reader.seek(partition, place)
        while follow or any([await reader.position(each) < end for each, end in ends.items()]):
            for batch in (await reader.getmany(timeout_ms=WAIT_MS)).values():
                for record in batch:
                    yield record
    finally:
        await reader.stop()


async def _places(
    reader: Consumer, partitions: list[Partition], start: datetime, ends: dict[Partition, int]
) -> dict[Partition, int]:
    """Return where each partition's first record of that time or later is."""
    if start == datetime.min.replace(tzinfo=UTC):
        return dict(await reader.beginning_offsets(partitions))
    found = await reader.offsets_for_times({each: int(start.timestamp() * 1000) for each in partitions})
    return {each: ends[each] if place is None else place.offset for each, place in found.items()}


def _start(since: str, now: datetime) -> datetime | None:
    """Read --since: None is now."""
    if since == "now":
        return None
    if since == "beginning":
        return datetime.min.replace(tzinfo=UTC)
    if match := SINCE.fullmatch(since):
        with suppress(OverflowError):
            return now - timedelta(**{UNITS[match[2]]: int(match[1])})
    raise typer.BadParameter(f"{since!r} is none of now, beginning, 90s, 10m, 2h, 1d", param_hint="--since")


def _show(record: Record, wanted: str, terminal: Terminal) -> None:
    try:
        envelope = Envelope.of(record.headers)
        content: Any = orjson.loads(record.value or b"null")
    except ValueError as error:
        terminal.say(f"no event at {record.topic}:{record.partition}:{record.offset}: {error}", "yellow")
        return
    kind = envelope.type.removeprefix(TYPE_PREFIX)
    if not kind.startswith(wanted):
        return
    row = {
        "id": envelope.id,
        "type": envelope.type,
        "time": envelope.time.isoformat(),
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "actor": envelope.actor,
        "principal": envelope.principal,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "data": content,
    }
    terminal.show(row, _line(envelope, kind, content))


def _line(envelope: Envelope, kind: str, content: Any) -> Text:
    facts = content if isinstance(content, dict) else {}
    shown = " ".join(f"{name}={value}" for name, value in facts.items() if name != "at" and value != envelope.subject)
    return Text.assemble(
        (f"{envelope.time.astimezone():%H:%M:%S} ", "dim"),
        (f"{kind.removesuffix('.v1'):<40} ", "cyan"),
        (f"{envelope.subject}:{envelope.sequence} ", "bold"),
        shown,
    )
