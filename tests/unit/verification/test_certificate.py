from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.verification.domain.certificate import certificate_number, last_valid_day
from shared.errors import Refused
from shared.events.verification import CertificateRenewalDue
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


@pytest.mark.parametrize("changes", [{}, {"product": {"id": "prd_1", "version": 2}}, {"status": "revoked"}])
def test_only_a_valid_certificate_for_this_very_version_is_adopted(changes: dict[str, Any]) -> None:
    certificate = a_certificate(**changes)

    if not changes:
        certificate.must_fit(PRODUCT, NOON)
    else:
        with pytest.raises(Refused, match="certificate_unfit"):
            certificate.must_fit(PRODUCT, NOON)


class CertificateLife(RuleBasedStateMachine):
    """A certificate against a plain model: a last day, and whether it was revoked or let go."""

    def __init__(self) -> None:
        super().__init__()
        self.certificate = a_certificate(valid_until=LAST)
        self.last = LAST
        self.today = date(2029, 6, 1)
        self.ended = ""
        self.shown = self.certificate.public()
        self.heard: list[str] = []

    @rule(days=st.sampled_from([1, 7, 30, 61, 120]), slow=st.booleans())
    def time_passes(self, days: int, slow: bool) -> None:  # noqa: FBT001
        for number in range(1, days + 1):
            if slow or number == days:
                self.certificate.tick(seoul(self.today + timedelta(days=number), hour=9))
        self.today += timedelta(days=days)
        if not self.ended and self.today > self.last:
            self.ended = "expired"

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
            self.ended = "revoked"

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        status = self.ended or ("renewal_due" if (self.last - self.today).days <= 90 else "certified")
        assert (self.certificate.status, self.certificate.valid_until) == (status, self.last)
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
