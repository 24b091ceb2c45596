"""Matching's HTTP routes for what is printed: the timetable as a workbook and as PDF, and the signs of the tables."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from fastapi import Response

from services.matching.agenda import Section, agenda_of, programme_of
from services.matching.commands import EVERY, names_of
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.routes import EventId, Owned
from services.matching.workbook import workbook_of
from shared.calls import Call, Reading
from shared.web import api_router, described

prints = api_router("/v1/events", "events")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


WORKBOOK_ANSWER = described(
    XLSX,
    "An Excel workbook with the sheets 프로그램, where there are talks or awards, 참가자별, 테이블별 and 시간별",
    "PK...",
    binary=True,
)
TIMETABLE_ANSWER = described(
    PDF,
    "A4 pages in Korean with the sections 프로그램, where there are talks or awards, 참가자별, 테이블별 and 시간별",
    "%PDF-1.3...",
    binary=True,
)
SIGNS_ANSWER = described(PDF, "A4 pages in Korean, one for each table", "%PDF-1.3...", binary=True)


@prints.get("/{event_id}/timetable.xlsx", responses=WORKBOOK_ANSWER, response_class=Response)
async def get_timetable_workbook(event_id: EventId, call: Reading, matching: Owned) -> Response:
    """Show talks, awards and the meetings that stand as an Excel workbook; to a party only meetings of its own."""
    event, agenda = await _agenda(event_id, call, matching)
    return _sent(await asyncio.to_thread(workbook_of, event.plan.title, agenda), XLSX)


@prints.get("/{event_id}/timetable.pdf", responses=TIMETABLE_ANSWER, response_class=Response)
async def get_timetable_print(event_id: EventId, call: Reading, matching: Owned) -> Response:
    """Show talks, awards and the meetings that stand as PDF to print; to a party only meetings of its own."""
    event, agenda = await _agenda(event_id, call, matching)
    return _sent(await asyncio.to_thread(_timetable, event, agenda, call.at), PDF)


@prints.get("/{event_id}/table-signs.pdf", responses=SIGNS_ANSWER, response_class=Response)
async def get_table_signs(event_id: EventId, call: Reading, matching: Owned) -> Response:
    """Show the signs to put up as PDF: for each table its number and the meetings that stand there."""
    event = await matching.events.load(event_id)
    meetings = await matching.meetings.where({"event": event_id}, EVERY)
    names = await names_of(matching, event, meetings)
    return _sent(await asyncio.to_thread(_signs, event, meetings, names, call.at), PDF)


async def _agenda(event_id: str, call: Call, matching: Owned) -> tuple[MarketEvent, list[Section]]:
    event = await matching.events.load(event_id)
    meetings = await matching.meetings.where({"event": event_id}, EVERY)
    names = await names_of(matching, event, meetings)
    parties = None if call.caller.is_operator else {call.principal}
    programme = programme_of(event, names)
    return event, programme + agenda_of(event.plan, meetings, names, parties)


def _sent(content: bytes, media_type: str) -> Response:
    return Response(content, 200, {"Cache-Control": "private, no-cache"}, media_type)


def _timetable(event: MarketEvent, agenda: list[Section], at: datetime) -> bytes:
    from services.matching.handouts import timetable_of  # noqa: PLC0415  no start waits for the PDF library

    return timetable_of(event, agenda, at)


def _signs(event: MarketEvent, meetings: list[Meeting], names: Mapping[str, str], at: datetime) -> bytes:
    from services.matching.handouts import signs_of  # noqa: PLC0415  as above

    return signs_of(event, meetings, names, at)
