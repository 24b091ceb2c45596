"""The HTTP edge: every error as a problem document (RFC 9457), request ids, and a cap on bodies."""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import errors
from shared.calls import KEY_FORMAT, CommandRoute
from shared.languages import preferred
from shared.mongo import DatabaseError
from shared.telemetry import REQUESTS

log = structlog.get_logger()

BODY_LIMIT = 1_048_576
NO_OTHER_LIMITS: Mapping[str, float] = {}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PROBLEM_JSON = "application/problem+json"

STATUS: Mapping[type[errors.MarketError], int] = {
    errors.Malformed: 400,
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.NotKnownYet: 409,
    errors.Contended: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.TookTooLong: 504,
}
TITLES: Mapping[int, tuple[str, str]] = {
    400: ("Bad request", "잘못된 요청"),
    401: ("Not signed in", "인증 필요"),
    403: ("Not allowed", "권한 없음"),
    404: ("Not found", "찾을 수 없음"),
    405: ("Method not allowed", "허용되지 않는 메서드"),
    409: ("Refused in this state", "현재 상태에서 거부됨"),
    412: ("Version is stale", "버전이 최신이 아님"),
    413: ("Body too large", "본문이 너무 큼"),
    415: ("Type not taken", "허용되지 않는 형식"),
    422: ("Invalid request", "올바르지 않은 요청"),
    428: ("Version required", "버전 필요"),
    429: ("Too many requests", "요청이 너무 많음"),
    500: ("Internal error", "내부 오류"),
    502: ("Bad answer from a service", "서비스 응답 오류"),
    503: ("Try again later", "잠시 후 재시도"),
    504: ("Took too long", "시간 초과"),
}
INVALID_KO: Mapping[str, str] = {
    "missing": "필수 항목입니다",
    "extra_forbidden": "알 수 없는 항목입니다",
    "string_too_short": "너무 짧습니다",
    "string_too_long": "너무 깁니다",
    "string_pattern_mismatch": "형식이 올바르지 않습니다",
    "enum": "허용된 값이 아닙니다",
    "literal_error": "허용된 값이 아닙니다",
}


class FieldProblem(BaseModel):
    """One wrong part of a request, and why."""

    pointer: str = Field(
        description=(
            "JSON Pointer (RFC 6901) to a field of the body, or of the resource when the call has no body; an empty "
            "one is all of it. What does not begin with a slash is a parameter: `header/`, `query/` or `path/` and its "
            "name."
        ),
        examples=["/content/title", "header/Idempotency-Key"],
    )
    rule: str = Field(examples=["string_too_short"])
    detail: str = Field(examples=["String should have at least 1 character"])


class Problem(BaseModel):
    """RFC 9457 problem. `rule` is stable; `detail` is in the asked language, `detail_en` and `detail_ko` in both."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/problems/product.not_draft",
                "title": "Refused in this state",
                "status": 409,
                "detail": "a listed product cannot be registered",
                "detail_en": "a listed product cannot be registered",
                "detail_ko": "listed 상태의 제품은 등록할 수 없습니다",
                "instance": "/v1/products/prd_5k2/registration",
                "rule": "product.not_draft",
                "request_id": "req_3f9a",
                "errors": [],
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    detail_en: str
    detail_ko: str
    instance: str
    rule: str
    request_id: str
    errors: list[FieldProblem] = Field(default_factory=list)


def problem(
    request: Request, error: errors.MarketError, status: int, parts: list[FieldProblem] | None = None
) -> Response:
    """Return a problem document in the language the caller prefers, English unless Korean is asked for."""
    korean = _reads_korean(request)
    title_en, title_ko = TITLES.get(status, ("Error", "오류"))
    detail = error.ko if korean else error.en
    if parts is None:
        parts = [FieldProblem(pointer=error.field, rule=error.rule, detail=detail)] if error.field else []
    body = Problem(
        type=f"/problems/{error.rule}",
        title=title_ko if korean else title_en,
        status=status,
        detail=detail,
        detail_en=error.en,
        detail_ko=error.ko,
        instance=request.url.path,
        rule=error.rule,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        errors=parts,
    )
    headers = {"Content-Language": "ko" if korean else "en", "Vary": "Accept-Language"}
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    if status in {429, 503} or isinstance(error, errors.NotKnownYet | errors.Contended):
        headers["Retry-After"] = "1"
    return Response(body.model_dump_json(), status, headers, PROBLEM_JSON)


def api_router(prefix: str, tag: str) -> APIRouter:
    """Return a router whose routes are commands run again on conflict; an operation's id is its function's name."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=CommandRoute,
        generate_unique_id_function=lambda route: route.name,
    )


