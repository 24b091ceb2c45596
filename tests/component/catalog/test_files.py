"""Files over HTTP: what comes in is looked at as it comes, what goes out is saved and never shown."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from deploy.local.servers import Kafka
from deploy.local.services import Service
from services.catalog.domain.file import File
from services.catalog.files.place import Place
from services.catalog.files.sweeping import sweep
from services.catalog.settings import Settings
from shared.store import Store
from shared.timers import tick
from tests.component.catalog.conftest import NAME, Catalog, bring, start_again
from tests.component.shared.reading import all_records, until
from tests.evidence import HWP, JPEG, PDF, PNG, XLSX, a_jpeg, a_pdf, a_png, a_workbook

LIMIT: int = Settings.model_fields["file_bytes"].default
FIRM, RIVAL, BUYER = ("pty_f", "sme"), ("pty_rival", "sme"), ("pty_kwater", "institution")


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def lying(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} if folder.exists() else set()


@pytest.fixture
def folder(replicas: Sequence[Service]) -> Path:
    return replicas[0].folder / "files"


async def test_a_file_comes_back_as_it_went_and_only_to_be_saved(catalog: Catalog) -> None:
    firm, content = catalog.caller(FIRM), a_pdf(3_000_000)

    brought = await bring(firm, content, Content_Digest=f"md5=:AAAA:, {digest_of(content)}")
    path = f"/v1/files/{brought.body['id']}"
    shown = await firm.ask("GET", path)
    saved = await firm.ask("GET", f"{path}/content")
    again = await firm.ask("GET", f"{path}/content", If_None_Match=saved.headers["etag"])

    assert brought.status == 201, brought
    assert shown.body == brought.body
    assert (shown.body["name"], shown.body["size"], shown.body["media_type"]) == (NAME, len(content), PDF)
    assert shown.body["sha256"] == hashlib.sha256(content).hexdigest()
    assert saved.body == content
    assert (
        saved.headers.items()
        >= {
            "content-type": PDF,
            "content-length": str(len(content)),
            "content-disposition": f"attachment; filename=\"{shown.body['id']}.pdf\"; filename*=UTF-8''{quote(NAME)}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "etag": f'"{shown.body["sha256"]}"',
            "repr-digest": digest_of(content),
        }.items()
    )
    assert (again.status, again.body) == (304, b"")


async def test_a_repeat_is_answered_alike_and_brings_nothing_new(catalog: Catalog, folder: Path) -> None:
    firm, key = catalog.caller(FIRM), secrets.token_hex(8)
    first = await bring(firm, a_pdf(), Idempotency_Key=key)
    before = lying(folder)

    again = await bring(firm, a_pdf(), Idempotency_Key=key)
    others = [
        await bring(firm, a_pdf(201), Idempotency_Key=key),
        await bring(firm, a_pdf(), name="b.pdf", Idempotency_Key=key),
        await bring(firm, a_png(), PNG, "b.png", Idempotency_Key=key),
    ]
    elsewhere = await bring(catalog.caller(RIVAL), a_pdf(), Idempotency_Key=key)

    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (201, first.body, "true")
    assert [(each.status, each.body["rule"]) for each in others] == [(422, "idempotency.other_request")] * 3
    assert (elsewhere.status, elsewhere.body["id"] != first.body["id"]) == (201, True)
    assert len(lying(folder) - before) == 1


async def test_the_same_upload_many_times_at_once_is_one_file(catalog: Catalog) -> None:
    firm, key = catalog.caller(FIRM), secrets.token_hex(8)

    answers = await asyncio.gather(*(bring(firm, a_pdf(500_000), Idempotency_Key=key) for _ in range(4)))

    assert {(each.status, each.body["id"]) for each in answers} == {(201, answers[0].body["id"])}
    content = await firm.ask("GET", f"/v1/files/{answers[0].body['id']}/content")
    assert content.body == a_pdf(500_000)


REFUSED = [
    ("a page that says it is a PDF", b"<html><script>", PDF, NAME, {}, 415, "file.not_as_declared"),
    ("a picture that says it is a PDF", a_png(), PDF, NAME, {}, 415, "file.not_as_declared"),
    ("a PDF that says it is a picture", a_pdf(), JPEG, "a.jpg", {}, 415, "file.not_as_declared"),
    ("a page", b"<html>", "text/html", "a.html", {}, 415, "file.type_not_taken"),
    ("no type", a_pdf(), "", NAME, {}, 415, "file.type_not_taken"),
    ("macros", a_workbook("xl/vbaProject.bin"), XLSX, "a.xlsx", {}, 415, "file.has_macros"),
    ("half a workbook", a_workbook()[:-30], XLSX, "a.xlsx", {}, 422, "file.cut_off"),
    ("half a PDF", a_pdf()[:-8], PDF, NAME, {}, 422, "file.cut_off"),
    ("another OLE document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, HWP, "a.hwp", {}, 415, "file.not_as_declared"),
    ("nothing", b"", PDF, NAME, {}, 422, "file.empty"),
    ("another digest", a_pdf(), PDF, NAME, {"Content_Digest": digest_of(b"x")}, 422, "file.digest_differs"),
    ("another digest", a_pdf(), PDF, NAME, {"Repr_Digest": digest_of(b"x")}, 422, "file.digest_differs"),
    ("no digest", a_pdf(), PDF, NAME, {"Content_Digest": "sha-256=:A:"}, 422, "file.digest_malformed"),
    ("a path", a_pdf(), PDF, "../../etc/passwd.pdf", {}, 422, "file.name_not_taken"),
    ("a header", a_pdf(), PDF, "a\r\nX-B: c.pdf", {}, 422, "file.name_not_taken"),
    ("a program's name", a_pdf(), PDF, "성적서.pdf.exe", {}, 422, "file.name_of_another_type"),
    ("no name", a_pdf(), PDF, "", {}, 422, "request.invalid"),
    ("a long name", a_pdf(), PDF, f"{'가' * 197}.pdf", {}, 422, "request.invalid"),
    ("no key", a_pdf(), PDF, NAME, {"Idempotency_Key": ""}, 422, "idempotency.key_required"),
]


@pytest.mark.parametrize(
    ("content", "declared", "name", "headers", "status", "rule"),
    [each[1:] for each in REFUSED],
    ids=[each[0] for each in REFUSED],
)
async def test_what_is_not_as_it_should_be_is_refused_and_not_kept(
    catalog: Catalog,
    folder: Path,
    content: bytes,
    declared: str,
    name: str,
    headers: dict[str, str],
    status: int,
    rule: str,
) -> None:
    before = lying(folder)

    refused = await bring(catalog.caller(FIRM), content, declared, name, **headers)

    assert (refused.status, refused.body["rule"]) == (status, rule)
    assert refused.body["detail_ko"] != refused.body["detail_en"]
    assert lying(folder) == before


async def test_what_is_too_long_is_refused_as_soon_as_it_is_known(catalog: Catalog, folder: Path) -> None:
    firm, before = catalog.caller(FIRM), lying(folder)
    passed = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal passed
        yield b"%PDF-1.7\n"
        while passed < 10 * LIMIT:
            passed += 65_536
            yield b"%" * 65_536

    longest = await bring(firm, a_pdf(LIMIT - len(a_pdf(0))))
    by_length = await bring(firm, a_pdf(LIMIT))
    in_pieces = await firm.ask("POST", "/v1/files?name=a.pdf", without_end(), Content_Type=PDF)

    assert longest.status == 201
    assert [(each.status, each.body["rule"]) for each in (by_length, in_pieces)] == [(413, "body.too_large")] * 2
    assert passed < 2 * LIMIT
    assert len(lying(folder) - before) == 1


async def test_nobody_else_reads_a_file_or_learns_of_it(catalog: Catalog, kafka: Kafka) -> None:
    brought = await bring(catalog.caller(FIRM), a_pdf(), name="비밀 도면.pdf")
    path = f"/v1/files/{brought.body['id']}"

    for path_of_it in (path, f"{path}/content"):
        for other in (catalog.caller(RIVAL), catalog.caller(BUYER), catalog.caller()):
            hidden = await other.ask("GET", path_of_it)
            assert (hidden.status, hidden.body["rule"]) == (404, "file.unknown")
        assert (await catalog.operator.ask("GET", path_of_it)).status == 200
    unknown = await catalog.caller(FIRM).ask("GET", "/v1/files/fil_nothing/content")
    assert (unknown.status, unknown.body["rule"]) == (404, "file.unknown")

    async def told() -> bool:
        events = await all_records(kafka.bootstrap, "catalog.file.events")
        states = await all_records(kafka.bootstrap, "catalog.file.state")
        about = [each.value or b"" for each in (*events, *states) if each.key == brought.body["id"].encode()]
        assert not any("비밀".encode() in each for each in about)
        return len(about) >= 2

    await until(told)


class Slow:
    """Sends the beginning of a file and then waits to be told how to go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield a_pdf(6_000_000)[:-7]
        self.begun.set()
        await self.go_on.wait()
        yield b"\n%%EOF\n"


