"""The declared table of topics: two per aggregate kind, keyed by aggregate id. Partition counts never change."""

from shared.events import catalog, contracts, matching, verification
from shared.events.envelope import Event, State

PUBLISHED: dict[str, tuple[type[Event], ...]] = {
    "catalog": catalog.PUBLISHED,
    "verification": verification.PUBLISHED,
    "matching": matching.PUBLISHED,
    "contracts": contracts.PUBLISHED,
}
STATES: dict[str, tuple[type[State], ...]] = {
    "catalog": catalog.STATES,
    "verification": verification.STATES,
    "matching": matching.STATES,
    "contracts": contracts.STATES,
}
KINDS: tuple[str, ...] = tuple(state.kind for states in STATES.values() for state in states)

EVENTS_KEPT_DAYS = 30
PARTITIONS = 6
TOPIC_PARTITIONS: dict[str, int] = {f"{kind}.{suffix}": PARTITIONS for kind in KINDS for suffix in ("events", "state")}
TOPIC_SETTINGS: dict[str, dict[str, str]] = {
    topic: {"cleanup.policy": "compact"}
    if topic.endswith(".state")
    else {"cleanup.policy": "delete", "retention.ms": str(EVENTS_KEPT_DAYS * 86_400_000)}
    for topic in TOPIC_PARTITIONS
}
