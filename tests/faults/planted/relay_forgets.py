"""Catalog's relay drops a batch that Kafka did not take, and nobody looks at the outboxes again."""

from itertools import count

from shared.events.catalog import PartyActivated
from shared.relay import Pending, Relay
from tests.faults.planted.planting import serve_with

publish = Relay._publish
failures = count(1)


async def fail_once(relay: Relay, batch: list[Pending]) -> None:
    activated = any(event["type"] == PartyActivated.wire_type() for pending in batch for event in pending.events)
    if activated and next(failures) == 1:
        message = "Kafka is away"
        raise ConnectionError(message)
    await publish(relay, batch)


async def forget(relay: Relay, batch: list[Pending], error: Exception) -> None:
    await relay._close_producer()


async def sleep(*_: object) -> None:
    return


serve_with("catalog", Relay, _publish=fail_once, _retry=forget, _sweep=sleep, _send_again=sleep)
