"""AsyncAPI 3.0: one document per service and one of the whole market.

A channel per topic with its key, partitions and cleanup policy; a message per type with its `ce_` headers and payload;
an operation per topic for who sends to it and for everybody who receives from it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cli.documents.events import Model, event_schema, published, schema_name
from shared.events.envelope import Envelope
from shared.events.topics import TOPIC_PARTITIONS, TOPIC_SETTINGS

ABOUT = """\
Facts of the technology market (기술마켓) as CloudEvents 1.0 on Kafka in binary mode: attributes in `ce_*` headers,
JSON in UTF-8 as the value, the aggregate's id as the key.

- `<service>.<kind>.events` holds what happened, kept 30 days. `ce_sequence` counts an aggregate's events 1, 2, 3 ...
  without gaps: drop what is not above the last number you have applied for that `ce_subject`.
- `<service>.<kind>.state` holds the full public state after the newest event, compacted: start here from nothing.
- Within version 1 only optional properties are added. Ignore what you do not know.
- No personal data rides in events.
"""
CONTACT = {
    "name": "Technology market, integration desk",
    "url": "https://market.example/",
    "email": "integration@market.example",
}
SERVERS = {
    "kafka": {
        "host": "kafka.market.example:9092",
        "protocol": "kafka",
        "description": "An example: the operator tells you the bootstrap address of your market.",
    }
}
LICENCE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
HEADERS: Mapping[str, str] = {
    "ce_specversion": "CloudEvents version",
    "ce_id": "`<subject>:<sequence>`, unique for ever",
    "ce_type": "What happened, with its version",
    "ce_source": "`/<service>/<collection>`",
    "ce_subject": "Id of the aggregate, and the key of the record",
    "ce_time": "When it was decided, UTC",
    "ce_sequence": "Number of the event within its aggregate, from 1 without gaps",
    "ce_actor": "The person who acted; empty when only the clock did",
    "ce_principal": "The party on whose behalf",
    "ce_correlationid": "The request that set everything off",
    "ce_causationid": "The event or request that led to this one",
    "ce_traceparent": "W3C trace context",
    "traceparent": "The same, where tracers look for it",
    "content-type": "Always application/json",
}
OPTIONAL = frozenset(
    {"ce_actor", "ce_principal", "ce_correlationid", "ce_causationid", "ce_traceparent", "traceparent"}
)
FIXED: Mapping[str, dict[str, str]] = {
    "ce_specversion": {"const": "1.0"},
    "ce_time": {"format": "date-time"},
    "ce_sequence": {"pattern": "^[1-9][0-9]*$"},
    "content-type": {"const": "application/json"},
}
CLOUDEVENT = "cloudevent"
IN_MESSAGE = frozenset({"$schema", "$id", "examples"})
DECIDED = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)

Models = Iterable[Model]


def asyncapi(title: str, senders: Iterable[str], receivers: Mapping[str, Models]) -> dict[str, Any]:
    """Return the document of these senders and receivers: every topic either of them touches."""
    sending = set(senders)
    received = {name: set(models) for name, models in receivers.items()}
    topics = {model.topic() for service, model in published() if service in sending}
    topics |= {model.topic() for models in received.values() for model in models}
    shown = [(service, model) for service, model in published() if model.topic() in topics]
    sends = [(service, model) for service, model in shown if service in sending]
    receives = [(name, model) for name, models in received.items() for _, model in shown if model in models]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": ABOUT,
            "contact": CONTACT,
            "license": LICENCE,
            "tags": [{"name": name} for name in sorted(sending | received.keys())],
        },
        "defaultContentType": "application/json",
        "servers": SERVERS,
        "channels": _channels([model for _, model in shown]),
        "operations": _operations("send", sends) | _operations("receive", receives),
        "components": {
            "messages": {schema_name(model): _message(model) for _, model in shown},
            "schemas": {CLOUDEVENT: _headers()} | {schema_name(model): _payload(model) for _, model in shown},
        },
    }


def _channels(models: list[Model]) -> dict[str, Any]:
    channels: dict[str, Any] = {}
    for model in models:
        topic = model.topic()
        channel = channels.setdefault(topic, _channel(topic))
        channel["messages"][schema_name(model)] = {"$ref": f"#/components/messages/{schema_name(model)}"}
    return channels


def _channel(topic: str) -> dict[str, Any]:
    settings = TOPIC_SETTINGS[topic]
    configuration: dict[str, Any] = {"cleanup.policy": [settings["cleanup.policy"]]}
    if "retention.ms" in settings:
        configuration["retention.ms"] = int(settings["retention.ms"])
    what = "The full public state of each" if topic.endswith(".state") else "What happened to each"
    return {
        "address": topic,
        "title": topic,
        "description": f"{what} {topic.split('.')[1]}, keyed by its id.",
        "messages": {},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": TOPIC_PARTITIONS[topic],
                "topicConfiguration": configuration,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(action: str, pairs: list[tuple[str, Model]]) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for name, model in pairs:
        topic = model.topic()
        operation = operations.setdefault(
            f"{name}.{action}.{topic}",
            {
                "action": action,
                "title": f"{name} {action}s {topic}",
                "description": f"What the {name} service {action}s on this topic.",
                "tags": [{"name": name}],
                "channel": {"$ref": f"#/channels/{topic}"},
                "messages": [],
            },
        )
        operation["messages"].append({"$ref": f"#/channels/{topic}/messages/{schema_name(model)}"})
        if action == "receive":
            group = {"type": "string", "const": f"market.{name}", "description": "Consumer group"}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": "0.5.0"}}
    return operations


def _message(model: Model) -> dict[str, Any]:
    schema = event_schema(model)
    headers = _example_headers(model, schema["examples"][0])
    return {
        "name": model.wire_type(),
        "title": model.wire_type(),
        "summary": schema["description"],
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{CLOUDEVENT}"},
        "payload": {"$ref": f"#/components/schemas/{schema_name(model)}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "Id of the aggregate", "examples": [headers["ce_subject"]]},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": schema["title"], "headers": headers, "payload": schema["examples"][0]}],
    }


def _headers() -> dict[str, Any]:
    return {
        "title": "CloudEvent attributes",
        "description": "CloudEvents 1.0, Kafka binary mode. `ce_type` is the name of the message.",
        "type": "object",
        "required": [name for name in HEADERS if name not in OPTIONAL],
        "properties": {
            name: {"type": "string", "description": text} | FIXED.get(name, {}) for name, text in HEADERS.items()
        },
    }


def _example_headers(model: Model, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers our own envelope gives this example, so that the document cannot say anything else."""
    aggregate = model.kind.partition(".")[2]
    subject = payload.get("id") or _id_of(payload.get(aggregate)) or "mtg_1fy6uh"
    envelope = Envelope(
        type=model.wire_type(),
        source="/" + model.kind.replace(".", "/"),
        subject=subject,
        sequence=3,
        time=DECIDED,
        actor="prs_8q2vd4",
        principal="pty_5k2qj4",
        correlation="req_3f9a",
        causation="req_3f9a",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    return {name: raw.decode() for name, raw in envelope.headers()}


def _id_of(value: Any) -> str:
    return value["id"] if isinstance(value, dict) else value or ""


def _payload(model: Model) -> dict[str, Any]:
    """Return the schema without its own identity and examples: here its place and its message have them."""
    return {name: value for name, value in event_schema(model).items() if name not in IN_MESSAGE}
