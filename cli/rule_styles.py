"""Five ways in which public institutions verify, as rule sets of the made-up market.

They follow the kinds of programmes that Korean institutions publish: a performance check with a scoring sheet, a quick
look at finished software, a field test before everything else, a new-technology designation by a large committee, and
a purchase of what nobody there has used. Figures are plausible, not anybody's own.
"""

from collections.abc import Iterator, Sequence

from cli.api import Json
from cli.seed import Institution, Market


def _line(code: str, title: str, english: str, points: int) -> Json:
    return {"code": code, "title": title, "title_en": english, "points": points}


STYLES: tuple[Json, ...] = (
    {
        "title": "성능확인 심사 규칙",
        "title_en": "Performance check",
        "entry": [{"rule": "readiness_level", "least": 6}],
        "sheet": [
            _line("performance", "성능", "Performance", 40),
            _line("reliability", "신뢰성", "Reliability", 30),
            _line("economy", "경제성", "Economy", 20),
            _line("maintenance", "유지관리", "Maintenance", 10),
        ],
        "pass_mark": 70,
        "quorum": 5,
        "outside_percent": 40,
        "rounds": 2,
    },
    {
        "title": "소프트웨어 신속심사 규칙",
        "title_en": "Quick look at finished software",
        "entry": [{"rule": "readiness_level", "least": 8}],
        "rounds": 1,
        "review_days": 15,
        "longest_days": 60,
        "certificate_years": 2,
    },
    {
        "title": "현장실증 심사 규칙",
        "title_en": "Field test first",
        "entry": [{"rule": "ip_protection", "years": 2}],
        "outside_percent": 50,
        "review_days": 60,
        "longest_days": 180,
        "certificate_years": 5,
    },
    {
        "title": "신기술 지정 심사 규칙",
        "title_en": "New technology designation",
        "entry": [{"rule": "readiness_level", "least": 7}, {"rule": "ip_protection", "years": 3}],
        "sheet": [
            _line("novelty", "신규성", "Novelty", 35),
            _line("progress", "진보성", "Inventive step", 35),
            _line("use_on_site", "현장적용성", "Use on site", 30),
        ],
        "pass_mark": 60,
        "quorum": 7,
        "outside_percent": 50,
        "appeal_days": 20,
        "certificate_years": 5,
    },
    {
        "title": "혁신구매 심사 규칙",
        "title_en": "Purchase of what is new",
        "entry": [{"rule": "no_prior_use"}, {"rule": "readiness_level", "least": 7}],
        "sheet": [
            _line("public_value", "공공성", "Public value", 50),
            _line("innovation", "혁신성", "Innovation", 50),
        ],
        "pass_mark": 80,
        "quorum": 5,
        "outside_percent": 60,
    },
)


def styles(market: Market) -> dict[str, Json]:
    """Return the rules of each institution by business number; the first of a council goes by the market's own."""
    return {
        institution.business_number: rules
        for council in sorted({each.council for each in market.institutions})
        for institution, rules in _styled([each for each in market.institutions if each.council == council])
    }


def _styled(institutions: Sequence[Institution]) -> Iterator[tuple[Institution, Json]]:
    for number, institution in enumerate(institutions):
        style = number % (len(STYLES) + 1)
        if style:
            yield institution, STYLES[style - 1]
