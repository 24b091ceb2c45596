"""Records as services write them, for tests that speak for a service which does not run."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.events.envelope import Envelope, Published
from shared.kafka import Outgoing, new_producer, publish
from shared.telemetry import new_traceparent


def record_of(said: Published, aggregate_id: str, sequence: int) -> Outgoing:
    """Return an event or a state as the service that owns the aggregate would send it."""
    said_type: Any = type(said)
    envelope = Envelope(
        type=said_type.wire_type(),
        source="/" + said.kind.replace(".", "/"),
        subject=aggregate_id,
        sequence=sequence,
        time=datetime.now(UTC),
        actor="prs_test",
        principal="pty_test",
        correlation="req_test",
        causation="req_test",
        traceparent=new_traceparent(),
    )
    return Outgoing(said_type.topic(), aggregate_id, said.model_dump_json().encode(), envelope.headers())


async def tell(bootstrap: str, records: Iterable[Outgoing]) -> None:
    """Send records and wait until Kafka has them."""
    producer = new_producer(bootstrap)
    await producer.start()
    try:
        await publish(producer, list(records))
    finally:
        await producer.stop()
