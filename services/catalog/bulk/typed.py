"""Typed fields as columns: one for each field, known by its name in brackets behind the title.

So the same name is the same column whatever category a row is of; what may stand in it says the form of the row's own.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from io import StringIO

from services.catalog.bulk.columns import Column
from services.catalog.domain.content import MOST_LISTED, FieldValue
from services.catalog.domain.form import Asked, Form, Items

TYPED = re.compile(r".*\[([a-z][a-z0-9_]{0,39})\]", re.DOTALL)
YES_NO = {"예": "true", "아니요": "false"}
BOOLEANS = {"예": True, "아니요": False, "true": True, "false": False}
UNKNOWN = Asked(type="string", title="알 수 없는 항목")
NOT_ASKED = ("빈 칸(이 분야에서 쓰지 않는 항목)", "nothing: no such field is asked for in this category")


def typed_field(heading: str) -> str:
    """Return what stands under the heading of a typed field, as `fields/NAME`; nothing for another heading."""
    typed = TYPED.fullmatch(heading)
    return f"fields/{typed[1]}" if typed else ""


def columns_of(form: Form) -> list[Column]:
    """Return a column for each field that is asked for."""
    return [column_of(name, form) for name in form.properties]


def column_of(name: str, form: Form) -> Column:
    """Return the column of one field, also of one that is not asked for."""
    asked, needed = form.properties.get(name, UNKNOWN), name in form.required
    hint, hint_en = _belongs(asked) if name in form.properties else NOT_ASKED
    if needed:
        hint, hint_en = f"{hint}. 등록할 때에는 필요합니다", f"{hint_en}; needed to register"
    titles = " / ".join(filter(None, [asked.title, asked.title_en]))
    words = YES_NO if asked.type == "boolean" else {choice: choice for choice in asked.enum or ()}
    return Column(f"fields/{name}", f"{titles} [{name}]", needed, hint, hint_en, 20, words)


def values_of(cells: Mapping[str, str], form: Form) -> dict[str, FieldValue]:
    """Return the typed fields of a row. What is not of its type stays the text it is, for the form to refuse."""
    given = {field.removeprefix("fields/"): text for field, text in cells.items() if field.startswith("fields/")}
    return {name: _value(form.properties.get(name, UNKNOWN), text) for name, text in given.items() if text}


def shown(value: FieldValue) -> str | float:
    """Return a typed field as it is read in a workbook, and as `values_of` understands it."""
    if isinstance(value, bool):
        return "예" if value else "아니요"
    if isinstance(value, int | float):
        return value if float(f"{value:.15g}") == value else str(value)  # Excel rounds what is longer
    return value if isinstance(value, str) else _joined(value)


def _value(asked: Asked, text: str) -> FieldValue:
    if asked.type == "boolean":
        return BOOLEANS.get(text.lower(), text)
    if asked.type == "array":
        return _parted(text)
    return _number(text) if asked.type in {"integer", "number"} else text


def _number(text: str) -> FieldValue:
    digits = text.replace(",", "")
    for read in (int, float):
        try:
            return read(digits)
        except ValueError:
            continue
    return text


def _parted(text: str) -> FieldValue:
    """Return the items of a list: between them stand semicolons or line breaks."""
    rows = csv.reader(StringIO(text, newline=None), delimiter=";", skipinitialspace=True)
    try:
        return [item.strip() for row in rows for item in row if item.strip()]
    except csv.Error:  # an item of 131,072 characters, and more than a cell of Excel holds
        return text


def _joined(items: Iterable[str]) -> str:
    """Return a list as one text; what has a semicolon or a line break within stands in quotation marks."""
    text = StringIO()
    csv.writer(text, delimiter=";").writerow(items)
    return text.getvalue().removesuffix("\r\n")


def _belongs(asked: Asked) -> tuple[str, str]:
    """Return what may stand in a cell, in Korean and in English."""
    if asked.type == "boolean":
        return "예 또는 아니요", "예 (yes) or 아니요 (no)"
    if asked.type == "array":
        most, (each, each_en) = asked.max_items or MOST_LISTED, _text(asked.items or Items(), 100)
        return (
            f"세미콜론(;)으로 구분하여 {most}개까지, 각각 {each}",
            f"up to {most} items parted by semicolons, each {each_en}",
        )
    if asked.type == "string":
        return _text(asked, 500)
    kind, kind_en = ("정수", "a whole number") if asked.type == "integer" else ("숫자", "a number")
    for bound, said, said_en in ((asked.minimum, "이상", "from"), (asked.maximum, "이하", "up to")):
        if bound is not None:
            kind, kind_en = f"{kind}, {bound} {said}", f"{kind_en} {said_en} {bound}"
    return kind, kind_en


def _text(asked: Asked | Items, most: int) -> tuple[str, str]:
    most = asked.max_length or most
    if asked.enum is None:
        return f"{most}자 이하", f"up to {most} characters"
    listed = ", ".join(asked.enum)
    return f"다음 중 하나: {listed}", f"one of: {listed}"
