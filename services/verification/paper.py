"""A certificate as it is printed and hung up, in Korean or in English, with the code a phone checks it by."""

from collections.abc import Sequence
from datetime import date, datetime

from services.verification.credentials import Language, Names
from services.verification.domain.certificate import Certificate
from shared.events.days import seoul_date
from shared.pdf import Document

TITLE = {"ko": "기술 인증서", "en": "Technology certificate"}
ROWS = {
    "ko": ("인증번호", "제품·기술", "기업", "인증기관", "유효기간"),
    "en": ("Number", "Product", "Firm", "Certified by", "Valid"),
}
ADOPTED = {"ko": "인정한 인증", "en": "Adopts"}
SENTENCE = {
    "ko": "위 제품·기술이 본 기관의 심사 기준에 적합함을 인증합니다.",
    "en": "The product named above has met this institution's rules for verification.",
}
CHECKED = {
    "ko": "이 QR 코드는 서명되어 있습니다. 통신 없이 공개키로 진위를 확인할 수 있으며,"
    " 취소 여부는 폐지 목록으로 확인합니다.\nmarket certificate check <QR 내용>",
    "en": "This code is signed: it is checked against the published keys without a connection, and against the list of"
    " revoked certificates.\nmarket certificate check <what the code says>",
}
FRAME, INSET = 10.0, 2.0
LABEL = 38.0
LINE = 0.65
"""Millimetres of a line, for each point of its letters."""

INDENT, BETWEEN = 6.0, 3.0
ROOM = 95.0
"""Millimetres that the rows may take above what is written below them."""

SIZES = (12, 10, 8, 7, 6)
CODE = 52.0
RULED = 150


def certificate_of(certificate: Certificate, names: Names, payload: str, at: datetime, language: Language) -> bytes:
    """Return one page. Its keywords hold the payload too, for who has the file and no camera."""
    paper = Document(f"{TITLE[language]} {certificate.number}", at, "serif", language)
    paper.set_keywords(payload)
    paper.add_page()
    _frame(paper)
    paper.set_y(38)
    paper.line_of(TITLE[language], 30, 22, "C")
    paper.ln(10)
    institution, firm, product = (each.told(language) for each in names)
    period = f"{_day(certificate.valid_from, language)} ~ {_day(certificate.valid_until, language)}"
    rows = list(zip(ROWS[language], (certificate.number, product, firm, institution, period), strict=True))
    if certificate.recognised_certificate:
        rows.append((ADOPTED[language], certificate.recognised_certificate))
    _table(paper, rows)
    paper.ln(10)
    paper.line_of(SENTENCE[language], 13, 10, "C")
    paper.ln(4)
    paper.line_of(_day(seoul_date(at), language), 12, 9, "C")
    paper.line_of(institution, 20, 16, "C")
    top = paper.h - FRAME - CODE - 16
    paper.code(payload, paper.l_margin + 4, top, CODE)
    beside = paper.l_margin + CODE + 12
    paper.set_font_size(9)
    paper.set_xy(beside, top + CODE / 2 - 8)
    paper.multi_cell(paper.w - beside - FRAME - 6, 5.5, CHECKED[language], align="L")
    return bytes(paper.output())


def _frame(paper: Document) -> None:
    paper.set_draw_color(RULED)
    for inset, width in ((0.0, 1.0), (INSET, 0.3)):
        paper.set_line_width(width)
        edge = FRAME + inset
        paper.rect(edge, edge, paper.w - 2 * edge, paper.h - 2 * edge - 4)


def _table(paper: Document, rows: Sequence[tuple[str, str]]) -> None:
    """Write each name over as many lines as it takes, in letters so large that all rows have room."""
    size = next((each for each in SIZES if _height(paper, rows, each) <= ROOM), SIZES[-1])
    for label, value in rows:
        paper.set_font_size(size)
        paper.set_x(paper.l_margin + INDENT)
        paper.cell(LABEL, size * LINE, label)
        paper.multi_cell(_value_width(paper), size * LINE, value, align="L", new_x="LMARGIN", new_y="NEXT")
        y = paper.get_y() + 1
        paper.line(paper.l_margin + INDENT, y, paper.w - paper.r_margin - INDENT, y)
        paper.ln(BETWEEN)


def _height(paper: Document, rows: Sequence[tuple[str, str]], size: float) -> float:
    paper.set_font_size(size)
    lines = sum(paper.lines_in(value, _value_width(paper)) for _, value in rows)
    return lines * size * LINE + len(rows) * BETWEEN


def _value_width(paper: Document) -> float:
    return paper.epw - LABEL - 2 * INDENT


def _day(day: date, language: Language) -> str:
    return f"{day.year}년 {day.month}월 {day.day}일" if language == "ko" else f"{day.day} {day:%B %Y}"
