"""One firm's product the whole way through the gateway: registered, verified, listed, consulted, contracted, paid."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.api import OPERATOR, Json, Market, Person, market_at
from cli.demo.committee import committee_of, hear
from cli.demo.evidence import History, history_of
from cli.stage import once_known
from deploy.local.stack import Stack
from tests.flow.walk import Walk, business_number

CHECKOUT = Path(__file__).parents[2]
AMOUNT, FIRST_PART = 90_000_000, 30_000_000
PRODUCT_EVENTS = ["catalog.product.drafted", "catalog.product.registered", "catalog.product.listed"]
CONTRACT_EVENTS = [
    "contracts.contract.drafted",
    "contracts.contract.offered",
    "contracts.signature.given",
    "contracts.signature.given",
    "contracts.contract.signed",
    "contracts.contract.delivered",
    "contracts.contract.accepted",
    "contracts.contract.paid",
    "contracts.contract.paid",
    "contracts.contract.completed",
]
MEETING_EVENTS = [
    "matching.consultation.booked",
    "matching.consultation.started",
    "matching.consultation.held",
    "matching.consultation.reported",
    "matching.consultation.reported",
    "matching.consultation.converted",
]


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[Market]:
    async with market_at(stack.url) as opened:
        yield opened


async def _registered(walk: Walk, firm: Person) -> str:
    content = {
        "title": "관로 점검 로봇",
        "summary": "관로를 스스로 점검하는 로봇",
        "category": "robot",
        "council": "energy",
        "readiness_level": 8,
    }
    drafted = await walk.post(firm, "/v1/products", {"product_kind": "technology", "content": content})
    await walk.post(firm, f"/v1/products/{drafted['id']}/registration")
    product: str = drafted["id"]
    return product


async def _verified(walk: Walk, firm: Person, institution: Person, number: str, product: str) -> None:
    dossier = {"product": {"id": product, "version": 1}, "institutions": [institution.party]}
    submitted = await walk.post(firm, "/v1/dossiers", dossier)
    review = submitted["applications"][0]["review"]
    committee = committee_of(number, institution.party, 1, {})

    async def post(by: Person, step: str, body: Json) -> Json:
        return await walk.post(by, f"/v1/reviews/{review}/{step}", body)

    await once_known(lambda: post(committee.officer, "assignment", {}), "review.unknown")
    await hear(post, committee, approved=True, inspected=True)
    await walk.until(f"/v1/products/{product}", firm, status="listed")


async def _consulted(walk: Walk, firm: Person, institution: Person, product: str) -> str:
    deadline = datetime.now(UTC) + timedelta(minutes=5)
    plan = {
        "event_kind": "consultation_day",
        "title": "여정 상담회",
        "starts_at": (deadline + timedelta(hours=1)).isoformat(),
        "slots": 1,
        "slot_minutes": 30,
        "tables": 1,
        "quota": 1,
        "answer_deadline": deadline.isoformat(),
    }
    event = (await walk.post(OPERATOR, "/v1/events", plan))["id"]
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "registering"})
    for person in (firm, institution):
        await walk.post(person, "/v1/participations", {"event": event, "people": [{"name": "김하늘"}]})
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "requesting"})
    wish = {"event": event, "target": institution.party, "product": product}
    request = await once_known(lambda: walk.post(firm, "/v1/requests", wish), "product.not_offered")
    await walk.post(institution, f"/v1/requests/{request['id']}/acceptance")
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "scheduling"})
    await walk.post(OPERATOR, f"/v1/events/{event}/timetable")
    meeting: str = (await walk.until(f"/v1/requests/{request['id']}", firm, status="placed"))["meeting"]
    await walk.post(firm, f"/v1/meetings/{meeting}/check-in", {})
    await walk.post(institution, f"/v1/meetings/{meeting}/check-in", {})
    await walk.post(institution, f"/v1/meetings/{meeting}/end")
    outcome = {"discussed": str(AMOUNT), "being_arranged": "0", "contracted": "0"}
    for person in (firm, institution):
        await walk.post(person, f"/v1/meetings/{meeting}/outcome", outcome)
    return meeting


async def _paid(walk: Walk, firm: Person, institution: Person, product: str, meeting: str) -> str:
    proposal = {
        "contract_kind": "purchase",
        "firm": firm.party,
        "product": {"id": product, "version": 1},
        "amount": str(AMOUNT),
        "terms": "납품 후 30일 이내 검수한다.",
        "meeting": meeting,
    }
    contract: str = (await walk.post(institution, "/v1/contracts", proposal))["id"]
    path = f"/v1/contracts/{contract}"
    await walk.post(institution, f"{path}/offer")
    await walk.post(firm, f"{path}/signature")
    await walk.post(institution, f"{path}/signature")
    await walk.post(firm, f"{path}/delivery")
    await walk.post(institution, f"{path}/acceptance")
    for number, amount in enumerate((FIRST_PART, AMOUNT - FIRST_PART)):
        payment = {"amount": str(amount), "erp_reference": f"{contract}-{number}"}
        await walk.post(institution, f"{path}/payments", payment)
    await walk.post(institution, f"{path}/completion", {})
    return contract


def names(history: History, aggregate: str) -> list[str]:
    heard = history.by_aggregate[aggregate]
    assert [each.sequence for each in heard] == list(range(1, len(heard) + 1))
    return [each.name for each in heard]


async def every_command_is_answered_alike_again(market: Market) -> None:
    """Also where the state has moved on since, so that a new command of this kind would be refused."""
    for command, first in list(market.tally.answered):
        again = await market.command(command)
        assert (again.status, again.body, again.replayed) == (first.status, first.body, True), command.path


async def test_one_product_goes_the_whole_way(stack: Stack, market: Market) -> None:
    walk = Walk(market, f"whole way {datetime.now(UTC)}")
    firm = await walk.active_party("sme", business_number("101810077"))
    number = business_number("102820077")
    institution = await walk.active_party("institution", number)

    product = await _registered(walk, firm)
    await _verified(walk, firm, institution, number, product)
    meeting = await _consulted(walk, firm, institution, product)
    contract = await _paid(walk, firm, institution, product, meeting)

    await walk.until(f"/v1/meetings/{meeting}", firm, status="converted", contract=contract)
    view = await market.read(firm, f"/v1/views/product/{product}", about=(contract, meeting))
    assert view["product"]["status"] == "listed"
    assert [each["institution"] for each in view["certificates"]] == [institution.party]
    assert [(each["id"], each["paid"], each["status"]) for each in view["contracts"]] == [
        (contract, str(AMOUNT), "completed")
    ]
    assert [each["id"] for each in view["meetings"]] == [meeting]
    history = await history_of(stack.kafka.bootstrap)
    assert names(history, product) == PRODUCT_EVENTS
    assert names(history, meeting) == MEETING_EVENTS
    assert names(history, contract) == CONTRACT_EVENTS
    await every_command_is_answered_alike_again(market)
    assert names(await history_of(stack.kafka.bootstrap), contract) == CONTRACT_EVENTS


def seed(stack: Stack) -> dict[str, Any]:
    command = [sys.executable, "-m", "cli.main", "seed", "--seed", "77", "--json", "--url", stack.url]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=180, check=True)
    told: dict[str, Any] = json.loads(result.stdout)
    return told


async def test_seeding_twice_changes_nothing(stack: Stack, market: Market) -> None:
    first = seed(stack)
    products = {each["id"] for each in await market.all(OPERATOR, "/v1/products", status="registered")}

    second = seed(stack)

    again = await market.all(OPERATOR, "/v1/products", status="registered")
    assert (first["already_done"], second["already_done"]) == (0, second["commands"])
    assert {each["id"] for each in again} == products
    assert len(again) == len(products)
