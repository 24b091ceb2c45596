"""Files over HTTP: the body of an upload is the file, and what is downloaded is never shown from here."""

import base64
import re
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.catalog.domain.file import File, file_name
from services.catalog.domain.inspection import KINDS, Inspection
from services.catalog.files.views import FileView, file_view
from services.catalog.ground import Catalog, Owned
from services.catalog.routes import reads_whole, sees
from shared.calls import Bringing, Call, Reading, answer, is_known, shown
from shared.errors import Invalid, NotFound
from shared.web import api_router

files = api_router("/v1/files", "files")

DIGEST = re.compile(r"(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]*):")
"""One member of an RFC 9530 field; of other algorithms' members none is looked at."""

NEVER_SHOWN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-cache",
}
"""Whatever a browser makes of a file, it does not run as a page of the market's own address."""

BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "..."}
ANY_TYPE: dict[str, Any] = dict.fromkeys(KINDS, BYTES)
BODY = {"requestBody": {"required": True, "description": "The file itself", "content": ANY_TYPE}}
CONTENT_ANSWERS: dict[int | str, Any] = {
    200: {"description": "The file, to be saved: never to be shown in place", "content": ANY_TYPE},
    304: {"description": "It is what If-None-Match has the ETag of"},
}

FileId = Annotated[str, Path(pattern=r"^fil_[a-z0-9]{1,40}$", examples=["fil_3m7k2p"])]
Name = Annotated[str, Query(min_length=1, max_length=200, description="What it is called", examples=["시험성적서.pdf"])]


@files.post("", response_model=FileView, status_code=201, openapi_extra=BODY)
async def upload_file(request: Request, call: Bringing, catalog: Owned, name: Name) -> Response:
    """Bring a file: the body is the file, Content-Type its type. It goes after a week that nothing refers to it.

    What it is, is found out from its content: a body that is not of the type declared, or is cut off, is refused, and
    so is one whose SHA-256 is not that of Content-Digest or Repr-Digest (RFC 9530), where one is sent.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = Inspection(declared, _digest(request))
    kept_name = file_name(name, content.media_type)
    file_id = call.new_id("fil")
    stored = f"{file_id}-{secrets.token_hex(8)}"  # each try has a place of its own, and can spoil no other
    passing = _inspected(content, request)
    with catalog.uploads.one_more(call.principal):
        if await catalog.files.find(file_id) is None:
            await catalog.place.storage.put(stored, passing)
        else:  # a repeat: it is only compared
            async for _ in passing:
                pass
    call = call.asking(f"{content.sha256} {content.media_type} {kept_name}".encode())
    await catalog.files.refuse_repeat(file_id, call.cause)
    file = File.upload(file_id, call.principal, kept_name, content, stored, call.at)
    return answer(await catalog.files.create(file, call.cause), 201)


@files.get("/{file_id}", response_model=FileView)
async def get_file(file_id: FileId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show what is known of a file: its name, type, length, SHA-256, and whose it is."""
    file = await _readable(file_id, call, catalog)
    return shown(file_view(file), file.version, request)


@files.get("/{file_id}/content", response_class=StreamingResponse, responses=CONTENT_ANSWERS)
async def get_file_content(file_id: FileId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Download a file. Its ETag is its SHA-256."""
    file = await _readable(file_id, call, catalog)
    file.must_be_there()
    headers = {
        **NEVER_SHOWN,
        "ETag": f'"{file.sha256}"',
        "Content-Disposition": _attachment(file),
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if is_known(headers["ETag"], request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(file.size)
    return StreamingResponse(await catalog.place.storage.read(file.stored), 200, headers, file.media_type)


async def _inspected(content: Inspection, request: Request) -> AsyncIterator[bytes]:
    """Pass the body on; raise at its end, so that nothing is stored, when it is not what it should be."""
    async for chunk in request.stream():
        if chunk:
            content.take(chunk)
            yield chunk
    content.conclude()


def _digest(request: Request) -> bytes | None:
    """Return the SHA-256 the sender gave. Raise Invalid for what is none."""
    for header in ("Content-Digest", "Repr-Digest"):
        member = DIGEST.search(request.headers.get(header, ""))
        if member:
            try:
                return base64.b64decode(member[1], validate=True)
            except ValueError:
                raise Invalid(
                    "file.digest_malformed",
                    f"{header} is sha-256=:<Base64>:, as RFC 9530 has it",
                    f"{header}의 형식은 RFC 9530의 sha-256=:<Base64>: 입니다",
                    field=f"header/{header}",
                ) from None
    return None


def _attachment(file: File) -> str:
    """Return a Content-Disposition with the name as RFC 8187 writes it, and for old programs one in ASCII."""
    ending = KINDS[file.media_type].endings[0]
    return f"attachment; filename=\"{file.id}{ending}\"; filename*=UTF-8''{quote(file.name, safe='')}"


async def owned(file_id: str, call: Call, catalog: Catalog) -> File:
    """Return a file of the caller's party; the operator has all. Others do not learn that there is one."""
    file = await catalog.files.load(file_id)
    if not _is_own(file, call):
        raise _unknown(file_id)
    return file


async def _readable(file_id: str, call: Call, catalog: Catalog) -> File:
    """Return a file of the caller's own, of a version that the caller may read, or of a part of an event."""
    file = await catalog.files.load(file_id)
    if not (_is_own(file, call) or file.shown_at or await _shown_by_a_product(file, call, catalog)):
        raise _unknown(file_id)
    return file


def _is_own(file: File, call: Call) -> bool:
    return call.caller.is_operator or call.principal == file.owner


def _unknown(file_id: str) -> NotFound:
    return NotFound("file.unknown", f"there is no file {file_id}", f"{file_id}을(를) 찾을 수 없습니다")


async def _shown_by_a_product(file: File, call: Call, catalog: Catalog) -> bool:
    for each in file.used_by:
        product = await catalog.products.load(each)
        if sees(call, product) and product.shows(file.id, whole=reads_whole(call, product)):
            return True
    return False
