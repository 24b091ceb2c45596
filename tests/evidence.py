"""Small files that are what they say they are, and some that are not."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from xlsxwriter import Workbook

from shared.events.catalog import FileType

PDF: FileType = "application/pdf"
PNG: FileType = "image/png"
JPEG: FileType = "image/jpeg"
XLSX: FileType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX: FileType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HWPX: FileType = "application/hwp+zip"
HWP: FileType = "application/x-hwp"


def a_pdf(length: int = 200, mark: str = "") -> bytes:
    """Return a PDF of about so many bytes."""
    return b"%PDF-1.7\n" + mark.encode() + b"\n" + b"%" * length + b"\n%%EOF\n"


def a_png(length: int = 200) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(length) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def a_jpeg(length: int = 200) -> bytes:
    return b"\xff\xd8\xff\xe0" + bytes(length) + b"\xff\xd9"


def a_hwp(length: int = 2000) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(length) + b"HWP Document File" + bytes(length)


def an_archive(*parts: str, length: int = 200) -> bytes:
    """Return a ZIP archive that holds these parts."""
    whole = BytesIO()
    with ZipFile(whole, "w") as archive:
        for part in parts:
            archive.writestr(part, "x" * length)
    return whole.getvalue()


def a_workbook(*more: str) -> bytes:
    return an_archive("[Content_Types].xml", "xl/workbook.xml", *more)


def a_text_document() -> bytes:
    return an_archive("[Content_Types].xml", "word/document.xml")


def a_hwpx() -> bytes:
    return an_archive("mimetype", "Contents/content.hpf")


def a_sheet(rows: Sequence[Sequence[Any]], title: str = "제품") -> bytes:
    """Return an Excel workbook with these rows in one sheet."""
    content = BytesIO()
    book = Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(title)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()
