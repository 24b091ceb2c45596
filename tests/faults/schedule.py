"""What is done to the market and when: drawn from a seed, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["kill", "stop", "pause", "rebalance", "duplicates"]

SERVICES = ("catalog-0", "verification-0", "matching-0", "contracts-0", "contracts-1", "gateway-0")
SERVERS = ("kafka", "mongo")
REPLICA = "contracts-1"
"""The second replica: its stop and start are the rebalances."""
TARGETS = {
    "catalog-0": 4,
    "verification-0": 4,
    "matching-0": 5,
    "contracts-0": 4,
    "contracts-1": 2,
    "gateway-0": 3,
    "kafka": 3,
    "mongo": 5,
}
"""How often each is killed, in thirty."""
TOPICS = (
    "catalog.product.events",
    "verification.dossier.events",
    "verification.review.events",
    "verification.certificate.events",
    "matching.meeting.events",
    "contracts.contract.events",
)
DOWN = (0.2, 2.0)
PAUSED = (2.0, 9.0)
BEYOND_SESSION = 12.0
"""Longer than a consumer may be silent (10 s): its partitions go to others, and it wakes up without them."""
REST = (0.1, 0.8)
DUPLICATED = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing done: to `target`, for `seconds`, after a `rest`.

    `stop` is a kill that lets the target finish: for a broker that does not survive a real one. Duplicates are
    `records` of topic `target`, from `place` (a share of what there is) on.
    """

    kind: Kind
    target: str
    rest: float
    seconds: float = 0.0
    records: int = 0
    place: float = 0.0

    def __str__(self) -> str:
        what = f"{self.records} records from {self.place:.0%}" if self.records else f"{self.seconds:.1f} s"
        return f"{self.kind} {self.target} ({what})"


def schedule_of(seed: int, kills: int, *, kafka_survives: bool = True) -> list[Fault]:
    """Return the faults of a run: so many kills, and a share of everything else, shuffled."""
    chance = Random(f"faults {seed}")

    def rest() -> float:
        return round(chance.uniform(*REST), 3)

    def seconds(bounds: tuple[float, float]) -> float:
        return round(chance.uniform(*bounds), 3)

    victims = _spread(kills)
    faults = [Fault("kill", target, rest(), seconds(DOWN)) for target in victims]
    if not kafka_survives:
        faults = [
            Fault("stop", each.target, each.rest, each.seconds) if each.target == "kafka" else each for each in faults
        ]
    pauses = max(3, kills // 10)
    sleepers = [chance.choice((*SERVICES, *SERVERS)) for _ in range(pauses)]
    faults += [Fault("pause", target, rest(), seconds(PAUSED)) for target in sleepers]
    faults.append(Fault("pause", REPLICA, rest(), BEYOND_SESSION))
    faults += [Fault("rebalance", REPLICA, rest(), seconds(DOWN)) for _ in range(max(2, kills // 15))]
    faults += [
        Fault("duplicates", chance.choice(TOPICS), rest(), records=DUPLICATED, place=round(chance.random(), 3))
        for _ in range(max(3, kills // 10))
    ]
    chance.shuffle(faults)
    return faults


def _spread(kills: int) -> Sequence[str]:
    """Return who is killed: everybody in proportion, whoever is furthest behind first."""
    done = dict.fromkeys(TARGETS, 0)
    for _ in range(kills):
        target = min(TARGETS, key=lambda each: (done[each] + 1) / TARGETS[each])
        done[target] += 1
    return [target for target, count in done.items() for _ in range(count)]
