import base64
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from shared import errors
from shared.auth import Caller
from shared.calls import KEY_FORMAT, Call, Cursors, Paging, _positions, _version, answer, derived_id, is_known, paging
from shared.store import Answer
from tests.builders import NOON, a_call_cause

SECRET = "0123456789abcdef"  # noqa: S105
PLACES = st.tuples(
    st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text(min_size=1, max_size=40),
)
FILTERS = st.dictionaries(st.text(max_size=10), st.one_of(st.none(), st.text(max_size=10)), max_size=4)


def a_page(cursor: str | None = None, operation: str = "list_products") -> Paging:
    return Paging(operation, 20, cursor)


@given(PLACES, FILTERS)
def test_a_cursor_leads_back_to_its_place(place: tuple[datetime, str], filters: dict[str, Any]) -> None:
    cursors = Cursors(SECRET)

    cursor = cursors.write(a_page(), place, filters)

    assert cursors.read(a_page(cursor), filters) == place
    assert cursor is not None
    assert "=" not in cursor


@given(PLACES, FILTERS, st.data())
def test_an_altered_cursor_is_refused(
    place: tuple[datetime, str], filters: dict[str, Any], data: st.DataObject
) -> None:
    cursors = Cursors(SECRET)
    cursor = cursors.write(a_page(), place, filters) or ""
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(errors.Invalid, match="cursor"):
        cursors.read(a_page(base64.urlsafe_b64encode(bytes(raw)).decode()), filters)


@given(st.text(max_size=200))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(errors.Invalid, match="cursor"):
        Cursors(SECRET).read(a_page(text), {})


def test_a_cursor_belongs_to_its_list_its_query_and_its_market() -> None:
    cursor = Cursors(SECRET).write(a_page(), (NOON, "prd_1"), {"status": "listed", "owner": None})

    assert Cursors(SECRET).read(a_page(cursor), {"owner": None, "status": "listed"}) == (NOON, "prd_1")
    with pytest.raises(errors.Invalid):
        Cursors(SECRET).read(a_page(cursor), {"status": "draft"})
    with pytest.raises(errors.Invalid):
        Cursors(SECRET).read(a_page(cursor, "list_parties"), {"status": "listed"})
    with pytest.raises(errors.Invalid):
        Cursors("another secret...").read(a_page(cursor), {"status": "listed"})


def test_the_end_of_a_list_has_no_cursor() -> None:
    assert Cursors(SECRET).write(a_page(), None, {}) is None
    assert Cursors(SECRET).read(a_page(), {}) is None


@pytest.mark.parametrize(
    ("header", "positions"),
    [
        (None, {}),
        ("", {}),
        (" , ,", {}),
        ("prd_1:3", {"prd_1": 3}),
        ("prd_1:3, pty_a2 :1".replace(" :", ":"), {"prd_1": 3, "pty_a2": 1}),
        ("prd_1:3,prd_1:7,prd_1:5", {"prd_1": 7}),
    ],
)
def test_positions_are_read(header: str | None, positions: dict[str, int]) -> None:
    assert _positions(header) == positions


@pytest.mark.parametrize(
    "header",
    ["prd_1", "prd_1:", ":3", "prd_1:-1", "prd_1:1.5", "PRD_1:1", "prd_1:1;", "prd_1:9999999999", "x:1", "위치:1"],
)
def test_malformed_positions_are_refused(header: str) -> None:
    with pytest.raises(errors.Invalid, match="Market-Position"):
        _positions(header)


@pytest.mark.parametrize(("header", "version"), [("*", None), (" * ", None), ('"3"', 3), (' "7" ', 7), ('"0"', 0)])
def test_a_version_is_read_from_if_match(header: str, version: int | None) -> None:
    assert _version(header) == version


@pytest.mark.parametrize(
    "header", ["", "3", 'W/"12"', '""', '"abc"', '"-1"', '"1", "2"', '"1.0"', '"9999999999"', "\u00b2", '"٣x"']
)
def test_what_is_no_etag_of_ours_is_stale(header: str) -> None:
    with pytest.raises(errors.Stale):
        _version(header)


@given(st.text(max_size=30))
def test_no_if_match_does_worse_than_stale(header: str) -> None:
    try:
        version = _version(header)
    except errors.Stale:
        return
    assert version is None or version >= 0


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_the_same_parts_make_the_same_id(parts: list[str]) -> None:
    made = derived_id("prd", *parts)

    assert made == derived_id("prd", *parts)
    assert made != derived_id("prd", *parts, "1")
    assert made.startswith("prd_")
    assert made[4:].isalnum()
    assert made == made.lower()


def test_a_call_makes_the_same_ids_again_and_each_only_once() -> None:
    call = Call(Caller("prs_kim", "pty_a", "sme"), a_call_cause(), {"prd_1": 4})
    again = Call(Caller("prs_kim", "pty_a", "sme"), a_call_cause(), {})
    other = Call(Caller("prs_kim", "pty_a", "sme"), a_call_cause("key-2"), {})

    ids = [call.new_id("prd"), call.new_id("prd", 1), call.new_id("pty"), other.new_id("prd")]

    assert len(set(ids)) == 4
    assert again.new_id("prd") == ids[0]
    assert (call.at, call.principal) == (NOON, "pty_a")
    assert (call.seen("prd_1"), call.seen("prd_2")) == (4, 1)


@pytest.mark.parametrize(("key", "good"), [("k", True), ("k" * 128, True), ("", False), ("k" * 129, False)])
def test_a_key_has_up_to_128_characters(key: str, good: bool) -> None:  # noqa: FBT001
    assert (KEY_FORMAT.fullmatch(key) is not None) is good


@given(st.text(min_size=1, max_size=128))
def test_a_key_is_visible_ascii(key: str) -> None:
    assert (KEY_FORMAT.fullmatch(key) is not None) == all("!" <= character <= "~" for character in key)


def test_an_answer_says_its_version_and_position() -> None:
    first = answer(Answer(b"{}", 3, "prd_1:2"), 201)
    repeat = answer(Answer(b"{}", 3, "prd_1:2", replayed=True), 201)

    assert (first.status_code, first.headers["etag"], first.headers["market-position"]) == (201, '"3"', "prd_1:2")
    assert "idempotent-replayed" not in first.headers
    assert repeat.headers["idempotent-replayed"] == "true"


async def test_a_page_holds_at_most_a_hundred() -> None:
    request = Request({"type": "http", "route": SimpleNamespace(name="list_products")})

    assert [(await paging(request, limit)).limit for limit in (1, 20, 100, 101, 1000)] == [1, 20, 100, 100, 100]


@pytest.mark.parametrize(
    ("known", "current"),
    [
        ('"2"', True),
        ('W/"2"', True),
        ('"1", W/"2" ,"3"', True),
        ('"22"', False),
        ("2", False),
        ("", False),
        (None, False),
    ],
)
def test_what_a_caller_has_is_compared_weakly_and_in_lists(known: str | None, current: bool) -> None:  # noqa: FBT001
    assert is_known('"2"', known) is current
