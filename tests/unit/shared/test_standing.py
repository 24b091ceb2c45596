"""Who may start something new, and on which day: what every gate of every service asks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.errors import Refused
from shared.events.catalog import PartyState
from shared.events.days import seoul_date
from tests.builders import NOON, an_active_party

LAST_MOMENT = datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)
"""Of the day on which the builders' firm has its SME certificate for the last time, in Seoul."""


def a_state(**changed: object) -> PartyState:
    return an_active_party().public().model_copy(update=changed)


def test_a_day_is_the_one_it_is_in_seoul() -> None:
    assert seoul_date(datetime(2026, 11, 22, 14, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert seoul_date(datetime(2026, 11, 22, 15, tzinfo=UTC)) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "party",
    [a_state(), a_state(party_kind="institution", sme_certificate_until=None)],
    ids=["a certified firm", "an institution, which needs no SME certificate"],
)
def test_an_active_party_may_start_something_new(party: PartyState) -> None:
    party.must_be_active(NOON)

    assert party.is_active(NOON)


@pytest.mark.parametrize(
    ("party", "rule"),
    [
        (a_state(status="registered"), "party.not_active"),
        (a_state(status="restricted"), "party.not_active"),
        (a_state(status="closed", sme_certificate_until=None), "party.not_active"),
        (a_state(sme_certificate_until=None), "party.sme_certificate_lapsed"),
        (a_state(sme_certificate_until=date(2026, 11, 22)), "party.sme_certificate_lapsed"),
    ],
)
def test_any_other_is_told_why_not(party: PartyState, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        party.must_be_active(NOON, field="/firm")

    assert not party.is_active(NOON)
    assert (refusal.value.rule, refusal.value.field) == (rule, "/firm")
    assert "None" not in f"{refusal.value.en} {refusal.value.ko}"


@pytest.mark.parametrize(
    ("restriction", "until", "en", "ko"),
    [
        ("bribery", datetime(2027, 1, 30, 15, tzinfo=UTC), ": bribery until 2027-01-31 00:00", ": bribery, 2027-01-31"),
        ("tax_suspended", None, ": tax_suspended", ": tax_suspended)"),
        ("", None, "is restricted", "(restricted)"),
    ],
)
def test_a_restricted_one_is_told_the_fact_and_its_end(
    restriction: str, until: datetime | None, en: str, ko: str
) -> None:
    party = a_state(status="restricted", restriction=restriction, restricted_until=until)

    with pytest.raises(Refused) as refusal:
        party.must_be_active(NOON)

    assert en in refusal.value.en
    assert ko in refusal.value.ko


def test_a_certificate_lasts_through_its_last_day_in_seoul() -> None:
    party = a_state()

    assert party.is_active(LAST_MOMENT)
    assert not party.is_active(LAST_MOMENT + timedelta(seconds=1))
