"""`Accept-Language`: what is weighed most is answered, English where nothing is asked for."""

import pytest

from shared.languages import Language, preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("KO-kr", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("ja, ko;q=0.5", "ko"),
        ("en;q=0.5, ko;q=0.6", "ko"),
        ("ko, en", "ko"),
        ("en, ko", "en"),
        ("*", "en"),
        ("en;q=0.1, *", "ko"),
        ("ko;q=0, *", "en"),
        ("en;q=0, *;q=0.5", "ko"),
    ],
)
def test_the_language_weighed_most_is_answered(accepted: str, language: Language) -> None:
    assert preferred(accepted) == language


@pytest.mark.parametrize("accepted", ["ko;q=0", "ko;q=0.000, en;q=0", "fr, ja;q=0.9", "kor", "ko-"])
def test_korean_that_nobody_asks_for_is_not_answered(accepted: str) -> None:
    assert preferred(accepted) == "en"


@pytest.mark.parametrize("accepted", ["ko;q=2, en;q=0.1", "ko;q=yes, en;q=0.1", "ko;;, en;q=0.1", "ko q=1, en;q=0.1"])
def test_a_range_that_is_not_well_formed_is_passed_over(accepted: str) -> None:
    assert preferred(accepted) == "en"