async def test_who_hangs_up_leaves_nothing_and_may_come_again(catalog: Catalog, folder: Path) -> None:
    firm, key, slow, before = catalog.caller(FIRM), secrets.token_hex(8), Slow(), lying(folder)
    sending = asyncio.create_task(firm.ask("POST", "/v1/files?name=a.pdf", slow, Content_Type=PDF, Idempotency_Key=key))
    await slow.begun.wait()

    async def torn() -> bool:
        return any("#" in each for each in lying(folder) - before)

    await until(torn)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending

    async def gone() -> bool:
        return lying(folder) == before

    await until(gone)
    assert (await bring(firm, a_pdf(), name="a.pdf", Idempotency_Key=key)).status == 201


async def test_one_party_uploads_a_few_at_once_and_holds_up_nobody_else(catalog: Catalog) -> None:
    firm, slow = catalog.caller(FIRM), [Slow() for _ in range(4)]
    sending = [asyncio.create_task(firm.ask("POST", "/v1/files?name=a.pdf", each, Content_Type=PDF)) for each in slow]
    await asyncio.gather(*(each.begun.wait() for each in slow))

    one_more = await bring(firm, a_pdf())
    others = await bring(catalog.caller(RIVAL), a_pdf())
    for each in slow:
        each.go_on.set()
    done = await asyncio.gather(*sending)
    after = await bring(firm, a_pdf())

    assert (one_more.status, one_more.body["rule"]) == (429, "file.uploads_of_yours")
    assert one_more.headers["retry-after"] == "1"
    assert [each.status for each in (others, *done, after)] == [201] * 6


