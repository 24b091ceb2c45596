"""How matching shows series."""

from pydantic import BaseModel, ConfigDict

from services.matching.domain.series import Series
from shared.events.matching import SeriesState


class SeriesView(SeriesState):
    """A series; its events are those of `/v1/events?series=`."""

    version: int

    model_config = ConfigDict(
        json_schema_extra={"example": {"id": "ser_6w1n4b", "title": "SOC 기술마켓 구매상담회", "version": 1}}
    )


class SeriesPage(BaseModel):
    """Series, newest first; `next` is the cursor of the next page."""

    items: list[SeriesView]
    next: str | None = None


def series_view(series: Series) -> SeriesView:
    return SeriesView(**series.public().model_dump(), version=series.version)
