"""An aggregate with all the ground offers: events, a claim, a timer. Each test has a kind, and topics, of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, Field

from shared.aggregate import Aggregate
from shared.errors import Refused
from shared.events.envelope import Event, State
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store


class Counted(Event):
    """An entry was added."""

    kind: ClassVar[str]
    name: ClassVar[str]

    entry: str


class TallyState(State):
    """Everything of a tally is public."""

    kind: ClassVar[str]

    entries: list[str]
    label: str
    total: int = 0


class Tally(Aggregate):
    """A list of what was counted. Its label is unique; it rings once. Who counts is nobody else's business."""

    kind: ClassVar[str]
    personal: ClassVar[frozenset[str]] = frozenset({"counter"})
    event: ClassVar[type[Counted]]
    state: ClassVar[type[TallyState]]

    entries: list[str] = Field(default_factory=list)
    label: str = ""
    counter: str | None = None
    rings_at: datetime | None = None

    def count(self, entry: str, at: datetime) -> None:
        self.entries = [*self.entries, entry]
        self._record(self.event(at=at, entry=entry))

    def note(self, entry: str) -> None:
        """Count without telling anybody."""
        self.entries = [*self.entries, entry]

    def claims(self) -> list[str]:
        return [f"label:{self.label}"] if self.label else []

    def taken(self, claim: str) -> Refused:
        return Refused("tally.label_taken", claim, claim)

    def due(self) -> datetime | None:
        return self.rings_at

    def tick(self, at: datetime) -> None:
        if self.rings_at is not None and self.rings_at <= at:
            self.rings_at = None
            self.count("rang", at)

    def public(self) -> TallyState:
        return self.state(id=self.id, entries=self.entries, label=self.label)


class TallyView(BaseModel):
    id: str
    entries: list[str]
    counter: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of tally, with its event, its state and their topics."""

    tally: type[Tally]
    event: type[Counted]
    state: type[TallyState]

    @property
    def topics(self) -> Sequence[str]:
        return (self.event.topic(), self.state.topic())

    def store(self, database: Database, relay: Relay) -> Store[Tally]:
        return Store(database, self.tally, _shown, relay)


def _shown(tally: Tally) -> TallyView:
    return TallyView(id=tally.id, entries=tally.entries, counter=tally.counter)


def a_kind(stem: str) -> Kind:
    """The kind of this name: in another process the same."""

    class ThisCounted(Counted):
        kind: ClassVar[str] = stem
        name: ClassVar[str] = f"{stem}.counted"

    class ThisState(TallyState):
        kind: ClassVar[str] = stem

    class ThisTally(Tally):
        kind: ClassVar[str] = stem
        event: ClassVar[type[Counted]] = ThisCounted
        state: ClassVar[type[TallyState]] = ThisState

    return Kind(ThisTally, ThisCounted, ThisState)
