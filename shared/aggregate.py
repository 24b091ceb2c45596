"""What an aggregate is: state that changes only by decisions, and the events those decisions record."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from shared.errors import Refused
from shared.events.envelope import Event, State


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a write happens: a person's call, another aggregate's event, or the clock.

    `at` UTC; `actor` the person, `principal` the party on whose behalf. A call has `key` (its Idempotency-Key with the
    caller and route), `fingerprint` (of its body) and `expected` (the version in If-Match; None allows any). An event
    has `source` (the aggregate it is of) and `sequence`.
    """

    at: datetime
    actor: str
    principal: str
    correlation: str
    causation: str
    traceparent: str
    key: str = ""
    fingerprint: str = ""
    expected: int | None = None
    source: str = ""
    sequence: int = 0


class Ledger:
    """What the store keeps beside an aggregate's state.

    `version` counts saves and is the ETag; `sequence` is the number of the last event; `recorded` are decided and not
    yet saved, `pending` saved and not yet confirmed by Kafka; `loaded` is the state as it was read.
    """

    __slots__ = ("loaded", "pending", "recorded", "sequence", "version")

    def __init__(self) -> None:
        self.version = 0
        self.sequence = 0
        self.recorded: list[Event] = []
        self.pending: list[dict[str, Any]] = []
        self.loaded: dict[str, Any] = {}


class Aggregate(BaseModel):
    """One unit of change: a command changes one aggregate, in one write, or nothing."""

    # A slot and not a PrivateAttr: pydantic reads those through __getattr__, which cost 88 us of 400 in a command.
    __slots__ = ("_ledger",)

    kind: ClassVar[str]
    """`<service>.<aggregate kind>`, as in the topic names."""
    personal: ClassVar[frozenset[str]] = frozenset()
    """Parts of its view that tell who people are and how they are reached. They change by `Store.forget` alone."""

    id: str

    def model_post_init(self, _: Any) -> None:
        object.__setattr__(self, "_ledger", Ledger())

    @property
    def ledger(self) -> Ledger:
        ledger: Ledger = LEDGER.__get__(self)
        return ledger

    @property
    def version(self) -> int:
        return self.ledger.version

    @property
    def recorded(self) -> list[Event]:
        return self.ledger.recorded

    @abstractmethod
    def public(self) -> State:
        """Return the state that anybody may see: no names, phones or mails of people."""

    def claims(self) -> list[str]:
        """Return what no other document of this kind may hold at the same time."""
        return []

    def taken(self, claim: str) -> Refused:
        """Return the refusal for a claim that another document holds."""
        return Refused("claim.taken", f"{claim} is taken", f"{claim}은(는) 이미 사용 중입니다")

    def due(self) -> datetime | None:
        """Return when the clock must look at this aggregate next."""
        return None

    def tick(self, at: datetime) -> None:
        """Do what time alone brings about by `at`. Safe to call twice."""

    def _record(self, event: Event) -> None:
        self.ledger.recorded.append(event)


LEDGER = Aggregate.__dict__["_ledger"]
