from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.events.envelope import CONSTANT, Envelope, Headers, Won
from tests.builders import NOON, an_envelope

WON: TypeAdapter[Decimal] = TypeAdapter(Won)
TEXTS = st.text(max_size=60)
IDS = st.from_regex(r"[a-z]{3}_[a-z0-9]{1,30}", fullmatch=True)
TIMES = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ENVELOPES = st.builds(Envelope, TEXTS, TEXTS, IDS, st.integers(1, 2**62), TIMES, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)


@given(ENVELOPES)
def test_what_is_written_is_read(envelope: Envelope) -> None:
    assert Envelope.of(envelope.headers()) == envelope


def test_korean_stays_readable_on_the_wire() -> None:
    headers = dict(an_envelope(actor="김하늘", principal="한국수자원공사").headers())

    assert headers["ce_actor"] == "김하늘".encode()
    assert Envelope.of(headers.items()).principal == "한국수자원공사"


def test_a_time_of_elsewhere_is_written_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))

    headers = dict(an_envelope(time=NOON.astimezone(seoul)).headers())

    assert headers["ce_time"] == b"2026-11-23T03:00:00Z"


def test_the_binary_binding_is_complete() -> None:
    """CloudEvents Kafka binding 1.0.2, 3.2: attributes with the prefix ce_, the media type without."""
    headers = dict(an_envelope().headers())

    assert {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"} <= set(headers)
    assert headers["ce_id"] == b"prd_membrane:1"
    assert headers["traceparent"] == headers["ce_traceparent"]


def test_a_number_the_database_cannot_hold_is_no_sequence() -> None:
    assert Envelope.of(an_envelope(sequence=2**63 - 1).headers()).sequence == 2**63 - 1

    with pytest.raises(ValueError, match="no event of ours"):
        Envelope.of(an_envelope(sequence=2**63).headers())


@pytest.mark.parametrize("sent", ["0", "007", "125000000", 7, 7.0, "9" * 18])
def test_won_are_published_in_one_way(sent: object) -> None:
    amount = WON.dump_json(WON.validate_python(sent))

    assert amount == f'"{int(sent)}"'.encode()  # type: ignore[call-overload]


@pytest.mark.parametrize("sent", ["", "-0", "-1", "1.0", "1e5", "1_000", " 1", "１２３", 1.5, -1, "9" * 19, True])
def test_won_are_nothing_but_digits(sent: object) -> None:
    with pytest.raises(ValidationError):
        WON.validate_python(sent)


@pytest.mark.parametrize("name", ["ce_type", "ce_source", "ce_subject", "ce_sequence", "ce_time"])
def test_a_missing_required_header_is_named(name: str) -> None:
    headers = [header for header in an_envelope().headers() if header[0] != name]

    with pytest.raises(ValueError, match=name):
        Envelope.of(headers)


@pytest.mark.parametrize("name", ["ce_actor", "ce_principal", "ce_correlationid", "ce_causationid", "ce_traceparent"])
def test_a_header_that_only_explains_may_be_missing(name: str) -> None:
    headers = [header for header in an_envelope().headers() if header[0] != name]

    assert Envelope.of(headers).subject == "prd_membrane"


def test_a_null_header_counts_as_missing() -> None:
    assert Envelope.of([*an_envelope().headers(), ("x-note", None)]).sequence == 1
    with pytest.raises(ValueError, match="ce_type"):
        Envelope.of([*changed("ce_type", b"")[:-1], ("ce_type", None)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_sequence", b"one"),
        ("ce_sequence", b""),
        ("ce_sequence", b"1.5"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-4"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-11-23T03:00:00"),
        ("ce_subject", b"a.b"),
        ("ce_subject", b"$where"),
        ("ce_subject", b""),
        ("ce_actor", b"\xff\xfe"),
        ("ce_type", b"\xc3("),
        ("x-anything", b"\x80"),
    ],
)
def test_a_garbled_header_is_an_error(name: str, value: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Envelope.of(changed(name, value))


@given(st.lists(st.tuples(TEXTS, st.one_of(st.none(), st.binary(max_size=40)))))
def test_no_garbage_does_worse_than_a_value_error(headers: Headers) -> None:
    read: Callable[[], Envelope] = lambda: Envelope.of([*CONSTANT, *headers])  # noqa: E731
    with pytest.raises(ValueError, match=r".*"):
        read()


def changed(name: str, value: bytes) -> Headers:
    return [*(header for header in an_envelope().headers() if header[0] != name), (name, value)]
