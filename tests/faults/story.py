"""One product's way through the market: drafted, registered, reviewed, listed, met about, contracted, paid."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from random import Random

from tests.faults.calling import OPERATOR, Callers, Json, Person
from tests.faults.cast import Cast, Ended, Institution, must
from tests.faults.crowd import Days

SAGA_PATIENCE = 90.0
LOOK_EVERY = 0.3
REJECTED = 0.2
SAME_PATENT = 0.1
"""Drafts with a patent number that others use too: only one of them can be registered."""
PATENTS = 3
FROM_MEETING = 0.5
PROMISED = 0.4
AMOUNT = 3_000_000
NOT_HEARD_YET = {"contract.version_not_listed", "contract.meeting_not_held", "party.not_active"}
NUMBERS = itertools.count(1)


class Story:
    """A firm's plot, with a chance of its own."""

    def __init__(self, callers: Callers, cast: Cast, days: Days, chance: Random) -> None:
        self._callers = callers
        self._days = days
        self._chance = chance
        self._firm = chance.choice(cast.firms)
        self._institutions = chance.sample(cast.institutions, chance.choice((1, 1, 2)))

    async def play(self) -> None:
        """Go the whole way, or as far as the market lets it."""
        product = await self._registered()
        listed = await self._verified(product)
        if listed:
            await self._contracted(product, self._chance.choice(self._institutions))

    async def _registered(self) -> str:
        number = next(NUMBERS)
        same = self._chance.random() < SAME_PATENT
        patent = f"10-2026-S{self._chance.randrange(PATENTS)}" if same else f"10-2026-{number:07}"
        content = {
            "title": f"저전력 분리막 {number}",
            "summary": "전력 소비를 줄입니다",
            "category": "water",
            "council": "soc",
            "ip_number": patent,
            "readiness_level": 8,
            "price": str(AMOUNT),
        }
        draft = {"product_kind": "technology", "content": content}
        product: str = must(await self._callers.command(self._firm, "/v1/products", draft)).json["id"]
        must(await self._callers.command(self._firm, f"/v1/products/{product}/registration"))
        return product

    async def _verified(self, product: str) -> bool:
        body = {"product": {"id": product, "version": 1}, "institutions": [each.id for each in self._institutions]}
        dossier = must(await self._callers.command(self._firm, "/v1/dossiers", body)).json
        reviews = {each["institution"]: each["review"] for each in dossier["applications"]}
        verdicts = [self._chance.random() >= REJECTED for _ in self._institutions]
        await asyncio.gather(
            *(
                self._reviewed(institution, reviews[institution.id], approved=verdict)
                for institution, verdict in zip(self._institutions, verdicts, strict=True)
            )
        )
        if not any(verdicts):
            return False
        await self._until(OPERATOR, f"/v1/products/{product}", "status", "listed")
        return True

    async def _reviewed(self, institution: Institution, review: str, *, approved: bool) -> None:
        path = f"/v1/reviews/{review}"
        await self._until(institution.officer, path, "status", "opened")
        must(await self._callers.command(institution.officer, f"{path}/assignment", {}))
        members = [{"person": each.id, "outside": not each.party} for each in institution.panel]
        must(await self._callers.command(institution.officer, f"{path}/invitations", {"members": members}))
        for voter in institution.panel:
            must(await self._callers.command(voter, f"{path}/invitation-answer", {"answer": "accepted"}))
        must(await self._callers.command(institution.officer, f"{path}/committee", {"members": members}))
        votes = [approved if number else not approved for number in range(3)]
        ballots = [{"approve": vote, "score": 80 if vote else 40} for vote in votes]
        voted = await asyncio.gather(
            *(
                self._callers.command(voter, f"{path}/votes", ballot)
                for voter, ballot in zip(institution.panel, ballots, strict=True)
            )
        )
        for each in voted:
            must(each)
        ruling = {"outcome": "approved"} if approved else {"outcome": "rejected", "reasons": ["standard_unmet"]}
        must(await self._callers.command(institution.chair, f"{path}/decision", ruling))

    async def _contracted(self, product: str, institution: Institution) -> None:
        buyer, firm = institution.buyer, self._firm
        proposal: Json = {
            "contract_kind": "purchase",
            "firm": firm.party,
            "product": {"id": product, "version": 1},
            "amount": str(AMOUNT),
            "terms": "납품 후 30일 이내 검수한다.",
        }
        if self._chance.random() < PROMISED:
            due = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()
            promise = {"firm": firm.party, "amount": str(AMOUNT), "due": due, "product": product}
            proposal["commitment"] = must(await self._callers.command(buyer, "/v1/commitments", promise)).json["id"]
        if self._chance.random() < FROM_MEETING:
            meeting = await self._days.meet(institution, firm, product, self._chance)
            if meeting:
                proposal["meeting"] = meeting
        contract = await self._drafted(buyer, proposal)
        path = f"/v1/contracts/{contract}"
        must(await self._callers.command(buyer, f"{path}/offer"))
        signed = await asyncio.gather(
            self._callers.command(buyer, f"{path}/signature"), self._callers.command(firm, f"{path}/signature")
        )
        for each in signed:
            must(each)
        if self._chance.random() < 0.1:
            must(await self._callers.command(buyer, f"{path}/termination", {"reason": "사업 취소"}))
            return
        must(await self._callers.command(firm, f"{path}/delivery"))
        must(await self._callers.command(buyer, f"{path}/acceptance"))
        await self._paid(buyer, contract)

    async def _drafted(self, buyer: Person, proposal: Json) -> str:
        """Draft, as soon as contracts has heard of the listing: that was the certificate's effect, not the caller's."""
        deadline = time.monotonic() + SAGA_PATIENCE
        while (drafted := await self._callers.command(buyer, "/v1/contracts", proposal)).rule in NOT_HEARD_YET:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_EVERY)
        return str(must(drafted).json["id"])

    async def _paid(self, buyer: Person, contract: str) -> None:
        """Pay in three parts, all at once, and one part too many: the sum must hold."""
        path = f"/v1/contracts/{contract}"
        parts = [{"amount": str(AMOUNT // 3), "erp_reference": f"{contract}-{number}"} for number in range(4)]
        paid = await asyncio.gather(*(self._callers.command(buyer, f"{path}/payments", part) for part in parts))
        if sum(each.good for each in paid) != 3:
            raise Ended(f"{sum(each.good for each in paid)} of 4 payments were taken")
        must(await self._callers.command(buyer, f"{path}/completion", {}))

    async def _until(self, by: Person, path: str, name: str, value: str) -> None:
        deadline = time.monotonic() + SAGA_PATIENCE
        while (seen := await self._callers.read(by, path)).json.get(name) != value:
            if time.monotonic() > deadline:
                raise Ended(f"{path} is {seen.json.get(name) or seen.rule}, never {value}")
            await asyncio.sleep(LOOK_EVERY)
