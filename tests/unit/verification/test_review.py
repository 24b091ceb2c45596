from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.verification.domain.committee import Vote
from services.verification.domain.review import Review
from services.verification.domain.rules import COMMON
from services.verification.reviews.views import review_read, review_view
from shared.errors import Refused
from shared.events.days import end_of, seoul_date
from shared.events.verification import ReviewDecided, ReviewEnded
from shared.events.working_days import working_day_after
from tests.unit.verification.builders import (
    APPROVED,
    CHAIR,
    DEFERRED,
    FIRM,
    HOUSING,
    NOON,
    OTHER_PANEL,
    OWNER,
    PANEL,
    REJECTED,
    TURBIDITY,
    WATER,
    a_certificate,
    a_decided_review,
    a_review_in_committee,
    a_rule,
    a_screened_review,
    accepted,
    an_officer,
    an_opened_review,
    an_outsider,
    asked,
    day,
    names,
    votes,
)

OF_THE_FIRM = an_officer("prs_both", FIRM)


def test_an_opened_review_goes_to_an_officer() -> None:
    review = an_opened_review()

    review.assign("prs_officer", an_officer("prs_head"), NOON)
    review.assign("prs_officer", an_officer("prs_head"), NOON)

    assert (review.status, review.officer, names(review)) == (
        "screening",
        "prs_officer",
        ["verification.review.assigned"],
    )


CASES: list[tuple[Callable[[], Review], Callable[[Review, Any], None]]] = [
    (an_opened_review, lambda review, who: review.assign(who.person, who, NOON)),
    (a_screened_review, lambda review, who: review.ask("?", 5, who, NOON)),
    (a_screened_review, lambda review, who: review.convene(PANEL, who, NOON)),
    (a_screened_review, lambda review, who: review.recognise(a_certificate(), a_rule(), who, NOON)),
    (a_review_in_committee, lambda review, who: review.order_inspection("대전", date(2026, 12, 1), [], who, NOON)),
    (a_review_in_committee, lambda review, who: review.decide(DEFERRED, who, NOON)),
]


@pytest.mark.parametrize(("given", "command"), CASES)
def test_who_is_of_the_firm_or_has_declared_an_interest_does_nothing_in_the_case(
    given: Callable[[], Review], command: Callable[[Review, Any], None]
) -> None:
    for who in (OF_THE_FIRM, an_officer("prs_honest")):
        review = given()
        if who is not OF_THE_FIRM:
            review.declare_conflict("주주", who, NOON)
        before = review.model_dump()

        with pytest.raises(Refused, match="conflict_of_interest"):
            command(review, who)

        assert review.model_dump() == before
        assert names(review) == []


def test_who_has_declared_an_interest_is_not_given_the_case_or_a_seat() -> None:
    review = a_screened_review()
    review.declare_conflict("주주", an_officer("prs_in1"), NOON)

    with pytest.raises(Refused, match="conflict_of_interest"):
        review.assign("prs_in1", an_officer(), NOON)
    with pytest.raises(Refused, match="conflict_of_interest"):
        review.convene(PANEL, an_officer(), NOON)


def test_an_officer_who_declares_an_interest_loses_the_case_and_somebody_else_takes_it() -> None:
    review = a_screened_review()

    review.declare_conflict("주주", an_officer(), NOON)
    with pytest.raises(Refused, match="unassigned"):
        review.ask("?", 5, an_officer("prs_other"), NOON)
    review.assign("prs_other", an_officer("prs_other"), NOON)

    assert (review.status, review.officers) == ("screening", ["prs_officer", "prs_other"])


def test_nobody_steps_back_from_a_review_that_has_ended() -> None:
    review = a_decided_review()
    review.certify("crt_1", NOON)

    with pytest.raises(Refused, match=r"review\.ended"):
        review.declare_conflict("주주", an_officer(), NOON)


def test_the_vote_of_a_member_who_declares_an_interest_later_does_not_count() -> None:
    review = a_review_in_committee()
    votes(review, True, True, True)
    review.declare_conflict("자문 계약", an_officer("prs_in1"), NOON)

    with pytest.raises(Refused, match="quorum"):
        review.decide(APPROVED, CHAIR, NOON)


def test_a_member_of_the_firm_does_not_vote() -> None:
    review = a_review_in_committee()

    with pytest.raises(Refused, match="conflict_of_interest"):
        review.vote(Vote(person="prs_in1", approve=True, score=None, comment="", at=NOON), an_officer("prs_in1", FIRM))