async def test_a_kill_in_the_middle_leaves_no_file_and_what_it_leaves_is_swept(
    catalog: Catalog, replicas: Sequence[Service], files: Store[File], folder: Path
) -> None:
    [service] = replicas
    firm, key, slow = catalog.caller(FIRM), secrets.token_hex(8), Slow()
    kept = await bring(firm, a_pdf(mark="kept"))
    before = lying(folder)
    sending = asyncio.create_task(firm.ask("POST", "/v1/files?name=a.pdf", slow, Content_Type=PDF, Idempotency_Key=key))
    await slow.begun.wait()

    async def torn() -> bool:
        return any("#" in each for each in lying(folder) - before)

    await until(torn)
    service.kill()
    with suppress(aiohttp.ClientError):
        await sending
    await start_again(service)

    left = lying(folder) - before
    assert left
    assert (await bring(firm, a_pdf(), name="a.pdf", Idempotency_Key=key)).status == 201
    await sweep(Place(folder.as_uri(), {}), files, datetime.now(UTC) - timedelta(hours=1))
    assert left <= lying(folder)  # it may be under way in another replica

    await sweep(Place(folder.as_uri(), {}), files, datetime.now(UTC) + timedelta(minutes=1))

    assert not left & lying(folder)
    assert (await firm.ask("GET", f"/v1/files/{kept.body['id']}/content")).body == a_pdf(mark="kept")


async def test_what_nothing_refers_to_is_gone_after_a_week(catalog: Catalog, files: Store[File], folder: Path) -> None:
    firm = catalog.caller(FIRM)
    path = f"/v1/files/{(await bring(firm, a_jpeg(), JPEG, '사진.jpg')).body['id']}"

    await tick(files, datetime.now(UTC) + timedelta(days=8))
    shown = await firm.ask("GET", path)
    gone = await firm.ask("GET", f"{path}/content")
    await sweep(Place(folder.as_uri(), {}), files, datetime.now(UTC) + timedelta(minutes=1))

    assert (shown.body["status"], shown.body["unused_until"]) == ("removed", None)
    assert (gone.status, gone.body["rule"]) == (404, "file.removed")
    assert not any(each.startswith(shown.body["id"]) for each in lying(folder))
