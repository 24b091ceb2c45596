"""Imports carried out: the drafts of a workbook made a thousand at a time, beside the routes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from services.catalog.bulk.checking import Drafted
from services.catalog.bulk.drafting import Documents, Outlined, outlined, product_id
from services.catalog.bulk.sheets import Row
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Fault, ProductImport
from shared.aggregate import Cause
from shared.errors import Conflict, Invalid, NotFound
from shared.store import Replayed
from shared.tasks import end
from shared.telemetry import new_traceparent

log = structlog.get_logger()

AT_ONCE = 1000
"""Rows between two looks at where the import stands: so many are still made of one that is cancelled meanwhile."""
IN_FLIGHT = 400
"""Two statements' worth: while the database inserts some, the next are rendered, and other callers come in between."""
LOOK_EVERY = 2.0
KEPT_SECONDS = 600.0
MOST_KEPT = 2_000_000
"""Characters in the cells of a sheet that is kept, so that nobody's workbook fills the memory of the service."""


class Importing:
    """Carries out what was started, in every replica at once if need be.

    A row's draft has an id that follows from the import and the row, so going through a row again makes nothing new:
    whoever dies, and whoever takes over, each row becomes one draft. Where an import is stands in its document.
    """

    def __init__(self) -> None:
        self._started = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._kept: dict[str, Outlined] = {}

    async def start(self) -> None:
        """Nothing is carried out before there is ground to stand on."""

    async def stop(self) -> None:
        await end(self._task)

    def begin(self, documents: Documents) -> None:
        """Carry out from now on what is started, and what was left behind."""
        self._task = asyncio.create_task(self._run(documents))

    def keep(self, import_id: str, found: Outlined) -> None:
        """Keep what the last check came to, for a while: an import that follows need not read and outline it anew."""
        self._kept.clear()
        if sum(len(text) for row in found.sheet.rows for text in row.cells.values()) <= MOST_KEPT:
            self._kept[import_id] = found
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._kept.pop, import_id, None)

    def look(self) -> None:
        """Look at once: an import was started here."""
        self._started.set()

    async def _run(self, documents: Documents) -> None:
        while True:
            try:
                running = await documents.imports.where({"status": "running"})
                await asyncio.gather(*(_carry_on(each, documents, self._kept.pop(each.id, None)) for each in running))
            except Exception as error:  # noqa: BLE001  the database is away: look again
                log.warning("imports_not_found", error=repr(error))
            try:
                await asyncio.wait_for(self._started.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
            self._started.clear()


async def _carry_on(found: ProductImport, documents: Documents, before: Outlined | None) -> None:
    """Go on with one import; what interrupts it keeps no other from going on, and it is looked at again."""
    try:
        await _carry_out(found, documents, before)
    except Exception as error:  # noqa: BLE001  the database or the storage is away: look again
        log.warning("import_interrupted", product_import=found.id, error=repr(error))


async def _carry_out(found: ProductImport, documents: Documents, before: Outlined | None) -> None:
    """Make the drafts of one import that are still missing, until it is finished or cancelled.

    `before` is what its check came to, if that is known here.
    """
    at = datetime.now(UTC)
    try:
        file = await documents.files.load(found.workbook.file)
        sheet, _, made = await outlined(file, found.id, found.own, documents, before)
    except (NotFound, Invalid) as error:  # it lay still for longer than its workbook was kept
        log.warning("workbook_lost", product_import=found.id, rule=error.rule)
        found.cancel(at)
        await documents.imports.save(found, _cause(found))
        return
    while found.status == "running":
        rows = sheet.rows[found.done : found.done + AT_ONCE]
        await _create_all(rows, made, documents, _cause(found, "draft"))
        failures = [fault for row in rows for fault in await _failed(row, found.id, made, documents)]
        try:
            found.go_on(found.done + len(rows), failures, datetime.now(UTC))
            await documents.imports.save(found, _cause(found))
        except Conflict:  # cancelled, or another replica went on: so it stands in the document
            log.info("import_elsewhere", product_import=found.id)
        found = await documents.imports.load(found.id)


async def _create_all(rows: Sequence[Row], made: Drafted, documents: Documents, cause: Cause) -> None:
    """Make the drafts of these rows that are not there yet."""
    waiting = iter(rows)

    async def one_after_the_other() -> None:
        for row in waiting:
            await _create(row, made, documents, cause)

    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))


async def _create(row: Row, made: Drafted, documents: Documents, cause: Cause) -> None:
    """Make the draft of one row, unless it is there."""
    product: Product | None = made.products.get(row.number)
    if product is not None:
        product.be_drafted(cause.at)
        try:
            await documents.products.create(product, cause)
        except Replayed:
            return


async def _failed(row: Row, import_id: str, made: Drafted, documents: Documents) -> Sequence[Fault]:
    """Return what is wrong with a row now, unless its draft was made before it was."""
    faults = [fault for fault in made.faults if fault.row == row.number]
    there = await documents.products.find(product_id(import_id, row.number)) if faults else None
    return [] if there else faults


def _cause(found: ProductImport, key: str = "") -> Cause:
    """Return the cause of what is done for whoever started the import; with a `key` it is done once."""
    at = datetime.now(UTC)
    return Cause(at, found.actor, found.owner, found.id, found.id, new_traceparent(), key=key and f"{key}|{found.id}")
