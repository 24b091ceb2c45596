"""How an import is shown."""

from pydantic import BaseModel, ConfigDict

from services.catalog.domain.product_import import Fault, ProductImport, Workbook
from shared.events.catalog import ImportState


class ImportView(ImportState):
    """An import: how far it is, and each cell that is wrong. At most 1,000 are shown; `faulty_cells` counts all.

    `failures` are rows that were right when they were checked, and could not be made into a draft when their turn came.
    """

    workbook: Workbook
    faults: list[Fault]
    failures: list[Fault]
    document_version: int

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "imp_4h8s2k",
                "owner": "pty_kwater",
                "status": "refused",
                "rows": 2674,
                "faulty_cells": 1,
                "done": 0,
                "failed": 0,
                "workbook": {
                    "file": "fil_9d3k2m",
                    "name": "유휴특허.xlsx",
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "kept_until": "2026-12-03T09:30:00+09:00",
                },
                "faults": [
                    {
                        "row": 7,
                        "column": "M",
                        "heading": "기술성숙도",
                        "value": "12",
                        "rule": "less_than_equal",
                        "detail_ko": "올바른 값: 1~9의 정수",
                        "detail_en": "must be: a whole number from 1 to 9",
                    }
                ],
                "failures": [],
                "document_version": 1,
            }
        }
    )


class ImportPage(BaseModel):
    """Imports, newest first; `next` is the cursor of the next page."""

    items: list[ImportView]
    next: str | None = None


def import_view(found: ProductImport) -> ImportView:
    return ImportView(
        **found.public().model_dump(),
        workbook=found.workbook,
        faults=found.faults,
        failures=found.failures,
        document_version=found.version,
    )
