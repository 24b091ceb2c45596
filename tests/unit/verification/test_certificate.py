from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.verification.domain.certificate import ORIGINAL_REVOKED, RECONSIDER_DAYS, Certificate, last_valid_day
from services.verification.domain.numbers import certificate_number
from services.verification.domain.steps import NextStep
from shared.errors import Refused
from shared.events.days import end_of
from shared.events.verification import CertificateQuestioned, CertificateRenewalDue
from shared.events.working_days import working_day_after
from tests.unit.verification.builders import HOUSING, NOON, PRODUCT, a_certificate, names

LAST = date(2029, 11, 22)


def seoul(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=9)


def test_an_issued_certificate_verifies_its_product_version() -> None:
    certificate = a_certificate()

    certificate.issue(NOON)

    (event,) = certificate.recorded
    assert event.name == "verification.product.verified"
    assert event.model_dump()["product"] == PRODUCT.model_dump()


def test_its_end_is_announced_at_90_and_at_30_days_and_comes_after_the_last_day_in_seoul() -> None:
    certificate = a_certificate(valid_until=LAST)
    seen = []

    while (due := certificate.due()) is not None:
        certificate.tick(due - timedelta(seconds=1))
        assert not certificate.recorded
        certificate.tick(due)
        certificate.tick(due)
        seen.append((due, names(certificate), getattr(certificate.recorded[0], "days_left", 0)))
        certificate.recorded.clear()

    assert seen == [
        (seoul(LAST - timedelta(days=90)), ["verification.certificate.renewal_due"], 90),
        (seoul(LAST - timedelta(days=30)), ["verification.certificate.renewal_due"], 30),
        (seoul(LAST + timedelta(days=1)), ["verification.certificate.expired"], 0),
    ]


def test_a_clock_that_was_away_announces_once() -> None:
    certificate = a_certificate(valid_until=LAST)

    certificate.tick(seoul(LAST - timedelta(days=5)))

    (event,) = certificate.recorded
    assert isinstance(event, CertificateRenewalDue)
    assert event.days_left == 5
    assert certificate.due() == seoul(LAST + timedelta(days=1))


def test_what_became_of_a_certificate_is_kept_with_its_last_day_then_or_the_reason() -> None:
    certificate = a_certificate(valid_until=LAST)
    certificate.issue(NOON)
    near = seoul(LAST - timedelta(days=20))

    for _ in range(2):
        certificate.tick(near)
    certificate.renew(1, near)
    for _ in range(2):
        certificate.revoke("허위", near)

    assert [(each.fact, each.party, each.note) for each in certificate.facts] == [
        ("issued", HOUSING, "2029-11-22"),
        ("renewal_due", "", "2029-11-22"),
        ("renewed", HOUSING, "2030-11-22"),
        ("revoked", HOUSING, "허위"),
    ]


def test_a_number_is_drawn_alike_for_the_same_review_and_again_for_the_next_attempt() -> None:
    first = certificate_number("pty_abcdefwater1", "rev_1", LAST, 0)

    assert first == certificate_number("pty_abcdefwater1", "rev_1", LAST, 0)
    assert first != certificate_number("pty_abcdefwater1", "rev_1", LAST, 1)
    assert first.startswith("TM-2029-WATER1-")


def test_a_number_stays_taken_after_its_certificate_was_revoked() -> None:
    certificate = a_certificate()
    certificate.revoke("허위", NOON)

    assert certificate.claims() == ["number:TM-2026-WATER-000001"]
    assert certificate.taken("number:TM-2026-WATER-000001").rule == "certificate.number_taken"


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2026, 11, 23), 3, date(2029, 11, 22)),
        (date(2027, 1, 1), 1, date(2027, 12, 31)),
        (date(2028, 2, 29), 3, date(2031, 2, 28)),
        (date(2025, 3, 1), 3, date(2028, 2, 29)),
    ],
)
def test_a_period_ends_the_day_before_its_anniversary(first: date, years: int, last: date) -> None:
    assert last_valid_day(first, years) == last


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"product": {"id": "prd_1", "version": 2}},
        {"status": "revoked"},
        {"in_question_until": date(2026, 12, 7)},
    ],
)
def test_only_a_valid_certificate_for_this_very_version_is_adopted(changes: dict[str, Any]) -> None:
    certificate = a_certificate(**changes)

    if not changes:
        certificate.must_fit(PRODUCT, NOON)
    else:
        with pytest.raises(Refused, match="certificate_unfit"):
            certificate.must_fit(PRODUCT, NOON)


