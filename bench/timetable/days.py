"""Made-up consultation days of the real market's size: crowded favourites, officers, absences, pinned meetings."""

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from services.matching.timetable.day import Booked, Day, Party, Place, Request


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a day is, and how much each side wants of it."""

    firms: int = 177
    institutions: int = 83
    slots: int = 16
    tables: int = 83
    requests: int = 950
    per_firm: int = 8
    per_officer: int = 14


def a_day(shape: Shape, seed: int) -> Day:
    """Make a day: popularity like Zipf's, 30 % of the parties with absences, 15 % of institutions with 2 officers."""
    chance = Random(seed)  # noqa: S311 - made-up days, no secret
    firms = [f"sme_{number}" for number in range(shape.firms)]
    institutions = [f"ins_{number}" for number in range(shape.institutions)]
    parties = {firm: Party((_absences(shape, chance),), shape.per_firm) for firm in firms}
    for host in institutions:
        officers = chance.choices((1, 2, 3), (81, 15, 4))[0]
        away = tuple(_absences(shape, chance) for _ in range(officers))
        parties[host] = Party(away, shape.per_officer * officers)
    pairs = _pairs(shape, chance)
    requests = tuple(
        Request(f"req_{filed}", institutions[host], firms[guest], chance.randint(10, 60), filed)
        for filed, (host, guest) in enumerate(pairs)
    )
    pinned = _pinned(requests[: shape.requests * 3 // 100], parties, shape)
    left = tuple(it for it in requests if (it.host, it.guest) not in {(at.host, at.guest) for at in pinned})
    return Day(left, shape.slots, shape.tables, pinned, parties, first_meeting=60)


def _absences(shape: Shape, chance: Random) -> frozenset[int]:
    """Nobody's, a window at some hour, or single slots besides."""
    away = set[int]()
    if chance.random() < 0.3:  # noqa: PLR2004 - three in ten
        start = chance.randint(1, shape.slots)
        away.update(range(start, min(start + shape.slots // 4, shape.slots + 1)))
    away.update(slot for slot in range(1, shape.slots + 1) if chance.random() < 0.02)  # noqa: PLR2004 - one in fifty
    return frozenset(away)


def _pairs(shape: Shape, chance: Random) -> list[tuple[int, int]]:
    """Draw different pairs, hosts by rank of popularity."""
    weights = list(accumulate(1 / (rank + 3) ** 0.8 for rank in range(shape.institutions)))
    pairs = dict[tuple[int, int], None]()
    while len(pairs) < shape.requests:
        host = bisect(weights, chance.random() * weights[-1])
        pairs[host, chance.randrange(shape.firms)] = None
    return list(pairs)


def _pinned(wanted: tuple[Request, ...], parties: dict[str, Party], shape: Shape) -> tuple[Booked, ...]:
    """Book them one after the other in the first slot that all are free in, at the next table."""
    taken = set[tuple[str, int]]()
    booked: list[Booked] = []
    for request in wanted:
        pair = (request.host, request.guest)
        for slot in range(1, shape.slots + 1):
            away = any(slot in absent for who in pair for absent in parties[who].away)
            if not away and not taken & {(who, slot) for who in pair}:
                taken |= {(who, slot) for who in pair}
                table = 1 + sum(it.place.slot == slot for it in booked)
                booked.append(Booked(*pair, Place(slot, table)))
                break
    return tuple(booked)