def test_who_sits_from_outside_does_not_belong_to_the_institution() -> None:
    review = a_review_in_committee()
    ballot = Vote(person="prs_out", approve=True, score=None, comment="", at=NOON)

    with pytest.raises(Refused, match=r"committee\.not_outside"):
        review.vote(ballot, an_officer("prs_out"))
    assert review.panels[-1].votes == []
    review.vote(ballot, an_outsider("prs_out"))

    assert review.panels[-1].votes == [ballot]


def test_the_firm_has_working_days_to_answer_and_they_are_not_the_institutions() -> None:
    review = asked(days=10)
    assert (review.status, review.due_on()) == ("awaiting_firm", date(2026, 12, 7))

    review.answer("첨부", OWNER, day(14))

    assert review.status == "screening"
    assert review.days_at_institution(day(16)) == 2
    assert names(review) == ["verification.review.changes_requested", "verification.review.answered"]


def test_an_answer_counts_until_the_last_day_ends_in_seoul() -> None:
    end = datetime(2026, 12, 7, 15, tzinfo=UTC)

    asked().answer("첨부", OWNER, end - timedelta(seconds=1))
    with pytest.raises(Refused, match="answer_too_late"):
        asked().answer("첨부", OWNER, end)


def test_silence_of_the_firm_ends_the_review() -> None:
    review = asked()
    review.recorded.clear()

    review.tick(datetime(2026, 12, 7, 14, 59, tzinfo=UTC))
    assert names(review) == []
    review.tick(datetime(2026, 12, 7, 15, tzinfo=UTC))
    review.tick(datetime(2026, 12, 8, tzinfo=UTC))

    (ended,) = review.recorded
    assert isinstance(ended, ReviewEnded)
    assert (review.status, ended.outcome, ended.reasons) == ("final", "rejected", ["no_answer"])


def test_there_are_three_rounds() -> None:
    review = a_screened_review()
    for number in range(COMMON.rounds):
        review.ask("?", 5, an_officer(), day(number))
        review.answer("!", OWNER, day(number))

    with pytest.raises(Refused, match="rounds_used"):
        review.ask("?", 5, an_officer(), day(3))


def test_silence_of_the_institution_shows_as_overdue_and_ends_the_review_at_last() -> None:
    review = a_screened_review()
    overdue = end_of(working_day_after(seoul_date(NOON), COMMON.review_days))
    end = end_of(working_day_after(seoul_date(NOON), COMMON.longest_days))

    assert not _overdue(review, overdue - timedelta(seconds=1))
    assert _overdue(review, overdue)
    assert review.ends_at() == end
    review.tick(end)

    assert (review.status, review.reasons) == ("final", ["not_decided_in_time"])


def test_a_field_test_comes_back_to_the_committee() -> None:
    review = a_review_in_committee()

    review.order_inspection("대전", date(2026, 12, 1), [TURBIDITY], an_officer(), NOON)
    with pytest.raises(Refused, match="not_committee"):
        review.decide(APPROVED, CHAIR, NOON)
    review.report_inspection("기준 만족", {"turbidity": 0.5}, an_officer(), NOON, passed=True)

    [inspection] = review.inspections
    assert (review.status, inspection.passed) == ("committee", True)
    assert [(each.code, each.value, each.met) for each in inspection.measured] == [("turbidity", 0.5, True)]
    assert names(review) == ["verification.review.inspection_ordered", "verification.review.inspected"]


def test_who_reviewed_the_case_at_any_time_does_not_chair_it() -> None:
    review = a_review_in_committee()
    review.assign("prs_chair", CHAIR, NOON)
    review.assign("prs_other", an_officer(), NOON)

    with pytest.raises(Refused, match="chair_is_reviewer"):
        review.decide(DEFERRED, CHAIR, NOON)


def test_an_approval_waits_for_its_certificate_and_ends_with_it() -> None:
    review = a_decided_review()
    assert (review.status, review.ends_at()) == ("approved", None)

    review.certify("crt_1", NOON)
    review.certify("crt_1", NOON)

    assert (review.status, review.certificate, names(review)) == (
        "certified",
        "crt_1",
        ["verification.review.ended"],
    )


