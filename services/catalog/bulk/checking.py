"""Rows of a workbook made into drafts, or into faults that name row, column and reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from services.catalog.bulk.columns import BY_FIELD, COLUMNS, Column
from services.catalog.bulk.sheets import Row, Sheet
from services.catalog.bulk.typed import column_of, values_of
from services.catalog.domain.business_number import normalise
from services.catalog.domain.content import Content
from services.catalog.domain.field_schema import FieldSchema, fields_of, form_of
from services.catalog.domain.form import Form
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Fault, Owner
from shared.errors import Invalid
from shared.events.catalog import Category, Council, ProductKind

COUNCIL: Mapping[str, Council] = {council: council for council in get_args(Council)}
CATEGORY: Mapping[str, Category] = {category: category for category in get_args(Category)}
IN_CONTENT = frozenset(Content.model_fields)
KIND: Mapping[str, ProductKind] = {kind: kind for kind in get_args(ProductKind)}


class Known(NamedTuple):
    """What the catalog knows that rows rest on."""

    own: Owner | None
    """The caller, whose products they are unless a row names a number."""
    owners: Mapping[str, Owner]
    """Whom a row may name, by business number."""
    asked: Mapping[str, FieldSchema]
    """The field schemas in force, by their claims."""


class Drafted(NamedTuple):
    """What was made of a sheet: the outline of a draft for each row that has no fault."""

    products: Mapping[int, Product]
    """{row number: outline}"""
    faults: Sequence[Fault]
    claims: Mapping[str, int]
    """{what a product would hold while it is live: the first row that names it}"""


def numbers_in(sheet: Sheet) -> set[str]:
    """Return the business numbers that rows name as their owners'."""
    return {number for row in sheet.rows if (number := _number(row.cells.get("owner", "")))}


def categories_in(sheet: Sheet) -> set[str]:
    """Return the claims by which the field schemas of the rows are found."""
    return {claim for row in sheet.rows if (claim := _schema(row))}


def drafts_of(sheet: Sheet, known: Known, new_id: Callable[[int], str]) -> Drafted:
    """Return outlines of drafts of the rows, `new_id` giving each its id by its number."""
    products: dict[int, Product] = {}
    faults: list[Fault] = []
    claims: dict[str, int] = {}
    for row in sheet.rows:
        wrong = list(_wrong_choices(row, sheet))
        owner, asked = _owner(row, known), known.asked.get(_schema(row))
        if owner is None:
            wrong.append(_fault(row, "owner", sheet, "import.owner_unknown", *_UNKNOWN_OWNER))
        made = _drafted(row, owner, asked, new_id(row.number), sheet)
        if isinstance(made, list):
            wrong = _one_a_cell([*wrong, *_wrong_fields(row, form_of(asked), sheet), *made])
        elif not wrong:
            wrong = list(_repeated(row, made, claims, sheet))
            products[row.number] = made
        faults += wrong
    return Drafted(products, in_order(faults), claims)


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


def _drafted(
    row: Row, owner: Owner | None, asked: FieldSchema | None, product_id: str, sheet: Sheet
) -> Product | list[Fault]:
    """Return the outline of a row, or what is wrong with it; without an owner, what is wrong with its content."""
    form = form_of(asked)
    try:
        content = Content.model_validate(_content(row, form))
        if owner is None or (kind := KIND.get(_chosen(row, "product_kind"))) is None:
            return []
        return Product.outline(product_id, owner.id, owner.kind, kind, content, asked)
    except ValidationError as error:
        faults = {}
        for each in error.errors():
            field = _cell(*map(str, each["loc"]))
            if field in sheet.letters:  # more fields than any form asks for have no cell together: each has one
                faults[field] = _fault(row, field, sheet, each["type"], *_expected(_column(field, form)))
        return list(faults.values())
    except Invalid as error:
        field = _cell(*error.field.removeprefix("/content").strip("/").split("/"))
        return [_fault(row, field, sheet, error.rule, error.en, error.ko)]


def _wrong_fields(row: Row, form: Form, sheet: Sheet) -> Iterator[Fault]:
    """Find what is no value of its typed field; of a row of no category nobody can say."""
    if _schema(row):
        for wrong in form.faults(values_of(row.cells, form), "fields", complete=False):
            field = _cell(*wrong.field.split("/"))
            yield _fault(row, field, sheet, wrong.rule, *_expected(_column(field, form)))


def _one_a_cell(faults: Iterable[Fault]) -> list[Fault]:
    """Return the first fault of each cell."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.column, fault)
    return list(first.values())


def _column(field: str, form: Form) -> Column:
    return BY_FIELD.get(field) or column_of(field.removeprefix("fields/"), form)


def _cell(field: str, name: str = "", *_: str) -> str:
    """Return the field whose cell a place within the content is in."""
    return f"{field}/{name}" if field == "fields" else field


def _content(row: Row, form: Form) -> dict[str, Any]:
    """Return a row as a product's content is sent: choices by their codes, numbers as such, nothing that is empty."""
    given: dict[str, Any] = {
        field: _chosen(row, field) for field, text in row.cells.items() if text and field in IN_CONTENT
    }
    given["fields"] = values_of(row.cells, form)
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


def _owner(row: Row, known: Known) -> Owner | None:
    text = row.cells.get("owner", "")
    return known.owners.get(_number(text)) if text else known.own


def _schema(row: Row) -> str:
    """Return the claim by which the field schema of a row is found; nothing unless its council and category exist."""
    council, category = _chosen(row, "council"), _chosen(row, "category")
    if council in COUNCIL and category in CATEGORY:
        return fields_of(COUNCIL[council], CATEGORY[category])
    return ""


def _repeated(row: Row, product: Product, claims: dict[str, int], sheet: Sheet) -> Iterator[Fault]:
    """Find rows that would claim what an earlier one does."""
    for claim in product.names():
        if (first := claims.setdefault(claim, row.number)) != row.number:
            field = "ip_number" if claim.startswith("ip:") else "model"
            en, ko = f"row {first} has it too", f"{first}행과 같습니다"
            yield _fault(row, field, sheet, "import.repeated", en, ko)


def _fault(row: Row, field: str, sheet: Sheet, rule: str, en: str, ko: str) -> Fault:
    return Fault(
        row=row.number,
        column=sheet.letters.get(field, ""),
        heading=sheet.titles.get(field) or BY_FIELD[field].title,
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
