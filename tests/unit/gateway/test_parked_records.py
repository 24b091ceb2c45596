"""How bytes of a parked record are shown to people."""

import pytest

from shared.operations import Raw, _readable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{"a": "\xea\xb0\x80"}', Raw(form="json", content={"a": "가"})),
        (b"not json", Raw(form="text", content="not json")),
        (b"", Raw(form="text", content="")),
        (b"\xff\x00", Raw(form="base64", content="/wA=")),
        (None, None),
    ],
)
def test_bytes_are_shown_as_json_else_text_else_base64(raw: bytes | None, shown: Raw | None) -> None:
    assert _readable(raw, parse=True) == shown


def test_a_key_is_text_even_if_it_is_a_number() -> None:
    assert _readable(b"42", parse=False) == Raw(form="text", content="42")
