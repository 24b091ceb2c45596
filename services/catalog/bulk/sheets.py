"""A sheet of products: which field stands in which column, and the rows that are not empty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

from services.catalog.bulk.columns import BESIDES, BY_TITLE, COLUMNS
from services.catalog.bulk.reading import MOST_ROWS
from services.catalog.bulk.typed import typed_field
from shared.errors import Invalid


class Row(NamedTuple):
    """One row: its number in the sheet, and what stands in its columns, by field."""

    number: int
    cells: Mapping[str, str]


class Sheet(NamedTuple):
    """A sheet whose headings are known: where each field stands, and the rows that are not empty.

    A typed field stands as `fields/NAME`.
    """

    letters: Mapping[str, str]
    """{field: column letter}"""
    titles: Mapping[str, str]
    """{field: its heading}"""
    rows: Sequence[Row]


def sheet_of(table: Sequence[Sequence[str]]) -> Sheet:
    """Return the rows below the headings. Raise Invalid for headings that are unknown, missing or given twice."""
    written = [normalize("NFC", cell).replace("*", "").strip() for cell in table[0]] if table else []
    headings = {place: text.replace(" ", "") for place, text in enumerate(written)}
    headings = {place: heading for place, heading in headings.items() if heading and heading not in BESIDES}
    fields = {place: _field(heading) for place, heading in headings.items()}
    given = Counter(fields.values())
    unknown = [heading for place, heading in headings.items() if not fields[place]]
    twice = [headings[place] for place, field in fields.items() if field and given[field] > 1]
    missing = [column.title for column in COLUMNS if column.needed and column.field not in given]
    if unknown or twice or missing:
        raise _headings_wrong(unknown, list(dict.fromkeys(twice)), missing)
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
    titles = {field: written[place] for place, field in fields.items()}
    return Sheet({field: _letter(place) for place, field in fields.items()}, titles, rows)


def _field(heading: str) -> str:
    """Return the field under a heading; nothing when there is none of that name."""
    return BY_TITLE[heading].field if heading in BY_TITLE else typed_field(heading)


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
