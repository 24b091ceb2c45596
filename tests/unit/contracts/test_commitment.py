from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.contracts.domain.commitment import Commitment
from shared.errors import Invalid, Refused
from shared.events.contracts import CommitmentDue, CommitmentPartly, CommitmentUnfulfilled
from tests.unit.contracts.builders import FIRM, INSTITUTION, NOON, a_commitment, names

LAST_MOMENT = datetime(2027, 11, 23, 14, 59, 59, tzinfo=UTC)
TOO_LATE = datetime(2027, 11, 23, 15, 0, tzinfo=UTC)
"""Midnight in Seoul after the due date, 23 November 2027."""


def run_clock(commitment: Commitment, until: datetime) -> None:
    """Tick whenever the commitment asks for it."""
    while (due := commitment.due()) is not None and due <= until:
        commitment.tick(due)


@pytest.mark.parametrize("due", ["2026-11-23", "2026-11-22"])
def test_a_promise_is_due_in_the_future(due: str) -> None:
    with pytest.raises(Invalid, match="due_past"):
        a_commitment(due=due)


def test_both_sides_are_reminded_four_times_and_told_the_result() -> None:
    commitment = a_commitment()

    run_clock(commitment, TOO_LATE)

    notices = [event for event in commitment.recorded if isinstance(event, CommitmentDue)]
    assert [(each.days_left, each.at.astimezone(UTC).date()) for each in notices] == [
        (180, date(2027, 5, 26)),
        (90, date(2027, 8, 24)),
        (30, date(2027, 10, 23)),
        (0, date(2027, 11, 22)),
    ]
    result = commitment.recorded[-1]
    assert isinstance(result, CommitmentUnfulfilled)
    assert (commitment.status, result.reason, commitment.due()) == ("unfulfilled", "date_passed", None)


def test_a_short_promise_skips_the_notices_that_are_past() -> None:
    commitment = a_commitment(due="2027-01-10")

    run_clock(commitment, TOO_LATE)

    assert [each.days_left for each in commitment.recorded if isinstance(each, CommitmentDue)] == [30, 0]


def test_a_clock_that_stood_still_reminds_once() -> None:
    commitment = a_commitment()

    commitment.tick(datetime(2027, 11, 1, tzinfo=UTC))
    commitment.tick(datetime(2027, 11, 1, tzinfo=UTC))

    assert [each.days_left for each in commitment.recorded if isinstance(each, CommitmentDue)] == [30]
    assert commitment.status == "due"


def test_contracts_add_up_until_the_promise_is_kept() -> None:
    commitment = a_commitment()

    commitment.count("ctr_1", Decimal(400), NOON)
    commitment.count("ctr_1", Decimal(400), NOON)
    assert (commitment.status, commitment.contracted) == ("promised", Decimal(400))
    commitment.count("ctr_2", Decimal(700), NOON)

    assert (commitment.status, commitment.contracted) == ("fulfilled", Decimal(1100))
    assert names(commitment)[1:] == ["commitment.contracted", "commitment.contracted", "commitment.fulfilled"]
    assert commitment.due() is None


def test_a_terminated_contract_opens_the_promise_again() -> None:
    commitment = a_commitment()
    commitment.count("ctr_1", Decimal(1000), NOON)

    commitment.uncount("ctr_1", NOON)
    commitment.uncount("ctr_1", NOON)

    assert (commitment.status, commitment.contracted) == ("promised", Decimal(0))
    assert names(commitment).count("commitment.contracted") == 2
    assert commitment.due() is not None


def test_a_part_bought_by_the_date_is_partly_kept() -> None:
    commitment = a_commitment()
    commitment.count("ctr_1", Decimal(1), NOON)
    commitment.explain("예산 이월", NOON)

    commitment.tick(TOO_LATE)

    result = commitment.recorded[-1]
    assert isinstance(result, CommitmentPartly)
    assert (result.contracted, result.reason) == (Decimal(1), "예산 이월")


def test_a_contract_signed_in_time_counts_even_when_heard_of_late() -> None:
    commitment = a_commitment()
    commitment.tick(TOO_LATE)

    commitment.count("ctr_1", Decimal(400), LAST_MOMENT)
    partly = commitment.status
    commitment.count("ctr_2", Decimal(600), LAST_MOMENT)

    assert (partly, commitment.status) == ("partly", "fulfilled")


def test_a_part_bought_stays_a_part_when_another_is_heard_of() -> None:
    commitment = a_commitment()
    commitment.count("ctr_1", Decimal(1), NOON)
    commitment.tick(TOO_LATE)

    commitment.count("ctr_2", Decimal(1), LAST_MOMENT)

    assert (commitment.status, commitment.contracted) == ("partly", Decimal(2))
    assert names(commitment).count("commitment.partly") == 1


def test_a_contract_signed_too_late_does_not_keep_the_promise() -> None:
    commitment = a_commitment()
    commitment.tick(TOO_LATE)

    commitment.count("ctr_1", Decimal(1000), TOO_LATE)

    assert (commitment.status, commitment.contracts) == ("unfulfilled", {})


def test_a_contract_terminated_after_the_date_had_kept_the_promise() -> None:
    commitment = a_commitment()
    commitment.count("ctr_1", Decimal(1000), NOON)

    commitment.uncount("ctr_1", TOO_LATE)

    assert commitment.status == "fulfilled"


def test_the_buyer_explains_before_or_after_the_date() -> None:
    commitment = a_commitment()
    commitment.tick(TOO_LATE)

    commitment.explain("사업 취소", TOO_LATE)
    commitment.explain("사업 취소", TOO_LATE)

    assert (commitment.public().status, commitment.public().reason) == ("unfulfilled", "사업 취소")
    assert names(commitment).count("commitment.explained") == 1


def test_a_kept_promise_needs_no_explanation() -> None:
    commitment = a_commitment()
    commitment.count("ctr_1", Decimal(1000), NOON)

    with pytest.raises(Refused, match="nothing_to_explain"):
        commitment.explain("사유", NOON)


def test_a_released_promise_is_released_for_good() -> None:
    commitment = a_commitment()

    commitment.release("합의", NOON)
    commitment.release("다시", NOON)
    commitment.count("ctr_1", Decimal(1000), NOON)
    commitment.tick(TOO_LATE)

    assert (commitment.status, commitment.reason, commitment.due()) == ("released", "합의", None)


def test_only_an_open_promise_is_released() -> None:
    commitment = a_commitment()
    commitment.tick(TOO_LATE)

    with pytest.raises(Refused, match="not_open"):
        commitment.release("합의", TOO_LATE)


def test_a_contract_names_a_promise_of_the_same_two_about_the_same_thing() -> None:
    commitment = a_commitment(product="prd_membrane")

    commitment.must_take(INSTITUTION, FIRM, "prd_membrane")
    for institution, firm, product in (
        (INSTITUTION, FIRM, "prd_other"),
        (INSTITUTION, "pty_other", "prd_membrane"),
        ("pty_other", FIRM, "prd_membrane"),
    ):
        with pytest.raises(Refused, match="commitment_of_others"):
            commitment.must_take(institution, firm, product)


def test_a_contract_does_not_name_a_promise_that_is_over() -> None:
    commitment = a_commitment()
    commitment.tick(TOO_LATE + timedelta(days=1))

    with pytest.raises(Refused, match="commitment_over"):
        commitment.must_take(INSTITUTION, FIRM, "")
