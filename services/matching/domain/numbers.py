"""Numbered things of which there are only so many: places at an event, requests in a quota.

Each holder claims its number, and the database keeps claims unique. So the bound holds however many come at once,
without a counter that they would all have to write: one insert is the whole decision.
"""

from collections.abc import Collection
from zlib import crc32

from shared.errors import Refused

NUMBER_TAKEN = "number.taken"


def open_numbers(limit: int, taken: Collection[int], key: str) -> list[int]:
    """Return the numbers from 1 to `limit` that seem free.

    Where the list begins differs from key to key, so that those who come at once seldom try the same number.
    """
    free = [number for number in range(1, limit + 1) if number not in taken]
    start = crc32(key.encode()) % max(len(free), 1)
    return free[start:] + free[:start]


def number_taken(claim: str) -> Refused:
    return Refused(NUMBER_TAKEN, f"{claim} is taken; try another number", f"{claim}은(는) 이미 사용 중입니다")
