r"""CloudEvents 1.0 in Kafka's binary binding: attributes in `ce_` headers, JSON in the value, aggregate id as key.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2. Written here and not taken from the SDK, which escapes
Korean to `\uXXXX` and costs four times as much per event; a test holds the two equal.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticKnownError

TYPE_PREFIX = "kr.techmarket."
SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,100}")
Headers = list[tuple[str, bytes]]
CONSTANT: Headers = [("ce_specversion", b"1.0"), ("content-type", b"application/json")]

MOST_EVENTS = 2**63 - 1
"""The largest number the database holds."""
WON_DIGITS = 18
DIGITS = re.compile(r"[0-9]+")


def won_as_sent(least: int) -> dict[str, object]:
    """Return the JSON Schema of money in a request: pydantic's own allows any string, and numbers of any size."""
    digits = f"^0*[{least}-9][0-9]{{0,{WON_DIGITS - 1}}}$"
    return {
        "anyOf": [
            {"type": "string", "pattern": digits},
            {"type": "integer", "minimum": least, "exclusiveMaximum": 10**WON_DIGITS},
        ],
        "examples": ["125000000"],
    }


def _plain_digits(amount: object) -> object:
    """Refuse what Decimal would read and nobody means: other alphabets' digits, underscores, exponents, a point."""
    if isinstance(amount, str) and not DIGITS.fullmatch(amount):
        message = "won are written with the digits 0 to 9 alone"
        raise ValueError(message)
    return amount


Won = Annotated[
    Decimal,
    BeforeValidator(_plain_digits),
    Field(ge=0, max_digits=WON_DIGITS, decimal_places=0),
    AfterValidator(lambda amount: amount.quantize(Decimal(1)) + 0),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
    Field(examples=["125000000"]),
    WithJsonSchema(won_as_sent(0), mode="validation"),
]
"""Money in Korean won: a whole decimal, a string in JSON so that no client turns it into a float."""


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise PydanticKnownError("int_type")
    return value


WHOLE = BeforeValidator(_number)
"""For integers that are sent: a string is none, nor are true and false, though Python counts with them."""


class Published(BaseModel):
    """A record others may rely on: producers send nothing undeclared, consumers ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ClassVar[str]
    """`<service>.<aggregate kind>`, the stem of both topics."""


class Event(Published):
    """Something that happened to one aggregate, in the past tense."""

    name: ClassVar[str]
    """`<service>.<noun>.<past tense>`; on the wire `kr.techmarket.<name>.v1`."""

    at: AwareDatetime

    @classmethod
    def topic(cls) -> str:
        return f"{cls.kind}.events"

    @classmethod
    def wire_type(cls) -> str:
        return f"{TYPE_PREFIX}{cls.name}.v1"


class State(Published):
    """The full public state of one aggregate, for those who start from nothing: the newest per key is kept for ever."""

    id: str

    @classmethod
    def topic(cls) -> str:
        return f"{cls.kind}.state"

    @classmethod
    def wire_type(cls) -> str:
        return f"{TYPE_PREFIX}{cls.kind}.state.v1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who, what, when and why around one record. `sequence` counts its aggregate's events 1, 2, 3 ... without gaps."""

    type: str
    source: str
    subject: str
    sequence: int
    time: datetime
    actor: str
    principal: str
    correlation: str
    causation: str
    traceparent: str

    @property
    def id(self) -> str:
        return f"{self.subject}:{self.sequence}"

    def headers(self) -> Headers:
        """Return the Kafka headers of this envelope."""
        traceparent = self.traceparent.encode()
        return [
            *CONSTANT,
            ("ce_id", self.id.encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
            ("ce_sequence", b"%d" % self.sequence),
            ("ce_actor", self.actor.encode()),
            ("ce_principal", self.principal.encode()),
            ("ce_correlationid", self.correlation.encode()),
            ("ce_causationid", self.causation.encode()),
            ("ce_traceparent", traceparent),
            ("traceparent", traceparent),
        ]

    @classmethod
    def of(cls, headers: Iterable[tuple[str, bytes | None]]) -> "Envelope":
        """Read the headers of a record. Raise ValueError when a required attribute is missing or malformed."""
        read = {name: raw.decode() for name, raw in headers if raw is not None}
        try:
            envelope = cls(
                type=read["ce_type"],
                source=read["ce_source"],
                subject=read["ce_subject"],
                sequence=int(read["ce_sequence"]),
                time=datetime.fromisoformat(read["ce_time"]),
                actor=read.get("ce_actor", ""),
                principal=read.get("ce_principal", ""),
                correlation=read.get("ce_correlationid", ""),
                causation=read.get("ce_causationid", ""),
                traceparent=read.get("ce_traceparent", ""),
            )
        except KeyError as missing:
            message = f"no {missing} header"
            raise ValueError(message) from None
        # A sequence below 1 would pass for long applied, and a subject with a dot for a path into the document.
        if (
            not 1 <= envelope.sequence <= MOST_EVENTS
            or envelope.time.tzinfo is None
            or not SUBJECT.fullmatch(envelope.subject)
        ):
            message = f"{envelope.id!r} at {envelope.time} is no event of ours"
            raise ValueError(message)
        return envelope
