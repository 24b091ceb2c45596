"""A party's or a person's meetings at an event as a calendar a phone subscribes to (RFC 5545), and the keys to it."""

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event
from pydantic import BaseModel, ConfigDict, Field

from services.matching.agenda import KIND, on_stage
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from shared.events.matching import EventPart

PRODUCER = "-//techmarket//matching//KO"
ASK_AGAIN = timedelta(minutes=15)
KEY = r"^[a-z2-7]{52}$"
EXAMPLE_KEY = "k3x7q2ma5d" * 5 + "7a"


class OfficerCalendar(BaseModel):
    """Where one officer's own calendar is read: the key opens no other."""

    officer: int
    path: str


class CalendarView(BaseModel):
    """Where a party's calendars are read, below the market's address, by whoever has a whole path: it holds the key.

    `path` shows what all its people do, `officers` what each of those who meet does.
    """

    participation: str
    path: str = Field(description="Worth a password: nothing but this path is asked of who reads the calendar")
    officers: list[OfficerCalendar]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "participation": "ptc_9d3kq1",
                "path": f"/v1/participations/ptc_9d3kq1/calendar.ics?key={EXAMPLE_KEY}",
                "officers": [
                    {
                        "officer": 1,
                        "path": f"/v1/participations/ptc_9d3kq1/calendar.ics?key={EXAMPLE_KEY}&officer=1",
                    }
                ],
            }
        }
    )


class CalendarKeys:
    """The keys of calendars: computed from the services' secret and stored nowhere, so that nobody reads one there.

    A participation says by a number which of its keys are good. Another number makes other keys. Officer 0 is the
    party as a whole.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def view(self, participation: Participation, number: int) -> CalendarView:
        """Return where its calendars are read by their keys of this number."""
        officers = [
            OfficerCalendar(officer=officer, path=self._path_of(participation.id, number, officer))
            for officer in range(1, participation.officers + 1)
        ]
        path = self._path_of(participation.id, number)
        return CalendarView(participation=participation.id, path=path, officers=officers)

    def opens(self, key: str, participation: Participation, officer: int = 0) -> bool:
        """Return whether this is the key that is good now."""
        good = self._key(participation.id, participation.calendar, officer)
        return participation.calendar > 0 and hmac.compare_digest(key, good)

    def _path_of(self, participation: str, number: int, officer: int = 0) -> str:
        path = f"/v1/participations/{participation}/calendar.ics?key={self._key(participation, number, officer)}"
        return f"{path}&officer={officer}" if officer else path

    def _key(self, participation: str, number: int, officer: int) -> str:
        whose = f"calendar|{participation}|{number}" + (f"|{officer}" if officer else "")
        digest = hmac.digest(self._secret, whose.encode(), "sha256")
        return base64.b32encode(digest).decode().rstrip("=").lower()


def calendar_of(
    event: MarketEvent, meetings: Iterable[Meeting], names: Mapping[str, str], party: str = "", officer: int = 0
) -> bytes:
    """Return meetings, and the talks and awards of a party or an officer, as a calendar; `names` are the officers'.

    The same give the same bytes. What is cancelled stays in it as cancelled: who only missed it in the feed might keep
    it for ever.
    """
    calendar = Calendar()
    calendar.add("PRODID", PRODUCER)
    calendar.add("VERSION", "2.0")
    # The library fails on a line break in either of these: it escapes them in an entry's properties alone.
    title = " ".join(event.plan.title.split())
    calendar.add("NAME", title)
    calendar.add("X-WR-CALNAME", title)
    calendar.add("X-WR-TIMEZONE", "Asia/Seoul")
    calendar.add("REFRESH-INTERVAL", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT15M")
    for meeting in sorted(meetings, key=lambda each: (each.starts_at, each.id)):
        calendar.add_component(_entry(event, meeting, names))
    for part in event.parts:
        on = any(one.party == party and officer in {0, one.officer} for one in part.on_stage)
        if on or party in part.left:
            calendar.add_component(_part_entry(event, part, names, on=on))
    content: bytes = calendar.to_ical()
    return content


def _entry(event: MarketEvent, meeting: Meeting, names: Mapping[str, str]) -> Event:
    firm, institution = (names.get(person, person) for person in meeting.people)
    table = f"{event.plan.hall_of(meeting.table)} {meeting.table}번 테이블".lstrip()
    summary = f"{firm} ↔ {institution} 상담 ({table})"
    notes = [event.plan.title, f"{meeting.slot}번 시간대, {table}"]
    if not meeting.stands:
        summary = f"[취소] {summary}"
        notes.append(f"취소 사유: {meeting.reason}")
    entry = _timed(meeting.id, meeting.version, meeting.changed_at, meeting)
    entry.add("SUMMARY", summary)
    entry.add("LOCATION", table)
    entry.add("DESCRIPTION", "\n".join(notes))
    entry.add("STATUS", "CONFIRMED" if meeting.stands else "CANCELLED")
    return entry


def _part_entry(event: MarketEvent, part: EventPart, names: Mapping[str, str], *, on: bool) -> Event:
    stands = on and part.status == "planned" and event.status != "cancelled"
    summary = f"[{KIND[part.part_kind]}] {part.title}"
    notes = [event.plan.title, f"발표·수상: {', '.join(on_stage(part, names))}"]
    if not stands:
        summary = f"[취소] {summary}"
        notes.append(f"취소 사유: {part.reason or event.reason or '발표자·수상자 변경'}")
    # The event's cancellation is one more change of each of its parts.
    changes = part.changes + (event.status == "cancelled")
    entry = _timed(f"{event.id}-part-{part.number}", changes, part.changed_at, part)
    entry.add("SUMMARY", summary)
    if part.hall:
        entry.add("LOCATION", part.hall)
    entry.add("DESCRIPTION", "\n".join(notes))
    entry.add("STATUS", "CONFIRMED" if stands else "CANCELLED")
    return entry


def _timed(uid: str, sequence: int, changed_at: datetime, timed: Meeting | EventPart) -> Event:
    entry = Event()
    entry.add("UID", uid)
    entry.add("SEQUENCE", sequence)
    entry.add("DTSTAMP", changed_at.astimezone(UTC))
    entry.add("LAST-MODIFIED", changed_at.astimezone(UTC))
    entry.add("DTSTART", timed.starts_at.astimezone(UTC))
    entry.add("DTEND", timed.ends_at.astimezone(UTC))
    return entry
