"""Matching's HTTP route for the timetable in print."""

import asyncio
from typing import Any

from fastapi import Response

from services.matching.commands import EVERY, names_of
from services.matching.routes import EventId, Owned
from services.matching.workbook import workbook_of
from shared.calls import Reading
from shared.web import api_router

workbooks = api_router("/v1/events", "events")

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An Excel workbook with the sheets 참가자별, 테이블별 and 시간별",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": "PK..."}},
    }
}


@workbooks.get("/{event_id}/timetable.xlsx", responses=WORKBOOK_ANSWER, response_class=Response)
async def get_timetable_workbook(event_id: EventId, call: Reading, matching: Owned) -> Response:
    """Show the meetings that stand as an Excel workbook, by party, by table and by hour; to a party only its own."""
    event = await matching.events.load(event_id)
    meetings = await matching.meetings.where({"event": event_id}, EVERY)
    names = await names_of(matching, meetings)
    parties = None if call.caller.is_operator else {call.principal}
    content = await asyncio.to_thread(workbook_of, event, meetings, names, parties)
    return Response(content, 200, {"Cache-Control": "private, no-cache"}, MEDIA_TYPE)
