"""`market topics`: Kafka topics from the declared table."""

import asyncio
import json
from typing import Annotated

import typer

from shared.events.topics import TOPIC_PARTITIONS, TOPIC_SETTINGS
from shared.kafka import create_topics

app = typer.Typer(help="Kafka topics, from the declared table.", no_args_is_help=True)


@app.command()
def create(
    kafka_bootstrap: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP", help="host:port of Kafka")],
    *,
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 in production")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Create the topics that are missing; what is there is left as it is."""
    created = asyncio.run(create_topics(kafka_bootstrap, TOPIC_PARTITIONS, TOPIC_SETTINGS, replication))
    if as_json:
        typer.echo(json.dumps({"created": created, "declared": len(TOPIC_PARTITIONS)}))
        return
    typer.echo(f"{len(created)} of {len(TOPIC_PARTITIONS)} topics created", err=True)
