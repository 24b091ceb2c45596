"""The board of a market day: as it stands, and as it changes."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request, Response

from services.gateway.board_stream import BoardStream, Watcher, hall_of, shown
from services.gateway.board_views import Board
from services.gateway.live import Feed, written
from services.gateway.routes import Counted, LastEventId, Owned, place_in, sent_events
from shared.web import api_router

boards = api_router("/v1/boards", "boards")

EventId = Annotated[str, Path(pattern=r"^evt_[a-z0-9]{1,40}$", examples=["evt_4k2qj4"])]
BOARD_ANSWER = sent_events(
    "`board`, the whole one, first; then `board.changed`, each with the `id` to come back to",
    "board.changed",
    '{"event":"evt_4k2qj4","now":3,"cells":[]}',
)


@boards.get("/{event_id}", response_model=Board)
async def get_board(event_id: EventId, request: Request, call: Counted, gateway: Owned) -> Board:
    """Show who sits where now and next, which tables are free, who is late and who is here. It names no people.

    A meeting that was cancelled stays on it as cancelled. `place` is where to follow it from.
    """
    feed: Feed = request.app.state.feed
    watcher = Watcher(call.caller, feed.now(), event_id)
    hall = await hall_of(watcher, feed, gateway)
    return await shown(hall.board(datetime.now(UTC)), written(watcher.positions), gateway)


@boards.get("/{event_id}/live", responses=BOARD_ANSWER, response_class=BoardStream, status_code=200)
async def follow_board(
    event_id: EventId, request: Request, call: Counted, gateway: Owned, last_event_id: LastEventId = None
) -> Response:
    """Follow the board live, as server-sent events, for screens in the hall and operators' tablets.

    Without Last-Event-ID the whole board comes first. A change has the cells and guests that changed and all the rest
    whole; what the clock alone changes is told within 5 seconds.
    """
    feed: Feed = request.app.state.feed
    watcher = Watcher(call.caller, await place_in(feed, last_event_id), event_id)
    hall = await hall_of(watcher, feed, gateway)
    return BoardStream(feed, watcher, request.app.state.stopping, gateway, hall, whole=not last_event_id)
