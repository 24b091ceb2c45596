from datetime import UTC, date, datetime, timedelta

import pytest

from services.catalog.domain.ban import Decision
from services.catalog.domain.description import Contact
from services.catalog.domain.finding import Finding
from services.catalog.domain.party import Party
from shared.errors import Invalid, Refused
from shared.events.catalog import PartyBanAppealOverdue
from shared.events.days import end_of
from tests.builders import FIRM, NOON, OPERATOR, a_ban, a_registered_party, an_active_party

DAY = timedelta(days=1)


@pytest.mark.parametrize("number", ["124-81-00999", "1248100990"])
def test_a_number_with_a_wrong_check_digit_is_refused(number: str) -> None:
    with pytest.raises(Invalid, match="check digit") as refusal:
        a_registered_party(business_number=number)

    assert refusal.value.field == "/business_number"


@pytest.mark.parametrize("number", ["", "12-481-00998", "한빛", "1234", "124-81-00998-1"])
def test_what_is_no_number_is_refused_as_invalid(number: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_registered_party(business_number=number)

    assert refusal.value.field == "/business_number"


def test_a_number_is_held_while_the_party_lives() -> None:
    party = a_registered_party()
    assert party.claims() == ["brn:1248100998"]

    party.close("폐업", NOON)

    assert party.claims() == []
    assert party.taken("brn:1248100998").field == "/business_number"


def test_nobodys_name_or_phone_is_public() -> None:
    party = an_active_party()

    assert party.contact is not None
    for event in party.recorded:
        assert "김하늘" not in event.model_dump_json()
    assert "555-0100" not in party.public().model_dump_json()


def test_an_institution_needs_no_sme_certificate() -> None:
    party = a_registered_party(party_kind="institution")

    party.activate(NOON, tax_active=True, sme_certificate_until=None)

    party.must_be_active(NOON)


@pytest.mark.parametrize("until", [None, date(2026, 11, 22)])
def test_a_small_firm_without_a_valid_certificate_is_not_activated(until: date | None) -> None:
    party = a_registered_party()

    with pytest.raises(Refused, match="SME certificate"):
        party.activate(NOON, tax_active=True, sme_certificate_until=until)

    assert party.status == "registered"


def test_a_lapsed_firm_may_start_something_new_once_it_has_a_new_certificate() -> None:
    party = an_active_party()
    lapsed = datetime(2027, 4, 1, 3, tzinfo=UTC)
    assert not party.public().is_active(lapsed)

    party.activate(lapsed, tax_active=True, sme_certificate_until=date(2028, 3, 31))
    party.activate(lapsed, tax_active=True, sme_certificate_until=date(2028, 3, 31))

    assert party.public().is_active(lapsed)
    assert [event.name for event in party.recorded].count("catalog.party.activated") == 2


def test_what_the_registry_said_before_does_not_undo_what_the_operator_saw_since() -> None:
    party = an_active_party()
    old, new, revoked = date(2027, 1, 31), date(2028, 3, 31), date(2027, 6, 30)

    counted = []
    for day, said in enumerate((old, None, old, revoked)):
        at = NOON + day * DAY
        if said is None:
            party.activate(at, tax_active=True, sme_certificate_until=new)
        else:
            finding = {"source": "registry", "tax_status": "active", "found_at": at, "confirmed_at": at}
            party.learn(Finding.model_validate(finding | {"sme_certificate_until": said}))
        counted.append(party.sme_certificate_until)

    assert counted == [old, new, new, revoked]


def test_a_ban_ends_by_the_clock_and_only_then() -> None:
    party = an_active_party()
    party.ban(a_ban(until=NOON + DAY), "prs_kim", OPERATOR, NOON)
    assert party.due() == NOON + DAY

    party.tick(NOON + DAY - timedelta(seconds=1))
    assert party.status == "restricted"
    party.tick(NOON + DAY)
    party.tick(NOON + DAY)

    assert (party.status, party.public().restricted_until) == ("active", None)
    told = [event.name.rpartition(".")[2] for event in party.recorded][-3:]
    assert told == ["restricted", "ban_ended", "restored"]


def test_a_ban_is_over_at_its_hour_also_for_those_the_clock_has_not_told() -> None:
    party = an_active_party()
    party.ban(a_ban(until=NOON + DAY), "prs_kim", OPERATOR, NOON)

    copy = party.public()

    assert not copy.is_active(NOON + DAY - timedelta(seconds=1))
    copy.must_be_active(NOON + DAY)


@pytest.mark.parametrize("until", [NOON, NOON - DAY, NOON + timedelta(days=732)])
def test_a_ban_does_not_end_before_it_begins_nor_after_two_years(until: datetime) -> None:
    with pytest.raises(Invalid, match="future") as refusal:
        an_active_party().ban(a_ban(until=until), "prs_kim", OPERATOR, NOON)

    assert refusal.value.field == "/until"


def test_a_ban_lasts_two_years_at_most() -> None:
    party = an_active_party()

    party.ban(a_ban(until=datetime(2028, 11, 23, 3, tzinfo=UTC)), "prs_kim", OPERATOR, NOON)

    assert party.status == "restricted"


def test_a_ban_that_was_stored_without_an_end_is_in_force_until_it_is_lifted() -> None:
    stored = an_active_party().model_dump(mode="json")
    earlier = {"reason": "bribery", "document": "제재공고 2026-0001", "number": 1, "at": NOON, "by": "prs_kim"}
    party = Party.model_validate(stored | {"bans": [earlier]})

    party.tick(NOON + timedelta(days=4000))
    party.ban(a_ban(), "prs_kim", OPERATOR, NOON)

    shown = party.public()
    assert (shown.status, shown.restriction, shown.restricted_until) == ("restricted", "bribery", None)
    party.decide(1, Decision(outcome="lifted", reason="확인함", at=NOON, by="prs_lee"))
    assert party.public().restricted_until == party.bans[1].until


def test_a_shorter_ban_beside_a_longer_one_changes_no_end() -> None:
    party = an_active_party()
    party.ban(a_ban(until=NOON + 9 * DAY), "prs_kim", OPERATOR, NOON)
    party.ban(a_ban(reason="bribery", until=NOON + DAY), "prs_kim", OPERATOR, NOON)

    party.tick(NOON + DAY)

    shown = party.public()
    assert (shown.status, shown.restriction, shown.restricted_until) == ("restricted", "collusion", NOON + 9 * DAY)
    assert [each.ended_at for each in party.bans] == [None, NOON + DAY]


def test_a_ban_is_appealed_against_in_its_time_and_not_later() -> None:
    party, late = an_active_party(), an_active_party()
    for each in (party, late):
        each.ban(a_ban(), "prs_kim", OPERATOR, NOON)
    last = end_of(date(2026, 12, 23))  # 22 working days, and 30 days, after 23 November

    party.appeal(1, "원본입니다", "prs_park", FIRM, last - timedelta(seconds=1))
    with pytest.raises(Refused, match="2026-12-23") as refusal:
        late.appeal(1, "원본입니다", "prs_park", FIRM, last)

    assert refusal.value.rule == "party.ban_appeal_late"
    assert late.decision_due is None


def test_an_overdue_decision_is_called_for_once_and_again_after_some_days_until_it_is_there() -> None:
    party = an_active_party()
    party.ban(a_ban(), "prs_kim", OPERATOR, NOON)
    party.appeal(1, "원본입니다", "prs_park", FIRM, NOON)
    due, again = end_of(date(2026, 12, 7)), end_of(date(2026, 12, 15))
    party.ledger.recorded.clear()

    for at in (due - timedelta(seconds=1), due, due, again - timedelta(seconds=1), again):
        party.tick(at)
        assert party.due() == (due if at < due else again if at < again else end_of(date(2026, 12, 23)))
    party.decide(1, Decision(outcome="upheld", reason="위조", at=again, by="prs_lee"))
    party.tick(again + 90 * DAY)

    assert [(event.name, event.due) for event in party.recorded if isinstance(event, PartyBanAppealOverdue)] == [
        ("catalog.party.ban_appeal_overdue", date(2026, 12, 7))
    ] * 2
    assert (party.status, party.decision_due) == ("restricted", None)


@pytest.mark.parametrize("ends", ["by its date", "lifted", "with its party"])
def test_an_appeal_waits_for_nobody_once_its_ban_is_over(ends: str) -> None:
    party = an_active_party()
    party.ban(a_ban(until=NOON + 3 * DAY), "prs_kim", OPERATOR, NOON)
    party.appeal(1, "원본입니다", "prs_park", FIRM, NOON)
    assert party.decision_due == date(2026, 12, 7)

    if ends == "lifted":
        party.decide(1, Decision(outcome="lifted", reason="확인함", at=NOON, by="prs_lee"))
    elif ends == "with its party":
        party.close("폐업", NOON)
    else:
        party.tick(NOON + 3 * DAY)
    party.ledger.recorded.clear()
    party.tick(NOON + 60 * DAY)

    assert party.decision_due is None
    assert party.appealed() == []
    assert not any(isinstance(event, PartyBanAppealOverdue) for event in party.recorded)


def test_a_ban_goes_with_a_business_that_leaves_and_comes_again() -> None:
    earlier, again = an_active_party(), a_registered_party("pty_again")
    earlier.ban(a_ban(until=NOON + DAY, document="제재공고 1"), "prs_kim", OPERATOR, NOON)
    earlier.ban(a_ban(), "prs_kim", OPERATOR, NOON)
    earlier.ban(a_ban(document="제재공고 3"), "prs_kim", OPERATOR, NOON)
    earlier.decide(3, Decision(outcome="lifted", reason="확인함", at=NOON, by="prs_lee"))
    earlier.appeal(2, "원본입니다", "prs_park", FIRM, NOON)
    earlier.close("폐업", NOON)

    for last_day in (date(2027, 3, 31), date(2028, 3, 31)):
        again.activate(NOON + DAY, tax_active=True, sme_certificate_until=last_day, left=[an_active_party(), earlier])

    assert [(each.number, each.document) for each in again.bans] == [(1, a_ban().document)]
    assert (again.status, again.public().restricted_until) == ("restricted", a_ban().until)
    assert (earlier.decision_due, again.decision_due) == (None, date(2026, 12, 7))
    told = [event.name.rpartition(".")[2] for event in again.recorded]
    assert told == ["registered", "activated", "restricted", "activated"]
    again.decide(1, Decision(outcome="lifted", reason="확인함", at=NOON + DAY, by="prs_lee"))
    assert (again.status, earlier.bans[1].ended_at) == ("active", None)


def test_what_a_party_says_against_a_ban_is_in_no_event() -> None:
    party = an_active_party()
    party.ban(a_ban(), "prs_kim", OPERATOR, NOON)

    party.appeal(1, "담당자 김하늘에게 문의", "prs_park", FIRM, NOON)

    assert "김하늘" not in party.recorded[-1].model_dump_json() + party.public().model_dump_json()


def test_whom_to_call_is_told_to_nobody_and_forgotten_even_after_the_party_left() -> None:
    party = an_active_party()
    party.ledger.recorded.clear()
    party.be_reached_by(Contact(name="박나래", phone="02-555-0199", mail=""))
    party.close("폐업", NOON)

    party.erase_contact()
    party.erase_contact()

    assert party.contact is None
    assert [event.name for event in party.recorded] == ["catalog.party.closed"]
    with pytest.raises(Refused) as refusal:
        party.be_reached_by(Contact(name="박나래", phone="", mail=""))
    assert refusal.value.rule == "party.closed"
