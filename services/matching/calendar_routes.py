"""Matching's HTTP routes for calendars: what a party and each of its officers do at an event, for their phones."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response

from services.matching.calendars import EXAMPLE_KEY, KEY, CalendarKeys, CalendarView, calendar_of
from services.matching.commands import EVERY, names_of
from services.matching.domain.participation import Participation
from services.matching.participation_routes import ParticipationId
from services.matching.routes import Owned
from shared.calls import Changing, answer, shown_content
from shared.errors import NotFound
from shared.store import Replayed
from shared.web import api_router, described

calendars = api_router("/v1/participations", "participations")

MEDIA_TYPE = "text/calendar"
CALENDAR_ANSWERS: dict[int | str, dict[str, Any]] = {
    **described(
        MEDIA_TYPE,
        "The meetings of this party, also the cancelled ones, as iCalendar (RFC 5545)",
        (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//techmarket//matching//KO\r\n"
            "NAME:2027년 상반기 기술마켓 상담회\r\nBEGIN:VEVENT\r\n"
            "SUMMARY:한빛 ↔ 한국수자원공사 상담 (12번 테이블)\r\nDTSTART:20270414T020000Z\r\n"
            "DTEND:20270414T023000Z\r\nDTSTAMP:20270408T010000Z\r\nUID:mtg_2k9fm3\r\nSEQUENCE:1\r\n"
            "STATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ),
    ),
    304: {"description": "The calendar is still the one whose ETag If-None-Match has"},
    503: {"description": "The database or the service is away"},
    504: {"description": "The service did not answer in time"},
}


@calendars.post("/{participation_id}/calendar", response_model=CalendarView)
async def make_calendar(
    participation_id: ParticipationId, request: Request, call: Changing, matching: Owned
) -> Response:
    """Make the party's calendar and each officer's readable under new keys, and no more under those before.

    Its own people, or the operator, put an answered path behind the market's address and subscribe to that.
    """
    try:
        participation = await matching.participations.load(participation_id, call.cause)
        call.caller.must_act_for(participation.party)
        participation.change_calendar_key()
        made = await matching.participations.save(participation, call.cause)
    except Replayed as repeat:
        participation, made = await matching.participations.load(participation_id), repeat.answer
    keys: CalendarKeys = request.app.state.calendar_keys
    return answer(replace(made, body=keys.view(participation, made.version).model_dump_json().encode()))


@calendars.get(
    "/{participation_id}/calendar.ics",
    responses=CALENDAR_ANSWERS,
    response_class=Response,
    openapi_extra={"security": []},
)
async def get_calendar(
    participation_id: ParticipationId,
    key: Annotated[
        str, Query(pattern=KEY, description="From the path `make_calendar` answers", examples=[EXAMPLE_KEY])
    ],
    request: Request,
    matching: Owned,
    officer: Annotated[
        int, Query(ge=0, le=50, description="Whose own calendar it is, from the path; 0 is the whole party's")
    ] = 0,
    if_none_match: Annotated[
        str | None, Header(description="ETag you have: 304 when it is still the current one")
    ] = None,
) -> Response:
    """Show a party's or one officer's meetings, and the talks and awards they are on stage for, as iCalendar.

    The key in the path is all that is asked for: no token.

    Times are in UTC, which every calendar shows in its own zone. A meeting keeps its UID when it moves; a cancelled one
    stays, with `STATUS:CANCELLED`. What another officer takes over stands in that one's calendar alone.
    """
    keys: CalendarKeys = request.app.state.calendar_keys
    participation = await matching.participations.find(participation_id)
    if participation is None or not keys.opens(key, participation, officer):
        raise NotFound("calendar.unknown", "there is no calendar under this key", "이 키로 볼 수 있는 일정이 없습니다")
    content = await _content(participation, officer, matching)
    return shown_content(content, MEDIA_TYPE, "private, no-cache", if_none_match)


async def _content(participation: Participation, officer: int, matching: Owned) -> bytes:
    event = await matching.events.load(participation.event)
    own: dict[str, Any] = {"event": participation.event, participation.side: participation.party}
    if officer:
        own[f"{participation.side}_officer"] = officer
    meetings = await matching.meetings.where(own, EVERY)
    return calendar_of(event, meetings, await names_of(matching, event, meetings), participation.party, officer)
