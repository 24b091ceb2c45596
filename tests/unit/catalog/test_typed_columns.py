"""Typed fields in a workbook: the template's columns for them, what is read from cells, and what is wrong with one."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.bulk.checking import Drafted, Known, drafts_of
from services.catalog.bulk.columns import COLUMNS
from services.catalog.bulk.reading import rows_in
from services.catalog.bulk.sheets import sheet_of
from services.catalog.bulk.writing import template, workbook_of
from services.catalog.domain.content import LARGEST
from services.catalog.domain.field_schema import FieldSchema
from services.catalog.domain.form import Form
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Owner
from shared.errors import Invalid
from tests.builders import a_content

AT = datetime(2026, 11, 26, 3, tzinfo=UTC)
KWATER = Owner("pty_kwater", "institution")
FORM = Form.model_validate(
    {
        "properties": {
            "flux_lmh": {
                "type": "number",
                "title": "투과유속(LMH)",
                "title_en": "Flux (LMH)",
                "minimum": 0,
                "maximum": 1000,
            },
            "membrane": {"type": "string", "title": "막 형태", "enum": ["평막", "중공사막, 관형막"]},
            "modules": {"type": "integer", "title": "모듈 수"},
            "reusable": {"type": "boolean", "title": "재사용"},
            "materials": {"type": "array", "title": "재질", "maxItems": 3},
            "model": {"type": "string", "title": "모델명", "maxLength": 40},
        },
        "required": ["flux_lmh"],
    }
)
WATER = FieldSchema.create("fls_1", "soc", "water", FORM, AT)
ROAD = FieldSchema.create("fls_2", "soc", "road", Form.model_validate({"properties": {}}), AT)
ASKED = {claim: schema for schema in (WATER, ROAD) for claim in schema.claims()}
GOOD = {"구분": "유휴IP", "명칭": "분리막", "협의체": "SOC", "분야": "물", "기술성숙도": "8"}
TYPED = [
    "투과유속(LMH) / Flux (LMH) [flux_lmh]*",
    "막 형태 [membrane]",
    "모듈 수 [modules]",
    "재사용 [reusable]",
    "재질 [materials]",
    "모델명 [model]",
]
NAMES = {heading.partition("[")[2].partition("]")[0]: heading for heading in TYPED}


def drafted(*rows: dict[str, str]) -> Drafted:
    """Return what becomes of rows, whose typed cells are given by the names of the fields."""
    titles = {NAMES.get(name, name) for row in rows for name in row}
    headings = [title for title in (*(column.title for column in COLUMNS), *TYPED, "색 [color]") if title in titles]
    cells = [{NAMES.get(name, name): text for name, text in row.items()} for row in rows]
    sheet = sheet_of([headings, *([row.get(title, "") for title in headings] for row in cells)])
    return drafts_of(sheet, Known(KWATER, {}, ASKED), "prd_{}".format)


def test_the_template_of_a_category_has_a_column_for_each_field() -> None:
    book = template(FORM)

    [headings] = rows_in(book)
    assert headings == [*(column.heading for column in COLUMNS), *TYPED]
    with ZipFile(BytesIO(book)) as parts:
        rules, said = (parts.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "sharedStrings"))
    place = len(COLUMNS) + 2  # the second typed field's row of the guide
    assert f"<formula1>'안내'!$D${place}:$E${place}</formula1>" in rules
    assert "중공사막, 관형막" in said
    assert "숫자, 0 이상, 1000 이하. 등록할 때에는 필요합니다" in said


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("flux_lmh", "120", 120),
        ("flux_lmh", "0.5", 0.5),
        ("modules", "1,200", 1200),
        ("membrane", "중공사막, 관형막", "중공사막, 관형막"),
        ("reusable", "예", True),
        ("reusable", "아니요", False),
        ("reusable", "True", True),
        ("materials", "PVDF; PES ;", ["PVDF", "PES"]),
        ("materials", "PVDF\rPES\r\nPTFE", ["PVDF", "PES", "PTFE"]),
        ("materials", 'PVDF;"a;b"', ["PVDF", "a;b"]),
        ("model", "3", "3"),
    ],
)
def test_a_typed_cell_is_read_as_its_type(name: str, text: str, value: object) -> None:
    made = drafted(GOOD | {name: text})

    assert made.faults == []
    assert made.products[2].content.fields == {name: value}
    assert made.products[2].content.fields_version == 1


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("flux_lmh", "빠름", "숫자, 0 이상, 1000 이하. 등록할 때에는 필요합니다"),
        ("flux_lmh", "1001", "숫자, 0 이상, 1000 이하. 등록할 때에는 필요합니다"),
        ("flux_lmh", "nan", "숫자, 0 이상, 1000 이하. 등록할 때에는 필요합니다"),
        ("membrane", "원형막", "다음 중 하나: 평막, 중공사막, 관형막"),
        ("modules", "2.5", "정수"),
        ("modules", str(LARGEST + 1), "정수"),
        ("reusable", "가끔", "예 또는 아니요"),
        ("materials", "a;b;c;d", "세미콜론(;)으로 구분하여 3개까지, 각각 100자 이하"),
        ("materials", "가" * 101, "세미콜론(;)으로 구분하여 3개까지, 각각 100자 이하"),
        ("model", "가" * 41, "40자 이하"),
        ("색 [color]", "파랑", "빈 칸(이 분야에서 쓰지 않는 항목)"),
    ],
)
def test_a_wrong_typed_cell_is_named_by_row_and_column(name: str, text: str, expected: str) -> None:
    made = drafted(GOOD, GOOD | {name: text})

    [fault] = made.faults
    assert (fault.row, fault.column, fault.value) == (3, "F", text[:100])
    assert fault.heading == NAMES.get(name, name).strip("*")
    assert fault.detail_ko == f"올바른 값: {expected}"
    assert fault.detail_en.startswith("must be: ")
    assert list(made.products) == [2]


def test_every_wrong_cell_of_a_row_is_told_at_once_and_each_once() -> None:
    made = drafted(GOOD | {"기술성숙도": "12", "flux_lmh": "-1", "modules": "x", "materials": "a;b;c;d"})

    assert [(fault.heading.partition(" ")[0], fault.rule) for fault in made.faults] == [
        ("기술성숙도", "less_than_equal"),
        ("투과유속(LMH)", "product.field_invalid"),
        ("모듈", "product.field_invalid"),
        ("재질", "product.field_invalid"),
    ]


def test_a_cell_belongs_to_the_category_of_its_row() -> None:
    made = drafted(GOOD | {"modules": "3"}, GOOD | {"분야": "도로"}, GOOD | {"분야": "도로", "modules": "3"})
    unknown = drafted(GOOD | {"분야": "바다", "modules": "x"})

    assert [(fault.row, fault.rule) for fault in made.faults] == [(4, "product.field_unknown")]
    assert list(made.products) == [2, 3]
    assert [(fault.heading, fault.rule) for fault in unknown.faults] == [("분야", "enum")]


def test_a_field_has_one_column_whatever_its_title() -> None:
    headings = [column.heading for column in COLUMNS]

    with pytest.raises(Invalid) as twice:
        sheet_of([[*headings, "막 형태 [membrane]", "막 [membrane]"]])

    assert "막형태[membrane], 막[membrane]" in twice.value.ko


def test_no_sheet_is_too_odd_to_be_checked() -> None:
    row = GOOD | {f"[f{number}]": "1" for number in range(40)} | {"[materials]": "가" * 140_000}

    made = drafts_of(sheet_of([list(row), list(row.values())]), Known(KWATER, {}, ASKED), "prd_{}".format)

    assert [fault.rule for fault in made.faults] == [*["product.field_unknown"] * 40, "product.field_invalid"]


BOUNDED = st.integers(-LARGEST, LARGEST)
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "flux_lmh": st.floats(0, 1000) | st.integers(0, 1000),
        "membrane": st.sampled_from(["평막", "중공사막, 관형막"]),
        "modules": BOUNDED,
        "reusable": st.booleans(),
        "materials": st.lists(
            st.sampled_from(["PVDF", "a;b", 'say "hi"', "가 나", '"', "a\nb"]), min_size=1, max_size=3
        ),
        "model": st.sampled_from(["True", "예", "3", "2.50", "1e5", "=1+1", "a;b", '"', "가\n나"]),
    },
)


@given(st.lists(GIVEN, min_size=1, max_size=4))
def test_what_is_written_is_read_again(given_fields: list[dict[str, Any]]) -> None:
    contents = [a_content(ip_number="", model="", fields=fields) for fields in given_fields]
    products = [Product.draft("prd_1", KWATER.id, "institution", "idle_ip", each, AT, WATER) for each in contents]

    table = rows_in(workbook_of(products, {}, ASKED))
    made = drafts_of(sheet_of(table), Known(KWATER, {}, ASKED), str)

    assert made.faults == []
    assert [dict(each.content) for each in made.products.values()] == [dict(each.content) for each in products]
