"""`market topics`: Kafka topics from the declared table."""

from typing import Annotated

import typer

from cli.terminal import AsJson, NotReady, Terminal, helped
from shared.events.topics import TOPIC_PARTITIONS, TOPIC_SETTINGS
from shared.kafka import BrokerError, create_topics

app = typer.Typer(help="Kafka topics, from the declared table.", no_args_is_help=True)

HELP = helped(
    "Create the topics that are missing; what is there is left as it is.",
    "market topics create --kafka-bootstrap 127.0.0.1:9092",
    "KAFKA_BOOTSTRAP=kafka:9092 market topics create --replication 3 --json",
)


@app.command(help=HELP)
def create(
    kafka_bootstrap: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP", help="host:port of Kafka")],
    *,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition; 3 in production")] = 1,
    as_json: AsJson = False,
) -> None:
    terminal = Terminal(as_json=as_json)

    async def work() -> list[str]:
        try:
            return await create_topics(kafka_bootstrap, TOPIC_PARTITIONS, TOPIC_SETTINGS, replication)
        except BrokerError as error:
            raise NotReady(
                f"the topics could not be created at {kafka_bootstrap} ({error!r}). Start Kafka, name another with"
                " --kafka-bootstrap or KAFKA_BOOTSTRAP, or ask for fewer copies with --replication"
            ) from None

    created = terminal.run(work())
    told = f"{len(created)} of {len(TOPIC_PARTITIONS)} topics created"
    terminal.show({"created": created, "declared": len(TOPIC_PARTITIONS)}, told)
