"""Imports decide what may happen to them next, and in which order their rows are gone through."""

from datetime import UTC, datetime, timedelta

import pytest

from services.catalog.domain.product_import import MOST_FAULTS, Fault, Owner, ProductImport, Workbook
from shared.errors import Refused

AT = datetime(2026, 11, 26, 3, tzinfo=UTC)
KWATER = Owner("pty_kwater", "institution")
WORKBOOK = Workbook(file="fil_1", name="a.xlsx", sha256="9f", kept_until=AT + timedelta(days=7))


def a_fault(row: int, column: str = "A") -> Fault:
    return Fault(
        row=row, column=column, heading="명칭", value="", rule="missing", detail_ko="입력", detail_en="fill in"
    )


def an_import(*faults: Fault, owner: Owner = KWATER, rows: int = 3) -> ProductImport:
    return ProductImport.check("imp_1", owner, WORKBOOK, rows, faults, AT)


def names(found: ProductImport) -> list[str]:
    return [each.name.rpartition(".")[2] for each in found.recorded]


def test_an_import_goes_through_its_rows_and_counts_those_that_failed() -> None:
    found = an_import()

    found.start("prs_kim", AT)
    found.start("prs_lee", AT)
    found.go_on(2, [a_fault(3), a_fault(3, "B")], AT)
    found.go_on(3, [], AT)
    found.start("prs_lee", AT)

    assert names(found) == ["checked", "started", "progressed", "finished"]
    assert (found.actor, found.status, found.done, found.failed, len(found.failures)) == (
        "prs_kim",
        "finished",
        3,
        1,
        2,
    )
    assert found.public().failed == 1


def test_one_with_a_faulty_cell_cannot_be_started_and_holds_no_workbook() -> None:
    refused = an_import(a_fault(2))

    with pytest.raises(Refused, match="refused cannot be started"):
        refused.start("prs_kim", AT)
    with pytest.raises(Refused, match="refused cannot be cancelled"):
        refused.cancel(AT)

    assert (refused.claims(), refused.due()) == ([], None)


def test_all_faults_are_counted_and_the_first_are_kept() -> None:
    many = an_import(*[a_fault(row) for row in range(MOST_FAULTS + 5)])

    assert (many.faulty_cells, len(many.faults)) == (MOST_FAULTS + 5, MOST_FAULTS)


def test_a_cancelled_import_keeps_what_it_made_and_frees_its_workbook() -> None:
    found = an_import()
    found.start("prs_kim", AT)
    found.go_on(1, [], AT)
    assert found.claims() == ["workbook:pty_kwater|9f"]
    assert found.taken("workbook:pty_kwater|9f").rule == "import.same_workbook"

    found.cancel(AT)
    found.cancel(AT)

    assert (found.status, found.done, found.claims()) == ("cancelled", 1, [])
    assert names(found)[-2:] == ["progressed", "cancelled"]


def test_one_that_nobody_starts_ends_with_its_workbook() -> None:
    found, begun = an_import(), an_import()
    begun.start("prs_kim", AT)

    found.tick(AT)
    begun.tick(AT + timedelta(days=7))
    assert (found.status, found.due(), begun.due()) == ("checked", WORKBOOK.kept_until, None)
    found.tick(AT + timedelta(days=7))

    assert (found.status, begun.status) == ("cancelled", "running")


def test_rows_that_name_nobody_are_the_callers_but_an_operators_are_nobodys() -> None:
    assert an_import().own == KWATER
    assert an_import(owner=Owner("pty_operator", "operator")).own is None
