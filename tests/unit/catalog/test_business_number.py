import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.business_number import check_digit, is_valid, normalise

FIRST_NINES = st.from_regex("[0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("first_nine", "digit"),
    [
        # 1 + 6 + 21 + 4 + 15 + 42 + 7 + 24 + 45 = 165, and 4 from 45: 169
        ("123456789", 1),
        # 5, and nothing from 5
        ("000000001", 5),
        # 10, and 1 from 10: 11
        ("000000002", 9),
        # 1 + 3 + 7 + 1 + 3 + 7 + 1 + 3 + 5 = 31
        ("111111111", 9),
        ("000000000", 0),
    ],
)
def test_the_check_digit_is_as_computed_by_hand(first_nine: str, digit: int) -> None:
    assert check_digit(first_nine) == digit


@pytest.mark.parametrize("published", ["124-81-00998", "220-81-62517", "120-81-47521"])
def test_numbers_firms_publish_are_valid(published: str) -> None:
    assert is_valid(published)
    assert is_valid(published.replace("-", ""))


def test_a_number_that_only_looks_right_is_not_valid() -> None:
    assert not is_valid("116-82-00277")


@given(FIRST_NINES, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first_nine: str, at: int, change: int) -> None:
    """All weights, and 5 d + tens of 5 d, take ten different last digits."""
    number = f"{first_nine}{check_digit(first_nine)}"

    wrong = f"{number[:at]}{(int(number[at]) + change) % 10}{number[at + 1 :]}"

    assert not is_valid(wrong)


def test_two_digits_swapped_can_stay_unnoticed() -> None:
    """Neighbours that differ by five: their weights differ by an even number, the sum by tens."""
    assert [is_valid(number) for number in ("0500000005", "5000000005")] == [True, True]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12-481-00998",
        "124-81-0099",
        "1248100998 1",
        "124-81-0099x",
        "\u0661\u0662\u06648100998",
        "\uff11\uff12\uff148100998",
    ],
)
def test_what_is_not_ten_digits_is_refused(written: str) -> None:
    assert not is_valid(written)
    with pytest.raises(ValueError, match="ten digits"):
        normalise(written)


def test_a_number_is_kept_without_hyphens_and_blanks() -> None:
    assert normalise(" 124-81-00998 ") == "1248100998"
