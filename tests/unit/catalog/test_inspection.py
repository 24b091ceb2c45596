"""What bytes are is found out from them, however they come."""

import hashlib
from contextlib import suppress
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.inspection import ENDING_BYTES, KINDS, Inspection
from shared.errors import Invalid, MarketError, Unsupported
from shared.events.catalog import FileType
from tests.evidence import (
    DOCX,
    HWP,
    HWPX,
    JPEG,
    PDF,
    PNG,
    XLSX,
    a_hwp,
    a_hwpx,
    a_jpeg,
    a_pdf,
    a_png,
    a_text_document,
    a_workbook,
    an_archive,
)

GOOD = {
    PDF: a_pdf(),
    PNG: a_png(),
    JPEG: a_jpeg(),
    XLSX: a_workbook(),
    DOCX: a_text_document(),
    HWPX: a_hwpx(),
    HWP: a_hwp(),
}


def inspected(declared: str, content: bytes, piece: int = 65_536, digest: bytes | None = None) -> Inspection:
    inspection = Inspection(declared, digest)
    for start in range(0, len(content), piece):
        inspection.take(content[start : start + piece])
    inspection.conclude()
    return inspection


def test_every_type_that_is_taken_is_recognised() -> None:
    assert GOOD.keys() == KINDS.keys()


@pytest.mark.parametrize("declared", GOOD)
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_what_comes_is_recognised_and_hashed_in_whatever_pieces(declared: FileType, piece: int) -> None:
    found = inspected(declared, GOOD[declared], piece)

    assert (found.size, found.sha256) == (len(GOOD[declared]), hashlib.sha256(GOOD[declared]).hexdigest())


@pytest.mark.parametrize("declared", GOOD)
@pytest.mark.parametrize("content", GOOD)
def test_no_type_passes_for_another(declared: FileType, content: FileType) -> None:
    if declared != content:
        with pytest.raises(Unsupported, match="not_as_declared"):
            inspected(declared, GOOD[content])


@pytest.mark.parametrize("declared", GOOD)
def test_what_is_cut_off_or_empty_is_refused(declared: FileType) -> None:
    with pytest.raises(Invalid, match="empty"):
        inspected(declared, b"")
    for length in (1, 6, len(GOOD[declared]) // 2):
        with pytest.raises(MarketError, match=r"cut_off|not_as_declared"):
            inspected(declared, GOOD[declared][:length])


def test_another_type_is_refused_at_its_beginning() -> None:
    inspection = Inspection(PDF, None)

    with pytest.raises(Unsupported, match="not_as_declared"):
        inspection.take(b"MZ")


@pytest.mark.parametrize("declared", ["", "text/html", "application/zip", "image/svg+xml"])
def test_other_types_are_not_taken(declared: str) -> None:
    with pytest.raises(Unsupported, match="type_not_taken"):
        Inspection(declared, None)


def test_an_archive_that_only_looks_like_a_workbook_is_none() -> None:
    for content in (an_archive("xl/workbook.xml"), a_workbook()[:-1], a_workbook("xl/vbaProject.bin")):
        with pytest.raises(Unsupported, match=r"not_as_declared|has_macros"):
            inspected(XLSX, content)


def test_a_real_workbook_longer_than_what_is_held_is_recognised() -> None:
    whole = BytesIO()
    with xlsxwriter.Workbook(whole) as book:
        for number in range(40):
            sheet = book.add_worksheet(f"시트 {number}")
            for row in range(200):
                sheet.write_row(
                    row, 0, [hashlib.sha256(f"{number} {row} {each}".encode()).hexdigest() for each in "ab"]
                )
    content = whole.getvalue()

    found = inspected(XLSX, content)

    assert found.size == len(content) > ENDING_BYTES


def test_another_digest_than_the_senders_is_refused() -> None:
    right = hashlib.sha256(GOOD[PDF]).digest()

    assert inspected(PDF, GOOD[PDF], digest=right).sha256 == right.hex()
    with pytest.raises(Invalid, match="digest_differs"):
        inspected(PDF, GOOD[PDF] + b"\n", digest=right)


@given(st.data())
def test_damage_is_refused_or_harmless_and_never_a_crash(data: st.DataObject) -> None:
    declared = data.draw(st.sampled_from(sorted(GOOD)))
    content = bytearray(GOOD[declared])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    with suppress(MarketError):
        inspected(declared, bytes(content))
