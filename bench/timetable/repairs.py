"""Days disturbed at half-time: firms late, an officer away, a table lost, walk-ins; beside the full search."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from bench.timetable.days import Shape, a_day
from services.matching.timetable.day import Booked, Day, Place, Request, Timetable
from services.matching.timetable.planning import plan
from services.matching.timetable.repairing import MOVED, Repair, repair
from services.matching.timetable.verifier import faults

SHAPES = {
    "177 x 83, 83 tables": Shape(),
    "177 x 83, every table taken": Shape(tables=48),
    "2,000 x 800, 16 slots": Shape(2000, 800, 16, 830, 14_000, 8, 14),
}
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """The day as it is now, what stands, from when on, and the places lost."""

    day: Day
    standing: dict[str, Place]
    since: int
    lost: frozenset[Place]


def repairs(seeds: int) -> Iterator[str]:
    """Mend so many days of each shape."""
    yield (
        "| day | seeds | CPU s, median | p95 | as good as the full search | within one move | extra moves per hit "
        "| the full search, CPU s, median | faults |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, shape in SHAPES.items():
        yield _row(name, [_measured(disturbed(shape, seed)) for seed in range(1, seeds + 1)])


def disturbed(shape: Shape, seed: int) -> Trouble:
    """Plan a day and disturb it when half of it is over."""
    chance = Random(seed)  # noqa: S311 - made-up days, no secret
    day = a_day(shape, seed)
    placed = dict(plan(day, lambda: 0.0).timetable.placed)
    since = shape.slots // 2 + 1
    requests = {it.id: it for it in day.requests if it.id in placed}
    held = [Booked(it.host, it.guest, placed.pop(it.id)) for it in requests.values() if placed[it.id].slot < since]
    parties = dict(day.parties)
    late = [f"sme_{number}" for number in chance.sample(range(shape.firms), 2)]
    for who in (*late, f"ins_{chance.randrange(shape.institutions)}"):
        first, *others = parties[who].away
        parties[who] = replace(parties[who], away=(first | {since, since + 1}, *others))
    booked = (*day.booked, *held)
    gone = Place(since, chance.randrange(shape.tables) + 1)
    lost = frozenset({gone} - {it.place for it in booked})
    walk_ins = tuple(
        Request(f"req_walk_in_{number}", f"ins_{chance.randrange(shape.institutions)}", f"sme_{guest}", 0, number)
        for number, guest in enumerate(chance.sample(range(shape.firms), 3))
    )
    left = tuple(it for it in requests.values() if it.id in placed)
    return Trouble(replace(day, requests=(*left, *walk_ins), booked=booked, parties=parties), placed, since, lost)


def _measured(trouble: Trouble) -> tuple[float, ...]:
    soon, seconds = _timed(trouble, 2)
    full, full_seconds = _timed(trouble, None)
    hit = len(repair(trouble.day, trouble.standing, trouble.since, trouble.lost, SECONDS, 0).moves)
    placed = soon.timetable.placed
    day = replace(trouble.day, requests=tuple(it for it in trouble.day.requests if it.id in placed))
    return (
        seconds,
        soon.price <= full.price,
        soon.price <= full.price + MOVED,
        (len(soon.moves) - hit) / max(hit, 1),
        full_seconds,
        len(faults(day, Timetable(placed))),
    )


def _timed(trouble: Trouble, hops: int | None) -> tuple[Repair, float]:
    began = time.process_time()
    mended = repair(trouble.day, trouble.standing, trouble.since, trouble.lost, SECONDS, hops)
    return mended, time.process_time() - began


def _row(name: str, seeds: list[tuple[float, ...]]) -> str:
    seconds, best, close, extra, full, wrong = zip(*seeds, strict=True)
    middle = statistics.median
    worst = sorted(seconds)[-1 - len(seconds) // 20]
    return (
        f"| {name} | {len(seeds)} | {middle(seconds):.2f} | {worst:.2f} | {sum(best):.0f} | {sum(close):.0f} "
        f"| {middle(extra):.2f} | {middle(full):.2f} | {sum(wrong):.0f} |"
    )
