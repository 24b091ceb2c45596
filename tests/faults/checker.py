"""Asserts on the facts of a run that nothing was lost or doubled. Pure: the same facts, the same violations."""

from collections.abc import Callable, Iterable, Sequence

from tests.faults.checks import commands, events, market
from tests.faults.facts import Facts, Violation
from tests.faults.history import Attempt

CHECKS: Sequence[Callable[[Facts], Iterable[Violation]]] = (
    commands.acknowledged,
    commands.one_effect,
    commands.whole_or_nothing,
    commands.own_versions,
    commands.no_internal_errors,
    commands.same_answer,
    commands.etags_in_order,
    events.numbered,
    events.same_event,
    events.states,
    events.newest_state_last,
    events.views,
    events.nothing_parked,
    market.booked_once,
    market.money,
    market.commitments,
    market.reviewed,
    market.certified,
    market.converted,
)
P99_SECONDS = 5.0
LONGEST_SECONDS = 15.0
VIEWS_SECONDS = 15.0


def violations_of(facts: Facts) -> list[Violation]:
    """Return every broken promise."""
    return [violation for check in CHECKS for violation in check(facts)]


def percentile(attempts: Sequence[Attempt], share: float) -> float:
    """Return the seconds within which this share of the attempts ended; 0 of none."""
    seconds = sorted(each.seconds for each in attempts)
    return seconds[min(int(len(seconds) * share), len(seconds) - 1)] if seconds else 0.0


def bars_missed(during_faults: Sequence[Attempt], views_equal_after: float) -> list[Violation]:
    """Return which of the callers' bars were not met."""
    p99 = percentile(during_faults, 0.99)
    longest = max((each.seconds for each in during_faults), default=0.0)
    missed = []
    if p99 >= P99_SECONDS:
        missed.append(Violation("bars", f"p99 of an attempt during a fault was {p99:.1f} s, not under {P99_SECONDS} s"))
    if longest >= LONGEST_SECONDS:
        missed.append(
            Violation("bars", f"an attempt during a fault took {longest:.1f} s, not under {LONGEST_SECONDS} s")
        )
    if views_equal_after >= VIEWS_SECONDS:
        text = f"views were equal {views_equal_after:.1f} s after healing, not within {VIEWS_SECONDS} s"
        missed.append(Violation("bars", text))
    return missed
