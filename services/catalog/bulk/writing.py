"""Workbooks of products: an empty one to fill in, and one of what there is."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs

from services.catalog.bulk.columns import BESIDES, COLUMNS, Column
from services.catalog.bulk.reading import MOST_ROWS, SHEET
from services.catalog.bulk.typed import columns_of, shown
from services.catalog.domain.content import Version
from services.catalog.domain.field_schema import FieldSchema, fields_of
from services.catalog.domain.form import Form
from services.catalog.domain.product import Product

GUIDE = "안내"
CHOICES = 3
"""The first of the columns of the guide that hold what may be chosen."""
NOTES = (
    "* 표시는 필수 항목입니다. 제목 행은 바꾸지 마십시오.",
    "제목 끝에 [ ]가 있는 열은 협의체와 분야를 지정하여 받은 서식에만 있습니다.",
    "이 열의 * 표시는 제품을 등록할 때 필수이며, 초안에서는 비워 둘 수 있습니다.",
)
EXACT_DIGITS = 15
"""Excel rounds longer numbers."""


def template(form: Form) -> bytes:
    """Return a workbook to fill in: headings, lists to choose from, an example, and a sheet that explains them.

    Behind what every product has stand the typed fields of `form`.
    """
    columns = [*COLUMNS, *columns_of(form)]
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = _sheet(book, columns)
    guide = book.add_worksheet(GUIDE)
    guide.set_column(0, 0, 18)
    guide.set_column(1, 1, 70)
    guide.set_column(2, 2, 40)
    for place, column in enumerate(columns):
        _write(guide, place, [column.heading, column.hint, column.example, *column.words])
        if column.words:  # from cells: a list of its own must be short and have no comma
            choices = xl_range_abs(place, CHOICES, place, CHOICES + len(column.words) - 1)
            sheet.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": f"='{GUIDE}'!{choices}"})
    for place, said in enumerate(NOTES, start=len(columns) + 1):
        guide.write_string(place, 0, said)
    book.close()
    return content.getvalue()


def workbook_of(products: Sequence[Product], numbers: Mapping[str, str], schemas: Mapping[str, FieldSchema]) -> bytes:
    """Return products as a workbook that could be imported again.

    `numbers` are business numbers by owner, `schemas` field schemas by their claims: what any of the products was
    asked for is a column.
    """
    forms = [form for product in products for form in _asked(product.content, schemas)]
    typed = {column.field: column for form in forms for column in columns_of(form)}
    columns = [*COLUMNS, *typed.values()]
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = _sheet(book, columns)
    for place, (heading, width) in enumerate(BESIDES.items(), start=len(columns)):
        sheet.write_string(0, place, heading)
        sheet.set_column(place, place, width)
    for number, product in enumerate(products, start=1):
        values = product.content.model_dump(mode="json") | {
            "owner": numbers.get(product.owner, ""),
            "product_kind": product.product_kind,
        }
        values |= {f"fields/{name}": shown(value) for name, value in product.content.fields.items()}
        cells = [_written(column, values.get(column.field)) for column in columns]
        _write(sheet, number, [*cells, product.id, product.status, product.version_shown])
    book.close()
    return content.getvalue()


def _asked(version: Version, schemas: Mapping[str, FieldSchema]) -> Iterator[Form]:
    """Find what a version was asked for when it was written, if anything."""
    if version.fields_version:
        yield schemas[fields_of(version.council, version.category)].at_version(version.fields_version)


def _sheet(book: Workbook, columns: Sequence[Column]) -> Any:
    sheet = book.add_worksheet(SHEET)
    heading = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, heading)
        sheet.set_column(place, place, column.width)
        sheet.write_comment(0, place, column.hint)
    sheet.freeze_panes(1, 0)
    return sheet


def _written(column: Column, value: Any) -> str | float:
    """Return a value as it is read in a workbook: choices by their words, money as a number if Excel can hold it."""
    words = {code: word for word, code in column.words.items()}
    if column.field == "price" and value and len(value) <= EXACT_DIGITS:
        return int(value)
    return value if isinstance(value, int | float) else words.get(value or "", value or "")


def _write(sheet: Any, number: int, cells: Sequence[str | float]) -> None:
    """Write words as words, whatever they begin with: a title is never a formula."""
    for place, value in enumerate(cells):
        if isinstance(value, int | float):
            sheet.write_number(number, place, value)
        else:
            sheet.write_string(number, place, value)
