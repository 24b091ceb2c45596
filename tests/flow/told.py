"""What Kafka was told of some aggregates."""

from collections.abc import Iterable

from deploy.local.stack import Stack
from shared.events.envelope import Envelope
from tests.component.shared.reading import all_records, first_copies


async def told_of(stack: Stack, topic: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """What Kafka has of these, each event once, in order; what is numbered otherwise fails."""
    found: dict[str, dict[int, str]] = {each: {} for each in ids}
    records = [each for each in await all_records(stack.kafka.bootstrap, topic) if each.key.decode() in found]
    for record in records:
        envelope = Envelope.of(record.headers)
        found[envelope.subject][envelope.sequence] = envelope.type.split(".")[-2]
    assert all(order == sorted(order) for order in first_copies(records).values())
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in found.values())
    return {each: [events[number] for number in sorted(events)] for each, events in found.items()}
