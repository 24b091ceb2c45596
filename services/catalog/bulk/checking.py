"""Rows of a workbook made into drafts, or into faults that name row, column and reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args
from unicodedata import normalize

from pydantic import ValidationError

from services.catalog.bulk.columns import BESIDES, BY_FIELD, BY_TITLE, COLUMNS, Column
from services.catalog.bulk.reading import MOST_ROWS
from services.catalog.domain.business_number import normalise
from services.catalog.domain.content import Content
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Fault, Owner
from shared.errors import Invalid
from shared.events.catalog import ProductKind

KIND: Mapping[str, ProductKind] = {kind: kind for kind in get_args(ProductKind)}


class Row(NamedTuple):
    """One row: its number in the sheet, and what stands in its columns, by field."""

    number: int
    cells: Mapping[str, str]


class Sheet(NamedTuple):
    """A sheet whose headings are known: where each field stands, and the rows that are not empty."""

    letters: Mapping[str, str]
    """{field: column letter}"""
    rows: Sequence[Row]


class Drafted(NamedTuple):
    """What was made of a sheet: a draft for each row that has no fault."""

    products: Mapping[int, Product]
    """{row number: draft}"""
    faults: Sequence[Fault]


def sheet_of(table: Sequence[Sequence[str]]) -> Sheet:
    """Return the rows below the headings. Raise Invalid for headings that are unknown, missing or given twice."""
    headings = [_heading(cell) for cell in table[0]] if table else []
    headings = ["" if heading in BESIDES else heading for heading in headings]
    given = Counter(heading for heading in headings if heading)
    unknown = [heading for heading in given if heading not in BY_TITLE]
    twice = [heading for heading, count in given.items() if count > 1]
    missing = [column.title for column in COLUMNS if column.needed and column.title not in given]
    if unknown or twice or missing:
        raise _headings_wrong(unknown, twice, missing)
    fields = {place: BY_TITLE[heading].field for place, heading in enumerate(headings) if heading}
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        read = {field: normalize("NFC", cells[place]).strip() for place, field in fields.items()}
        if any(read.values()):
            rows.append(Row(number, read))
    if not rows:
        raise Invalid("import.empty", "the sheet has no rows", "시트에 제품이 없습니다", field="/file")
    if len(rows) > MOST_ROWS:
        raise Invalid(
            "import.too_many_rows",
            f"at most {MOST_ROWS} products can be imported at once",
            f"한 번에 {MOST_ROWS}건까지 가져올 수 있습니다",
            field="/file",
        )
    return Sheet({field: _letter(place) for place, field in fields.items()}, rows)


def numbers_in(sheet: Sheet) -> set[str]:
    """Return the business numbers that rows name as their owners'."""
    return {number for row in sheet.rows if (number := _number(row.cells.get("owner", "")))}


