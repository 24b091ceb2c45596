"""Nothing waits without somebody whose move it is, a last day, and a clock that does something about it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import get_args

import pytest

from services.verification.domain.case import ENDED
from services.verification.domain.certificate import Certificate
from services.verification.domain.committee import Member, Ruling
from services.verification.domain.dossier import Dossier
from services.verification.domain.review import Review
from services.verification.domain.rules import COMMON
from services.verification.domain.steps import NextStep
from shared.errors import Invalid
from shared.events.days import end_of, seoul_date
from shared.events.verification import CertificateStatus, DossierStatus, ReviewOverdue, ReviewStatus
from shared.events.working_days import CALLED_AGAIN, working_day_after
from tests.unit.verification.builders import (
    APPROVED,
    CHAIR,
    DEFERRED,
    NOON,
    OTHER_PANEL,
    OWNER,
    PANEL,
    REJECTED,
    WATER,
    a_certificate,
    a_decided_review,
    a_dossier,
    a_member,
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

RESTS = DEFERRED.model_copy(update={"until": date(2026, 12, 11)})
LAST = working_day_after(seoul_date(NOON), COMMON.review_days)


def inspected() -> Review:
    review = a_review_in_committee()
    review.order_inspection("대전", date(2026, 12, 1), [], an_officer(), NOON)
    return review


def deferred() -> Review:
    review = a_review_in_committee()
    review.decide(RESTS, CHAIR, NOON)
    return review


def appealed() -> Review:
    review = a_decided_review(REJECTED)
    review.appeal("!", OWNER, NOON)
    return review


def recognised() -> Review:
    review = a_screened_review()
    review.recognise(a_certificate(), a_rule(), an_officer(), NOON)
    return review


def certified() -> Review:
    review = a_decided_review()
    review.certify("crt_1", NOON)
    return review


def given_up() -> Review:
    review = asked()
    review.tick(day(60))
    return review


REVIEWS: Mapping[ReviewStatus, Callable[[], Review]] = {
    "opened": an_opened_review,
    "screening": a_screened_review,
    "awaiting_firm": asked,
    "committee": a_review_in_committee,
    "inspection": inspected,
    "approved": a_decided_review,
    "rejected": lambda: a_decided_review(REJECTED),
    "deferred": deferred,
    "appealed": appealed,
    "recognised": recognised,
    "certified": certified,
    "final": given_up,
}


@pytest.mark.parametrize("leaving", ["owner", "institution"])
@pytest.mark.parametrize("status", get_args(ReviewStatus))
def test_what_is_not_decided_ends_with_its_firm_or_institution(status: ReviewStatus, leaving: str) -> None:
    review = REVIEWS[status]()
    said, before = review.reasons, names(review)

    for _ in range(2):
        review.end_with_party(getattr(review, leaving), NOON)

    if status in {"approved", "recognised", *ENDED}:
        assert (review.status, names(review)) == (status, before)
        return
    left = "firm_closed" if leaving == "owner" else "institution_closed"
    assert (review.status, review.reasons) == ("final", said if status == "rejected" else [left])
    assert names(review) == [*before, "verification.review.ended"]
    assert (review.next_step, review.due()) == (None, None)


@pytest.mark.parametrize("status", get_args(ReviewStatus))
def test_every_review_that_waits_has_somebody_whose_move_it_is_and_a_clock(status: ReviewStatus) -> None:
    review = REVIEWS[status]()
    step, due = review.next_step, review.due()

    assert review.status == status
    assert (step is None) is (due is None) is (status in ENDED)
    if due is not None:
        review.recorded.clear()
        review.tick(due - timedelta(seconds=1))
        assert names(review) == []
        review.tick(due)
        assert len(names(review)) == 1


@pytest.mark.parametrize("status", get_args(DossierStatus))
def test_every_dossier_that_waits_has_an_owner_and_a_clock(status: DossierStatus) -> None:
    dossier = a_dossier()
    if status == "closed":
        dossier.conclude(dossier.applications[0].review, "rejected", ["unsafe"], "", NOON)

    assert dossier.status == status
    _waits(dossier, ended=status == "closed")


@pytest.mark.parametrize("status", get_args(CertificateStatus))
def test_every_certificate_that_holds_has_an_owner_and_a_clock(status: CertificateStatus) -> None:
    certificate = a_certificate()
    if status == "renewal_due":
        certificate.tick(end_of(certificate.valid_until) - timedelta(days=60))
    elif status == "expired":
        certificate.tick(end_of(certificate.valid_until))
    elif status == "revoked":
        certificate.revoke("허위 시험성적서", NOON)

    assert certificate.status == status
    _waits(certificate, ended=status in {"expired", "revoked"})


def test_a_certificate_in_question_waits_for_its_institution_until_the_clock_decides() -> None:
    certificate = a_certificate(recognised_certificate="crt_0")
    certificate.put_in_question(NOON)
    _waits(certificate, ended=False)

    certificate.tick(_present(certificate.due()))

    assert certificate.status == "revoked"
    _waits(certificate, ended=True)


def test_an_open_dossier_is_told_of_each_year_and_once() -> None:
    dossier = a_dossier()

    dossier.tick(day(364))
    assert names(dossier) == []
    for number in (365, 400, 366 + 365, 366 + 366):
        dossier.tick(day(number))

    assert names(dossier) == ["verification.dossier.overdue"] * 2


def test_what_nobody_does_is_called_for_again_until_it_is_done_and_decides_nothing() -> None:
    review = an_opened_review()
    first = working_day_after(seoul_date(NOON), COMMON.assignment_days)
    assert review.next_step == NextStep(owner="institution", step="assign", by=first)

    for moment in (end_of(first), end_of(first) + timedelta(days=1)):
        review.tick(moment)
    again = review.due()
    assert again == end_of(working_day_after(seoul_date(end_of(first)), CALLED_AGAIN))
    review.tick(again)

    told = [event for event in review.recorded if isinstance(event, ReviewOverdue)]
    assert [(event.waits_for, event.step, event.due) for event in told] == [("institution", "assign", first)] * 2
    assert review.status == "opened"
    review.assign("prs_officer", an_officer(), again)
    assert review.next_step == NextStep(owner="institution", step="screen", by=LAST)


def test_an_officer_who_stepped_back_is_to_be_replaced() -> None:
    review = a_screened_review()

    review.declare_conflict("주주", an_officer(), day(3))

    by = working_day_after(seoul_date(day(3)), COMMON.assignment_days)
    assert review.next_step == NextStep(owner="institution", step="assign", by=by)


def test_whose_move_it_is_follows_the_committee() -> None:
    review = a_screened_review()
    seen = [_step(review)]
    review.invite(PANEL, an_officer(), NOON)
    seen.append(_step(review))
    review.answer_invitation("declined", "", an_outsider(), NOON)
    for member in PANEL[:2]:
        review.answer_invitation("accepted", "", a_member(member), NOON)
    seen.append(_step(review))
    accepted(review, [PANEL[2]])
    seen.append(_step(review))
    review.convene(PANEL, an_officer(), NOON)
    seen.append(_step(review))
    votes(review, True, True, True)
    seen.append(_step(review))
    review.declare_conflict("자문 계약", an_officer("prs_in1"), NOON)
    seen.append(_step(review))
    accepted(review, [Member(person="prs_new")])
    seen.append(_step(review))

    assert seen == [
        ("institution", "screen"),
        ("committee", "answer_invitations"),
        ("institution", "invite"),
        ("institution", "convene"),
        ("committee", "vote"),
        ("chair", "decide"),
        ("institution", "invite"),
        ("institution", "convene"),
    ]


def test_an_appeal_waits_for_another_panel_and_not_for_the_one_that_decided() -> None:
    review = appealed()
    before = _step(review)

    accepted(review, OTHER_PANEL)

    assert (before, _step(review)) == (("institution", "invite"), ("institution", "convene"))


def test_a_deferral_ends_on_its_day_and_the_clock_goes_on_meanwhile() -> None:
    review = deferred()
    end = end_of(date(2026, 12, 11))
    review.recorded.clear()

    review.tick(end - timedelta(seconds=1))
    review.tick(end)

    assert (review.status, names(review)) == ("screening", ["verification.review.resumed"])
    assert review.days_at_institution(end - timedelta(seconds=1)) == 14


def test_a_deferral_beyond_the_longest_time_ends_the_review_with_it() -> None:
    review = a_review_in_committee()
    review.decide(DEFERRED.model_copy(update={"until": date(2028, 1, 3)}), CHAIR, NOON)

    review.tick(_present(review.ends_at()))

    assert (review.status, review.reasons, review.next_step) == ("final", ["not_decided_in_time"], None)


@pytest.mark.parametrize(
    "ruling",
    [
        APPROVED.model_copy(update={"until": date(2026, 12, 11)}),
        DEFERRED.model_copy(update={"until": date(2026, 11, 23)}),
    ],
)
def test_only_a_deferral_rests_until_a_day_and_that_is_to_come(ruling: Ruling) -> None:
    review = a_review_in_committee()
    votes(review, True, True, True)

    with pytest.raises(Invalid, match=r"decision\.until"):
        review.decide(ruling, CHAIR, NOON)

    assert (review.status, APPROVED.until) == ("committee", None)


def test_who_is_due_is_kept_with_the_state() -> None:
    review = an_opened_review(WATER)

    kept = review.model_dump(mode="json")
    assert kept["next_step"] == {"owner": "institution", "step": "assign", "by": "2026-11-30"}
    assert Review.model_validate(kept) == review


def _waits(thing: Dossier | Certificate, *, ended: bool) -> None:
    assert (thing.next_step is None) is (thing.due() is None) is ended


def _step(review: Review) -> tuple[str, str]:
    step = review.next_step
    assert step is not None
    return step.owner, step.step


def _present(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment
