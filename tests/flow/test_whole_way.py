"""One firm's product the whole way through the gateway: registered, verified, listed, consulted, contracted, paid."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.api import OPERATOR, Market, market_at
from cli.demo.evidence import History, history_of
from deploy.local.stack import Stack
from tests.flow.walk import Walk, business_number
from tests.flow.way import AMOUNT, consulted, paid, registered, verified

CHECKOUT = Path(__file__).parents[2]
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
    "matching.consultation.awaited",
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

    product = await registered(walk, firm)
    await verified(walk, firm, institution, number, product)
    meeting = await consulted(walk, firm, institution, product)
    contract = await paid(walk, firm, institution, product, meeting)

    await walk.until(f"/v1/meetings/{meeting}", firm, status="converted", contract=contract)
    view = await market.read(firm, f"/v1/views/product/{product}", about=(contract, meeting))
    assert view["product"]["status"] == "listed"
    assert [each["institution"] for each in view["certificates"]] == [institution.party]
    assert [(each["id"], each["paid"], each["status"]) for each in view["contracts"]] == [
        (contract, str(AMOUNT), "completed")
    ]
    assert [(each["id"], each["request"] != "") for each in view["meetings"]] == [(meeting, True)]
    assert view["contracts"][0]["meeting"] == meeting
    chain = await walk.until(f"/v1/views/meeting/{meeting}", firm, contracted=str(AMOUNT))
    assert chain["request"]["requester"] == firm.party
    assert (chain["request"]["meeting"], chain["meeting"]["request"]) == (meeting, chain["request"]["id"])
    assert (chain["event"]["id"], chain["event"]["title"]) == (chain["meeting"]["event"], "여정 상담회")
    assert [(each["id"], each["status"]) for each in chain["contracts"]] == [(contract, "completed")]
    won = await market.read(OPERATOR, "/v1/events/lineage")
    [ours] = [each for each in won["lines"] if each["event"] == chain["event"]["id"]]
    assert (ours["contracts"], ours["contracted"]) == (1, str(AMOUNT))
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
