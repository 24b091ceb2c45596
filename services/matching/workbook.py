"""An event's timetable as an Excel workbook, a sheet for each of its orders."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from services.matching.agenda import Row, Section

WIDTHS = {
    "날짜": 12,
    "참가자": 28,
    "상대": 28,
    "기업": 28,
    "기관": 28,
    "전시장": 16,
    "구분": 16,
    "제목": 48,
    "발표·수상": 40,
}
NARROW = 9


def workbook_of(title: str, agenda: Iterable[Section]) -> bytes:
    """Return an event's agenda as a workbook."""
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    book.set_properties({"title": title})
    heading = book.add_format({"bold": True, "bottom": 1})
    for section in agenda:
        _fill(book.add_worksheet(section.title), heading, section.headings, section.rows)
    book.close()
    return content.getvalue()


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
