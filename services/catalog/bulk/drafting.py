"""From the bytes of a workbook to drafts, on what the catalog knows now."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from functools import partial
from typing import NamedTuple

import structlog

from services.catalog.bulk.checking import Drafted, Known, categories_in, drafts_of, numbers_in
from services.catalog.bulk.sheets import Sheet, sheet_of
from services.catalog.domain.field_schema import FieldSchema
from services.catalog.domain.file import File
from services.catalog.domain.party import Party
from services.catalog.domain.product import Product
from services.catalog.domain.product_import import Owner, ProductImport
from services.catalog.domain.standing import number_claim
from services.catalog.files.place import Place
from shared.calls import derived_id
from shared.errors import Invalid, Unavailable
from shared.store import Store

log = structlog.get_logger()

READER = (sys.executable, "-m", "services.catalog.bulk.reading")
PATIENCE = 30.0
READING = asyncio.Lock()


class Documents(NamedTuple):
    """What an import reads and writes; `place` has the bytes of the workbooks."""

    imports: Store[ProductImport]
    products: Store[Product]
    parties: Store[Party]
    field_schemas: Store[FieldSchema]
    files: Store[File]
    place: Place


class Outlined(NamedTuple):
    """A workbook's rows, what they rest on, and what was made of them."""

    sheet: Sheet
    known: Known
    made: Drafted


def product_id(import_id: str, row: int) -> str:
    """Return the id of the product made of a row: the same, however often the row is gone through."""
    return derived_id("prd", import_id, str(row))


async def outlined(
    file: File, import_id: str, own: Owner | None, documents: Documents, before: Outlined | None = None
) -> Outlined:
    """Return what is in a workbook, and outlines of drafts of it. `own` is whose they are; None for an operator's.

    `before` is what this came to at an earlier time: it still does while all that it rests on is the same.
    Raise NotFound for a file that is gone, Invalid for what is no workbook of products.
    """
    file.must_be_there()
    sheet = before.sheet if before else await _sheet_in(file, documents.place)
    held, schemas = await asyncio.gather(
        documents.parties.holders([number_claim(number) for number in numbers_in(sheet)]),
        documents.field_schemas.holders(list(categories_in(sheet))),
    )
    owners = {
        party.business_number: Owner(party.id, party.party_kind) for party in held if own is None or party.id == own.id
    }
    asked = {claim: schema for schema in schemas for claim in schema.claims()}
    known = Known(own, owners, asked)
    if before and before.known == known:
        return before
    return Outlined(sheet, known, await asyncio.to_thread(drafts_of, sheet, known, partial(product_id, import_id)))


async def _sheet_in(file: File, place: Place) -> Sheet:
    """Return the sheet of a workbook, read by a process of its own. Raise Invalid for what it cannot read."""
    content = b"".join([chunk async for chunk in await place.storage.read(file.stored)])
    async with READING:  # one at a time: each takes up to 256 MB
        reader = await asyncio.create_subprocess_exec(*READER, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        try:
            told, moaned = await asyncio.wait_for(reader.communicate(content), PATIENCE)
        except TimeoutError:
            raise Unavailable(
                "import.reader_slow",
                "the workbook could not be read in time; try again",
                "파일을 제시간에 읽지 못했습니다. 잠시 후 다시 시도하십시오",
            ) from None
        finally:
            if reader.returncode is None:
                reader.kill()
                await reader.wait()
    if reader.returncode != 0:
        log.warning("workbook_broke_its_reader", code=reader.returncode, said=moaned[:200].decode(errors="replace"))
    table: list[list[str]] | None = json.loads(told) if reader.returncode == 0 else None
    if table is None:
        raise Invalid(
            "import.unreadable",
            "this is no Excel workbook that can be read, or it is far larger than it looks",
            "읽을 수 있는 Excel 파일이 아니거나 실제 내용이 지나치게 큽니다",
            field="/file",
        )
    log.info("workbook_read", file=file.id, rows=len(table))
    return sheet_of(table)
