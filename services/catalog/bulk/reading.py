"""A workbook read in a process of its own: `python -m services.catalog.bulk.reading` takes one on its stdin.

A megabyte of zip may hold a gigabyte of sheet, and a forged one may break its parser. So whoever reads it has bounded
memory and time, and dies alone. It answers on stdout with one line of JSON.
"""

import json
import resource
import sys
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MEMORY = 256 * 2**20
SECONDS = 5
MOST_ROWS = 5000
SHEET = "제품"

Cell = str | float | bool | date | datetime | time


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        rows = rows_in(sys.stdin.buffer.read())
    except CalamineError:
        rows = None
    tell(rows)


def tell(rows: list[list[str]] | None) -> None:
    """Write the answer row by row: `json.dump` writes word by word, and as one text it would need the memory twice."""
    if rows is None:
        sys.stdout.buffer.write(b"null")
        return
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for number, row in enumerate(rows):
        sys.stdout.buffer.write(b"," if number else b"[")
        sys.stdout.buffer.write(encode(row).encode())
    sys.stdout.buffer.write(b"]" if rows else b"[]")


def rows_in(content: bytes) -> list[list[str]]:
    """Return the cells of the sheet of products, or of the first one, as text: headings, and up to one row too many.

    Raise CalamineError for no workbook.
    """
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheet = book.get_sheet_by_name(SHEET) if SHEET in book.sheet_names else book.get_sheet_by_index(0)
    found: list[list[Any]] = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
    return [[text_of(cell) for cell in row] for row in found]


def text_of(cell: Cell) -> str:
    """Return what a person reads in a cell: Excel has no whole numbers, and dates with a midnight behind them."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
