"""What an aggregate is: state that changes only by decisions, and the events those decisions record."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr

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


class Aggregate(BaseModel):
    """One unit of change: a command changes one aggregate, in one write, or nothing.

    `version` counts saves and is the ETag; `sequence` is the number of the last event recorded.
    """

    model_config = ConfigDict(validate_assignment=False)

    kind: ClassVar[str]
    """`<service>.<aggregate kind>`, as in the topic names."""

    id: str
    _version: int = PrivateAttr(default=0)
    _sequence: int = PrivateAttr(default=0)
    _recorded: list[Event] = PrivateAttr(default_factory=list)
    _pending: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _loaded: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def version(self) -> int:
        return self._version

    @property
    def sequence(self) -> int:
        return self._sequence

    @property
    def pending(self) -> list[dict[str, Any]]:
        return self._pending

    @property
    def loaded(self) -> dict[str, Any]:
        return self._loaded

    @property
    def recorded(self) -> list[Event]:
        return self._recorded

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

    def restored(self, version: int, sequence: int, state: dict[str, Any], pending: list[dict[str, Any]]) -> None:
        """Take over what the store keeps beside the state: `pending` are the events Kafka has not confirmed."""
        self._version, self._sequence, self._loaded, self._pending = version, sequence, state, pending

    def saved(self, outbox: list[dict[str, Any]]) -> None:
        """Count one save that carried these events."""
        self._version += 1
        self._sequence += len(outbox)
        self._pending = [*self._pending, *outbox]
        self._recorded = []

    def _record(self, event: Event) -> None:
        self._recorded.append(event)
