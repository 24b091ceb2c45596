"""A file has a name that is only a name, and goes when nothing refers to it in time."""

import unicodedata
from datetime import timedelta

import pytest

from services.catalog.domain.content import NamedFile
from services.catalog.domain.file import UNUSED_FOR, File, file_name
from services.catalog.domain.inspection import Inspection
from shared.errors import Invalid, NotFound
from shared.events.catalog import FileType
from tests.builders import NOON
from tests.evidence import JPEG, PDF, XLSX, a_pdf


def a_file() -> File:
    content = Inspection(PDF, None)
    content.take(a_pdf())
    return File.upload("fil_1", "pty_firm", "시험성적서.pdf", content, "fil_1-0", NOON)


@pytest.mark.parametrize(
    "asked", ["시험성적서 (최종).pdf", "A.PDF", "a.b.pdf", "가,나;다'라%41.pdf", "보고서…2026-11-26.pdf", "나노🧪.pdf"]
)
def test_a_name_people_give_is_kept(asked: str) -> None:
    assert file_name(asked, PDF) == asked


def test_a_name_is_composed_and_trimmed() -> None:
    assert file_name(unicodedata.normalize("NFD", " 시험성적서.pdf "), PDF) == "시험성적서.pdf"
    assert file_name("사진.JPEG", JPEG) == "사진.JPEG"


@pytest.mark.parametrize(
    "asked",
    [
        "../../etc/passwd.pdf",
        "..\\x.pdf",
        "C:x.pdf",
        ".pdf.pdf",
        "a\x00.pdf",
        "a\r\nSet-Cookie: b.pdf",
        "fdp\u202excod.pdf",
        "a\u200bb.pdf",
        "a\u2028b.pdf",
        'a"b.pdf',
        "a|b.pdf",
        "\ud800.pdf",
        "*.pdf",
    ],
)
def test_what_is_more_than_a_name_is_refused(asked: str) -> None:
    with pytest.raises(Invalid, match="name_not_taken"):
        file_name(asked, PDF)


@pytest.mark.parametrize(
    ("asked", "media_type"), [("a.exe", PDF), ("pdf", PDF), ("a.pdf.html", PDF), ("a.xlsm", XLSX), ("   ", PDF)]
)
def test_a_name_ends_as_its_type_does(asked: str, media_type: FileType) -> None:
    with pytest.raises(Invalid, match="name_of_another_type"):
        file_name(asked, media_type)


def test_what_nothing_refers_to_is_removed_after_a_week_and_once() -> None:
    file = a_file()
    file.recorded.clear()

    file.tick(NOON + UNUSED_FOR - timedelta(seconds=1))
    file.must_be_there()
    assert file.recorded == []
    assert file.due() == NOON + UNUSED_FOR
    file.tick(NOON + UNUSED_FOR)
    file.tick(NOON + UNUSED_FOR)

    assert [event.name for event in file.recorded] == ["catalog.file.removed"]
    assert (file.public().status, file.due()) == ("removed", None)
    with pytest.raises(NotFound, match="removed"):
        file.must_be_there()


def test_no_event_and_no_state_tells_what_a_file_is_called() -> None:
    file = a_file()

    for told in (*file.recorded, file.public()):
        assert "시험" not in told.model_dump_json()


NAMED = NamedFile(file="fil_1", role="drawing")
LATER = NOON + timedelta(days=6)


def test_who_names_a_file_keeps_it_a_week_more_and_its_facts() -> None:
    file = a_file()

    attached = file.be_named(NAMED, "pty_firm", LATER, "/files/0/file")

    assert file.due() == LATER + UNUSED_FOR
    assert (attached.role, attached.name, attached.sha256) == ("drawing", file.name, file.sha256)


def test_nobody_names_a_file_of_others_or_one_that_is_gone() -> None:
    others, gone = a_file(), a_file()
    gone.tick(NOON + UNUSED_FOR)

    for file, owner in ((others, "pty_rival"), (gone, "pty_firm")):
        with pytest.raises(Invalid, match="not_yours"):
            file.be_named(NAMED, owner, LATER, "/files/0/file")


def test_a_file_stays_until_the_last_product_lets_go_of_it() -> None:
    file = a_file()
    for product in ("prd_1", "prd_1", "prd_2"):
        file.be_used_by(product)
    file.be_named(NAMED, "pty_firm", LATER, "/files/0/file")

    file.be_let_go_by("prd_1", LATER)
    file.tick(NOON + 2 * UNUSED_FOR)
    while_used = (file.status, file.due())
    file.be_let_go_by("prd_3", LATER)
    file.be_let_go_by("prd_2", LATER)

    assert while_used == ("kept", None)
    assert (file.used_by, file.due()) == ([], LATER + UNUSED_FOR)
