"""Field tests (실증): what is to be shown is said before, and what was measured is held against it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import Invalid

MOST_CRITERIA = 20
Measure = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)]


class FieldCriterion(BaseModel):
    """What a field test has to show: a value within these bounds, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["turbidity"])
    title: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["처리수 탁도"])
    unit: str = Field(default="", max_length=20, examples=["NTU"])
    least: Measure | None = Field(default=None, examples=[None])
    most: Measure | None = Field(default=None, examples=[0.5])

    def met_by(self, value: float) -> bool:
        """Return whether this value is good enough."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class Measurement(BaseModel):
    """The value a criterion got."""

    code: str
    value: float
    met: bool


class Inspection(BaseModel):
    """A field test: ordered, then reported once."""

    place: str
    planned_for: date
    ordered_at: AwareDatetime
    criteria: list[FieldCriterion] = Field(default_factory=list)
    measured: list[Measurement] = Field(default_factory=list)
    passed: bool | None = None
    report: str = ""
    reported_at: AwareDatetime | None = None

    def take(self, report: str, measured: Mapping[str, float], at: datetime, *, passed: bool) -> None:
        """Take the report. Raise Invalid unless every criterion was measured, and if one is not met but the test is."""
        if measured.keys() != {each.code for each in self.criteria}:
            asked = ", ".join(each.code for each in self.criteria) or "-"
            raise Invalid(
                "inspection.values_incomplete",
                f"the field test was ordered to measure: {asked}",
                f"실증에서 측정해야 하는 항목: {asked}",
                field="/measured",
            )
        values = [
            Measurement(code=each.code, value=measured[each.code], met=each.met_by(measured[each.code]))
            for each in self.criteria
        ]
        unmet = ", ".join(each.code for each in values if not each.met)
        if passed and unmet:
            raise Invalid(
                "inspection.criterion_unmet",
                f"not passed: {unmet} is out of the bounds it was ordered with",
                f"기준을 벗어난 항목({unmet})이 있으므로 통과로 보고할 수 없습니다",
                field="/passed",
            )
        self.measured, self.passed, self.report, self.reported_at = values, passed, report, at


def must_be_measurable(criteria: Sequence[FieldCriterion]) -> None:
    """Raise Invalid unless each criterion has a code of its own and bounds that a value can meet."""
    if len({each.code for each in criteria}) < len(criteria):
        raise Invalid(
            "inspection.criterion_twice",
            "each criterion has a code of its own",
            "실증 항목 코드가 중복되었습니다",
            field="/criteria",
        )
    for number, each in enumerate(criteria):
        bounds = [bound for bound in (each.least, each.most) if bound is not None]
        if not bounds or bounds != sorted(bounds):
            raise Invalid(
                "inspection.bounds",
                f"{each.code} needs a least or a most value, and the least is not above the most",
                f"{each.code} 항목에는 하한 또는 상한이 필요하며 하한은 상한을 넘을 수 없습니다",
                field=f"/criteria/{number}",
            )
