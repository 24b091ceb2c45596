"""Calendars by themselves: what stands in them, and which key opens one."""

import re
from datetime import timedelta
from typing import Any

from icalendar import Calendar

from services.matching.calendars import KEY, CalendarKeys, calendar_of
from services.matching.timetable.day import Place
from tests.unit.matching.builders import FIRM, INSTITUTION, NOON, a_meeting, a_participation, an_event, settled

NAMES = {FIRM: "한빛; 정밀, 세라믹 분리막 저전력 수처리 기술연구소", INSTITUTION: "한국수자원공사"}
SECRET = "0123456789abcdef"  # noqa: S105  worth nothing


def read(content: bytes) -> Any:
    """The calendar, as the library reads it: its types leave open what a property is."""
    return Calendar.from_ical(content)


def test_a_meeting_stands_in_it_with_who_where_and_when() -> None:
    event, meeting = an_event("released"), a_meeting(Place(2, 3))

    calendar = read(calendar_of(event, [meeting], NAMES))

    [entry] = calendar.events
    assert str(calendar["NAME"]) == event.plan.title
    assert str(entry["SUMMARY"]) == f"{NAMES[FIRM]} ↔ 한국수자원공사 상담 (3번 테이블)"
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (event.plan.start_of(2), event.plan.end_of(2))
    assert entry["DTSTART"].to_ical().endswith(b"Z")
    assert (str(entry["UID"]), entry["SEQUENCE"], str(entry["STATUS"])) == (meeting.id, meeting.version, "CONFIRMED")


def test_where_there_are_halls_a_meeting_is_in_one() -> None:
    event = an_event("released", halls=[{"name": "제1전시장", "tables": 1}, {"name": "별관", "tables": 2}])

    [entry] = read(calendar_of(event, [a_meeting(Place(2, 3))], NAMES)).events

    assert str(entry["LOCATION"]) == "별관 3번 테이블"


def test_long_korean_lines_are_folded_between_characters_and_separated_as_the_standard_asks() -> None:
    content = calendar_of(an_event("released"), [a_meeting(Place(1, 1))], NAMES)

    lines = content.split(b"\r\n")

    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    assert "상담 (1번 테이블)" in content.replace(b"\r\n ", b"").decode()
    assert all(line.decode() for line in lines[:-1])
    assert b"\\;" in content
    assert b"\\," in content


def test_a_title_of_two_lines_stays_one_line_of_the_calendar() -> None:
    content = calendar_of(an_event("released", title="상반기 상담회\n(둘째 날)"), [a_meeting()], NAMES)

    assert str(read(content)["NAME"]) == "상반기 상담회 (둘째 날)"
    assert "X-WR-CALNAME:상반기 상담회 (둘째 날)".encode() in content.split(b"\r\n")


def test_a_moved_meeting_keeps_its_uid_and_a_cancelled_one_stays_as_cancelled() -> None:
    event, meeting = an_event("released"), a_meeting(Place(1, 1))
    later = NOON + timedelta(hours=1)

    meeting.move(event, Place(4, 2), "기관 담당자 지각", later)
    [moved] = read(calendar_of(event, [meeting], NAMES)).events
    meeting.cancel("기업 불참", later)
    [cancelled] = read(calendar_of(event, [meeting], NAMES)).events

    assert moved["DTSTART"].dt == event.plan.start_of(4)
    assert moved["DTSTAMP"].dt == later
    assert moved["UID"] == cancelled["UID"] == meeting.id
    assert str(cancelled["STATUS"]) == "CANCELLED"
    assert str(cancelled["SUMMARY"]).startswith("[취소] ")
    assert str(cancelled["DESCRIPTION"]).endswith("취소 사유: 기업 불참")


def test_the_same_meetings_in_any_order_give_the_same_bytes() -> None:
    event = an_event("released")
    meetings = [a_meeting(Place(slot, 1)) for slot in (1, 2, 3)]

    assert calendar_of(event, meetings, NAMES) == calendar_of(event, meetings[::-1], NAMES)


def test_a_key_opens_one_calendar_until_it_is_replaced() -> None:
    keys, participation, other = CalendarKeys(SECRET), a_participation(), a_participation(INSTITUTION, "institution")

    def key() -> str:
        return keys.view(participation, participation.calendar).path.rpartition("=")[2]

    never_made = keys.opens(key(), participation)
    participation.change_calendar_key()
    other.change_calendar_key()
    first = key()
    opened, others = keys.opens(first, participation), keys.opens(first, other)
    settled(participation)
    participation.ledger.version += 1
    participation.change_calendar_key()

    assert (never_made, opened, others) == (False, True, False)
    assert (keys.opens(first, participation), keys.opens(key(), participation)) == (False, True)
    assert not CalendarKeys(SECRET[::-1]).opens(key(), participation)
    assert not keys.opens(key(), participation, 1), "what all do is not what one does"
    assert re.fullmatch(KEY, first)
