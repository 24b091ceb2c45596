"""The pages that show the market's interfaces: generated documents and vendored assets, nothing from elsewhere.

Public: they hold no data. `market schemas write` writes the documents; the pages' scripts and styles lie beside them.
"""

import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from html import escape
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from shared.calls import is_known
from shared.errors import NotFound

STATIC = File(__file__).parent / "static"
FILES = {file.relative_to(STATIC).as_posix(): file for file in sorted(STATIC.rglob("*")) if file.is_file()}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
WORTH_COMPRESSING = 2_000

router = APIRouter()


class SchemaEntry(BaseModel):
    """One published type: its name, its CloudEvents type, the topic it travels on, and where its schema is."""

    name: str = Field(examples=["catalog.product.registered.v1"])
    type: str = Field(examples=["kr.techmarket.catalog.product.registered.v1"])
    topic: str = Field(examples=["catalog.product.events"])
    description: str = Field(examples=["A product is complete and may be verified."])
    schema_uri: str = Field(examples=["/v1/schemas/catalog.product.registered.v1"])


class SchemaIndex(BaseModel):
    """Every published type, service by service."""

    items: list[SchemaEntry]


@cache
def document(name: str) -> Any:
    """Return one generated document."""
    return json.loads((STATIC / name).read_text(encoding="utf-8"))


@router.get(
    "/v1/schemas",
    tags=["schemas"],
    operation_id="list_schemas",
    openapi_extra={"security": []},
)
async def list_schemas() -> SchemaIndex:
    """List the schemas of everything that is published on Kafka."""
    return SchemaIndex(
        items=[
            SchemaEntry(
                name=name,
                type=schema["x-wire-type"],
                topic=schema["x-topic"],
                description=schema["description"],
                schema_uri=f"/v1/schemas/{name}",
            )
            for name, schema in document("schemas.json").items()
        ]
    )


@router.get(
    "/v1/schemas/{name}",
    tags=["schemas"],
    operation_id="get_schema",
    response_class=Response,
    responses={
        200: {
            "description": "A JSON Schema, dialect 2020-12, with an example",
            "content": {
                "application/schema+json": {
                    "schema": {"type": "object"},
                    "example": {"$id": "https://market.example/v1/schemas/catalog.product.listed.v1", "type": "object"},
                }
            },
        }
    },
    openapi_extra={"security": []},
)
async def get_schema(
    name: Annotated[str, Path(examples=["catalog.product.registered.v1"])], request: Request
) -> Response:
    """Show the JSON Schema of one published type."""
    schema = document("schemas.json").get(name)
    if schema is None:
        raise NotFound("schema.unknown", f"nothing is published as {name}", f"{name} 스키마가 없습니다")
    return _answer(request, Asset.of(json.dumps(schema, ensure_ascii=False).encode(), "application/schema+json"))


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    return _sent(request, "openapi.json")


@router.get("/asyncapi.json", include_in_schema=False)
async def asyncapi(request: Request) -> Response:
    return _sent(request, "asyncapi.json")


@router.get("/", include_in_schema=False)
async def front() -> Response:
    """Lead who opens the market's address to what it offers."""
    return RedirectResponse("/docs")


@router.get("/docs", include_in_schema=False)
async def api_reference(request: Request) -> Response:
    return _sent(request, "docs.html")


@router.get("/asyncapi", include_in_schema=False)
async def event_reference(request: Request) -> Response:
    return _sent(request, "asyncapi.html")


@router.get("/problems", include_in_schema=False)
async def problem_index(request: Request) -> Response:
    """List every rule in the code."""
    sections = "".join(_problem(rule, entry) for rule, entry in document("problems.json").items())
    return _page(request, "Problems · 문제 유형", sections)


@router.get("/problems/{rule}", include_in_schema=False)
async def problem_page(rule: str, request: Request) -> Response:
    """Explain the rule a problem's `type` names."""
    rules = document("problems.json")
    known = rule if rule in rules else next((each for each in rules if fnmatchcase(rule, each)), None)
    if known is None:
        raise NotFound("problem.unknown", f"no rule {rule} is described", f"{rule} 규칙의 설명이 없습니다")
    return _page(request, rule, _problem(known, rules[known]))


@router.get("/static/{path:path}", include_in_schema=False)
async def asset(path: str, request: Request) -> Response:
    """Serve a file of the pages; only those that were there when the process started."""
    return _sent(request, path)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: its bytes, the same compressed when that pays, its media type and its ETag."""

    content: bytes
    compressed: bytes
    kind: str
    tag: str

    @classmethod
    def of(cls, content: bytes, kind: str) -> "Asset":
        pays = len(content) > WORTH_COMPRESSING
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        tag = hashlib.blake2b(content, digest_size=12).hexdigest()
        return cls(content, gzip.compress(content, mtime=0) if pays else b"", kind + charset, f'"{tag}"')


@cache
def _file(name: str) -> Asset:
    return Asset.of(FILES[name].read_bytes(), mimetypes.guess_type(name)[0] or "text/plain")


def _sent(request: Request, name: str) -> Response:
    if name not in FILES:
        raise NotFound("file.unknown", f"there is no file {name}", f"{name} 파일이 없습니다")
    return _answer(request, _file(name))


def _answer(request: Request, asset: Asset) -> Response:
    headers = {**HEADERS, "ETag": asset.tag}
    if is_known(asset.tag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    if asset.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.compressed, 200, {**headers, "Content-Encoding": "gzip"}, asset.kind)
    return Response(asset.content, 200, headers, asset.kind)


def _page(request: Request, title: str, body: str) -> Response:
    whole = FILES["page.html"].read_text(encoding="utf-8").replace("{title}", escape(title)).replace("{body}", body)
    return _answer(request, Asset.of(whole.encode(), "text/html"))


def _problem(rule: str, entry: dict[str, Any]) -> str:
    sentences = "".join(
        f'<p>{escape(each["en"])}</p><p lang="ko">{escape(each["ko"])}</p>' for each in entry["sentences"]
    )
    title = f"{entry['status']} {entry['title_en']} · {entry['title_ko']}"
    head = f'<h2><code>{escape(rule)}</code></h2><p class="status">{escape(title)}</p>'
    return f'<section id="{escape(rule)}">{head}{sentences}</section>'
