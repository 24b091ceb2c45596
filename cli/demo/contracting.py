"""Contracts as the demo plays them: from meetings and bare, signed, delivered, paid in parts; promises followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from cli.api import OPERATOR, Json, Market, Person
from cli.demo.verifying import Verified
from cli.enrolling import Cast, Offer
from cli.stage import Stage

Fate = Literal["completed", "waived", "part paid", "offered", "part signed", "cancelled", "terminated"]
FATES: dict[Fate, int] = {
    "completed": 60,
    "waived": 4,
    "part paid": 18,
    "offered": 4,
    "part signed": 3,
    "cancelled": 7,
    "terminated": 4,
}
"""What becomes of a contract, and how often in a hundred."""
STEPS: dict[Fate, tuple[str, ...]] = {
    "offered": ("offer",),
    "part signed": ("offer", "firm signs"),
    "cancelled": ("offer", "firm signs", "cancel"),
    "terminated": ("offer", "firm signs", "institution signs", "terminate"),
    "part paid": ("offer", "firm signs", "institution signs", "deliver", "accept", "pay a part"),
    "waived": ("offer", "firm signs", "institution signs", "deliver", "accept", "pay a part", "waive"),
    "completed": ("offer", "firm signs", "institution signs", "deliver", "accept", "pay a part", "pay", "complete"),
}
FROM_MEETINGS = 0.6
"""How many of the meetings about a product lead to a contract."""
BARE = 0.05
"""Contracts without a meeting, as a share of the listed products."""
PROMISED = 0.25
"""How many of the contracts a promise came before."""
SPARE_PROMISES = 4
"""Promises without a contract: explained by the buyer and released by the firm in turn."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract to be made: who with whom about what, for how much, and what becomes of it."""

    number: int
    institution: Person
    firm: Person
    product: str
    meeting: str
    amount: Decimal
    promised: bool
    fate: Fate


async def contract(stage: Stage, cast: Cast, verified: Verified, meetings: Sequence[Json]) -> list[Json]:
    """Make the contracts and keep the promises; return each contract as it was last answered."""
    chance = Random(f"contracts {cast.name}")  # noqa: S311 - a made-up story, no secret
    deals = _deals(cast, verified, meetings, chance)
    # Not 1 on a market that this story was played on before: it ends with revisions.
    listed = await stage.market.all(OPERATOR, "/v1/products", status="listed")
    versions = {product["id"]: product["version"] for product in listed}

    async def make(deal: Deal) -> Json:
        return await _made(stage.market, cast, deal, versions[deal.product])

    contracts = await stage.each("contracts made", deals, make)

    async def promise(deal: Deal) -> None:
        await _explained_or_released(stage.market, cast, deal)

    await stage.each("promises explained or released", deals[:SPARE_PROMISES], promise)
    return contracts


def _deals(cast: Cast, verified: Verified, meetings: Sequence[Json], chance: Random) -> list[Deal]:
    persons = {party: number for number, party in cast.parties.items()}
    offers = {offer.id: offer for offer in verified.listed}
    wanted = [each for each in meetings if each["product"] in offers and chance.random() < FROM_MEETINGS]
    met = [(persons[each["institution"]], offers[each["product"]], each["id"]) for each in wanted]
    bare = chance.sample(verified.listed, max(1, round(len(offers) * BARE)))
    institutions = [each.business_number for each in cast.market.institutions]
    return [
        Deal(
            number=number,
            institution=cast.institution(buyer),
            firm=cast.firm(offer.made_up.owner),
            product=offer.id,
            meeting=meeting,
            amount=_amount(offer, chance),
            promised=chance.random() < PROMISED,
            fate=chance.choices(list(FATES), list(FATES.values()))[0],
        )
        for number, (buyer, offer, meeting) in enumerate(
            [*met, *((chance.choice(institutions), offer, "") for offer in bare)]
        )
    ]


def _amount(offer: Offer, chance: Random) -> Decimal:
    return offer.made_up.price_from * chance.randint(1, 5)


async def _made(market: Market, cast: Cast, deal: Deal, version: int) -> Json:
    """Draft a contract, with a promise before it where there is one, and take it where its fate leaves it."""
    proposal: Json = {
        "contract_kind": "purchase",
        "firm": deal.firm.party,
        "product": {"id": deal.product, "version": version},
        "amount": str(deal.amount),
        "terms": "납품 후 30일 이내 검수한다.",
        "meeting": deal.meeting,
    }
    if deal.promised:
        proposal["commitment"] = (await _promise(market, cast, deal, "promise"))["id"]
    drafted = await market.post(deal.institution, "/v1/contracts", proposal, key=cast.key("contract", proposal))
    for step in STEPS[deal.fate]:
        drafted = await _step(market, cast, deal, drafted["id"], step)
    return drafted


async def _step(market: Market, cast: Cast, deal: Deal, contract: str, step: str) -> Json:
    by, verb, body = _call(deal, contract, step)
    return await market.post(by, f"/v1/contracts/{contract}/{verb}", body, key=cast.key(step, contract))


def _call(deal: Deal, contract: str, step: str) -> tuple[Person, str, Json | None]:
    """Return who does a step, under which name, with what."""
    first = deal.amount // 3
    calls: dict[str, tuple[Person, str, Json | None]] = {
        "offer": (deal.institution, "offer", None),
        "firm signs": (deal.firm, "signature", None),
        "institution signs": (deal.institution, "signature", None),
        "deliver": (deal.firm, "delivery", None),
        "accept": (deal.institution, "acceptance", None),
        "pay a part": (deal.institution, "payments", _payment(first, f"{contract}-1")),
        "pay": (deal.institution, "payments", _payment(deal.amount - first, f"{contract}-2")),
        "complete": (deal.institution, "completion", {}),
        "waive": (deal.institution, "completion", {"waiver": "하자보수금 상계"}),
        "cancel": (deal.firm, "cancellation", {"reason": "납기 불일치"}),
        "terminate": (deal.institution, "termination", {"reason": "사업 취소"}),
    }
    return calls[step]


def _payment(amount: Decimal, reference: str) -> Json:
    return {"amount": str(amount), "erp_reference": reference}


async def _promise(market: Market, cast: Cast, deal: Deal, what: str) -> Json:
    due = date.today() + timedelta(days=200)  # noqa: DTZ011  far enough ahead in any zone
    body = {"firm": deal.firm.party, "amount": str(deal.amount), "due": due.isoformat(), "product": deal.product}
    return await market.post(deal.institution, "/v1/commitments", body, key=cast.key(what, deal.number, body))


async def _explained_or_released(market: Market, cast: Cast, deal: Deal) -> None:
    """Let a promise without a contract be explained by its buyer, every second one be released by its firm."""
    promised = await _promise(market, cast, deal, "spare promise")
    by, verb = (deal.firm, "release") if deal.number % 2 else (deal.institution, "explanation")
    path = f"/v1/commitments/{promised['id']}/{verb}"
    await market.post(by, path, {"reason": "사업 예산이 다음 해로 이월됨"}, key=cast.key(verb))
