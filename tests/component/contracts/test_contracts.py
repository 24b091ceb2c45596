"""Contracts over HTTP: the whole way, its refusals, and what happens side by side."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.ground import Contracts
from shared.events.catalog import PartyClosed
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.timers import tick
from tests.component.contracts.market import BUYER, OPERATOR, SELLER, STRANGER, Answer, Market, Person
from tests.component.records import record_of
from tests.component.shared.reading import until
from tests.unit.contracts.builders import FIRM, a_certificate, a_firm, a_meeting, a_product, an_institution

AMOUNT = 1000
EVENTS = "contracts.contract.events"


def a_proposal(product: str, **changed: Any) -> dict[str, Any]:
    return {
        "contract_kind": "purchase",
        "firm": FIRM,
        "product": {"id": product, "version": 1},
        "amount": str(AMOUNT),
        "terms": "납품 후 30일 이내 검수한다.",
    } | changed


async def a_listed_product(market: Market, **changed: Any) -> str:
    product = market.new("prd")
    await market.given(an_institution(), a_firm(), a_product(product, **changed))
    return product


async def drafted(market: Market, **changed: Any) -> str:
    product = await a_listed_product(market)
    answer = await market.post("/contracts", BUYER, a_proposal(product, **changed))
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


async def active(market: Market, **changed: Any) -> str:
    contract = await drafted(market, **changed)
    for step, by in (("offer", BUYER), ("signature", SELLER), ("signature", BUYER)):
        answer = await market.post(f"/contracts/{contract}/{step}", by)
        assert answer.status == 200, answer.body
    return contract


async def told(market: Market, contract: str) -> list[str]:
    return [each.envelope.type for each in await market.published(EVENTS, contract)]


async def pay(market: Market, contract: str, amount: int, reference: str, by: Person = BUYER, key: str = "") -> Answer:
    body = {"amount": str(amount), "erp_reference": reference}
    return await market.post(f"/contracts/{contract}/payments", by, body, key=key)


async def test_a_contract_goes_the_whole_way_from_a_meeting_to_completion(market: Market) -> None:
    meeting = a_meeting(market.new("mtg"))
    await market.given(meeting)
    contract = await active(market, meeting=meeting.id)

    await market.post(f"/contracts/{contract}/delivery", SELLER)
    await market.post(f"/contracts/{contract}/acceptance", BUYER)
    await pay(market, contract, AMOUNT, market.new("erp"))
    done = await market.post(f"/contracts/{contract}/completion", BUYER, {})

    assert (done.status, done.body["status"], done.body["paid"]) == (200, "completed", str(AMOUNT))
    expected = ["contract.drafted", "contract.offered", "signature.given", "signature.given", "contract.signed"]
    expected += ["contract.delivered", "contract.accepted", "contract.paid", "contract.completed"]

    async def all_told() -> bool:
        return len(await told(market, contract)) >= len(expected)

    await until(all_told)
    records = await market.published(EVENTS, contract)
    assert [each.envelope.type for each in records] == [f"kr.techmarket.contracts.{name}.v1" for name in expected]
    assert [each.envelope.sequence for each in records] == list(range(1, len(expected) + 1))
    signed = records[4].data
    assert (signed["meeting"], signed["amount"]) == (meeting.id, str(AMOUNT))
    newest = (await market.published("contracts.contract.state", contract))[-1]
    assert (newest.data["status"], newest.envelope.sequence) == ("completed", len(expected))


async def test_of_twenty_payments_of_a_tenth_at_once_ten_succeed(market: Market) -> None:
    contract = await active(market)
    prefix = market.new("erp")

    answers = await asyncio.gather(*(pay(market, contract, AMOUNT // 10, f"{prefix}-{n}") for n in range(20)))

    assert Counter((each.status, each.rule) for each in answers) == {(200, ""): 10, (409, "contract.overpaid"): 10}
    shown = await market.get(f"/contracts/{contract}", BUYER)
    assert (shown.body["paid"], len(shown.body["details"]["payments"])) == (str(AMOUNT), 10)


async def test_an_erp_reference_pays_once_whichever_contract_it_names(market: Market) -> None:
    first, second = await active(market), await active(market)
    reference = market.new("erp") + "|와 구분"

    answers = await asyncio.gather(
        *(pay(market, contract, 100, reference) for contract in (first, second) for _ in range(3))
    )

    assert Counter((each.status, each.rule) for each in answers) == {
        (200, ""): 1,
        (409, "contract.erp_reference_taken"): 5,
    }


async def test_a_repeated_payment_is_answered_alike_and_made_once(market: Market) -> None:
    contract = await active(market)
    reference = market.new("erp")

    answers = await asyncio.gather(*(pay(market, contract, 100, reference, key="same") for _ in range(5)))

    assert {each.status for each in answers} == {200}
    assert len({str(each.body) for each in answers}) == 1
    assert (await market.get(f"/contracts/{contract}", BUYER)).body["paid"] == "100"
    other = await pay(market, contract, 200, reference, key="same")
    assert (other.status, other.rule) == (422, "idempotency.other_request")


async def test_signatures_of_both_sides_at_once_activate_once(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)

    answers = await asyncio.gather(
        *(market.post(f"/contracts/{contract}/signature", side) for side in (BUYER, SELLER) for _ in range(4))
    )

    assert {each.status for each in answers} == {200}
    shown = (await market.get(f"/contracts/{contract}", SELLER)).body
    assert (shown["status"], sorted(shown["signatures"])) == ("active", sorted([BUYER.party, SELLER.party]))

    async def signed() -> bool:
        return any("contract.signed" in each for each in await told(market, contract))

    await until(signed)
    counted = Counter(await told(market, contract))
    assert counted["kr.techmarket.contracts.contract.signed.v1"] == 1
    assert counted["kr.techmarket.contracts.signature.given.v1"] == 2


async def test_one_contract_comes_of_a_meeting_until_it_is_cancelled(market: Market) -> None:
    meeting = a_meeting(market.new("mtg"))
    await market.given(meeting)
    contract = await drafted(market, meeting=meeting.id)
    product = await a_listed_product(market)

    second = await market.post("/contracts", BUYER, a_proposal(product, meeting=meeting.id))
    await market.post(f"/contracts/{contract}/cancellation", SELLER, {"reason": "조건 불일치"})
    third = await market.post("/contracts", BUYER, a_proposal(product, meeting=meeting.id))

    assert (second.status, second.rule) == (409, "contract.meeting_taken")
    assert third.status == 201


@pytest.mark.parametrize(
    ("meeting", "rule"),
    [({"status": "booked"}, "contract.meeting_not_held"), ({"firm": "pty_other"}, "contract.meeting_of_others")],
)
async def test_a_meeting_that_was_not_theirs_or_not_held_leads_nowhere(
    market: Market, meeting: dict[str, str], rule: str
) -> None:
    met = a_meeting(market.new("mtg"), **meeting)
    product = await a_listed_product(market)
    await market.given(met)

    answer = await market.post("/contracts", BUYER, a_proposal(product, meeting=met.id))

    assert (answer.status, answer.rule) == (409, rule)


async def test_a_product_not_heard_of_yet_is_worth_another_try(market: Market) -> None:
    await a_listed_product(market)

    answer = await market.post("/contracts", BUYER, a_proposal("prd_unheard"))

    assert (answer.status, answer.rule, answer.headers["Retry-After"]) == (409, "reference.not_known_yet", "1")


async def test_a_firm_restricted_after_the_offer_cannot_sign(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)
    await market.given(a_firm(status="restricted", restriction="부정당업자 제재"))

    refused = await market.post(f"/contracts/{contract}/signature", SELLER)
    await market.given(a_firm())
    signed = await market.post(f"/contracts/{contract}/signature", SELLER)

    assert (refused.status, refused.rule) == (409, "party.not_active")
    assert signed.body["status"] == "part_signed"


async def test_a_certificate_revoked_after_the_offer_stops_the_signature(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)
    product = (await market.get(f"/contracts/{contract}", BUYER)).body["product"]["id"]
    await market.given(a_product(product, certificates=[a_certificate(id="crt_other")]))

    refused = await market.post(f"/contracts/{contract}/signature", SELLER)

    assert (refused.status, refused.rule) == (409, "contract.certificate_not_valid")


async def test_a_product_withdrawn_after_the_offer_stops_the_signature(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)
    product = (await market.get(f"/contracts/{contract}", BUYER)).body["product"]["id"]
    await market.given(a_product(product, status="withdrawn"))

    refused = await market.post(f"/contracts/{contract}/signature", SELLER)

    assert (refused.status, refused.rule) == (409, "contract.product_withdrawn")


@pytest.mark.parametrize(("step", "body"), [("termination", {"reason": " "}), ("completion", {"waiver": " "})])
async def test_a_blank_reason_is_none(market: Market, step: str, body: dict[str, str]) -> None:
    contract = await active(market)

    refused = await market.post(f"/contracts/{contract}/{step}", BUYER, body)

    assert refused.status in {409, 422}
    assert (await market.get(f"/contracts/{contract}", BUYER)).body["status"] == "active"


async def test_a_party_that_leaves_the_market_leaves_what_is_not_signed_and_no_more(market: Market) -> None:
    leaving = Person(market.new("pty"), "sme")
    product = market.new("prd")
    await market.given(an_institution(), a_firm(id=leaving.party), a_product(product, owner=leaving.party))
    body = {**a_proposal(product), "firm": leaving.party}
    offered, signed, in_force = [(await market.post("/contracts", BUYER, body)).body["id"] for _ in range(3)]
    for contract in (offered, signed, in_force):
        await market.post(f"/contracts/{contract}/offer", BUYER)
    for contract in (signed, in_force):
        await market.post(f"/contracts/{contract}/signature", leaving)
    await market.post(f"/contracts/{in_force}/signature", BUYER)
    others = await drafted(market)

    closed = PartyClosed(at=datetime.now(UTC), party=leaving.party, reason="폐업")
    await market.publish([record_of(closed, leaving.party, 9)])

    async def statuses() -> list[str]:
        found = [await market.get(f"/contracts/{each}", BUYER) for each in (offered, signed, in_force, others)]
        return [each.body["status"] for each in found]

    async def ended() -> bool:
        return await statuses() == ["cancelled", "cancelled", "active", "drafted"]

    async def told_why() -> bool:
        return (await market.published(EVENTS, offered))[-1].data.get("reason") == "party_closed"

    await until(ended)
    await until(told_why)


async def test_others_see_a_contract_once_it_is_active_and_never_its_terms(market: Market) -> None:
    contract = await drafted(market)

    assert (await market.get(f"/contracts/{contract}", STRANGER)).status == 404
    assert (await market.post(f"/contracts/{contract}/cancellation", STRANGER, {"reason": "x"})).status == 404
    assert "details" in (await market.get(f"/contracts/{contract}", OPERATOR)).body
    await market.post(f"/contracts/{contract}/offer", BUYER)
    for side in (BUYER, SELLER):
        await market.post(f"/contracts/{contract}/signature", side)

    seen = await market.get(f"/contracts/{contract}", STRANGER)
    assert (seen.status, seen.body["status"], seen.body["details"]) == (200, "active", None)
    refused = await market.post(f"/contracts/{contract}/termination", STRANGER, {"reason": "x"})
    assert (refused.status, refused.rule) == (403, "principal.other")


async def test_a_list_holds_ones_own_contracts(market: Market) -> None:
    contract = await drafted(market)
    product = (await market.get(f"/contracts/{contract}", BUYER)).body["product"]["id"]

    for reader, expected in ((BUYER, [contract]), (SELLER, [contract]), (OPERATOR, [contract]), (STRANGER, [])):
        listed = await market.get(f"/contracts?product={product}&status=drafted", reader)
        assert [each["id"] for each in listed.body["items"]] == expected
    assert (await market.get(f"/contracts?firm={FIRM}", STRANGER)).body["items"] == []
    assert (await market.get(f"/contracts?institution={BUYER.party}&limit=1", BUYER)).body["next"]


async def test_only_signers_and_managers_sign_and_only_buyers_draft(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)

    staff = await market.post(f"/contracts/{contract}/signature", Person(BUYER.party, "institution", "staff"))
    signer = await market.post(f"/contracts/{contract}/signature", Person(BUYER.party, "institution", "signer"))
    seller = await market.post("/contracts", SELLER, a_proposal("prd_x"))

    assert [each.status for each in (staff, signer, seller)] == [403, 200, 403]


async def test_wrong_states_are_refused_and_repeats_change_nothing(market: Market) -> None:
    contract = await drafted(market)

    early = await market.post(f"/contracts/{contract}/delivery", SELLER)
    unsigned = await market.post(f"/contracts/{contract}/signature", SELLER)
    once = await market.post(f"/contracts/{contract}/cancellation", BUYER, {"reason": "예산 삭감"})
    twice = await market.post(f"/contracts/{contract}/cancellation", SELLER, {"reason": "다른 이유"})
    stale = await market.post(f"/contracts/{contract}/offer", BUYER, if_match='"1"')

    assert [each.rule for each in (early, unsigned)] == ["contract.not_active", "contract.not_offered"]
    assert (once.body, once.headers["ETag"]) == (twice.body, twice.headers["ETag"])
    assert stale.status == 412


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1.5"},
        {"amount": "NaN"},
        {"amount": "1" * 19},
        {"terms": ""},
        {"terms": " \n"},
        {"firm": "hanbit"},
        {"product": {"id": "prd_membrane", "version": 0}},
        {"meeting": "mtg 1"},
        {"commitment": "cmt_unknown"},
        {"contract_kind": "gift"},
        {"unknown": 1},
    ],
)
async def test_a_bad_proposal_is_named_and_changes_nothing(market: Market, changed: dict[str, Any]) -> None:
    product = await a_listed_product(market)

    answer = await market.post("/contracts", BUYER, a_proposal(product) | changed)

    assert (answer.status, len(answer.body["errors"])) == (422, 1)
    assert next(iter(changed)) in answer.body["errors"][0]["pointer"]
    assert (await market.get(f"/contracts?product={product}", BUYER)).body["items"] == []


async def test_an_offer_left_unsigned_is_cancelled_by_the_clock(market: Market) -> None:
    contract = await drafted(market)
    await market.post(f"/contracts/{contract}/offer", BUYER)
    database = connect(market.mongo.uri, "market_contracts")
    elsewhere = Contracts(database, Relay(lambda: new_producer(market.kafka.bootstrap)))

    later = datetime.now(UTC) + timedelta(days=30, minutes=1)
    await asyncio.gather(tick(elsewhere.contracts, later), tick(elsewhere.contracts, later))
    database.client.close()

    shown = (await market.get(f"/contracts/{contract}", SELLER)).body
    assert (shown["status"], shown["details"]["reason"]) == ("cancelled", "offer_expired")

    async def cancelled() -> bool:
        return (await told(market, contract))[-1:] == ["kr.techmarket.contracts.contract.cancelled.v1"]

    await until(cancelled)
