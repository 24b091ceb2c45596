"""What callers did and what they were told: one line of JSON for each attempt at a command."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

TRY_AGAIN = frozenset({0, 429, 500, 502, 503, 504})
NOT_DECIDED = frozenset({"reference.not_known_yet", "write.contended"})
"""Refusals that are none: nothing was decided, and the same call may succeed a moment later."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under a command's key. Times in seconds since the run began; `status` 0 when no answer came."""

    key: str
    request_id: str
    actor: str
    principal: str
    method: str
    path: str
    body: str
    via: str
    start: float
    end: float
    status: int
    etag: str = ""
    position: str = ""
    replayed: bool = False
    rule: str = ""
    answer: str = ""
    """A digest of the answer's body."""
    error: str = ""

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300

    @property
    def in_doubt(self) -> bool:
        """Whether the caller cannot know if it was carried out."""
        return self.status in TRY_AGAIN or self.rule in NOT_DECIDED

    @property
    def refused(self) -> bool:
        return not self.acknowledged and not self.in_doubt

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def aggregate(self) -> str:
        return self.position.partition(":")[0]

    @property
    def sequence(self) -> int:
        return int(self.position.partition(":")[2])

    @property
    def version(self) -> int:
        return int(self.etag.strip('"'))


@dataclass(frozen=True)
class Command:
    """All attempts under one key, in the order they began."""

    key: str
    attempts: tuple[Attempt, ...]

    @cached_property
    def acknowledgements(self) -> list[Attempt]:
        return [each for each in self.attempts if each.acknowledged]

    @property
    def refused(self) -> bool:
        """Whether every attempt was refused for good, so that nothing may have happened."""
        return all(each.refused for each in self.attempts)

    @cached_property
    def request_ids(self) -> frozenset[str]:
        return frozenset(each.request_id for each in self.attempts)

    @property
    def stored_key(self) -> str:
        """What services store: the key with its caller and route, as shared/calls.py scopes it."""
        first = self.attempts[0]
        scope = (first.principal, first.actor, first.method, first.path, first.key)
        return hashlib.blake2b("\n".join(scope).encode(), digest_size=16).hexdigest()

    def __str__(self) -> str:
        first = self.attempts[0]
        return f"{first.method} {first.path} under key {self.key}"


class History:
    """Every attempt so far, also in a file, so that a run that dies leaves what it knew."""

    def __init__(self, file: Path | None = None) -> None:
        self.attempts: list[Attempt] = []
        self._file = None if file is None else file.open("w", encoding="utf-8")

    def add(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        if self._file is not None:
            self._file.write(json.dumps(asdict(attempt), ensure_ascii=False) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def commands_of(attempts: Iterable[Attempt]) -> list[Command]:
    """Return the attempts by key, the commands in the order they began."""
    by_key: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda each: each.start):
        by_key[attempt.key].append(attempt)
    return [Command(key, tuple(found)) for key, found in by_key.items()]


def digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def rule_of(body: bytes) -> str:
    """Return which rule a problem document names, empty for anything else."""
    try:
        problem: Any = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("rule", "")) if isinstance(problem, Mapping) else ""
