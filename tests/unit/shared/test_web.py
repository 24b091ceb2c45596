"""The HTTP edge, driven without a network: problems in both languages, body cap, request ids, conflicts."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from fastapi import Body as FromBody
from fastapi import FastAPI, Request, Response
from prometheus_client import REGISTRY
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from shared import errors
from shared.calls import shown
from shared.mongo import DatabaseError
from shared.store import Answer, Replayed
from shared.web import BODY_LIMIT, PROBLEM_JSON, STATUS, TITLES, Edge, add_problems, api_router
from tests.unit.shared.asgi import ask

KOREAN = "ko-KR,ko;q=0.9,en;q=0.8"
ERRORS = sorted(STATUS, key=lambda error: error.__name__)
LIMIT = 1000


class Part(BaseModel):
    size: int


class Late(BaseModel):
    kind: Literal["late"]
    slot: int = Field(ge=1)


class Gone(BaseModel):
    kind: Literal["gone"]
    reasons: list[Part]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=10)
    count: int = Field(default=1, ge=1)
    parts: list[Part] = Field(default_factory=list)


router = api_router("/things", "things")
raised: list[Exception] = []


@router.post("", status_code=201)
async def make(body: Body) -> Body:
    return body


@router.post("/troubles")
async def trouble(body: Annotated[Late | Gone, Field(discriminator="kind"), FromBody()]) -> Late | Gone:
    return body


@router.post("/raw")
async def read_raw(request: Request) -> int:
    return len(await request.body())


@router.post("/failing", status_code=201)
async def fail() -> str:
    """Raise what a test has put there, one after the other."""
    if raised:
        raise raised.pop(0)
    return "done"


@router.put("/{thing_id}")
async def replace(thing_id: str, body: Body) -> Body:
    return body


@router.get("/{thing_id}")
async def show(thing_id: Annotated[str, Field(pattern="^thi_[0-9]$")], request: Request) -> Response:
    return shown(Body(title=thing_id), 3, request)


def an_app(limit: int) -> FastAPI:
    app = FastAPI()
    add_problems(app)
    app.include_router(router)
    app.add_middleware(Edge, limit=limit)
    return app


@pytest.fixture
def app() -> Iterator[FastAPI]:
    raised.clear()
    yield an_app(LIMIT)
    raised.clear()


@pytest.fixture
def roomy() -> FastAPI:
    return an_app(BODY_LIMIT)


@pytest.mark.parametrize("error", ERRORS)
async def test_every_refusal_is_a_problem_in_both_languages(app: FastAPI, error: type[errors.MarketError]) -> None:
    raised[:] = [
        error("thing.rule", "in English", "한국어로", field="/title"),
        error("thing.rule", "in English", "한국어로"),
    ]

    korean = await ask(app, "POST", "/things/failing", accept_language=KOREAN)
    english = await ask(app, "POST", "/things/failing")

    status = STATUS[error]
    assert (korean.status, english.status) == (status, status)
    assert korean.headers["content-type"] == english.headers["content-type"] == PROBLEM_JSON
    assert (korean.headers["content-language"], english.headers["content-language"]) == ("ko", "en")
    assert (korean.json["title"], english.json["title"]) == (TITLES[status][1], TITLES[status][0])
    assert (korean.json["detail"], english.json["detail"]) == ("한국어로", "in English")
    assert (korean.json["detail_en"], english.json["detail_ko"]) == ("in English", "한국어로")
    assert korean.json["errors"] == [{"pointer": "/title", "rule": "thing.rule", "detail": "한국어로"}]
    assert english.json["errors"] == []
    assert english.json["type"] == "/problems/thing.rule"
    assert english.json["instance"] == "/things/failing"
    assert english.json["request_id"] == english.headers["x-request-id"]
    assert "한국어로".encode() in korean.body


async def test_who_is_not_signed_in_is_told_how(app: FastAPI) -> None:
    raised[:] = [errors.Unauthenticated("token.invalid", "", "")]

    assert (await ask(app, "POST", "/things/failing")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("error", [errors.Unavailable, errors.NotKnownYet, errors.TooMany])
async def test_who_may_try_again_is_told_when(app: FastAPI, error: type[errors.MarketError]) -> None:
    raised[:] = [error("later", "", ""), errors.Refused("never", "", "")]

    assert (await ask(app, "POST", "/things/failing")).headers["retry-after"] == "1"
    assert "retry-after" not in (await ask(app, "POST", "/things/failing")).headers


async def test_each_wrong_field_is_named(app: FastAPI) -> None:
    answer = await ask(app, "POST", "/things", b'{"title": "", "count": 0, "colour": 1}', accept_language="ko")

    assert answer.status == 422
    assert {part["pointer"]: part["detail"] for part in answer.json["errors"]} == {
        "/title": "너무 짧습니다",
        "/count": "값이 올바르지 않습니다",
        "/colour": "알 수 없는 항목입니다",
    }
    english = await ask(app, "POST", "/things", b'{"title": 5}')
    assert english.json["errors"][0]["detail"] == "Input should be a valid string"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"kind": "late", "slot": 0}', "/slot"),
        (b'{"kind": "late"}', "/slot"),
        (b'{"kind": "gone", "reasons": [{"size": 1}, {}]}', "/reasons/1/size"),
        (b'{"kind": "lost"}', ""),
    ],
)
async def test_a_pointer_leads_into_the_body_whichever_shape_it_was_taken_for(
    app: FastAPI, body: bytes, pointer: str
) -> None:
    answer = await ask(app, "POST", "/things/troubles", body)

    assert [part["pointer"] for part in answer.json["errors"]] == [pointer]


async def test_a_pointer_is_one_of_rfc_6901_and_a_parameter_is_told_as_such(app: FastAPI) -> None:
    strange = await ask(app, "POST", "/things", b'{"title": "x", "a/b~c": 1, "parts": [{"size": 1}, {}]}')
    whole = await ask(app, "POST", "/things", b"[]")
    parameter = await ask(app, "GET", "/things/other")

    assert {part["pointer"] for part in strange.json["errors"]} == {"/a~1b~0c", "/parts/1/size"}
    assert [part["pointer"] for part in whole.json["errors"]] == [""]
    assert [part["pointer"] for part in parameter.json["errors"]] == ["path/thing_id"]


@pytest.mark.parametrize(
    ("body", "why", "why_ko"),
    [
        (b'{"title": "x",\n "count" 1}', "Expecting ':' delimiter at line 2, column 10", "2행 10열"),
        (b"{", "at line 1, column 2", "1행 2열"),
        (b'{"title": "\xc3("}', "not UTF-8 at byte 11", "11번째 바이트"),
        (b"[" * 100_000, "nested too deeply", "너무 깊습니다"),
        (b'{"a":' * 100_000, "nested too deeply", "너무 깊습니다"),
        (b'{"count": ' + b"9" * 5000 + b"}", "too many digits", "자릿수"),
    ],
    ids=["punctuation", "cut short", "bytes", "lists", "objects", "digits"],
)
async def test_what_is_no_json_is_told_where(roomy: FastAPI, body: bytes, why: str, why_ko: str) -> None:
    answer = await ask(roomy, "POST", "/things", body)

    assert (answer.status, answer.json["rule"]) == (400, "request.malformed")
    assert why in answer.json["detail"]
    assert why_ko in answer.json["detail_ko"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"title": "x", "title2": 1}',
        b"\xff\xfe{}",
        b'{"title": "\xc3("}',
        b'{"title": NaN}',
        b'{"title": "\\ud800"}',
        b"[" * 900,
        b'{"count": ' + b"9" * 900 + b"}",
    ],
)
async def test_a_malformed_body_is_the_callers_error(app: FastAPI, body: bytes) -> None:
    answer = await ask(app, "POST", "/things", body)

    assert (answer.status, answer.json["rule"]) in {(400, "request.malformed"), (422, "request.invalid")}
    assert answer.headers["content-type"] == PROBLEM_JSON


async def test_unknown_paths_and_methods_are_problems(app: FastAPI) -> None:
    nowhere = await ask(app, "GET", "/nowhere")
    wrong = await ask(app, "PATCH", "/things")

    assert (nowhere.status, nowhere.json["rule"]) == (404, "http.404")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")


async def test_a_wrong_method_is_told_all_that_the_path_has(app: FastAPI) -> None:
    wrong = await ask(app, "DELETE", "/things/thi_1")

    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, PUT")


async def test_a_silent_database_is_a_reason_to_try_again(app: FastAPI) -> None:
    raised[:] = [DatabaseError("no primary")]

    answer = await ask(app, "POST", "/things/failing")

    assert (answer.status, answer.json["rule"], answer.headers["retry-after"]) == (503, "database.unavailable", "1")
    assert b"primary" not in answer.body


async def test_what_nobody_foresaw_tells_no_secrets(app: FastAPI) -> None:
    raised[:] = [RuntimeError("password=1234")]

    async def see(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(RuntimeError):  # for the server's log
            await app(scope, receive, send)

    before = counted_500s()
    answer = await ask(see, "POST", "/things/failing", x_request_id="req-7")

    assert (answer.status, answer.json["rule"], answer.json["request_id"]) == (500, "internal", "req-7")
    assert answer.headers["x-request-id"] == "req-7"
    assert b"1234" not in answer.body
    assert counted_500s() == before + 1


async def test_what_is_out_of_range_is_the_callers_mistake(app: FastAPI) -> None:
    raised[:] = [OverflowError("date value out of range")]

    answer = await ask(app, "POST", "/things/failing")

    assert (answer.status, answer.json["rule"]) == (422, "request.out_of_range")


def counted_500s() -> float:
    return REGISTRY.get_sample_value("market_request_seconds_count", {"method": "POST", "status": "500"}) or 0.0


async def test_a_body_over_the_limit_is_refused_by_its_length(app: FastAPI) -> None:
    answer = await ask(app, "POST", "/things/raw", b"x" * (LIMIT + 1), accept_language="ko")

    assert (answer.status, answer.json["rule"]) == (413, "body.too_large")
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert (await ask(app, "POST", "/things/raw", b"x" * LIMIT)).status == 200


@pytest.mark.parametrize("path", ["/things/raw", "/things"])
@pytest.mark.parametrize("length", [None, "10", "abc", "-5"])
async def test_a_body_over_the_limit_is_refused_whatever_length_it_claims(
    app: FastAPI, path: str, length: str | None
) -> None:
    headers = {} if length is None else {"content_length": length}

    answer = await ask(app, "POST", path, [b"x" * 400] * 3, **headers)

    assert (answer.status, answer.json["rule"]) == (413, "body.too_large")


async def test_a_body_in_pieces_below_the_limit_is_read(app: FastAPI) -> None:
    assert (await ask(app, "POST", "/things/raw", [b"x" * 400] * 2)).json == 800
    assert BODY_LIMIT == 2**20


async def test_a_callers_request_id_is_kept_if_it_is_one(app: FastAPI) -> None:
    kept = await ask(app, "GET", "/things/thi_1", x_request_id="req-42")
    made = [await ask(app, "GET", "/things/thi_1", x_request_id=bad) for bad in ("", "a b", "x" * 129, "\xed\x95\x9c")]

    assert kept.headers["x-request-id"] == "req-42"
    assert len({answer.headers["x-request-id"] for answer in made}) == 4
    assert all(answer.headers["x-request-id"].startswith("req_") for answer in made)


async def test_two_calls_at_once_have_two_ids(app: FastAPI) -> None:
    answers = await asyncio.gather(*(ask(app, "GET", "/things/thi_1") for _ in range(20)))

    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


async def test_who_has_this_version_gets_no_body(app: FastAPI) -> None:
    first = await ask(app, "GET", "/things/thi_1")
    again = await ask(app, "GET", "/things/thi_1", if_none_match=first.headers["etag"])
    older = await ask(app, "GET", "/things/thi_1", if_none_match='"2"')

    assert (first.status, first.headers["etag"]) == (200, '"3"')
    assert (again.status, again.body) == (304, b"")
    assert older.status == 200


async def test_a_command_is_decided_again_after_a_conflict(app: FastAPI) -> None:
    raised[:] = [errors.Conflict("thi_1"), errors.Conflict("thi_1")]

    assert (await ask(app, "POST", "/things/failing")).status == 201


async def test_endless_conflicts_end(app: FastAPI) -> None:
    raised[:] = [errors.Conflict("thi_1")] * 50

    answer = await ask(app, "POST", "/things/failing")

    assert (answer.status, answer.json["rule"], answer.headers["retry-after"]) == (409, "write.contended", "1")


async def test_a_repeated_command_is_answered_as_before(app: FastAPI) -> None:
    raised[:] = [Replayed(Answer(b'{"a": 1}', 2, "thi_1:2", replayed=True))]

    answer = await ask(app, "POST", "/things/failing")

    assert (answer.status, answer.json, answer.headers["idempotent-replayed"]) == (201, {"a": 1}, "true")


async def test_what_is_not_http_passes() -> None:
    seen: list[Any] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    await Edge(inner)({"type": "lifespan"}, nothing, nothing)

    assert seen == ["lifespan"]
