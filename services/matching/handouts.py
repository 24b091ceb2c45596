"""What is printed for a consultation day, as PDF in Korean: its timetable, and a sign for each table."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from services.matching.agenda import Row, Section, hours_of
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.timetable.day import Place
from shared.events.days import SEOUL
from shared.pdf import Document

WEEKDAYS = "월화수목금토일"
NARROW = {
    "날짜": 22.0,
    "시간대": 14.0,
    "시작": 14.0,
    "끝": 14.0,
    "전시장": 26.0,
    "테이블": 15.0,
    "상태": 20.0,
    "구분": 28.0,
}
"""Millimetres; columns of names share the rest."""
ROW = 6.0
SHADED, RULED = 235, 205
MILLIMETRES_OF_A_POINT = 0.3528
NUMBER_SIZE, FEW = 230, 12
"""Points of a sign's number, halved where more meetings than these few need the room."""
SIGN_ROW = 13.0


def timetable_of(event: MarketEvent, agenda: Iterable[Section], at: datetime) -> bytes:
    """Return an event's agenda as it is printed at this moment.

    A section begins on a new page unless it fits whole on the one before.
    """
    paper = Document(event.plan.title, at)
    paper.add_page()
    _heading(paper, event, 16)
    top = paper.get_y()
    for section in agenda:
        if paper.get_y() > top and paper.left < ROW * (len(section.rows) + 3):
            paper.add_page()
        paper.start_section(section.title)
        paper.line_of(section.title, 12, 2 * ROW)
        _print(paper, section)
    return bytes(paper.output())


def signs_of(event: MarketEvent, meetings: Iterable[Meeting], names: Mapping[str, str], at: datetime) -> bytes:
    """Return a page for each table somebody may sit at: its number, and the meetings that stand there."""
    standing = sorted((each for each in meetings if each.stands), key=lambda each: (each.table, each.slot))
    there = {table: list(group) for table, group in groupby(standing, lambda each: each.table)}
    paper = Document(f"{event.plan.title} 테이블 표지", at)
    for table in range(1, event.plan.tables + 1):
        if table in there or not event.is_closed(Place(1, table)):
            paper.add_page()
            _sign(paper, event, table, there.get(table, []), names)
    return bytes(paper.output())


def _heading(paper: Document, event: MarketEvent, size: int) -> None:
    """Write what event it is, which one of its series, on which day, and by which release."""
    start, end = (each.astimezone(SEOUL) for each in (event.plan.starts_at, event.plan.ends_at))
    day = f"{start.year}년 {start.month}월 {start.day}일 ({WEEKDAYS[start.weekday()]})"
    released = f" · {event.releases[-1].title}" if event.releases else ""
    paper.line_of(event.plan.title, size, size * MILLIMETRES_OF_A_POINT * 1.6)
    edition = f"{event.edition} · " if event.edition else ""
    paper.line_of(f"{edition}{day} {start:%H:%M}~{end:%H:%M}{released}", 11, 7)


def _print(paper: Document, section: Section) -> None:
    """Write a section's rows. What names a group is written once, and again where the group goes on on a new page."""
    widths = _widths(paper, section.headings)
    paper.set_draw_color(RULED)
    _write(paper, section.headings, widths, shaded=True)
    if not section.groups:
        paper.line_of("상담이 없습니다", 9, ROW)
    for group in section.groups:
        paper.line(paper.l_margin, paper.get_y(), paper.w - paper.r_margin, paper.get_y())
        named = True
        for row in group:
            if paper.left < ROW:
                paper.add_page()
                _write(paper, section.headings, widths, shaded=True)
                named = True
            _write(paper, row if named else ("",) * section.named + tuple(row[section.named :]), widths)
            named = False


def _write(paper: Document, row: Row, widths: Sequence[float], *, shaded: bool = False) -> None:
    """Write one row; the library writes a `text` in less than half the time of a `cell`."""
    paper.set_font_size(9)
    if shaded:
        paper.set_fill_color(SHADED)
        paper.rect(paper.l_margin, paper.get_y(), paper.epw, ROW, "F")
    x, y = paper.l_margin + paper.c_margin, paper.get_y() + ROW * 0.7
    for value, width in zip(row, widths, strict=True):
        if value != "":
            paper.text(x, y, paper.fitted(str(value), width))
        x += width
    paper.ln(ROW)


def _widths(paper: Document, headings: Sequence[str]) -> list[float]:
    wide = [name for name in headings if name not in NARROW]
    rest = paper.epw - sum(NARROW[name] for name in headings if name in NARROW)
    return [NARROW.get(name, rest / len(wide)) for name in headings]


def _sign(paper: Document, event: MarketEvent, table: int, meetings: list[Meeting], names: Mapping[str, str]) -> None:
    """Write one table's page: who sits there all day in large letters. Its meetings get smaller to stay on it."""
    _heading(paper, event, 20)
    paper.line_of(f"{event.plan.hall_of(table)} 테이블".lstrip(), 24, 16, "C")
    size = NUMBER_SIZE if len(meetings) <= FEW else NUMBER_SIZE / 2
    paper.line_of(str(table), size, size * MILLIMETRES_OF_A_POINT, "C")
    hosts = sorted({each.people[1] for each in meetings})
    if len(hosts) == 1:
        paper.line_of(names.get(hosts[0], hosts[0]), 26, 18, "C")
    if not meetings:
        paper.line_of("예정된 상담이 없습니다", 14, 12, "C")
        return
    rows = [(" ~ ".join(hours_of(each)), *(names.get(person, person) for person in each.people)) for each in meetings]
    shown = 2 if len(hosts) == 1 else 3
    height = min(SIGN_ROW, paper.left / (len(rows) + 1))
    paper.set_font_size(height / MILLIMETRES_OF_A_POINT * 0.42)
    paper.set_fill_color(SHADED)
    paper.set_draw_color(RULED)
    hours = paper.get_string_width("00:00 ~ 00:00") + height / 2
    widths = (hours, *((paper.epw - hours) / (shown - 1),) * (shown - 1))
    for number, row in enumerate([("시간", "기업", "기관"), *rows]):
        for value, width in zip(row[:shown], widths, strict=True):
            paper.cell(width, height, paper.fitted(value, width), border="B", fill=number == 0)
        paper.ln()
