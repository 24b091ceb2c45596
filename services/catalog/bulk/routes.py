"""Products in bulk over HTTP: a template, a dry run of a workbook, its import, and a workbook of what there is."""

import asyncio
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import Field

from services.catalog.bulk.checking import in_order, taken
from services.catalog.bulk.drafting import outlined
from services.catalog.bulk.reading import MOST_ROWS
from services.catalog.bulk.views import ImportPage, ImportView, import_view
from services.catalog.domain.field_schema import fields_of, form_of
from services.catalog.domain.product_import import Owner, ProductImport, Workbook, whose
from services.catalog.files.routes import owned
from services.catalog.ground import Owned
from services.catalog.routes import Body, Wanted
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import Invalid, NotFound
from shared.events.catalog import Category, Council, ImportStatus
from shared.web import api_router, described

imports = api_router("/v1/product-imports", "product imports")
exports = api_router("/v1/products/workbook.xlsx", "products")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_ANSWER = described(XLSX, "An Excel workbook with the sheet 제품", "PK...", binary=True)
TEMPLATE_ANSWER = described(XLSX, "An Excel workbook with the sheets 제품 and 안내", "PK...", binary=True)
ImportId = Annotated[str, Path(pattern=r"^imp_[a-z0-9]{1,40}$", examples=["imp_4h8s2k"])]

Digest = Annotated[
    str | None, Query(pattern=r"^[0-9a-f]{64}$", description="Of the workbook, as its file says it", examples=[None])
]


class NewImport(Body):
    """Which uploaded workbook."""

    file: str = Field(pattern=r"^fil_[a-z0-9]{1,40}$", examples=["fil_9d3k2m"])


@imports.get("/template.xlsx", responses=TEMPLATE_ANSWER, response_class=Response)
async def get_import_template(
    _: Reading, catalog: Owned, council: Council | None = None, category: Category | None = None
) -> Response:
    """Get the workbook to fill in: the headings, lists to choose from, and what belongs into each column.

    With a council and a category it has a column for each field that is asked for there.
    """
    from services.catalog.bulk.writing import template  # noqa: PLC0415  no start waits for the library

    if (council is None) != (category is None):
        raise Invalid(
            "import.template_of_half",
            "fields are asked for by a council in a category: name both, or neither",
            "항목은 협의체와 분야별로 정해집니다. 둘 다 지정하거나 둘 다 비워 두십시오",
            field="query/council" if council is None else "query/category",
        )
    asked = await catalog.field_schemas.holding(fields_of(council, category)) if council and category else None
    return _sent(await asyncio.to_thread(template, form_of(asked)))


@imports.post("", response_model=ImportView, status_code=201)
async def check_import(body: NewImport, call: Creating, catalog: Owned) -> Response:
    """Check an uploaded workbook, cell by cell, and change nothing yet. Without a fault it is ready to be started."""
    import_id = call.new_id("imp")
    await catalog.imports.refuse_repeat(import_id, call.cause)
    file = await owned(body.file, call, catalog)
    owner = Owner(call.principal, call.caller.kind)
    found = await outlined(file, import_id, whose(owner), catalog.bulk)
    sheet, _, made = found
    held = {claim for other in await catalog.products.holders(list(made.claims)) for claim in other.names()}
    faults = [*made.faults, *(taken(sheet, row, claim) for claim, row in made.claims.items() if claim in held)]
    workbook = Workbook(file=file.id, name=file.name, sha256=file.sha256, kept_until=file.unused_until)
    checked = ProductImport.check(import_id, owner, workbook, len(sheet.rows), in_order(faults), call.at)
    said = answer(await catalog.imports.create(checked, call.cause), 201)
    catalog.importing.keep(import_id, found)
    return said


@imports.get("", response_model=ImportPage)
async def list_imports(
    request: Request,
    call: Reading,
    catalog: Owned,
    page: Listing,
    status: ImportStatus | None = None,
    sha256: Digest = None,
) -> ImportPage:
    """List your own imports, newest first; by `sha256` those of one workbook."""
    filters = {"owner": call.principal, "status": status, "workbook.sha256": sha256}
    found = await listed(catalog.imports, filters, page, request)
    return ImportPage(items=[import_view(each) for each in found.items], next=found.next)


@imports.get("/{import_id}", response_model=ImportView)
async def get_import(import_id: ImportId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show one of your imports: how far it is, and what is wrong with it."""
    found = _own(await catalog.imports.load(import_id), call)
    return shown(import_view(found), found.version, request)


@imports.post("/{import_id}/start", response_model=ImportView)
async def start_import(import_id: ImportId, call: Changing, catalog: Owned) -> Response:
    """Make a draft of each row. It goes on by itself; `catalog.import.*` events and this import tell how far it is."""
    found = _own(await catalog.imports.load(import_id, call.cause), call)
    found.start(call.caller.actor, call.at)
    said = answer(await catalog.imports.save(found, call.cause))
    catalog.importing.look()
    return said


@imports.post("/{import_id}/cancellation", response_model=ImportView)
async def cancel_import(import_id: ImportId, call: Changing, catalog: Owned) -> Response:
    """Make no more drafts. Those made or just being made stay: withdraw them one by one, or import the rest anew."""
    found = _own(await catalog.imports.load(import_id, call.cause), call)
    found.cancel(call.at)
    return answer(await catalog.imports.save(found, call.cause))


def _own(found: ProductImport, call: Call) -> ProductImport:
    if not (call.caller.is_operator or found.owner == call.principal):
        raise NotFound("import.unknown", f"there is no import {found.id}", f"{found.id}을(를) 찾을 수 없습니다")
    return found


@exports.get("", responses=WORKBOOK_ANSWER, response_class=Response)
async def export_products(_: Reading, catalog: Owned, filters: Wanted) -> Response:
    """Get products as an Excel workbook, to be imported again: the listed ones, or by another status your own."""
    from services.catalog.bulk.writing import workbook_of  # noqa: PLC0415  no start waits for the library

    if sum((await catalog.products.counted_by("status", filters)).values()) > MOST_ROWS:
        raise Invalid(
            "export.too_many",
            f"more than {MOST_ROWS} products are asked for: name a council, a category or an owner",
            f"{MOST_ROWS}건이 넘습니다. 협의체, 분야 또는 소유자를 지정하십시오",
            field="query/council",
        )
    wanted = {name: value for name, value in filters.items() if value is not None}
    found = await catalog.products.where(wanted, MOST_ROWS)
    owners = await asyncio.gather(*map(catalog.parties.find, {product.owner for product in found}))
    numbers = {party.id: party.business_number for party in owners if party is not None}
    asked = {fields_of(each.council, each.category) for each in found if each.content.fields_version}
    schemas = {claim: each for each in await catalog.field_schemas.holders(list(asked)) for claim in each.claims()}
    return _sent(await asyncio.to_thread(workbook_of, found, numbers, schemas))


def _sent(workbook: bytes) -> Response:
    return Response(workbook, 200, {"Cache-Control": "private, no-cache"}, XLSX)
