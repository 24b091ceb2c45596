"""How many uploads run at once: each holds up to one part of 5 MB, and a slow one holds it for long."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import TooMany, Unavailable

AT_ONCE = 16
AT_ONCE_BY_ONE = 4


class Uploads:
    """The uploads under way in this process, by the party that they are for."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    @contextmanager
    def one_more(self, party: str) -> Iterator[None]:
        """Count one in for as long as it runs. Raise TooMany for one of too many of a party, Unavailable of all."""
        if self._running[party] >= AT_ONCE_BY_ONE:
            raise TooMany(
                "file.uploads_of_yours",
                f"you upload {AT_ONCE_BY_ONE} files already: wait until one is done",
                f"이미 파일 {AT_ONCE_BY_ONE}개를 올리는 중입니다. 하나가 끝난 후 다시 시도하십시오",
            )
        if self._running.total() >= AT_ONCE:
            raise Unavailable(
                "file.uploads_of_all",
                "too many files are being uploaded now; try again",
                "올리는 파일이 많습니다. 잠시 후 다시 시도하십시오",
            )
        self._running[party] += 1
        try:
            yield
        finally:
            self._running[party] -= 1
            self._running += Counter()  # forget who has none
