"""What an examination finds, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "note", "failed"]
"""A note is something missing that nothing here depends on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `fix` says what to do when it is not well."""

    subject: str
    verdict: Verdict
    found: str
    fix: str = ""


def attempt(subject: str, look: Callable[[], str], fix: str, failure: type[Exception] = OSError) -> Finding:
    """Return what a look finds, or its failure with the fix."""
    try:
        return Finding(subject, "ok", look())
    except failure as error:
        return Finding(subject, "failed", str(error), fix)
