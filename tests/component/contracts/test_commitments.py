"""Commitments over HTTP and Kafka: contracts add up, once each, and take themselves out again."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.component.contracts.market import BUYER, OPERATOR, SELLER, STRANGER, Answer, Market
from tests.component.contracts.test_contracts import AMOUNT, a_listed_product, a_proposal, active, drafted
from tests.component.shared.reading import until
from tests.unit.contracts.builders import FIRM, a_firm, an_institution

DUE = (datetime.now(UTC) + timedelta(days=100)).date().isoformat()


async def promised(market: Market, amount: int = 2 * AMOUNT) -> str:
    await market.given(an_institution(), a_firm())
    answer = await market.post("/commitments", BUYER, {"firm": FIRM, "amount": str(amount), "due": DUE})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


async def comes_to(market: Market, commitment: str, amount: int) -> Answer:
    async def adds_up() -> bool:
        return bool((await market.get(f"/commitments/{commitment}", BUYER)).body["contracted"] == str(amount))

    await until(adds_up)
    return await market.get(f"/commitments/{commitment}", BUYER)


async def test_signed_contracts_keep_a_promise_and_a_terminated_one_opens_it_again(market: Market) -> None:
    commitment = await promised(market)

    first = await active(market, commitment=commitment)
    half = await comes_to(market, commitment, AMOUNT)
    second = await active(market, commitment=commitment)
    kept = await comes_to(market, commitment, 2 * AMOUNT)
    await market.post(f"/contracts/{first}/termination", BUYER, {"reason": "납품 지연"})
    reopened = await comes_to(market, commitment, AMOUNT)

    assert [each.body["status"] for each in (half, kept, reopened)] == ["promised", "fulfilled", "promised"]
    assert reopened.body["contracts"] == {second: str(AMOUNT)}


async def test_a_restricted_institution_promises_nothing(market: Market) -> None:
    await market.given(an_institution(status="restricted", restriction="감사"), a_firm())

    refused = await market.post("/commitments", BUYER, {"firm": FIRM, "amount": str(AMOUNT), "due": DUE})
    await market.given(an_institution())

    assert (refused.status, refused.rule) == (409, "party.not_active")


async def test_a_signed_contract_heard_of_three_times_counts_once(market: Market) -> None:
    commitment = await promised(market, amount=3 * AMOUNT)
    contract = await active(market, commitment=commitment)
    await comes_to(market, commitment, AMOUNT)
    records = await market.published("contracts.contract.events", contract)
    [signed] = [each.raw for each in records if each.envelope.type.endswith("contract.signed.v1")]
    stale = await market.consumed("stale")

    await market.publish([signed, signed])

    async def both_dropped() -> bool:
        return await market.consumed("stale") >= stale + 2

    await until(both_dropped)
    shown = (await market.get(f"/commitments/{commitment}", BUYER)).body
    assert (shown["contracted"], shown["status"]) == (str(AMOUNT), "promised")

    async def told() -> bool:
        return len(await market.published("contracts.commitment.events", commitment)) >= 2

    await until(told)
    events = [each.envelope.type for each in await market.published("contracts.commitment.events", commitment)]
    assert events == [f"kr.techmarket.contracts.commitment.{name}.v1" for name in ("promised", "contracted")]


async def test_a_contract_names_only_a_promise_of_its_own_two_parties(market: Market) -> None:
    await market.given(an_institution(), a_firm("pty_other"))
    body = {"firm": "pty_other", "amount": "1", "due": DUE}
    other = (await market.post("/commitments", BUYER, body)).body["id"]
    product = await a_listed_product(market)

    refused = await market.post("/contracts", BUYER, a_proposal(product, commitment=other))

    assert (refused.status, refused.rule) == (409, "contract.commitment_of_others")


async def test_the_firm_or_the_operator_releases_and_nobody_else(market: Market) -> None:
    commitment = await promised(market)
    reason = {"reason": "상호 합의"}

    answers = [
        await market.post(f"/commitments/{commitment}/release", by, reason)
        for by in (BUYER, STRANGER, SELLER, OPERATOR)
    ]

    assert [each.status for each in answers] == [403, 403, 200, 200]
    assert (answers[2].body, answers[3].body["reason"]) == (answers[3].body, "상호 합의")


async def test_the_buyer_explains_and_everybody_may_read_it(market: Market) -> None:
    commitment = await promised(market)
    contract = await drafted(market, commitment=commitment)

    explained = await market.post(f"/commitments/{commitment}/explanation", BUYER, {"reason": "예산 이월"})
    seen = await market.get(f"/commitments/{commitment}", STRANGER)

    assert (explained.status, explained.body["reason"]) == (200, "예산 이월")
    assert (seen.body["reason"], seen.body["contracts"], seen.body["contracted"]) == ("예산 이월", {}, "0")
    assert contract not in str(seen.body)
    for reader, there in ((BUYER, True), (SELLER, True), (OPERATOR, True), (STRANGER, False)):
        listed = await market.get("/commitments?limit=100", reader)
        assert (commitment in [each["id"] for each in listed.body["items"]]) == there


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"due": "2020-01-01"}, 422),
        ({"due": "9999-12-31"}, 422),
        ({"due": "soon"}, 422),
        ({"amount": "0"}, 422),
        ({"firm": BUYER.party}, 422),
        ({"product": "prd_unheard"}, 409),
    ],
)
async def test_a_bad_promise_is_named(market: Market, changed: dict[str, str], status: int) -> None:
    await market.given(an_institution(), a_firm())

    answer = await market.post("/commitments", BUYER, {"firm": FIRM, "amount": "1", "due": DUE} | changed)

    assert answer.status == status
