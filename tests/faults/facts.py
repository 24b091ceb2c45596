"""Everything a run left behind, as the checker wants it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.faults.history import Command

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """One record of a topic. `name` is the type without prefix and version, `offset` orders records of one key."""

    kind: str
    name: str
    subject: str
    sequence: int
    correlation: str
    causation: str
    data: Json
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """A command as a document remembers it: the stored key, and the version and sequence it led to."""

    key: str
    version: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One document of a service. `forgetful` when it may have dropped its oldest commands."""

    kind: str
    id: str
    version: int
    sequence: int
    waiting: int
    remembered: tuple[Remembered, ...]
    forgetful: bool
    state: Json
    public: Json


@dataclass(frozen=True, slots=True)
class Copied:
    """One row that `service` keeps of another service's aggregate: a copy, or a row of the gateway's view."""

    service: str
    kind: str
    id: str
    sequence: int
    state: Json


@dataclass(frozen=True)
class Facts:
    """`events` and `states` each in the order Kafka has them per key; `copied_kinds` says who keeps copies of what."""

    commands: Sequence[Command]
    events: Sequence[Heard]
    states: Sequence[Heard]
    stored: Sequence[Stored]
    copied: Sequence[Copied] = ()
    copied_kinds: Sequence[tuple[str, str]] = ()
    parked: Sequence[str] = ()
    unreadable: int = 0

    @cached_property
    def documents(self) -> dict[str, Stored]:
        return {each.id: each for each in self.stored}

    @cached_property
    def first_copies(self) -> dict[str, list[Heard]]:
        """The first copy of each event by aggregate, in the order Kafka has them."""
        found: defaultdict[str, dict[int, Heard]] = defaultdict(dict)
        for event in self.events:
            found[event.subject].setdefault(event.sequence, event)
        return {subject: list(heard.values()) for subject, heard in found.items()}

    @cached_property
    def newest_states(self) -> dict[str, Heard]:
        """The state with the highest sequence of each aggregate."""
        newest: dict[str, Heard] = {}
        for state in self.states:
            known = newest.get(state.subject)
            if known is None or known.sequence <= state.sequence:
                newest[state.subject] = state
        return newest

    def of(self, name: str) -> list[Heard]:
        """Return the first copies of every event of this name."""
        return [each for heard in self.first_copies.values() for each in heard if each.name == name]

    def all(self, kind: str) -> list[Stored]:
        """Return the documents of a kind."""
        return [each for each in self.stored if each.kind == kind]

    @property
    def repeated_events(self) -> int:
        """How many records are further copies of an event that was there already."""
        return len(self.events) - sum(map(len, self.first_copies.values()))


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which check found it, and a sentence that names what is concerned."""

    check: str
    text: str

    def __str__(self) -> str:
        return f"[{self.check}] {self.text}"
