"""What is typed for short, or otherwise: initial consonants from any word on, wrong letters, numbers in one go."""

import pytest

from services.catalog.search.query import suggested
from tests.unit.catalog.searching import a_market, found


@pytest.mark.parametrize(
    "short",
    [
        "ㅅㅊㄹㅂㄹㅁ",
        "ㅅㅊㄹ",
        "ㅊㄹㅂㄹㅁ",
        "ㅂㄹㅁ",
        "ㅂㄹ",
        "ㅈㅇㄱ",
        "ㅅㅊㄹㅂㄹㅁㅈㅇㄱ",
        "ㅂㄹㅁㅈㅇㄱ",
    ],
)
def test_initials_find_from_any_word_on(short: str) -> None:
    listings = a_market("고효율 수처리분리막 제어기", "대기 측정망")

    assert found(listings, short) == {"고효율 수처리분리막 제어기"}


def test_initials_of_a_word_inside_suggest_it() -> None:
    listings = a_market("고효율 수처리분리막", "수처리분리막", "대기측정망")

    assert suggested("ㅂㄹㅁ", listings) == ["분리막"]
    assert suggested("ㅂㄹㅁ", a_market('"분리막" 장치 (특허) 😀', "분리막")) == ["분리막", "분리막 장치 특허"]
    assert found(listings, "분리막") == {"고효율 수처리분리막", "수처리분리막"}


@pytest.mark.parametrize("short", ["ㅁ", "ㄹㅁ", "ㄹㅂㄹ", "ㅁㄱㅎㅇ"])
def test_initials_from_within_a_word_find_nothing(short: str) -> None:
    assert found(a_market("수처리분리막 고효율"), short) == set()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("저전력수쳐리분리막", "저전력 수처리 분리막"),
        ("저전력수처리분리막쟝치", "저전력 수처리 분리막 장치"),
        ("져전력수처리분리먁장치", "저전력 수처리 분리막 장치"),
        ("수처리분리마장치", "수처리 분리막 장치"),
        ("수처리분리막잗치", "수처리 분리막 장치"),
        ("대기측졍망 저전력수쳐리분리막", "대기측정망 저전력 수처리 분리막"),
        ("분리먁", "분리막"),
        ("분리막쟝치", "분리막 장치"),
        ("membraen", "membrane"),
    ],
)
def test_joined_words_with_wrong_letters_suggest_what_is_written(typed: str, meant: str) -> None:
    listings = a_market("저전력 수처리 분리막 장치 membrane", "대기측정망 저전력 수처리 분리막", "항만 하역 감시 장치")

    assert found(listings, typed) == set()
    assert suggested(typed, listings) == [meant]


@pytest.mark.parametrize(
    "typed", ["막", "져전력슈쳐리분리먁", "저전력항만분리막하역", "가나다라마바사", "0", "a", "의"]
)
def test_what_is_like_nothing_suggests_nothing(typed: str) -> None:
    assert suggested(typed, a_market("저전력 수처리 분리막", "항만 하역 감시 장치")) == []


def test_a_word_that_is_found_is_left_as_it_is() -> None:
    """It may be in a summary alone, and beside a word of another title."""
    listings = a_market("수처리 장치", "현강 감시")
    assert (found(listings, "현장"), found(listings, "현강")) == ({"수처리 장치", "현강 감시"}, {"현강 감시"})

    assert suggested("현장 수쳐리", listings) == ["현장 수처리"]


@pytest.mark.parametrize("written", ["10-2024-0012345", "1020240012345", "제10-2024-0012345호", "제1020240012345호"])
def test_an_application_is_found_by_its_number_as_registers_and_people_write_it(written: str) -> None:
    listings = a_market("분리막", ip_number=written)

    for asked in (
        "10-2024-0012345",
        "1020240012345",
        "제1020240012345호",
        "제10-2024-0012345호",
        "분리막 1020240012345",
    ):
        assert found(listings, asked) == {"분리막"}, asked
    for asked in ("1020240012346", "10-2024-0012346", "102024001234", "2020240012345"):
        assert found(listings, asked) == set(), asked
