"""Places in the live feed, and who hears what from its window."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.live import PARTITIONS, WAITING_LIMIT, Feed, Item, Listener, read, written
from shared.auth import Caller
from shared.errors import Invalid, Unavailable

START = [0] * len(PARTITIONS)
A_TYPE = "kr.techmarket.catalog.product.listed.v1"
A_DRAFT = "kr.techmarket.catalog.product.drafted.v1"
OPERATOR = Caller("prs_operator", "pty_operator", "operator")


def _item(partition: int, offset: int, wire_type: str = A_TYPE) -> Item:
    return Item(partition, offset, wire_type, b"{}")


def _a_feed(window: int = 5) -> Feed:
    feed = Feed("nowhere:1", window)
    feed._positions, feed._oldest = list(START), list(START)
    return feed


def _heard(feed: Feed, listener: Listener) -> list[Item]:
    waiting = [listener.waiting.get_nowait() for _ in range(listener.waiting.qsize())]
    return [item for item in waiting if listener.wants(item)]


@given(st.lists(st.integers(0, 10**17), min_size=len(PARTITIONS), max_size=len(PARTITIONS)))
def test_a_place_is_read_as_it_was_written(positions: list[int]) -> None:
    assert read(written(positions)) == positions


@pytest.mark.parametrize(
    "text", ["", ".", "x.1", written(START)[1:], written(START) + ".0", written([-1] * len(START))]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no place in this feed"):
        read(text)


@given(st.data())
def test_whoever_comes_back_within_the_window_hears_each_event_once(data: st.DataObject) -> None:
    feed = _a_feed(window=30)
    offsets = [itertools.count() for _ in range(3)]
    partitions = data.draw(st.lists(st.integers(0, 2), max_size=30))
    items = [_item(partition, next(offsets[partition])) for partition in partitions]
    leaves = data.draw(st.integers(0, len(items)))
    returns = data.draw(st.integers(leaves, len(items)))

    first = Listener(OPERATOR, list(START), [])
    feed.attach(first)
    for item in items[:leaves]:
        feed._take(item)
    heard = _heard(feed, first)
    feed.detach(first)
    for item in items[leaves:returns]:
        feed._take(item)
    second = Listener(OPERATOR, read(written(first.positions)), [])
    heard += [item for item in feed.attach(second) if second.wants(item)]
    for item in items[returns:]:
        feed._take(item)
    heard += _heard(feed, second)

    assert heard == items


def test_the_window_knows_what_it_no_longer_covers() -> None:
    feed = _a_feed(window=2)
    for offset in range(4):
        feed._take(_item(1, offset))

    assert not feed._covers(START)
    assert not feed._covers([0, 1, *START[2:]])
    assert feed._covers([0, 2, *START[2:]])


def test_an_event_read_twice_is_heard_once() -> None:
    feed = _a_feed()
    listener = Listener(OPERATOR, list(START), [])
    feed.attach(listener)

    for offset in (0, 1, 0, 1, 2):
        feed._take(_item(0, offset))

    assert [item.offset for item in _heard(feed, listener)] == [0, 1, 2]


def test_a_listener_ahead_of_this_replica_hears_only_what_is_new_to_it() -> None:
    feed = _a_feed()
    listener = Listener(OPERATOR, [2, *START[1:]], [])
    feed.attach(listener)

    for offset in range(4):
        feed._take(_item(0, offset))

    assert [item.offset for item in _heard(feed, listener)] == [2, 3]


def test_a_listener_who_does_not_keep_up_is_dropped_and_the_others_go_on() -> None:
    feed = _a_feed()
    slow, quick = Listener(OPERATOR, list(START), []), Listener(OPERATOR, list(START), [])
    feed.attach(slow)
    feed.attach(quick)

    for offset in range(WAITING_LIMIT + 1):
        feed._take(_item(0, offset))
        _heard(feed, quick)

    assert slow.too_slow
    assert slow.closed.is_set()
    assert not quick.closed.is_set()


def test_types_are_asked_for_by_their_beginning_with_or_without_the_common_prefix() -> None:
    short, full = (
        Listener(OPERATOR, list(START), ["catalog.product", "contracts"]),
        Listener(OPERATOR, list(START), [A_TYPE]),
    )
    other = "kr.techmarket.catalog.party.closed.v1"

    assert [short.wants(_item(0, 0)), short.wants(_item(0, 1, other))] == [True, False]
    assert [full.wants(_item(0, 0)), full.wants(_item(0, 1, other))] == [True, False]
    assert short.positions[0] == full.positions[0] == 2


def test_a_record_that_could_not_be_decoded_is_passed_in_silence() -> None:
    listener = Listener(OPERATOR, list(START), [])

    assert not listener.wants(Item(0, 0, "", b""))
    assert listener.positions[0] == 1


def test_nobody_listens_before_the_feed_knows_where_it_is() -> None:
    with pytest.raises(Unavailable):
        Feed("nowhere:1").now()


@pytest.mark.parametrize(
    ("caller", "hears"),
    [
        (OPERATOR, [A_TYPE, A_DRAFT]),
        (Caller("prs_1", "pty_firm", "sme"), [A_TYPE, A_DRAFT]),
        (Caller("prs_2", "pty_other", "sme"), [A_TYPE]),
        (Caller("prs_3", "", ""), [A_TYPE]),
    ],
)
def test_what_is_not_public_is_heard_by_those_it_names(caller: Caller, hears: list[str]) -> None:
    listener = Listener(caller, list(START), [])
    items = [Item(0, offset, each, b"{}", frozenset({"pty_firm"})) for offset, each in enumerate([A_TYPE, A_DRAFT])]

    assert [item.type for item in items if listener.wants(item)] == hears


def test_an_event_that_names_nobody_is_not_for_those_without_a_party() -> None:
    assert not Listener(Caller("prs_3", "", ""), list(START), []).wants(_item(0, 0, A_DRAFT))
