"""Products from Excel workbooks: checked cell by cell, then made into drafts, each row once whatever is killed."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from deploy.local.services import Service
from services.catalog.bulk.columns import COLUMNS
from services.catalog.bulk.reading import MOST_ROWS, rows_in
from services.catalog.bulk.views import import_view
from services.catalog.domain.file import File
from services.catalog.domain.product_import import ProductImport
from services.catalog.files.views import file_view
from shared.kafka import new_producer
from shared.mongo import Database, connect
from shared.relay import Relay
from shared.store import Store
from shared.timers import cause_of
from tests.component.catalog.conftest import Answer, Caller, Catalog, Json, a_content, start_again
from tests.component.shared.reading import until
from tests.evidence import XLSX, a_sheet, a_text_document

HEADINGS = [column.heading for column in COLUMNS]
GOOD = {"구분": "유휴IP", "명칭": "분리막", "협의체": "SOC", "분야": "물", "기술성숙도": 8}
A_WEEK_ON = datetime.now(UTC) + timedelta(days=8)
ROWS = 3000
"""Enough to be killed in the middle of: where it stands is written down every thousand."""


def a_workbook(*rows: dict[str, Any]) -> bytes:
    return a_sheet([HEADINGS, *([row.get(column.title, "") for column in COLUMNS] for row in rows)])


def many(count: int) -> bytes:
    mark = secrets.token_hex(4)
    patents = ({"명칭": f"특허 {number}", "지식재산번호": f"{mark}-{number}"} for number in range(count))
    return a_workbook(*(GOOD | each for each in patents))


def an_institution(catalog: Catalog) -> Caller:
    return catalog.caller((f"pty_{secrets.token_hex(4)}", "institution"))


async def uploaded(by: Caller, content: bytes, name: str = "a.xlsx", declared: str = XLSX) -> str:
    brought = await by.ask("POST", f"/v1/files?name={name}", BytesIO(content), Content_Type=declared)
    assert brought.status == 201, brought
    file: str = brought.body["id"]
    return file


async def checked(by: Caller, content: bytes, **headers: str) -> Answer:
    return await by.ask("POST", "/v1/product-imports", {"file": await uploaded(by, content)}, **headers)


async def started(by: Caller, content: bytes) -> str:
    found = await checked(by, content)
    path = f"/v1/product-imports/{found.body['id']}"
    begun = await by.ask("POST", f"{path}/start")
    assert (found.status, begun.status, begun.body["status"]) == (201, 200, "running"), (found, begun)
    return path


async def comes_to(by: Caller, path: str, status: str, done: int = 0) -> Json:
    async def holds() -> bool:
        shown = (await by.ask("GET", path)).body
        return bool(shown["status"] == status and shown["done"] >= done)

    await until(holds, 120)
    found: Json = (await by.ask("GET", path)).body
    return found


async def drafts_of(by: Caller) -> list[Json]:
    drafts: list[Json] = []
    cursor = ""
    while True:
        page = (await by.ask("GET", f"/v1/products?status=draft&limit=100{cursor}")).body
        drafts += page["items"]
        if page["next"] is None:
            return drafts
        cursor = f"&cursor={page['next']}"


@pytest.fixture
def database(replicas: Sequence[Service]) -> Iterator[Database]:
    """The documents of the service, to be looked at while it is down."""
    settings = replicas[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    yield database
    database.client.close()


def nobody() -> Relay:
    return Relay(lambda: new_producer("-"))


async def test_every_wrong_cell_is_told_and_nothing_is_made(catalog: Catalog) -> None:
    by = an_institution(catalog)
    content = a_workbook(
        GOOD, GOOD | {"기술성숙도": 12, "분야": "바다"}, GOOD | {"구분": "기술"}, GOOD | {"사업자등록번호": "1"}
    )

    found = await checked(by, content)
    start = await by.ask("POST", f"/v1/product-imports/{found.body['id']}/start", accept_language="ko")

    assert (found.status, found.body["status"], found.body["rows"]) == (201, "refused", 4)
    told = [(each["column"], each["row"], each["heading"], each["value"]) for each in found.body["faults"]]
    assert told == [
        ("G", 3, "분야", "바다"),
        ("M", 3, "기술성숙도", "12"),
        ("B", 4, "구분", "기술"),
        ("A", 5, "사업자등록번호", "1"),
    ]
    level = found.body["faults"][1]
    assert (level["detail_ko"], level["detail_en"]) == (
        "올바른 값: 1~9의 정수",
        "must be: a whole number from 1 to 9",
    )
    assert (start.status, start.body["rule"]) == (409, "import.not_checked")
    assert await drafts_of(by) == []


async def test_what_another_listing_holds_is_told_before(catalog: Catalog) -> None:
    patent, firm = secrets.token_hex(6), await catalog.a_firm()
    by = catalog.caller((firm, "sme"))
    await catalog.a_product(firm, "registration", content=a_content(ip_number=patent))
    row = GOOD | {"구분": "제품"}

    found = await checked(by, a_workbook(row, row | {"지식재산번호": patent}))

    [fault] = found.body["faults"]
    assert (fault["column"], fault["row"], fault["rule"]) == ("I", 3, "product.duplicate")


async def test_each_row_becomes_one_draft_and_the_same_workbook_no_other(catalog: Catalog) -> None:
    by, content, key = an_institution(catalog), many(250), secrets.token_hex(8)
    file = await uploaded(by, content)
    first = await by.ask("POST", "/v1/product-imports", {"file": file}, Idempotency_Key=key)
    path = f"/v1/product-imports/{first.body['id']}"

    begun = await asyncio.gather(*(by.ask("POST", f"{path}/start") for _ in range(3)))
    finished = await comes_to(by, path, "finished")
    again = await by.ask("POST", "/v1/product-imports", {"file": file}, Idempotency_Key=key)
    repeated = await checked(by, content)
    late = await by.ask("POST", f"{path}/cancellation")

    assert [each.status for each in begun] == [200] * 3
    assert (finished["done"], finished["failed"], finished["failures"]) == (250, 0, [])
    assert (again.status, again.body) == (201, first.body)
    assert (repeated.status, repeated.body["rule"]) == (409, "import.same_workbook")
    assert (late.status, late.body["rule"]) == (409, "import.not_checked")
    drafts = await drafts_of(by)
    assert {each["title"] for each in drafts} == {f"특허 {number}" for number in range(250)}
    assert len(drafts) == 250
    listed = await by.ask("GET", f"/v1/product-imports?sha256={finished['workbook']['sha256']}")
    assert [each["id"] for each in listed.body["items"]] == [finished["id"]]


async def test_a_workbook_is_read_once_for_its_check_and_its_import_and_a_changed_one_anew(
    catalog: Catalog, replicas: Sequence[Service]
) -> None:
    [service], by = replicas, an_institution(catalog)

    found = [await checked(by, a_workbook(GOOD | {"명칭": name})) for name in ("처음", "바뀐")]
    for each in found[::-1]:
        path = f"/v1/product-imports/{each.body['id']}"
        await by.ask("POST", f"{path}/start")
        await comes_to(by, path, "finished")

    told = service.log.read_text(encoding="utf-8").splitlines()
    read = [sum("workbook_read" in line and each.body["workbook"]["file"] in line for line in told) for each in found]
    assert read == [2, 1]  # the first made way for the changed one before it was started
    assert {each["title"] for each in await drafts_of(by)} == {"처음", "바뀐"}


async def test_an_operator_imports_for_those_whom_the_rows_name(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    number = (await catalog.operator.ask("GET", f"/v1/parties/{firm}")).body["business_number"]
    row = GOOD | {"구분": "기술", "모델명": "A-1"}

    refused = await checked(catalog.operator, a_workbook(row | {"사업자등록번호": number}, row))
    path = await started(
        catalog.operator, a_workbook(row | {"사업자등록번호": f"{number[:3]}-{number[3:5]}-{number[5:]}"})
    )
    await comes_to(catalog.operator, path, "finished")

    assert [(each["row"], each["rule"]) for each in refused.body["faults"]] == [(3, "import.owner_unknown")]
    owner = catalog.caller((firm, "sme"))
    [draft] = await drafts_of(owner)
    assert (draft["owner"], draft["model"], draft["product_kind"]) == (firm, "A-1", "technology")
    assert (await owner.ask("GET", path)).status == 404


async def test_a_row_that_is_no_longer_right_when_its_turn_comes_is_told(catalog: Catalog) -> None:
    firm, staying = await catalog.a_firm(), await catalog.a_firm()
    shown = [(await catalog.operator.ask("GET", f"/v1/parties/{each}")).body for each in (firm, staying)]
    row = GOOD | {"구분": "기술"}
    found = await checked(
        catalog.operator, a_workbook(*(row | {"사업자등록번호": each["business_number"]} for each in shown))
    )
    path = f"/v1/product-imports/{found.body['id']}"
    await catalog.operator.ask("POST", f"/v1/parties/{firm}/closure", {"reason": "폐업"})

    await catalog.operator.ask("POST", f"{path}/start")
    finished = await comes_to(catalog.operator, path, "finished")

    assert (found.body["status"], finished["done"], finished["failed"]) == ("checked", 2, 1)
    assert [(each["row"], each["rule"]) for each in finished["failures"]] == [(2, "import.owner_unknown")]
    assert len(await drafts_of(catalog.caller((staying, "sme")))) == 1


async def test_a_row_keeps_to_the_fields_in_force_when_its_turn_comes(catalog: Catalog) -> None:
    by, place = an_institution(catalog), {"council": "ict", "category": "sensor"}
    asked: Json = {"type": "object", "properties": {"range_m": {"type": "integer", "title": "거리"}}}
    published = await catalog.operator.ask("POST", "/v1/field-schemas", place | {"json_schema": asked})
    row = GOOD | {"협의체": "ICT", "분야": "센서"}
    rows = [[*(row.get(column.title, "") for column in COLUMNS), metres] for metres in (5, 50)]
    found = await checked(by, a_sheet([[*HEADINGS, "거리 [range_m]"], *rows]))
    path = f"/v1/product-imports/{found.body['id']}"
    asked["properties"]["range_m"]["maximum"] = 10
    await catalog.operator.ask("POST", f"/v1/field-schemas/{published.body['id']}/versions", asked)

    await by.ask("POST", f"{path}/start")
    finished = await comes_to(by, path, "finished")

    assert (found.body["status"], finished["done"]) == ("checked", 2)
    assert [(each["row"], each["rule"]) for each in finished["failures"]] == [(3, "product.field_invalid")]
    [draft] = await drafts_of(by)
    assert (draft["fields"], draft["fields_version"]) == ({"range_m": 5}, 2)


async def test_a_kill_in_the_middle_doubles_and_loses_no_row(
    catalog: Catalog, replicas: Sequence[Service], database: Database
) -> None:
    [service], imports = replicas, Store(database, ProductImport, import_view, nobody())
    by = an_institution(catalog)
    path = await started(by, many(ROWS))
    await comes_to(by, path, "running", done=1)

    service.kill()
    killed = await imports.load(path.rpartition("/")[2])
    await start_again(service)
    finished = await comes_to(by, path, "finished")

    assert (killed.status, killed.done < ROWS) == ("running", True)
    assert (finished["done"], finished["failed"]) == (ROWS, 0)
    drafts = await drafts_of(by)
    assert len(drafts) == ROWS
    assert len({each["title"] for each in drafts}) == ROWS


async def test_an_import_whose_workbook_is_gone_ends_and_holds_up_no_other(
    catalog: Catalog, replicas: Sequence[Service], database: Database
) -> None:
    [service], files = replicas, Store(database, File, file_view, nobody())
    by = an_institution(catalog)
    path = await started(by, many(ROWS))
    begun = await comes_to(by, path, "running", done=1)
    other = await started(by, many(300))

    service.kill()
    workbook = await files.load(begun["workbook"]["file"])
    workbook.tick(A_WEEK_ON)
    await files.save(workbook, cause_of("clock", A_WEEK_ON))
    await start_again(service)
    ended = await comes_to(by, path, "cancelled")

    assert 0 < ended["done"] < ROWS
    assert (await comes_to(by, other, "finished"))["done"] == 300


async def test_a_cancelled_import_makes_no_more_drafts(catalog: Catalog) -> None:
    by, content = an_institution(catalog), many(ROWS)
    path = await started(by, content)
    await comes_to(by, path, "running", done=1)

    cancelled = await by.ask("POST", f"{path}/cancellation")
    made = cancelled.body["done"]
    await asyncio.sleep(1)

    assert (cancelled.status, (await by.ask("GET", path)).body["status"]) == (200, "cancelled")
    assert made <= len(await drafts_of(by)) < ROWS
    assert (await checked(by, content)).body["status"] == "checked"


async def test_what_is_no_workbook_of_products_is_refused(catalog: Catalog) -> None:
    by = an_institution(catalog)
    bomb = BytesIO()
    with ZipFile(BytesIO(a_workbook(GOOD))) as good, ZipFile(bomb, "w", ZIP_DEFLATED, compresslevel=1) as forged:
        for part in good.namelist():
            row = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * 300_000_000 + b"</t></is></c></row>"
            sheet = b"<worksheet><sheetData>" + row + b"</sheetData></worksheet>"
            forged.writestr(part, sheet if part.endswith("sheet1.xml") else good.read(part))
    whole = a_workbook(GOOD)
    torn = BytesIO()
    with ZipFile(BytesIO(whole)) as good, ZipFile(torn, "w") as forged:
        for part in good.namelist():
            forged.writestr(part, good.read(part)[:-200] if part.endswith("sheet1.xml") else good.read(part))

    wrong = {
        "forged": await checked(by, bomb.getvalue()),
        "torn": await checked(by, torn.getvalue()),
        "headings": await checked(by, a_sheet([["이름"], ["분리막"]])),
        "empty": await checked(by, a_workbook()),
    }
    document = await uploaded(
        by, a_text_document(), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    wrong["document"] = await by.ask("POST", "/v1/product-imports", {"file": document}, accept_language="ko")
    truncated = await by.ask("POST", "/v1/files?name=a.xlsx", BytesIO(whole[:-100]), Content_Type=XLSX)
    another = await uploaded(an_institution(catalog), whole)
    strange = await by.ask("POST", "/v1/product-imports", {"file": another})

    assert {name: (each.status, each.body["rule"]) for name, each in wrong.items()} == {
        "forged": (422, "import.unreadable"),
        "torn": (422, "import.unreadable"),
        "headings": (422, "import.headings"),
        "empty": (422, "import.empty"),
        "document": (422, "import.unreadable"),
    }
    assert "Excel" in wrong["document"].body["detail"]
    assert (truncated.status, strange.status, strange.body["rule"]) == (422, 404, "file.unknown")


async def test_the_template_is_what_an_import_asks_for(catalog: Catalog) -> None:
    by = an_institution(catalog)

    template = await by.ask("GET", "/v1/product-imports/template.xlsx")

    assert (template.status, template.headers["content-type"]) == (200, XLSX)
    assert rows_in(template.body) == [HEADINGS]
    assert (await checked(by, template.body)).body["rule"] == "import.empty"


async def test_what_is_exported_could_be_imported_again_and_is_what_one_may_see(catalog: Catalog) -> None:
    firm, other = await catalog.a_firm(), await catalog.a_firm()
    by, stranger = catalog.caller((firm, "sme")), catalog.caller((other, "sme"))
    product = await catalog.a_product(firm)

    own = await by.ask("GET", "/v1/products/workbook.xlsx?status=draft")
    others = await stranger.ask("GET", f"/v1/products/workbook.xlsx?status=draft&owner={firm}")

    assert (own.status, own.headers["content-type"]) == (200, XLSX)
    [headings, exported] = rows_in(own.body)
    assert dict(zip(headings, exported, strict=True))["제품번호"] == product
    assert len(rows_in(others.body)) == 1
    again = await checked(by, own.body)
    assert (again.body["status"], again.body["rows"]) == ("checked", 1)


async def test_typed_fields_come_in_by_the_template_of_their_category_and_go_out_again(catalog: Catalog) -> None:
    by, place = an_institution(catalog), {"council": "energy", "category": "robot"}
    pores: Json = {"type": "object", "properties": {"pores_nm": {"type": "integer", "title": "공경"}}}
    published = await catalog.operator.ask("POST", "/v1/field-schemas", place | {"json_schema": pores})

    half = await by.ask("GET", "/v1/product-imports/template.xlsx?category=robot", accept_language="ko")
    template = await by.ask("GET", "/v1/product-imports/template.xlsx?council=energy&category=robot")
    [headings] = rows_in(template.body)
    rows = [
        [
            (GOOD | {"협의체": "에너지", "분야": "로봇", "공경 [pores_nm]": value}).get(each.strip("*"), "")
            for each in headings
        ]
        for value in (5, "x")
    ]
    refused = await checked(by, a_sheet([headings, *rows]))
    await comes_to(by, await started(by, a_sheet([headings, rows[0]])), "finished")
    exported = await by.ask("GET", "/v1/products/workbook.xlsx?status=draft")
    again = await started(by, exported.body)
    await comes_to(by, again, "finished")

    assert published.status == 201, published
    assert (half.status, half.body["rule"]) == (422, "import.template_of_half")
    assert headings == [*HEADINGS, "공경 [pores_nm]"]
    [fault] = refused.body["faults"]
    assert (fault["column"], fault["row"], fault["detail_ko"]) == ("N", 3, "올바른 값: 정수")
    assert [(each["fields"], each["fields_version"]) for each in await drafts_of(by)] == [({"pores_nm": 5}, 1)] * 2


async def test_more_than_fit_into_a_workbook_are_not_exported(catalog: Catalog, database: Database) -> None:
    firm = await catalog.a_firm()
    by, product = catalog.caller((firm, "sme")), await catalog.a_product(firm)
    stored = await database["product"].find_one({"_id": product})
    assert stored is not None
    for batch in range(0, MOST_ROWS, 500):
        numbers = range(batch, batch + 500)
        await database["product"].insert_many([stored | {"_id": f"{product}{each}", "outbox": []} for each in numbers])

    answer = await by.ask("GET", "/v1/products/workbook.xlsx?status=draft", accept_language="ko")

    assert (answer.status, answer.body["rule"]) == (422, "export.too_many")
    assert "지정하십시오" in answer.body["detail"]
