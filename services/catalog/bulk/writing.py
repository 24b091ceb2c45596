"""Workbooks of products: an empty one to fill in, and one of what there is."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from services.catalog.bulk.columns import BESIDES, COLUMNS, Column
from services.catalog.bulk.reading import MOST_ROWS, SHEET
from services.catalog.domain.product import Product

EXACT_DIGITS = 15
"""Excel rounds longer numbers."""


def template() -> bytes:
    """Return a workbook to fill in: headings, lists to choose from, an example, and a sheet that explains them."""
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = _sheet(book, COLUMNS)
    for place, column in enumerate(COLUMNS):
        if column.words:
            sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": list(column.words)})
    guide = book.add_worksheet("안내")
    guide.set_column(0, 0, 18)
    guide.set_column(1, 1, 70)
    guide.set_column(2, 2, 40)
    for place, column in enumerate(COLUMNS):
        guide.write_row(place, 0, [column.heading, column.hint, column.example])
    guide.write_string(len(COLUMNS) + 1, 0, "* 표시는 필수 항목입니다. 제목 행은 바꾸지 마십시오.")
    book.close()
    return content.getvalue()


def workbook_of(products: Iterable[Product], numbers: dict[str, str]) -> bytes:
    """Return products as a workbook that could be imported again; `numbers` are business numbers by owner."""
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = _sheet(book, COLUMNS)
    for place, (heading, width) in enumerate(BESIDES.items(), start=len(COLUMNS)):
        sheet.write_string(0, place, heading)
        sheet.set_column(place, place, width)
    for number, product in enumerate(products, start=1):
        shown = product.content.model_dump(mode="json") | {
            "owner": numbers.get(product.owner, ""),
            "product_kind": product.product_kind,
        }
        cells = [_written(column, shown[column.field]) for column in COLUMNS]
        _write(sheet, number, [*cells, product.id, product.status, product.version_shown])
    book.close()
    return content.getvalue()


def _sheet(book: Workbook, columns: Sequence[Column]) -> Any:
    sheet = book.add_worksheet(SHEET)
    heading = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, heading)
        sheet.set_column(place, place, column.width)
        sheet.write_comment(0, place, column.hint)
    sheet.freeze_panes(1, 0)
    return sheet


def _written(column: Column, value: Any) -> str | int:
    """Return a value as it is read in a workbook: choices by their words, money as a number if Excel can hold it."""
    words = {code: word for word, code in column.words.items()}
    if column.field == "price" and value and len(value) <= EXACT_DIGITS:
        return int(value)
    return value if isinstance(value, int) else words.get(value or "", value or "")


def _write(sheet: Any, number: int, cells: Sequence[str | int]) -> None:
    """Write words as words, whatever they begin with: a title is never a formula."""
    for place, value in enumerate(cells):
        if isinstance(value, int):
            sheet.write_number(number, place, value)
        else:
            sheet.write_string(number, place, value)
