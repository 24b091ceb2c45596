"""Two sides for a day whose participants were not asked which they are on: as few meetings as can be within a side.

Finding the fewest is the maximum cut, which is NP-hard (R. M. Karp, Reducibility among Combinatorial Problems, 1972).
So: where two sides without a conflict exist they are found, by colouring along the meetings; otherwise participants
change sides one by one as long as that helps, from several beginnings, and the best end counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random

BEGINNINGS = 20

Pair = tuple[int, int]


def two_sides(participants: int, pairs: Sequence[Pair]) -> list[bool]:
    """Return for each participant, numbered from 1, whether they are on the first side: index 0 is participant 1.

    The same pairs give the same sides. Who meets nobody is on the first side; the first side is the larger one.
    """
    partners: defaultdict[int, list[int]] = defaultdict(list)
    for one, other in pairs:
        partners[one].append(other)
        partners[other].append(one)
    chance = Random(0)  # noqa: S311 - a search, no secret
    best = min(
        (_improved(_coloured(participants, partners, chance), partners) for _ in range(BEGINNINGS)),
        key=lambda side: len(within(side, pairs)),
    )
    if 2 * sum(best) < participants:
        best = [not first for first in best]
    return [first or number not in partners for number, first in enumerate(best, start=1)]


def within(side: Sequence[bool], pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs whose two are on one side."""
    return [(one, other) for one, other in pairs if side[one - 1] == side[other - 1]]


def _coloured(participants: int, partners: Mapping[int, list[int]], chance: Random) -> list[bool]:
    """Put everybody opposite to whom they were reached from: right for all where two clean sides exist."""
    side: dict[int, bool] = {}
    for start in chance.sample(range(1, participants + 1), participants):
        if start in side:
            continue
        side[start] = True
        reached = [start]
        while reached:
            here = reached.pop()
            for partner in partners.get(here, ()):
                if partner not in side:
                    side[partner] = not side[here]
                    reached.append(partner)
    return [side[number] for number in range(1, participants + 1)]


def _improved(side: list[bool], partners: Mapping[int, list[int]]) -> list[bool]:
    """Let whoever has more partners on their own side than on the other change over, until nobody has."""
    changed = True
    while changed:
        changed = False
        for number, others in partners.items():
            same = sum(side[other - 1] == side[number - 1] for other in others)
            if 2 * same > len(others):
                side[number - 1] = not side[number - 1]
                changed = True
    return side
