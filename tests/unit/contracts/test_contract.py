import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.contracts.domain.contract import OFFER_STANDS, Contract
from services.contracts.domain.eligibility import must_have_met
from shared.errors import Invalid, MarketError, Refused
from shared.events.contracts import ContractDrafted, ContractPaid, ContractSigned
from tests.unit.contracts.builders import (
    FIRM,
    INSTITUTION,
    NOON,
    a_certificate,
    a_draft,
    a_firm,
    a_meeting,
    a_product,
    a_proposal,
    a_standing,
    an_active_contract,
    an_institution,
    an_offer,
    names,
)


def test_a_draft_keeps_the_product_and_certificate_as_they_are_today() -> None:
    contract = a_draft(meeting="mtg_1")

    assert (contract.product.version, contract.product.title) == (1, "저전력 수처리 분리막")
    assert contract.certificate == a_certificate()
    event = contract.recorded[0]
    assert isinstance(event, ContractDrafted)
    assert (event.certificate, event.meeting) == ("crt_1", "mtg_1")


def test_what_it_is_worth_is_between_the_two_sides_until_both_have_signed() -> None:
    contract = a_draft()
    events = [each.model_dump_json() for each in contract.recorded]
    contract.offer(a_standing(), NOON)
    contract.sign(FIRM, "prs_1", a_standing(), NOON)
    assert contract.public().amount is None
    assert not any("1000" in each for each in events)

    contract.sign(INSTITUTION, "prs_2", a_standing(), NOON)

    assert contract.public().amount == Decimal(1000)


@pytest.mark.parametrize(
    ("standing", "rule"),
    [
        (a_standing(product=a_product(status="paused")), "contract.version_not_listed"),
        (a_standing(product=a_product(version=2)), "contract.version_not_listed"),
        (a_standing(product=a_product(certificates=[])), "contract.certificate_not_valid"),
        (
            a_standing(product=a_product(certificates=[a_certificate(valid_until=date(2026, 11, 22))])),
            "contract.certificate_not_valid",
        ),
        (a_standing(product=a_product(owner="pty_other")), "contract.product_of_others"),
        (a_standing(product=a_product(product_kind="idle_ip")), "contract.idle_ip_licence_only"),
        (a_standing(firm=an_institution(FIRM)), "contract.firm_not_sme"),
        (a_standing(firm=a_firm(status="restricted")), "party.not_active"),
        (a_standing(institution=an_institution(status="closed")), "party.not_active"),
        (a_standing(firm=a_firm(sme_certificate_until=date(2026, 11, 22))), "party.sme_certificate_lapsed"),
    ],
)
def test_a_draft_needs_two_active_parties_and_a_listed_and_certified_version(standing: object, rule: str) -> None:
    with pytest.raises(MarketError) as refusal:
        Contract.draft("ctr_1", INSTITUTION, a_proposal(), standing, NOON)  # type: ignore[arg-type]

    assert refusal.value.rule == rule