def described(
    media_type: str, description: str, example: str, *, binary: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI describes a good answer that is no JSON."""
    schema = {"type": "string"} | ({"format": "binary"} if binary else {})
    return {200: {"description": description, "content": {media_type: {"schema": schema, "example": example}}}}


def add_problems(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(errors.MarketError)
    async def market_error(request: Request, error: errors.MarketError) -> Response:
        return problem(request, error, STATUS[type(error)])

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if isinstance(error.__cause__, ValueError):
            return await market_error(request, _malformed(error.__cause__))
        korean = _reads_korean(request)
        parts = [
            FieldProblem(
                pointer=_pointer(each["loc"], error.body),
                rule=each["type"],
                detail=INVALID_KO.get(each["type"], "값이 올바르지 않습니다") if korean else each["msg"],
            )
            for each in error.errors()
        ]
        whole = errors.Invalid(
            "request.invalid", "the request is not valid: see errors", "요청이 올바르지 않습니다. errors를 확인하십시오"
        )
        return problem(request, whole, 422, parts)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        cause = error.__cause__
        if isinstance(cause, errors.MarketError):  # FastAPI turns what is raised while it reads a body into 400
            return await market_error(request, cause)
        if isinstance(cause, ValueError | RecursionError):
            return await market_error(request, _malformed(cause))
        title_en, title_ko = TITLES.get(error.status_code, ("Error", "오류"))
        response = problem(
            request, errors.MarketError(f"http.{error.status_code}", title_en, title_ko), error.status_code
        )
        response.headers.update(error.headers or {})
        if error.status_code == 405:  # noqa: PLR2004
            response.headers["Allow"] = ", ".join(_allowed(request))
        return response

    @app.exception_handler(DatabaseError)
    async def database(request: Request, error: DatabaseError) -> Response:
        log.warning("database_unavailable", error=repr(error))
        return problem(request, _database_away(), 503)

    app.add_exception_handler(OverflowError, _out_of_range)
    app.add_exception_handler(ClientDisconnect, _left)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        whole = errors.MarketError(
            "internal", "something broke here; it has been logged", "내부 오류가 발생하여 기록되었습니다"
        )
        response = problem(request, whole, 500)
        response.headers["X-Request-Id"] = request.scope.get("state", {}).get("request_id", "")
        return response


def _allowed(request: Request) -> list[str]:
    """Return all methods this path has. What the router says names the first route alone, of several for one path."""
    routes = request.app.router.routes
    asked = {method: {**request.scope, "method": method} for method in METHODS}
    return [method for method, scope in asked.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)]


def _reads_korean(request: Request) -> bool:
    return preferred(request.headers.get("accept-language", "")) == "ko"


def _pointer(where: Sequence[str | int], body: Any) -> str:
    """Return what FieldProblem calls a pointer for pydantic's (place, step, step ...)."""
    place, *steps = where
    if place != "body":
        return "/".join(map(str, where))
    named = [str(step) for step in _steps_in(body, steps) if step != "[key]"]  # of a name that is wrong itself
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in named)


def _steps_in(body: Any, steps: Sequence[str | int]) -> Iterator[str | int]:
    """Yield the steps that lead into a body. Others say which of several shapes it was taken for; the last may lack."""
    for number, step in enumerate(steps, start=1):
        if isinstance(body, dict) and step not in body and number < len(steps) and step != "[key]":
            continue
        yield step
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            body = None


async def _out_of_range(request: Request, _: Exception) -> Response:
    whole = errors.Invalid(
        "request.out_of_range",
        "a date or a number in this request is out of range",
        "요청의 날짜 또는 숫자가 허용 범위를 벗어났습니다",
    )
    return problem(request, whole, 422)


async def _left(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


def _malformed(cause: Exception) -> errors.Malformed:
    """Say what is wrong with a body that is no JSON, and where."""
    if isinstance(cause, json.JSONDecodeError):
        why = f"{cause.msg} at line {cause.lineno}, column {cause.colno}"
        why_ko = f"{cause.lineno}행 {cause.colno}열에서 오류({cause.msg})"
    elif isinstance(cause, UnicodeDecodeError):
        why, why_ko = f"it is not UTF-8 at byte {cause.start}", f"{cause.start}번째 바이트가 UTF-8이 아닙니다"
    elif isinstance(cause, RecursionError):
        why, why_ko = "it is nested too deeply", "중첩이 너무 깊습니다"
    else:
        why, why_ko = "a number in it has too many digits", "숫자의 자릿수가 너무 많습니다"
    return errors.Malformed("request.malformed", f"the body is no JSON: {why}", f"본문이 JSON이 아닙니다: {why_ko}")


def _database_away() -> errors.Unavailable:
    return errors.Unavailable(
        "database.unavailable",
        "the database does not answer; try again",
        "데이터베이스가 응답하지 않습니다. 다시 시도하십시오",
    )


class Edge:
    """The outermost ASGI layer: request id, time taken, and a cap on the body before anybody parses it.

    `others` are the limits of paths whose bodies are read as they come and never held.
    """

    def __init__(self, app: ASGIApp, limit: float = BODY_LIMIT, others: Mapping[str, float] = NO_OTHER_LIMITS) -> None:
        self._app = app
        self._limit = limit
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        asked = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = asked if KEY_FORMAT.fullmatch(asked) else f"req_{random.getrandbits(96):024x}"
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        limit = self._others.get(scope["path"], self._limit)
        received = 0
        request = Request(scope)

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                REQUESTS.labels(scope["method"], str(message["status"])).observe(time.perf_counter() - began)
            await send(message)

        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await problem(request, _too_large(limit), 413)(scope, receive, stamped)
            return
        try:
            await self._app(scope, counted, stamped)
        except Exception:  # answered outside of here, by the server's own error layer
            REQUESTS.labels(scope["method"], "500").observe(time.perf_counter() - began)
            raise


def _too_large(limit: float) -> errors.TooLarge:
    return errors.TooLarge("body.too_large", f"a body has at most {limit} bytes", f"본문은 최대 {limit}바이트입니다")
