"""How often one caller may call: a bucket of tokens for each, in the memory of each replica."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from shared.auth import Caller
from shared.errors import TooMany

REMEMBERED = 20_000


class RateExceeded(TooMany):
    """This caller's bucket is empty; `headers` say when it is worth calling again."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(
            "rate.exceeded",
            "you call too often; wait as Retry-After says",
            "요청이 너무 잦습니다. Retry-After 만큼 기다린 후 다시 시도하십시오",
        )
        self.headers = headers


class Limits:
    """Buckets keyed by who a verified token speaks for, never by what a caller writes into a header.

    Each fills by `per_second` up to `burst`. A bucket nobody used for long is full, so that it can be forgotten.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: Caller) -> None:
        """Take one token of this caller's. Raise RateExceeded when there is none."""
        now = self._clock()
        who = caller.principal or caller.actor
        tokens, at = self._buckets.pop(who, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        self._buckets[who] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if tokens < 1:
            raise RateExceeded(self._told((1 - tokens) / self._per_second))

    def _told(self, wait: float) -> dict[str, str]:
        """Return the header fields of draft-ietf-httpapi-ratelimit-headers-10 and Retry-After, in whole seconds."""
        seconds = str(max(1, math.ceil(wait)))
        window = max(1, math.ceil(self._burst / self._per_second))
        return {
            "Retry-After": seconds,
            "RateLimit-Policy": f'"caller";q={self._burst};w={window}',
            "RateLimit": f'"caller";r=0;t={seconds}',
        }
