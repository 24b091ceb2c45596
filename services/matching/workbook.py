"""An event's timetable as an Excel workbook: by party, by table and by hour, with Korean headings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from shared.events.days import SEOUL
from shared.events.matching import MeetingStatus

STATUS: Mapping[MeetingStatus, str] = {
    "booked": "예약",
    "in_progress": "진행 중",
    "held": "완료",
    "no_show": "불참",
    "reported": "결과 보고",
    "converted": "계약 전환",
    "closed": "종결",
    "cancelled": "취소",
}
WHEN = ("시간대", "시작", "끝")
BY_PARTY = ("참가자", *WHEN, "테이블", "상대", "상태")
BY_TABLE = ("테이블", *WHEN, "기업", "기관", "상태")
BY_HOUR = (*WHEN, "테이블", "기업", "기관", "상태")
WIDTHS = {"참가자": 28, "상대": 28, "기업": 28, "기관": 28}
NARROW = 9

Row = Sequence[str | int]


def workbook_of(
    event: MarketEvent, meetings: Iterable[Meeting], names: Mapping[str, str], parties: Collection[str] | None
) -> bytes:
    """Return the meetings that stand as a workbook; with `parties` only theirs. Times are Seoul's."""
    standing = [
        each for each in meetings if each.stands and (parties is None or not {*each.parties}.isdisjoint(parties))
    ]
    standing.sort(key=lambda each: (each.slot, each.table))
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    book.set_properties({"title": event.plan.title})
    heading = book.add_format({"bold": True, "bottom": 1})
    _fill(book.add_worksheet("참가자별"), heading, BY_PARTY, _by_party(standing, names, parties))
    by_table = sorted(standing, key=lambda each: (each.table, each.slot))
    _fill(
        book.add_worksheet("테이블별"),
        heading,
        BY_TABLE,
        [(each.table, *_when(each), *_who(each, names)) for each in by_table],
    )
    _fill(
        book.add_worksheet("시간별"),
        heading,
        BY_HOUR,
        [(*_when(each), each.table, *_who(each, names)) for each in standing],
    )
    book.close()
    return content.getvalue()


def _by_party(meetings: list[Meeting], names: Mapping[str, str], parties: Collection[str] | None) -> list[Row]:
    sides = [
        (names.get(party, party), party, names.get(other, other), each)
        for each in meetings
        for party, other in (each.parties, each.parties[::-1])
        if parties is None or party in parties
    ]
    sides.sort(key=lambda side: side[:2])
    return [(name, *_when(each), each.table, other, STATUS[each.status]) for name, _, other, each in sides]


def _when(meeting: Meeting) -> Row:
    return (meeting.slot, *(f"{each.astimezone(SEOUL):%H:%M}" for each in (meeting.starts_at, meeting.ends_at)))


def _who(meeting: Meeting, names: Mapping[str, str]) -> Row:
    return (*(names.get(party, party) for party in meeting.parties), STATUS[meeting.status])


def _fill(sheet: Any, heading: Any, headings: Sequence[str], rows: Sequence[Row]) -> None:
    """Write words as words, whatever they begin with: a party's name is never a formula."""
    for column, name in enumerate(headings):
        sheet.write_string(0, column, name, heading)
        sheet.set_column(column, column, WIDTHS.get(name, NARROW))
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(headings) - 1)
