from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.verification.domain.inspection import FieldCriterion, Inspection, must_be_measurable
from shared.errors import Invalid
from tests.unit.verification.builders import NOON, TURBIDITY

RECOVERY = FieldCriterion(code="recovery", title="회수율", unit="%", least=90, most=100)


def an_inspection(*criteria: FieldCriterion) -> Inspection:
    return Inspection(place="대전", planned_for=date(2026, 12, 1), ordered_at=NOON, criteria=list(criteria))


@pytest.mark.parametrize(
    ("value", "met"), [(89.9, False), (90, True), (95.5, True), (100, True), (100.1, False), (-1, False)]
)
def test_a_value_meets_a_criterion_within_its_bounds_and_on_them(value: float, met: bool) -> None:  # noqa: FBT001
    assert RECOVERY.met_by(value) is met


def test_a_report_keeps_what_was_measured_against_each_criterion() -> None:
    inspection = an_inspection(TURBIDITY, RECOVERY)

    inspection.take("막힘 발생", {"recovery": 80, "turbidity": 0.31}, NOON, passed=False)

    assert (inspection.passed, inspection.report, inspection.reported_at) == (False, "막힘 발생", NOON)
    assert [(each.code, each.value, each.met) for each in inspection.measured] == [
        ("turbidity", 0.31, True),
        ("recovery", 80, False),
    ]


def test_a_test_may_fail_for_what_no_criterion_says() -> None:
    inspection = an_inspection(TURBIDITY)

    inspection.take("누수", {"turbidity": 0.1}, NOON, passed=False)

    assert inspection.passed is False


@pytest.mark.parametrize(
    ("measured", "rule"),
    [
        ({}, "inspection.values_incomplete"),
        ({"turbidity": 0.3}, "inspection.values_incomplete"),
        ({"turbidity": 0.3, "recovery": 95, "noise": 1}, "inspection.values_incomplete"),
        ({"turbidity": 0.51, "recovery": 95}, "inspection.criterion_unmet"),
    ],
)
def test_no_test_passes_with_a_value_left_out_made_up_or_out_of_bounds(measured: dict[str, float], rule: str) -> None:
    inspection = an_inspection(TURBIDITY, RECOVERY)

    with pytest.raises(Invalid, match=rule):
        inspection.take("만족", measured, NOON, passed=True)

    assert (inspection.passed, inspection.measured) == (None, [])


def test_a_test_without_criteria_measures_nothing() -> None:
    inspection = an_inspection()

    with pytest.raises(Invalid, match="values_incomplete"):
        inspection.take("만족", {"turbidity": 0.3}, NOON, passed=True)
    inspection.take("만족", {}, NOON, passed=True)

    assert inspection.passed


@pytest.mark.parametrize(
    ("criteria", "rule"),
    [
        ([TURBIDITY, TURBIDITY], "inspection.criterion_twice"),
        ([FieldCriterion(code="noise", title="소음")], "inspection.bounds"),
        ([RECOVERY, FieldCriterion(code="noise", title="소음", least=2, most=1)], "inspection.bounds"),
    ],
)
def test_criteria_can_be_told_apart_and_met(criteria: list[FieldCriterion], rule: str) -> None:
    must_be_measurable([TURBIDITY, RECOVERY])

    with pytest.raises(Invalid, match=rule):
        must_be_measurable(criteria)


@pytest.mark.parametrize("bound", ["0.5", True, float("nan"), float("inf"), 1e13])
def test_a_bound_is_a_number_of_this_world(bound: Any) -> None:
    with pytest.raises(ValidationError):
        FieldCriterion(code="noise", title="소음", most=bound)
