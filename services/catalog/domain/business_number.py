"""Business registration numbers (사업자등록번호): ten digits, the last of which checks the others.

Source: the rule of the National Tax Service: weights 1, 3, 7, 1, 3, 7, 1, 3, 5, and the tens of
five times the ninth digit are added; the last digit fills the sum up to a multiple of ten.
"""

import re

_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_WRITTEN = re.compile(r"([0-9]{3})-?([0-9]{2})-?([0-9]{5})")


def check_digit(first_nine: str) -> int:
    """Compute the tenth digit."""
    digits = [int(digit) for digit in first_nine]
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return -(total + 5 * digits[-1] // 10) % 10


def normalise(written: str) -> str:
    """Give the ten digits of a number written as 123-45-67890 or without the hyphens.

    Raises ValueError for anything else; the check digit is not looked at.
    """
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise ValueError(f"{written!r} is not a business number: ten digits as 123-45-67890")
    return "".join(match.groups())


def is_valid(number: str) -> bool:
    """Whether a number, written in either way, has ten digits and the right last one."""
    try:
        digits = normalise(number)
    except ValueError:
        return False
    return check_digit(digits[:9]) == int(digits[9])