def test_a_certificate_is_valid_until_the_end_of_its_last_day_in_seoul() -> None:
    last_day = a_standing(product=a_product(certificates=[a_certificate(valid_until=date(2026, 11, 23))]))

    Contract.draft("ctr_1", INSTITUTION, a_proposal(), last_day, datetime(2026, 11, 23, 14, 59, tzinfo=UTC))
    with pytest.raises(Refused, match="certificate_not_valid") as refusal:
        Contract.draft("ctr_1", INSTITUTION, a_proposal(), last_day, datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    assert f"{a_certificate().number} ~ 2026-11-23" in refusal.value.ko


def test_the_institutions_own_certificate_comes_before_one_that_lasts_longer() -> None:
    longer = a_certificate(id="crt_2", institution="pty_other", valid_until=date(2029, 1, 1))
    standing = a_standing(product=a_product(certificates=[longer, a_certificate()]))

    contract = Contract.draft("ctr_1", INSTITUTION, a_proposal(), standing, NOON)

    assert contract.certificate_id == "crt_1"


def test_idle_ip_is_licensed_without_a_certificate() -> None:
    idle = a_product(product_kind="idle_ip", owner=INSTITUTION, certificates=[])
    standing = a_standing(product=idle)

    contract = Contract.draft("ctr_1", INSTITUTION, a_proposal(contract_kind="licence"), standing, NOON)
    contract.offer(standing, NOON)

    assert contract.public().certificate == ""


@pytest.mark.parametrize(
    ("meeting", "rule"),
    [
        (a_meeting(firm="pty_other"), "contract.meeting_of_others"),
        (a_meeting(institution="pty_other"), "contract.meeting_of_others"),
        (a_meeting(status="booked"), "contract.meeting_not_held"),
        (a_meeting(status="converted"), "contract.meeting_not_held"),
    ],
)
def test_a_contract_comes_from_a_meeting_these_two_have_held(meeting: object, rule: str) -> None:
    must_have_met(a_meeting(status="reported"), INSTITUTION, FIRM)

    with pytest.raises(Refused) as refusal:
        must_have_met(meeting, INSTITUTION, FIRM)  # type: ignore[arg-type]
    assert refusal.value.rule == rule


CHANGES: list[dict[str, str]] = [
    {"amount": "1001"},
    {"terms": "다른 조건"},
    {"contract_kind": "rnd"},
    {"meeting": "mtg_1"},
    {"commitment": "cmt_1"},
]


def test_the_digest_depends_on_what_is_signed_and_on_nothing_else() -> None:
    later = a_draft()
    later.offer(a_standing(), NOON + timedelta(days=1))

    assert later.document_sha256 == an_offer().document_sha256
    assert len({an_offer(**each).document_sha256 for each in [{}, *CHANGES]}) == 1 + len(CHANGES)


def test_the_digest_is_the_one_anybody_computes_from_the_document() -> None:
    document = (
        '{"amount":"1000","certificate":{"id":"crt_1","institution":"pty_kwater","number":"KW-2026-0001",'
        '"valid_until":"2027-03-31","version":1},"commitment":"","contract_kind":"purchase","firm":"pty_hanbit",'
        '"id":"ctr_1","institution":"pty_kwater","meeting":"","product":{"id":"prd_membrane","owner":"pty_hanbit",'
        '"product_kind":"technology","title":"저전력 수처리 분리막","version":1},"terms":"납품 후 30일 이내 검수한다."}'
    )

    assert an_offer().document_sha256 == hashlib.sha256(document.encode()).hexdigest()


def test_the_last_signature_makes_the_contract_active() -> None:
    contract = an_offer(meeting="mtg_1", commitment="cmt_1")

    contract.sign(FIRM, "prs_firm", a_standing(), NOON)
    first = contract.status
    contract.sign(INSTITUTION, "prs_buyer", a_standing(), NOON)

    assert (first, contract.status) == ("part_signed", "active")
    assert names(contract)[2:] == ["signature.given", "signature.given", "contract.signed"]
    event = contract.recorded[-1]
    assert isinstance(event, ContractSigned)
    assert (event.meeting, event.commitment, event.amount, event.product.version) == (
        "mtg_1",
        "cmt_1",
        Decimal(1000),
        1,
    )


def test_an_offer_that_stood_its_time_is_not_signed_even_if_the_clock_is_late() -> None:
    contract = an_offer()
    contract.sign(FIRM, "prs_firm", a_standing(), NOON + OFFER_STANDS - timedelta(seconds=1))

    with pytest.raises(Refused, match="the offer stood until"):
        contract.sign(INSTITUTION, "prs_buyer", a_standing(), NOON + OFFER_STANDS)

    assert contract.status == "part_signed"


def test_a_side_signs_once() -> None:
    contract = an_offer()

    contract.sign(FIRM, "prs_firm", a_standing(), NOON)
    contract.sign(FIRM, "prs_other", a_standing(), NOON)

    assert contract.status == "part_signed"
    assert [each.person for each in contract.signatures] == ["prs_firm"]


@pytest.mark.parametrize(
    "standing",
    [
        a_standing(firm=a_firm(status="restricted")),
        a_standing(product=a_product(certificates=[])),
        a_standing(product=a_product(certificates=[a_certificate(id="crt_2")])),
        a_standing(product=a_product(certificates=[a_certificate(valid_until=date(2026, 11, 22))])),
    ],
)
def test_whoever_lost_eligibility_since_the_draft_is_stopped_at_the_signature(standing: object) -> None:
    contract = an_offer()

    with pytest.raises(Refused):
        contract.sign(FIRM, "prs_firm", standing, NOON)  # type: ignore[arg-type]

    assert contract.signatures == []


def test_a_withdrawn_product_is_neither_offered_nor_signed_for() -> None:
    gone = a_standing(product=a_product(status="withdrawn"))
    drafted, offered = a_draft(), an_offer()

    with pytest.raises(Refused, match="product_withdrawn"):
        drafted.offer(gone, NOON)
    with pytest.raises(Refused, match="product_withdrawn"):
        offered.sign(FIRM, "prs_firm", gone, NOON)

    assert (drafted.status, offered.status, offered.signatures) == ("drafted", "offered", [])


def test_a_paused_listing_keeps_what_is_being_agreed() -> None:
    paused = a_standing(product=a_product(status="paused"))
    contract = a_draft()

    contract.offer(paused, NOON)
    contract.sign(FIRM, "prs_firm", paused, NOON)

    assert contract.status == "part_signed"


def test_payments_reach_the_amount_and_never_exceed_it() -> None:
    contract = an_active_contract()

    contract.pay(Decimal(600), "r1", NOON)
    with pytest.raises(Refused, match="overpaid"):
        contract.pay(Decimal(401), "r2", NOON)
    contract.pay(Decimal(400), "r2", NOON)

    assert contract.paid == contract.amount
    event = contract.recorded[-1]
    assert isinstance(event, ContractPaid)
    assert (event.amount, event.paid, event.erp_reference) == (Decimal(400), Decimal(1000), "r2")
    assert contract.claims() == [f"erp:{INSTITUTION}|r1", f"erp:{INSTITUTION}|r2"]


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_more_than_nothing(amount: int) -> None:
    with pytest.raises(Invalid, match="payment_not_positive"):
        an_active_contract().pay(Decimal(amount), "r1", NOON)


def test_a_reference_pays_once() -> None:
    contract = an_active_contract()
    contract.pay(Decimal(100), "r1", NOON)

    with pytest.raises(Refused, match="erp_reference_taken"):
        contract.pay(Decimal(100), "r1", NOON)

    assert contract.paid == 100


def test_what_was_not_delivered_is_not_accepted() -> None:
    with pytest.raises(Refused, match="not_delivered"):
        an_active_contract().accept(NOON)


def test_a_contract_is_complete_when_accepted_and_paid() -> None:
    contract = an_active_contract()
    contract.deliver(NOON)
    contract.accept(NOON)
    with pytest.raises(Refused, match="not_fulfilled"):
        contract.complete("", NOON)
    contract.pay(contract.amount, "r1", NOON)

    contract.complete("not needed", NOON)

    assert (contract.status, contract.waiver) == ("completed", "")


def test_what_is_missing_can_be_waived_with_a_reason() -> None:
    contract = an_active_contract()

    contract.complete("하자보수금 상계", NOON)

    assert (contract.status, contract.waiver) == ("completed", "하자보수금 상계")


def test_an_offer_that_is_not_signed_within_thirty_days_is_cancelled_once() -> None:
    contract = an_offer(meeting="mtg_1")
    contract.sign(FIRM, "prs_firm", a_standing(), NOON)
    assert contract.due() == NOON + OFFER_STANDS

    contract.tick(NOON + OFFER_STANDS - timedelta(seconds=1))
    assert contract.status == "part_signed"
    contract.tick(NOON + OFFER_STANDS)
    contract.tick(NOON + OFFER_STANDS)

    assert (contract.status, contract.reason, contract.due()) == ("cancelled", "offer_expired", None)
    assert names(contract).count("contract.cancelled") == 1
    assert contract.claims() == []


def test_one_contract_comes_of_a_meeting() -> None:
    contract = a_draft(meeting="mtg_1")

    assert contract.claims() == ["meeting:mtg_1"]
    assert contract.taken("meeting:mtg_1").rule == "contract.meeting_taken"
    assert contract.taken(f"erp:{INSTITUTION}|a|b").en.startswith("a|b ")


def test_the_public_state_holds_no_terms_and_no_people() -> None:
    public = an_active_contract().public().model_dump_json()

    assert "prs_" not in public
    assert "검수" not in public


def test_what_was_offered_or_accepted_already_stays_as_it_is() -> None:
    contract = an_active_contract()
    contract.deliver(NOON)
    contract.accept(NOON)
    later = NOON + timedelta(days=1)

    contract.deliver(later)
    contract.accept(later)

    assert (contract.delivered_at, contract.accepted_at) == (NOON, NOON)
    offered = an_offer()
    offered.offer(a_standing(), later)
    assert offered.offered_at == NOON
