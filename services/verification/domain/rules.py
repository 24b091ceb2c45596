"""What an institution asks for, as data: entry rules, scoring sheet, committee, rounds, deadlines, period."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.verification.domain.entry import EntryRule
from shared.errors import Invalid
from shared.events.envelope import WHOLE

Whole = Annotated[int, WHOLE]
ALL_POINTS = 100
EXAMPLE: dict[str, JsonValue] = {
    "title": "혁신기술 심사 규칙",
    "title_en": "Rules for innovative technology",
    "entry": [{"rule": "readiness_level", "least": 7}, {"rule": "ip_protection", "years": 3}],
    "sheet": [
        {"code": "performance", "title": "성능", "title_en": "Performance", "points": 60},
        {"code": "economy", "title": "경제성", "title_en": "Economy", "points": 40},
    ],
    "pass_mark": 70,
    "quorum": 5,
    "outside_percent": 50,
    "rounds": 2,
    "review_days": 30,
    "longest_days": 120,
    "appeal_days": 10,
    "certificate_years": 3,
}


class Criterion(BaseModel):
    """A line of a scoring sheet (배점표), and the most points it gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["performance"])
    title: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["성능"])
    title_en: str = Field(default="", max_length=100, examples=["Performance"])
    points: Whole = Field(ge=1, le=ALL_POINTS, examples=[40])


class Rules(BaseModel):
    """One immutable version of an institution's rules. Days are Korean working days.

    The defaults are the market's own: three people have a majority worth the name; with one in three from outside,
    insiders alone make no two-thirds vote; what three answers have not cleared up is for the committee to judge.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": EXAMPLE},
    )

    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["혁신기술 심사 규칙"])
    title_en: str = Field(default="", max_length=200, examples=["Rules for innovative technology"])
    entry: list[EntryRule] = Field(default_factory=list, max_length=20)
    sheet: list[Criterion] = Field(
        default_factory=list, max_length=20, description="Empty: members vote without giving points"
    )
    pass_mark: Whole = Field(default=60, ge=1, le=ALL_POINTS, description="Mean points a product needs, with a sheet")
    quorum: Whole = Field(default=3, ge=3, le=15, description="The fewest members without a conflict of interest")
    outside_percent: Whole = Field(default=33, ge=0, le=100, description="The smallest share of members from outside")
    assignment_days: Whole = Field(default=5, ge=1, le=30, description="Days until somebody is to handle it")
    invitation_days: Whole = Field(default=5, ge=1, le=30, description="Days in which who is asked to sit may answer")
    rounds: Whole = Field(default=3, ge=0, le=5, description="Rounds of questions, at most")
    review_days: Whole = Field(default=30, ge=5, le=120, description="The institution's own days until it is overdue")
    longest_days: Whole = Field(default=120, ge=20, le=250, description="Its own days until an undecided review ends")
    appeal_days: Whole = Field(default=10, ge=5, le=60, description="Days in which a firm may appeal")
    certificate_years: Whole = Field(default=3, ge=1, le=5, description="How long a certificate is valid")

    def must_make_sense(self) -> None:
        """Raise Invalid unless the sheet gives 100 points, names each line once, and the days follow each other."""
        total = sum(each.points for each in self.sheet)
        if self.sheet and total != ALL_POINTS:
            raise Invalid(
                "rule_set.points",
                f"the lines of the sheet give {total} points; together they give {ALL_POINTS}",
                f"배점의 합이 {total}점입니다(합계 {ALL_POINTS}점이어야 합니다)",
                field="/sheet",
            )
        if len({each.code for each in self.sheet}) < len(self.sheet):
            raise Invalid(
                "rule_set.criterion_twice",
                "each line of the sheet has a code of its own",
                "평가항목 코드가 중복되었습니다",
                field="/sheet",
            )
        if self.longest_days < self.review_days:
            raise Invalid(
                "rule_set.longest_days",
                "a review cannot end before it is overdue",
                "심사 종료 기한이 심사 기한보다 짧습니다",
                field="/longest_days",
            )

    def score(self, points: Mapping[str, int]) -> int | None:
        """Return the sum of a member's points, None without a sheet. Raise Invalid unless each line has its own."""
        most = {each.code: each.points for each in self.sheet}
        if points.keys() != most.keys():
            asked = ", ".join(most) or "-"
            raise Invalid(
                "vote.points_incomplete",
                f"the scoring sheet asks for points for: {asked}",
                f"평가항목별 점수가 필요합니다: {asked}",
                field="/points",
            )
        for code, given in points.items():
            if given > most[code]:
                raise Invalid(
                    "vote.points_too_many",
                    f"{code} gives {most[code]} points at most",
                    f"{code} 항목의 배점은 최대 {most[code]}점입니다",
                    field=f"/points/{code}",
                )
        return sum(points.values()) if most else None


COMMON = Rules(title="기술마켓 공통 규칙", title_en="Common rules of the market")
"""For an institution that has published none of its own."""