def a_certificate_in_question(**changes: Any) -> Certificate:
    """One recognised by prs_officer, whose original was revoked on Monday, 23 November 2026."""
    certificate = a_certificate(recognised_certificate="crt_0", **changes)
    certificate.issue(NOON)
    certificate.put_in_question(NOON)
    return certificate


def test_one_that_rests_on_a_revoked_one_is_in_question_for_ten_working_days_and_valid_meanwhile() -> None:
    certificate = a_certificate_in_question()
    certificate.put_in_question(NOON + timedelta(days=1))

    until = date(2026, 12, 7)
    [_, event] = certificate.recorded
    assert isinstance(event, CertificateQuestioned)
    assert (event.revoked_certificate, event.due) == ("crt_0", until)
    assert certificate.is_valid(NOON)
    assert certificate.public().in_question_until == until
    assert certificate.next_step == NextStep(owner="institution", step="reconsider", by=until)
    assert certificate.due() == end_of(until)


def test_its_institution_keeps_it_once_for_a_reason() -> None:
    certificate = a_certificate_in_question()

    for _ in range(2):
        certificate.keep("자체 시험", "prs_colleague", "prs_officer", NOON)
    certificate.tick(NOON + timedelta(days=60))
    certificate.put_in_question(NOON + timedelta(days=60))

    assert [(each.fact, each.party, each.note) for each in certificate.facts[1:]] == [
        ("questioned", "", "crt_0"),
        ("kept", HOUSING, "자체 시험"),
    ]
    assert names(certificate)[1:] == ["verification.certificate.questioned", "verification.certificate.kept"]
    assert (certificate.status, certificate.public().in_question_until) == ("certified", None)


def test_who_recognised_it_may_take_it_back_but_does_not_keep_it() -> None:
    certificate = a_certificate_in_question()

    with pytest.raises(Refused, match="own_recognition"):
        certificate.keep("그대로", "prs_officer", "prs_officer", NOON)
    certificate.revoke("시험성적서 허위", NOON)

    assert (certificate.status, certificate.in_question_until, certificate.next_step) == ("revoked", None, None)
    with pytest.raises(Refused, match="not_in_question"):
        certificate.keep("자체 시험", "prs_colleague", "prs_officer", NOON)


def test_silence_revokes_it_with_a_reason_code() -> None:
    certificate = a_certificate_in_question()
    over = end_of(date(2026, 12, 7))

    certificate.tick(over - timedelta(seconds=1))
    assert certificate.status == "certified"
    with pytest.raises(Refused, match="not_in_question"):
        certificate.keep("자체 시험", "prs_colleague", "prs_officer", over)
    for _ in range(2):
        certificate.tick(over)

    assert (certificate.status, certificate.revocation) == ("revoked", ORIGINAL_REVOKED)
    assert [each.fact for each in certificate.facts] == ["issued", "questioned", "revoked"]
    assert certificate.facts[-1].party == ""
    assert certificate.due() is None


def test_one_that_ends_before_its_question_does_expires() -> None:
    certificate = a_certificate_in_question(valid_until=date(2026, 12, 1))
    assert certificate.in_question_until == date(2026, 12, 1)

    certificate.tick(NOON + timedelta(days=30))

    assert certificate.public().in_question_until is None
    assert names(certificate)[2:] == ["verification.certificate.expired"]