def test_an_approval_of_a_firm_that_closed_ends_without_a_certificate_and_says_why() -> None:
    review = a_decided_review()

    review.end_for_closed_firm(NOON)
    review.end_for_closed_firm(NOON)

    assert (review.status, review.reasons, review.certificate) == ("final", ["firm_closed"], "")
    assert names(review) == ["verification.review.ended"]
    with pytest.raises(Refused, match="not_approved"):
        a_review_in_committee().end_for_closed_firm(NOON)


def test_a_deferred_case_is_screened_again() -> None:
    review = a_review_in_committee()
    review.decide(DEFERRED, CHAIR, NOON)
    [decided] = [each for each in review.recorded if isinstance(each, ReviewDecided)]
    assert decided.reasons == review.public().reasons == review_view(review).decisions[-1].reasons == DEFERRED.reasons

    review.ask("?", 5, an_officer(), NOON)
    review.answer("!", OWNER, NOON)
    review.convene(PANEL, an_officer(), NOON)  # who has accepted is not asked again

    assert len(review.panels) == 2


def test_a_rejection_is_final_once_nobody_has_appealed() -> None:
    review = a_decided_review(REJECTED)
    last = working_day_after(seoul_date(NOON), COMMON.appeal_days)
    assert (review.status, review.due_on()) == ("rejected", last)

    with pytest.raises(Refused, match="appeal_too_late"):
        review.appeal("!", OWNER, end_of(last))
    review.tick(end_of(last))

    assert (review.status, review.reasons) == ("final", ["performance_unproven"])


def test_an_appeal_is_heard_once_by_a_panel_of_other_people() -> None:
    review = a_decided_review(REJECTED)
    review.appeal("!", OWNER, day(1))

    for members in (PANEL, [*OTHER_PANEL[:2], PANEL[2]]):
        with pytest.raises(Refused, match="same_panel"):
            review.invite(members, an_officer(), day(1))
        with pytest.raises(Refused, match="same_panel"):
            review.convene(members, an_officer(), day(1))
    accepted(review, OTHER_PANEL, day(1))
    review.convene(OTHER_PANEL, an_officer(), day(1))
    votes(review, False, False, False)
    with pytest.raises(Refused, match="same_panel"):
        review.decide(REJECTED, CHAIR, day(1))
    review.decide(REJECTED, an_officer("prs_chair2"), day(1))

    assert review.status == "final"
    with pytest.raises(Refused, match="not_rejected"):
        review.appeal("!", OWNER, day(1))


def test_an_appeal_has_a_clock_of_its_own() -> None:
    review = a_decided_review(REJECTED)

    review.appeal("!", OWNER, day(7))

    assert review.days_at_institution(day(9)) == 2


def test_another_institutions_certificate_is_adopted_under_a_rule() -> None:
    review = a_screened_review()

    review.recognise(a_certificate(), a_rule(), an_officer(), NOON)
    review.certify("crt_2", NOON)

    assert (review.status, review.recognised_by) == ("certified", "prs_officer")
    assert a_screened_review().recognised_by == ""
    assert names(review) == ["verification.review.recognised", "verification.review.ended"]


@pytest.mark.parametrize(
    "changes",
    [{"accepts": "pty_other"}, {"category": "road"}, {"council": "ict"}, {"institution": HOUSING, "accepts": WATER}],
)
def test_a_rule_about_something_else_does_not_help(changes: dict[str, Any]) -> None:
    review = a_screened_review()

    with pytest.raises(Refused, match="not_covered"):
        review.recognise(a_certificate(), a_rule(**changes), an_officer(), NOON)


def test_nobody_recognises_by_a_rule_of_their_own() -> None:
    review = a_screened_review()

    with pytest.raises(Refused, match="own_rule"):
        review.recognise(a_certificate(), a_rule(declared_by="prs_officer"), an_officer(), NOON)

    assert (review.status, names(review)) == ("screening", [])


def test_people_and_votes_are_only_for_the_institution() -> None:
    review = a_decided_review(REJECTED)
    review.declare_conflict("주주", an_officer("prs_honest"), NOON)

    outside = review_view(review).model_dump_json() + review_read(review, NOON, inside=False).model_dump_json()
    inside = review_read(review, NOON, inside=True).model_dump_json()

    assert "prs_" not in outside
    assert "주주" not in outside
    assert all(each in inside for each in ("prs_officer", "prs_in1", "prs_chair", "주주"))
    assert "performance_unproven" in outside


def _overdue(review: Review, at: datetime) -> bool:
    view = review_read(review, at, inside=False)
    assert view.clock is not None
    return view.clock.overdue
