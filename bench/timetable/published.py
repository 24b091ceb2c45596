"""All published days: status, fewest gaps and CPU seconds beside those of others."""

import time
from collections.abc import Iterator

from bench.timetable.naive import fewest_gaps
from services.matching.timetable.audit import faults, total_gaps
from services.matching.timetable.solving import Search
from tests.published import Row, rows

NAIVE_SECONDS = 20.0


def published() -> Iterator[str]:
    """Solve every row; each line says whether the audit and the published answer agree."""
    yield "| file | fairness | answer | published | audit | CPU s | prototype's | MaxSAT's, theirs |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    # The first call loads the compiled kernels; that is no part of a day.
    _solved(next(rows()))
    ours = prototype = maxsat = 0.0
    agreed = 0
    for row in rows():
        answer, sound, seconds = _solved(row)
        agreed += sound and answer == _answer(row.status, row.gaps)
        ours, prototype, maxsat = ours + seconds, prototype + row.probe_seconds, maxsat + (row.maxsat_seconds or 0.0)
        known, audit = _answer(row.status, row.gaps), "ok" if sound else "WRONG"
        yield (
            f"| {row.file} | {row.fairness} | {answer} | {known} | {audit} "
            f"| {seconds:.2f} | {row.probe_seconds:.2f} | {row.maxsat_seconds or ''} |"
        )
    yield f"| **{agreed} agree** | | | | | **{ours:.2f}** | **{prototype:.2f}** | **{maxsat:.1f}** |"


def naive() -> Iterator[str]:
    """The originals with the first model that comes to mind, for so many CPU seconds each."""
    yield "| original | fewest gaps | naive model after 20 s | ours |"
    yield "| --- | --- | --- | --- |"
    for row in rows():
        if ".original." not in row.file or row.fairness != 2:  # noqa: PLR2004 - the published setting
            continue
        began = time.process_time()
        word, gaps = fewest_gaps(row.problem, NAIVE_SECONDS)
        took = time.process_time() - began
        answer, _, seconds = _solved(row)
        yield f"| {row.file} | {row.gaps} | {word} {gaps} in {took:.1f} s | {answer} in {seconds:.2f} s |"


def _solved(row: Row) -> tuple[str, bool, float]:
    """Return the answer, whether it stands up to the audit, and CPU seconds from the problem to the proof."""
    problem = row.problem
    began, started = time.process_time(), time.monotonic()
    proof = Search(problem, lambda: started + 600.0 - time.monotonic()).run()
    seconds = time.process_time() - began
    found = proof.slot_of
    sound = found is None or (not faults(problem, found) and total_gaps(problem, found) == proof.gaps)
    return _answer(proof.status.value, proof.gaps), sound, seconds


def _answer(status: str, gaps: int | None) -> str:
    return status if gaps is None else f"{status} {gaps}"