@pytest.mark.parametrize("status", ["expired", "revoked"])
def test_what_has_ended_is_not_put_in_question(status: str) -> None:
    certificate = a_certificate(recognised_certificate="crt_0", status=status)

    certificate.put_in_question(NOON)

    assert (names(certificate), certificate.in_question_until) == ([], None)


class CertificateLife(RuleBasedStateMachine):
    """A certificate against a plain model: its last day, until when it is in question, whether it was revoked."""

    def __init__(self) -> None:
        super().__init__()
        self.certificate = a_certificate(valid_until=LAST)
        self.last = LAST
        self.today = date(2029, 6, 1)
        self.ended = ""
        self.until: date | None = None
        self.questioned = self.kept = False
        self.shown = self.certificate.public()
        self.heard: list[str] = []

    @rule(days=st.sampled_from([1, 7, 30, 61, 120]), slow=st.booleans())
    def time_passes(self, days: int, slow: bool) -> None:  # noqa: FBT001
        for number in range(1, days + 1):
            if slow or number == days:
                self.certificate.tick(seoul(self.today + timedelta(days=number), hour=9))
        self.today += timedelta(days=days)
        if not self.ended and self.until and self.until < min(self.last, self.today):
            self.end("revoked")
        elif not self.ended and self.today > self.last:
            self.end("expired")

    def end(self, status: str) -> None:
        self.ended, self.until = status, None

    @rule()
    def what_it_rests_on_is_revoked(self) -> None:
        self.certificate.put_in_question(seoul(self.today, hour=9))
        if not self.ended and not self.questioned:
            self.questioned = True
            self.until = min(working_day_after(self.today, RECONSIDER_DAYS), self.last)

    @rule(colleague=st.booleans())
    def keep(self, colleague: bool) -> None:  # noqa: FBT001
        person = "prs_colleague" if colleague else "prs_officer"
        if (self.kept and not self.ended) or (self.until and colleague):
            self.certificate.keep("자체 시험", person, "prs_officer", seoul(self.today, hour=9))
            self.kept, self.until = True, None
        else:
            with pytest.raises(Refused, match=r"not_in_question|own_recognition"):
                self.certificate.keep("자체 시험", person, "prs_officer", seoul(self.today, hour=9))

    @rule(years=st.integers(1, 3))
    def renew(self, years: int) -> None:
        if not self.ended and (self.last - self.today).days <= 90:
            self.certificate.renew(years, seoul(self.today, hour=9))
            self.last = last_valid_day(self.last + timedelta(days=1), years)
        else:
            with pytest.raises(Refused, match="not_renewal_due"):
                self.certificate.renew(years, seoul(self.today, hour=9))

    @rule()
    def revoke(self) -> None:
        assume(self.today > date(2029, 8, 1))
        if self.ended == "expired":
            with pytest.raises(Refused, match="expired"):
                self.certificate.revoke("허위", seoul(self.today, hour=9))
        else:
            self.certificate.revoke("허위", seoul(self.today, hour=9))
            self.end("revoked")

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        status = self.ended or ("renewal_due" if (self.last - self.today).days <= 90 else "certified")
        assert (self.certificate.status, self.certificate.valid_until) == (status, self.last)
        assert self.certificate.in_question_until == self.until
        assert self.certificate.is_valid(seoul(self.today, hour=9)) is (not self.ended)
        assert (self.certificate.due() is None) is bool(self.ended)

    @invariant()
    def nobody_sees_a_change_without_an_event(self) -> None:
        heard = names(self.certificate)
        self.certificate.recorded.clear()
        self.heard += heard
        assert heard or self.certificate.public() == self.shown
        self.shown = self.certificate.public()
        ends = {"verification.certificate.expired", "verification.certificate.revoked"}
        assert not ends.intersection(self.heard[:-1])


TestCertificateLife = CertificateLife.TestCase


def test_a_certificate_that_rests_on_anothers_is_not_renewed() -> None:
    certificate = a_certificate(recognised_certificate="crt_0", status="renewal_due")

    with pytest.raises(Refused, match="recognised"):
        certificate.renew(None, NOON)
