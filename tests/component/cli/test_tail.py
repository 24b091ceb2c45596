import json
from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.servers import Kafka
from deploy.local.stack import create_topics
from shared.events.catalog import PartyActivated, PartyRegistered
from shared.events.envelope import Envelope, Event
from shared.kafka import Outgoing, new_producer, publish
from tests.component.cli.running import market

NOW = datetime.now(UTC)


def told(event: Event, subject: str, sequence: int) -> Outgoing:
    envelope = Envelope(
        event.wire_type(), "/catalog/party", subject, sequence, event.at, "prs_a", "pty_op", "req_1", "req_1", ""
    )
    return Outgoing(event.topic(), subject, event.model_dump_json().encode(), envelope.headers())


@pytest.fixture(scope="module")
async def events(kafka: Kafka) -> Kafka:
    """Two events of one party, and a record that is none."""
    create_topics(kafka)
    producer = new_producer(kafka.bootstrap)
    await producer.start()
    registered = PartyRegistered(at=NOW, party="pty_tail", party_kind="institution", title="가온도로공사")
    activated = PartyActivated(at=NOW, party="pty_tail")
    broken = Outgoing("catalog.party.events", "pty_tail", b"\xff", [])
    await publish(producer, [told(registered, "pty_tail", 1), broken, told(activated, "pty_tail", 2)])
    await producer.stop()
    return kafka


def tail(kafka: Kafka, *more: str) -> list[dict[str, object]]:
    result = market("events", "tail", "--no-follow", "--json", *more, KAFKA_BOOTSTRAP=kafka.bootstrap)
    assert result.returncode == 0, result.stderr
    every: list[dict[str, object]] = [json.loads(line) for line in result.stdout.splitlines()]
    return [each for each in every if each["subject"] == "pty_tail"]


def test_events_come_in_order_with_their_content_and_korean_stays_readable(events: Kafka) -> None:
    first, second = tail(events, "--since", "beginning")

    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["type"] == "kr.techmarket.catalog.party.registered.v1"
    assert first["data"] == {
        "at": NOW.isoformat().replace("+00:00", "Z"),
        "party": "pty_tail",
        "party_kind": "institution",
        "title": "가온도로공사",
    }


def test_a_record_that_is_no_event_is_named_and_stops_nothing(events: Kafka) -> None:
    result = market("events", "tail", "--since", "beginning", "--no-follow", KAFKA_BOOTSTRAP=events.bootstrap)

    assert "no event at catalog.party.events" in result.stderr
    assert "catalog.party.activated" in result.stdout


def test_only_the_types_asked_for_are_shown(events: Kafka) -> None:
    [only] = tail(events, "--since", "beginning", "--type", "catalog.party.act")

    assert only["sequence"] == 2


def test_an_age_reaches_back_and_now_does_not(events: Kafka) -> None:
    age = int((datetime.now(UTC) - NOW + timedelta(minutes=5)).total_seconds())

    assert len(tail(events, "--since", f"{age}s")) == 2
    assert tail(events, "--since", "now") == []
