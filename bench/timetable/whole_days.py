"""Made-up days from request to proof, beside who comes first."""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from bench.timetable.days import Shape, a_day
from services.matching.timetable.day import Day, Place, Progress
from services.matching.timetable.planning import plan
from services.matching.timetable.solving import MOVES
from services.matching.timetable.verifier import faults

SHAPES = {
    "16 slots, 83 tables": Shape(),
    "12 slots, 83 tables": Shape(slots=12),
    "12 slots, 62 tables": Shape(slots=12, tables=62),
    "10 slots, 83 tables": Shape(slots=10),
    "16 slots, 50 tables, nine in ten places used": Shape(tables=50),
    "16 slots, 48 tables, full": Shape(tables=48),
}
LARGE = {
    "2,000 x 800, 16 slots": Shape(2000, 800, 16, 830, 14_000, 8, 14),
    "2,000 x 800, full": Shape(2000, 800, 16, 440, 14_000, 8, 14),
}
PROOF_SECONDS = 30.0
LOOKS = (2.0, 20.0)
"""CPU seconds after which the gaps are looked at."""
BUSY = 4
"""The solver's own limit counts hours on the wall, of which a busy machine gives us a part."""


@dataclass
class Seen:
    """What is told, with the CPU seconds it took."""

    began: float = field(default_factory=time.process_time)
    told: list[tuple[float, Progress]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.process_time() - self.began

    def hear(self, progress: Progress) -> None:
        self.told.append((self.seconds, progress))

    def gaps_after(self, seconds: float) -> int:
        """Return the fewest gaps found until then."""
        return min(it.best for at, it in self.told if it.best is not None and (at <= seconds or it.stage == "seating"))


def days(seeds: int, seconds: float) -> Iterator[str]:
    """Every shape of the real size: smoothing, then the proof of the gaps for what is left of the seconds."""
    yield from _table(SHAPES, seeds, seconds, MOVES)


def large(seconds: float) -> Iterator[str]:
    """Ten times as large, one seed: about as many moves as twenty seconds hold, no proof."""
    yield from _table(LARGE, 1, seconds, 5 * MOVES)


def _table(shapes: dict[str, Shape], seeds: int, seconds: float, moves: int) -> Iterator[str]:
    yield (
        "| day | seeds | placed | value = bound | first timetable, s | gaps, first free | first timetable | after 2 s "
        "(of first free) | after 20 s | bound | proven in 30 s | faults |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    # The first call loads the compiled kernels; that is no part of a day.
    plan(a_day(Shape(9, 9, 4, 9, 20), 0), lambda: 60.0, moves=1)
    for name, shape in shapes.items():
        yield _row(name, [_measured(a_day(shape, seed), seconds, moves) for seed in range(1, seeds + 1)])


def _measured(day: Day, seconds: float, moves: int) -> tuple[float, ...]:
    seen = Seen()
    made = plan(day, lambda: BUSY * (seconds - seen.seconds), tell=seen.hear, moves=moves)
    proven = made.gaps == made.least_gaps and seen.told[-1][0] <= PROOF_SECONDS
    return (
        len(made.timetable.placed),
        made.value == made.most_value,
        seen.told[0][0],
        who_comes_first(day, made.timetable.placed),
        seen.gaps_after(0.0),
        *(seen.gaps_after(look) for look in LOOKS),
        made.least_gaps,
        proven,
        len(faults(day, made.timetable)),
    )


def who_comes_first(day: Day, placed: Mapping[str, Place]) -> int:
    """Count the gaps of the same requests in random order, each in the first slot that both have free."""
    wanted = [(it.host, it.guest, range(1, day.slots + 1)) for it in day.requests if it.id in placed]
    Random(1).shuffle(wanted)  # noqa: S311 - an order, no secret
    booked = [(it.host, it.guest, range(it.place.slot, it.place.slot + 1)) for it in day.booked]
    busy: dict[tuple[str, int], set[int]] = defaultdict(set)
    held = Counter[int]()
    for host, guest, slots in (*booked, *wanted):
        for slot in slots:
            people = [_free(day, who, slot, busy) for who in (host, guest)]
            if None not in people and held[slot] < day.room(slot):
                for who, person in zip((host, guest), people, strict=True):
                    busy[who, person or 0].add(slot)
                held[slot] += 1
                break
    return sum(slot + 1 not in slots for slots in busy.values() for slot in slots if slot != max(slots))


def _free(day: Day, who: str, slot: int, busy: Mapping[tuple[str, int], set[int]]) -> int | None:
    """Return the first person of a party that is there and free."""
    people = enumerate(day.party(who).away)
    return next((it for it, away in people if slot not in away and slot not in busy.get((who, it), ())), None)


def _row(name: str, seeds: list[tuple[float, ...]]) -> str:
    placed, served, first, peer, start, soon, later, bound, proven, wrong = zip(*seeds, strict=True)
    middle = statistics.median
    ratio = middle(ours / theirs for ours, theirs in zip(soon, peer, strict=True))
    return (
        f"| {name} | {len(seeds)} | {middle(placed):.0f} | {sum(served):.0f} | {max(first):.3f} | {middle(peer):.0f} "
        f"| {middle(start):.0f} | {middle(soon):.0f} ({ratio:.3f}) | {middle(later):.0f} | {middle(bound):.0f} "
        f"| {sum(proven):.0f} | {sum(wrong):.0f} |"
    )
