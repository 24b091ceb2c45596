"""PDF documents in Korean and English with their fonts inside: they look alike everywhere and can be searched.

Its library takes up to a second to import. So import this where a document is made, and no service starts later for it.
"""

from datetime import datetime
from itertools import groupby
from typing import Any, Literal

import segno
from fpdf import FPDF
from pylopdf_fonts_ko import sans_path, serif_path

from shared.events.days import SEOUL

MARGIN = 15
FOOTING = 12
"""Millimetres from the lower edge of the paper."""
GREY = 110
HAIR = 0.02


class Document(FPDF):
    """A4 pages in Noto Sans or Serif KR. Below each stand the title, when it was printed, and the page's number."""

    def __init__(
        self, title: str, at: datetime, font: Literal["sans", "serif"] = "sans", language: Literal["ko", "en"] = "ko"
    ) -> None:
        super().__init__("portrait", "mm", "A4")
        self._footing = f"{one_line(title)} · {at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
        self.set_title(title)
        self.set_lang(language)
        self.set_creation_date(at)
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=False)
        self.add_font(font, fname=sans_path() if font == "sans" else serif_path())
        self.set_font(font)

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_xy(self.l_margin, -FOOTING)
        self.set_font_size(8)
        self.set_text_color(GREY)
        self.cell(self.epw, text=f"{self.page_no()} / {{nb}}", align="R")
        self.set_x(self.l_margin)
        self.cell(self.epw - 20, text=self.fitted(self._footing, self.epw - 20))
        self.set_text_color(0)

    @property
    def left(self) -> float:
        """Millimetres between here and the footing."""
        return self.h - FOOTING - 3 - self.get_y()

    def line_of(self, text: str, size: float, height: float, align: Literal["L", "C"] = "L") -> None:
        """Write a line of its own."""
        self.set_font_size(size)
        self.cell(self.epw, height, self.fitted(text, self.epw), align=align, new_x="LMARGIN", new_y="NEXT")

    def code(self, text: str, x: float, y: float, side: float) -> None:
        """Draw a QR code of so many millimetres a side; the paper around it must stay free for a tenth of that."""
        rows = list(segno.make_qr(text, error="M").matrix)
        dot = side / len(rows)
        for number, row in enumerate(rows):
            start = 0
            for dark, same in groupby(row):
                width = len(list(same))
                if dark:
                    # a hair wider, or readers see white lines between what touches
                    self.rect(x + start * dot, y + number * dot, width * dot + HAIR, dot + HAIR, "F")
                start += width

    def lines_in(self, text: str, width: float) -> int:
        """Return over how many lines a text goes that is so many millimetres wide."""
        lines: Any = self.multi_cell(width, 1, text, align="L", dry_run=True, output="LINES")
        return len(lines)

    def fitted(self, text: str, width: float) -> str:
        """Return a text on one line, cut where it is longer than so many millimetres."""
        text = one_line(text)
        room = width - 2 * self.c_margin
        if self.get_string_width(text) <= room:
            return text
        while text and self.get_string_width(text + "…") > room:
            text = text[:-1]
        return text + "…"


def one_line(text: str) -> str:
    return " ".join(text.split())
