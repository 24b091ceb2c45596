"""Workbooks of products: what a template asks for, what is wrong with a sheet, and what becomes of a good one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.bulk.checking import Drafted, Known, drafts_of, numbers_in
from services.catalog.bulk.columns import COLUMNS
from services.catalog.bulk.reading import rows_in
from services.catalog.bulk.sheets import sheet_of
from services.catalog.bulk.writing import template, workbook_of
from services.catalog.domain.content import Content, Version
from services.catalog.domain.form import Form
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Owner
from shared.errors import Invalid
from tests.evidence import a_sheet

AT = datetime(2026, 11, 26, 3, tzinfo=UTC)
KWATER = Owner("pty_kwater", "institution")
HANBIT = Owner("pty_hanbit", "sme")
HEADINGS = [column.heading for column in COLUMNS]
GOOD = {"구분": "유휴IP", "명칭": "분리막", "협의체": "SOC", "분야": "물", "기술성숙도": "8"}


def a_table(*rows: dict[str, str]) -> list[list[str]]:
    return [HEADINGS, *([row.get(column.title, "") for column in COLUMNS] for row in rows)]


def drafted(*rows: dict[str, str], own: Owner | None = KWATER, owners: dict[str, Owner] | None = None) -> Drafted:
    return drafts_of(sheet_of(a_table(*rows)), Known(own, owners or {}, {}), "prd_{}".format)


def told(made: Drafted) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.heading, fault.rule) for fault in made.faults]


def test_the_filled_in_template_is_a_draft() -> None:
    table = rows_in(template(Form()))

    made = drafts_of(sheet_of([*table, [str(column.example) for column in COLUMNS]]), Known(KWATER, {}, {}), str)

    assert table == [HEADINGS]
    assert made.faults == []
    assert made.products[2].content == Version(
        title="저전력 수처리 분리막",
        title_en="Low-power membrane",
        summary="세라믹 분리막으로 전력 소비를 30% 줄입니다",
        council="soc",
        category="water",
        model="HB-200",
        ip_number="10-2024-0001234",
        ip_expires_on="2042-05-01",
        specification="공극 0.1 ㎛",
        price=Decimal(125000000),
        readiness_level=8,
    )


def test_cells_are_read_as_a_person_reads_them() -> None:
    book = a_sheet([["셋", 3.0, 2.5, date(2042, 5, 1), True, "=1+1"]], "아무거나")

    assert rows_in(book) == [["셋", "3", "2.5", "2042-05-01", "True", "0"]]


@pytest.mark.parametrize(
    ("column", "value", "letter", "rule"),
    [
        ("구분", "", "B", "missing"),
        ("구분", "특허", "B", "enum"),
        ("명칭", "", "C", "missing"),
        ("명칭", "가" * 201, "C", "string_too_long"),
        ("협의체", "철도", "F", "enum"),
        ("분야", "바다", "G", "enum"),
        ("권리만료일", "2042.5.1", "J", "value_error"),
        ("가격(원)", "비쌈", "L", "value_error"),
        ("가격(원)", "1" * 19, "L", "decimal_max_digits"),
        ("기술성숙도", "10", "M", "less_than_equal"),
        ("기술성숙도", "8.5", "M", "int_type"),
        ("기술성숙도", "", "M", "missing"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(column: str, value: str, letter: str, rule: str) -> None:
    made = drafted(GOOD, GOOD | {column: value})

    [fault] = made.faults
    assert (fault.row, fault.column, fault.heading, fault.rule) == (3, letter, column, rule)
    assert fault.value == value[:100]
    assert fault.detail_ko
    assert fault.detail_en
    assert list(made.products) == [2]


def test_every_wrong_cell_is_told_at_once() -> None:
    made = drafted({"구분": "특허", "명칭": "분리막", "협의체": "SOC", "분야": "바다", "기술성숙도": "12"}, GOOD)

    assert told(made) == [(2, "구분", "enum"), (2, "분야", "enum"), (2, "기술성숙도", "less_than_equal")]


def test_a_row_belongs_to_the_caller_or_to_whom_it_names() -> None:
    owners = {"1248100998": HANBIT}
    firms = GOOD | {"구분": "기술", "사업자등록번호": "124-81-00998"}

    made = drafted(firms, GOOD, own=None, owners=owners)
    unknown = drafted(
        firms | {"사업자등록번호": "2208162517"}, firms | {"사업자등록번호": "몰라요"}, own=None, owners=owners
    )

    assert numbers_in(sheet_of(a_table(firms, GOOD))) == {"1248100998"}
    assert made.products[2].owner == "pty_hanbit"
    assert told(made) == [(3, "사업자등록번호", "import.owner_unknown")]
    assert told(unknown) == [
        (2, "사업자등록번호", "import.owner_unknown"),
        (3, "사업자등록번호", "import.owner_unknown"),
    ]


def test_an_institution_offers_idle_ip_alone() -> None:
    made = drafted(GOOD | {"구분": "기술"})

    assert told(made) == [(2, "구분", "product.kind_of_others")]


def test_rows_that_would_claim_the_same_are_told() -> None:
    patent = GOOD | {"지식재산번호": "10-2024-1"}

    made = drafted(patent, GOOD | {"모델명": "A"}, patent, GOOD | {"모델명": "A"})

    assert told(made) == [(4, "지식재산번호", "import.repeated"), (5, "모델명", "import.repeated")]
    assert "2행" in made.faults[0].detail_ko


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ([], "import.headings"),
        ([["구분", "명칭"]], "import.headings"),
        ([[*HEADINGS, "색깔"]], "import.headings"),
        ([[*HEADINGS, "명칭"]], "import.headings"),
        ([HEADINGS], "import.empty"),
        ([HEADINGS, [" "] * len(HEADINGS)], "import.empty"),
        (a_table(*[GOOD] * 5001), "import.too_many_rows"),
    ],
)
def test_a_sheet_that_is_no_sheet_of_products_is_refused(table: list[list[str]], rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        sheet_of(table)

    assert refused.value.rule == rule


def test_headings_may_stand_in_any_order_with_spaces_and_without_stars() -> None:
    table = [
        ["명칭 ", "기술 성숙도", "분야*", "협의체", "구분"],
        ["분리막", "8", "물", "SOC", "유휴IP"],
        ["", "", "", "", ""],
    ]

    made = drafts_of(sheet_of(table), Known(KWATER, {}, {}), str)

    assert made.faults == []
    assert made.products[2].content.title == "분리막"


def test_decomposed_hangul_is_the_same_word() -> None:
    made = drafted(GOOD | {"분야": "\u1106\u116e\u11af", "명칭": "\u1106\u116e\u11af"})

    assert made.faults == []
    assert made.products[2].content.title == "물"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30).map(
    lambda text: normalize("NFC", text).strip()
)


@given(
    st.lists(
        st.builds(
            Content,
            title=TEXT.filter(bool),
            title_en=TEXT,
            summary=TEXT,
            category=st.sampled_from(["water", "road", "other"]),
            council=st.sampled_from(["soc", "energy", "ict"]),
            specification=TEXT,
            ip_expires_on=st.none() | st.dates(date(2000, 1, 1), date(2090, 1, 1)).map(date.isoformat),
            price=st.none() | st.integers(0, 10**18 - 1),
            readiness_level=st.integers(1, 9),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_is_read_again(contents: list[Content]) -> None:
    products = [
        Product.draft(f"prd_{n}", "pty_kwater", "institution", "idle_ip", each, AT) for n, each in enumerate(contents)
    ]

    table = rows_in(workbook_of(products, {"pty_kwater": "1248100998"}, {}))
    made = drafts_of(sheet_of(table), Known(None, {"1248100998": KWATER}, {}), str)

    assert made.faults == []
    assert [dict(each.content) for each in made.products.values()] == [dict(each.content) for each in products]
