"""Somebody whose token names no party acts for one, in every service: as a member, and with roles a colleague lent."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from cli.api import Market, Person, market_at
from deploy.local.stack import Stack
from shared.events.envelope import Envelope
from tests.component.shared.reading import all_records, until
from tests.flow.walk import Walk, business_number

CONTENT = {"title": "분리막", "summary": "요약", "category": "water", "council": "soc", "readiness_level": 8}
NOTHING_TO_SIGN = "/v1/contracts/ctr_nothing/signature"
NOTHING_TO_DECIDE = "/v1/reviews/rev_nothing/decision"
DECISION = {"outcome": "approved"}


class Nobody:
    """A person whose token names no party, with the market's answers to them as (status, rule or id)."""

    def __init__(self, http: aiohttp.ClientSession, url: str, person: str, party: str) -> None:
        self._http = http
        self._url = url
        self._person = person
        self._party = party

    async def post(self, path: str, body: Any = None) -> tuple[int, str]:
        async with self._http.post(f"{self._url}/dev/token", json={"sub": self._person}) as issued:
            token = (await issued.json())["access_token"]
        headers = {
            "Authorization": f"Bearer {token}",
            "Market-Principal": self._party,
            "Idempotency-Key": secrets.token_hex(8),
            "If-Match": "*",
        }
        async with self._http.post(self._url + path, json=body, headers=headers) as answer:
            shown = await answer.json()
            return answer.status, shown.get("rule") or shown["id"]

    async def drafts(self) -> str:
        """Draft a product as soon as the catalog knows, too, for whom one acts; return its id."""
        answers: list[tuple[int, str]] = []

        async def done() -> bool:
            answers.append(await self.post("/v1/products", {"product_kind": "idle_ip", "content": CONTENT}))
            return answers[-1][0] == 201

        await until(done)
        return answers[-1][1]

    async def comes_to(self, path: str, body: Any, status: int, rule: str) -> None:
        """What was said elsewhere is known in every service soon, not at once."""

        async def so() -> bool:
            return await self.post(path, body) == (status, rule)

        await until(so)


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[Market]:
    async with market_at(stack.url) as opened:
        yield opened


async def test_a_member_acts_for_a_party_and_with_what_a_colleague_lent(stack: Stack, market: Market) -> None:
    walk = Walk(market, f"on behalf {datetime.now(UTC)}")
    boss = await walk.active_party("institution", business_number("501820077"))
    signer = Person("prs_signer", boss.party, "institution", ())
    async with aiohttp.ClientSession() as http:
        kim = Nobody(http, stack.url, "prs_stand_in", boss.party)

        async def enrolled(person: str, roles: list[str]) -> str:
            member = {"party": boss.party, "person": person, "team": "구매부", "roles": roles}
            made: str = (await walk.post(boss, "/v1/members", member))["id"]
            return made

        stranger = [await kim.post(path) for path in (NOTHING_TO_SIGN, "/v1/events/evt_nothing/cancellation")]
        lender, member = await enrolled(signer.id, ["signer", "chair"]), await enrolled("prs_stand_in", ["officer"])
        await kim.comes_to(NOTHING_TO_SIGN, None, 403, "operation.not_allowed")
        product = await kim.drafts()
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        await walk.post(signer, f"/v1/members/{member}/delegations", {"roles": ["signer", "chair"], "until": tomorrow})
        await kim.comes_to(NOTHING_TO_SIGN, None, 404, "contract.unknown")
        await kim.comes_to(NOTHING_TO_DECIDE, DECISION, 404, "review.unknown")
        await walk.post(boss, f"/v1/members/{lender}/place", {"roles": ["signer"]})
        await kim.comes_to(NOTHING_TO_DECIDE, DECISION, 403, "operation.not_allowed")
        still_signs = await kim.post(NOTHING_TO_SIGN)
        await walk.post(boss, f"/v1/members/{member}/departure", {"reason": "전보"})
        await kim.comes_to(NOTHING_TO_SIGN, None, 403, "principal.not_member")

    assert stranger == [(403, "principal.not_member")] * 2
    assert still_signs == (404, "contract.unknown")
    records = await all_records(stack.kafka.bootstrap, "catalog.product.events")
    drafted = next(each for each in map(Envelope.of, (each.headers for each in records)) if each.subject == product)
    assert (drafted.actor, drafted.principal) == ("prs_stand_in", boss.party)
