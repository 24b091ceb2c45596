"""Which of the market's two languages a caller reads."""

import re
from typing import Literal

Language = Literal["ko", "en"]
RANGE = re.compile(r"\s*(ko|en|\*)(?:-[a-z0-9-]+)?\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")


def preferred(accepted: str) -> Language:
    """Return the language that an `Accept-Language` field weighs most, English where it asks for neither.

    Of two with the same weight the first named is taken, and a range that is not well formed is passed over.
    Source: RFC 9110 section 12.5.4, with the basic ranges of RFC 4647 section 3.3.1.
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        if found := RANGE.fullmatch(part):
            weights[found[1]] = max(weights.get(found[1], 0), float(found[2] or 1))
    any_other = weights.pop("*", 0)
    weights |= {language: any_other for language in ("en", "ko") if language not in weights}
    best = max(weights, key=weights.__getitem__)
    return "ko" if best == "ko" and weights["ko"] else "en"
