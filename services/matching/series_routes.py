"""Matching's HTTP routes for series of events: load, decide, save."""

from typing import Annotated

from fastapi import Path, Request, Response

from services.matching.domain.references import SERIES
from services.matching.domain.series import Series, SeriesTitle
from services.matching.routes import Body, Owned
from services.matching.series_views import SeriesPage, SeriesView, series_view
from shared.calls import Creating, Listing, Reading, answer, listed, shown
from shared.web import api_router

series = api_router("/v1/event-series", "event series")

SeriesId = Annotated[str, Path(pattern=SERIES, examples=["ser_6w1n4b"])]


class Opening(Body):
    """What the events of a series are called together."""

    title: SeriesTitle


@series.post("", response_model=SeriesView, status_code=201)
async def open_series(body: Opening, call: Creating, matching: Owned) -> Response:
    """Open a series. An event planned with it gets the next number of its year, as in 2027년 제3회."""
    series_id = call.new_id("ser")
    await matching.series.refuse_repeat(series_id, call.cause)
    return answer(await matching.series.create(Series.open(series_id, body.title, call.at), call.cause), 201)


@series.get("", response_model=SeriesPage)
async def list_series(
    request: Request,
    call: Reading,  # noqa: ARG001  who calls is checked
    matching: Owned,
    page: Listing,
) -> SeriesPage:
    """List series, newest first."""
    found = await listed(matching.series, {}, page, request)
    return SeriesPage(items=[series_view(each) for each in found.items], next=found.next)


@series.get("/{series_id}", response_model=SeriesView)
async def get_series(series_id: SeriesId, request: Request, call: Reading, matching: Owned) -> Response:  # noqa: ARG001
    """Show one series."""
    found = await matching.series.load(series_id)
    return shown(series_view(found), found.version, request)
