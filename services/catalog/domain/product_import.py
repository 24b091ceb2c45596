"""Imports: a workbook of products that was checked, and is then made into drafts row by row, each once."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from pydantic import AwareDatetime, BaseModel, Field

from shared.aggregate import Aggregate
from shared.errors import Refused
from shared.events.catalog import (
    ImportCancelled,
    ImportChecked,
    ImportFinished,
    ImportProgressed,
    ImportStarted,
    ImportState,
    ImportStatus,
)

MOST_FAULTS = 1000
"""So many are kept and shown; all are counted."""


class Fault(BaseModel):
    """A cell that cannot be imported, where a person finds it in the workbook, and why."""

    row: int = Field(examples=[7])
    column: str = Field(examples=["M"])
    heading: str = Field(examples=["기술성숙도"])
    value: str = Field(examples=["12"])
    rule: str = Field(examples=["less_than_equal"])
    detail_ko: str = Field(examples=["1~9의 정수여야 합니다"])
    detail_en: str = Field(examples=["must be a whole number from 1 to 9"])


class Workbook(BaseModel):
    """The workbook as it came: the file that holds it."""

    file: str
    name: str
    sha256: str
    kept_until: AwareDatetime | None


class Owner(NamedTuple):
    """A party whose products they are."""

    id: str
    kind: str


class ProductImport(Aggregate):
    """One workbook's way into the catalog. What was made into drafts stays, whatever becomes of the rest.

    `done` rows have been gone through, in the workbook's order; `actor` is who started it and acts in each of them.
    `failures` are of rows that were right when they were checked, and not when their turn came: `failed` of them.
    Until it is started it waits as long as its workbook is kept.
    """

    kind: ClassVar[str] = "catalog.import"

    owner: str
    owner_kind: str
    workbook: Workbook
    rows: int
    faults: list[Fault]
    faulty_cells: int
    status: ImportStatus
    actor: str = ""
    done: int = 0
    failed: int = 0
    failures: list[Fault] = Field(default_factory=list)

    @classmethod
    def check(
        cls, import_id: str, owner: Owner, workbook: Workbook, rows: int, faults: Sequence[Fault], at: datetime
    ) -> "ProductImport":
        """Return the result of a dry run: ready to start without a fault, refused with one."""
        checked = cls(
            id=import_id,
            owner=owner.id,
            owner_kind=owner.kind,
            workbook=workbook,
            rows=rows,
            faults=list(faults[:MOST_FAULTS]),
            faulty_cells=len(faults),
            status="refused" if faults else "checked",
        )
        checked._record(
            ImportChecked(at=at, product_import=import_id, owner=owner.id, rows=rows, faulty_cells=len(faults))
        )
        return checked

    @property
    def own(self) -> Owner | None:
        """Whose products the rows are that name nobody."""
        return whose(Owner(self.owner, self.owner_kind))

    def start(self, actor: str, at: datetime) -> None:
        """Begin to make drafts of its rows."""
        if self.status in {"running", "finished"}:
            return
        if self.status != "checked":
            raise self._wrong("started", "시작할")
        self.status, self.actor = "running", actor
        self._record(ImportStarted(at=at, product_import=self.id, owner=self.owner, rows=self.rows))

    def go_on(self, done: int, failures: Sequence[Fault], at: datetime) -> None:
        """Take note of the rows up to `done`. The last one finishes it."""
        self.done, self.failed = done, self.failed + len({each.row for each in failures})
        self.failures = [*self.failures, *failures][:MOST_FAULTS]
        told = {"at": at, "product_import": self.id, "owner": self.owner, "done": done, "failed": self.failed}
        if done < self.rows:
            self._record(ImportProgressed(**told, rows=self.rows))
        else:
            self.status = "finished"
            self._record(ImportFinished(**told))

    def cancel(self, at: datetime) -> None:
        """Make no more drafts of it. Those that were made stay."""
        if self.status == "cancelled":
            return
        if self.status not in {"checked", "running"}:
            raise self._wrong("cancelled", "취소할")
        self.status = "cancelled"
        self._record(ImportCancelled(at=at, product_import=self.id, owner=self.owner, done=self.done))

    def due(self) -> datetime | None:
        return self.workbook.kept_until if self.status == "checked" else None

    def tick(self, at: datetime) -> None:
        """Cancel what nobody started while its workbook was kept."""
        due = self.due()
        if due is not None and at >= due:
            self.cancel(at)

    def claims(self) -> list[str]:
        """The same workbook is imported once, by whom it belongs to."""
        return [] if self.status in {"refused", "cancelled"} else [f"workbook:{self.owner}|{self.workbook.sha256}"]

    def taken(self, claim: str) -> Refused:  # noqa: ARG002  there is one claim only
        return Refused(
            "import.same_workbook",
            "this workbook was imported before, byte by byte",
            "같은 파일을 이미 가져왔습니다",
            field="/file",
        )

    def public(self) -> ImportState:
        return ImportState(
            id=self.id,
            owner=self.owner,
            status=self.status,
            rows=self.rows,
            faulty_cells=self.faulty_cells,
            done=self.done,
            failed=self.failed,
        )

    def _wrong(self, what: str, what_ko: str) -> Refused:
        return Refused(
            "import.not_checked",
            f"an import that is {self.status} cannot be {what}",
            f"{self.status} 상태의 가져오기는 {what_ko} 수 없습니다",
        )


def whose(caller: Owner) -> Owner | None:
    """Return whose products rows are that name nobody: the caller's, but an operator has none."""
    return None if caller.kind == "operator" else caller