def drafts_of(
    sheet: Sheet, own: Owner | None, owners: Mapping[str, Owner], new_id: Callable[[int], str], at: datetime
) -> Drafted:
    """Return drafts of the rows, `new_id` giving each its id by its number.

    `own` is the caller, whose products they are unless a row names a number; `owners` are whom a row may name, by
    business number.
    """
    products: dict[int, Product] = {}
    faults: list[Fault] = []
    names: dict[str, int] = {}
    for row in sheet.rows:
        wrong = list(_wrong_choices(row, sheet))
        owner = _owner(row, own, owners)
        if owner is None:
            wrong.append(_fault(row, "owner", sheet, "import.owner_unknown", *_UNKNOWN_OWNER))
        made = _drafted(row, owner, new_id(row.number), sheet, at)
        if isinstance(made, list):
            wrong += [fault for fault in made if fault.column not in {each.column for each in wrong}]
        elif not wrong:
            wrong = list(_repeated(row, made, names, sheet))
            products[row.number] = made
        faults += wrong
    return Drafted(products, in_order(faults))


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults as a person goes through the sheet: row by row, from left to right."""
    return sorted(faults, key=lambda fault: (fault.row, len(fault.column), fault.column))


def taken(sheet: Sheet, row: int, claim: str) -> Fault:
    """Return the fault of a row whose number or model another listing holds."""
    [cells] = [each for each in sheet.rows if each.number == row]
    field = "ip_number" if claim.startswith("ip:") else "model"
    return _fault(cells, field, sheet, "product.duplicate", *_DUPLICATE)


_UNKNOWN_OWNER = (
    "no live party of yours has this business number",
    "이 사업자등록번호의 참여자가 없거나 귀하의 것이 아닙니다",
)
_DUPLICATE = ("another listing has it", "같은 값의 제품이 이미 있습니다")


def _drafted(row: Row, owner: Owner | None, product_id: str, sheet: Sheet, at: datetime) -> Product | list[Fault]:
    """Return a draft of a row, or what is wrong with it; without an owner that is what is wrong with its content."""
    try:
        content = Content.model_validate(_content(row))
        if owner is None or (kind := KIND.get(_chosen(row, "product_kind"))) is None:
            return []
        return Product.draft(product_id, owner.id, owner.kind, kind, content, at)
    except ValidationError as error:
        faults = {}
        for each in error.errors():
            field = str(each["loc"][0])
            faults[field] = _fault(row, field, sheet, each["type"], *_expected(BY_FIELD[field]))
        return list(faults.values())
    except Invalid as error:
        return [_fault(row, error.field.strip("/"), sheet, error.rule, error.en, error.ko)]


def _content(row: Row) -> dict[str, Any]:
    """Return a row as a product's content is sent: choices by their codes, numbers as such, nothing that is empty."""
    given = {field: _chosen(row, field) for field, text in row.cells.items() if text and field in Content.model_fields}
    if "price" in given:
        given["price"] = given["price"].replace(",", "")
    if (level := given.get("readiness_level", "")).isdecimal():
        return given | {"readiness_level": int(level)}
    return given


def _chosen(row: Row, field: str) -> str:
    text = row.cells.get(field, "")
    return BY_FIELD[field].words.get(text, text)


def _wrong_choices(row: Row, sheet: Sheet) -> Iterator[Fault]:
    for column in COLUMNS:
        text = row.cells.get(column.field, "")
        if column.needed and not text:
            yield _fault(row, column.field, sheet, "missing", "must be filled in", "반드시 입력해야 합니다")
        elif column.words and text not in column.words and text not in column.words.values():
            yield _fault(row, column.field, sheet, "enum", *_expected(column))


def _owner(row: Row, own: Owner | None, owners: Mapping[str, Owner]) -> Owner | None:
    text = row.cells.get("owner", "")
    return owners.get(_number(text)) if text else own


def _repeated(row: Row, product: Product, names: dict[str, int], sheet: Sheet) -> Iterator[Fault]:
    """Find rows that would claim what an earlier one does."""
    for claim in product.names():
        if (first := names.setdefault(claim, row.number)) != row.number:
            field = "ip_number" if claim.startswith("ip:") else "model"
            en, ko = f"row {first} has it too", f"{first}행과 같습니다"
            yield _fault(row, field, sheet, "import.repeated", en, ko)


def _fault(row: Row, field: str, sheet: Sheet, rule: str, en: str, ko: str) -> Fault:
    return Fault(
        row=row.number,
        column=sheet.letters.get(field, ""),
        heading=BY_FIELD[field].title,
        value=row.cells.get(field, "")[:100],
        rule=rule,
        detail_en=en,
        detail_ko=ko,
    )


def _expected(column: Column) -> tuple[str, str]:
    return f"must be: {column.hint_en}", f"올바른 값: {column.hint}"


def _number(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""


def _heading(cell: str) -> str:
    return normalize("NFC", cell).replace("*", "").replace(" ", "").strip()


def _letter(place: int) -> str:
    """Return how a spreadsheet names its columns: A to Z, then AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _headings_wrong(unknown: Sequence[str], twice: Sequence[str], missing: Sequence[str]) -> Invalid:
    said = [("unknown", "알 수 없는 열", unknown), ("given twice", "중복된 열", twice), ("missing", "없는 열", missing)]
    return Invalid(
        "import.headings",
        "the first row must be the template's headings; "
        + "; ".join(f"{en}: {', '.join(names)}" for en, _, names in said if names),
        "첫 행은 서식의 제목이어야 합니다. " + "; ".join(f"{ko}: {', '.join(names)}" for _, ko, names in said if names),
        field="/file",
    )
