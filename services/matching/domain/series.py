"""Series: events that come back, numbered in each year."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from shared.aggregate import Aggregate
from shared.events.matching import SeriesOpened, SeriesState

SeriesTitle = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["SOC 기술마켓 구매상담회"])]


class Series(Aggregate):
    """What events that come back are called together. Which they are is told by the events."""

    kind: ClassVar[str] = "matching.series"

    title: SeriesTitle

    @classmethod
    def open(cls, series_id: str, title: str, at: datetime) -> "Series":
        """Return a series without any event."""
        series = cls(id=series_id, title=title)
        series._record(SeriesOpened(at=at, series=series_id, title=title))
        return series

    def public(self) -> SeriesState:
        return SeriesState(id=self.id, title=self.title)
