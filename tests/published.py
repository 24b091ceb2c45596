"""The published brokerage days and what is known of each: tests/data/b2b, its README says where they come from."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli import dzn
from cli.timetable import problem_of
from services.matching.timetable.problem import Problem

FOLDER = Path(__file__).parent / "data" / "b2b"


@dataclass(frozen=True, slots=True)
class Row:
    """A file at one fairness: the status and the fewest gaps, and how many CPU seconds others took for it."""

    file: str
    fairness: int
    status: str
    gaps: int | None
    maxsat_seconds: float | None
    probe_seconds: float

    @property
    def problem(self) -> Problem:
        return problem_of(dzn.parse((FOLDER / self.file).read_text(encoding="utf-8")), self.fairness)


def rows() -> Iterator[Row]:
    with (FOLDER / "expected.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield Row(
                row["file"],
                int(row["fairness_d"]),
                row["probe_status"],
                int(row["probe_breaks"]) if row["probe_breaks"] else None,
                float(row["paper_maxsat_seconds"]) if row["paper_maxsat_seconds"] else None,
                float(row["probe_cpu_seconds"]),
            )
