"""Verification as the demo plays it: dossiers, reviews, committees, certificates, until the certified are listed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from cli.api import OPERATOR, Json, Market, Person
from cli.demo.committee import Committee, committee_of, hear
from cli.enrolling import Cast, Offer
from cli.stage import Stage, once_known

Fate = Literal["approved", "answered", "inspected", "rejected", "appeal lost", "appeal won", "recognised"]
FATES: dict[Fate, int] = {
    "approved": 70,
    "answered": 10,
    "inspected": 5,
    "rejected": 6,
    "appeal lost": 5,
    "appeal won": 4,
}
"""What becomes of a review, and how often in a hundred; another's certificate is recognised where there is one."""
CERTIFIED: frozenset[Fate] = frozenset({"approved", "answered", "inspected", "appeal won", "recognised"})
INSTITUTIONS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)
NOT_OPEN_YET = "review.unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """One institution's review of an offer, and what is to become of it."""

    offer: Offer
    institution: str
    review: str
    fate: Fate
    committee: Committee
    appeal_committee: Committee


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification should have led to."""

    cases: list[Case]
    unmet: Counter[str]
    """Entry rules that kept an offer from an institution, by rule."""

    @property
    def listed(self) -> list[Offer]:
        """Offers with at least one certificate."""
        found = {case.offer.id: case.offer for case in self.cases if case.fate in CERTIFIED}
        return list(found.values())

    @property
    def certificates(self) -> int:
        """How many certificates there must be."""
        return sum(case.fate in CERTIFIED for case in self.cases)


async def verify(stage: Stage, cast: Cast) -> Verified:
    """Have every offer verified by one to three institutions of its council whose entry rules it meets."""
    chance = Random(f"verify {cast.name}")  # noqa: S311 - a made-up story, no secret
    wishes = [_wish(offer, cast, chance) for offer in cast.offers]
    unmet: Counter[str] = Counter()

    async def check(wish: tuple[Offer, list[str]]) -> list[str]:
        return await _eligible(stage.market, cast, *wish, unmet)

    eligible = await stage.each("entry rules checked", wishes, check)
    plans = [(offer, chosen, _fates(chosen, chance)) for (offer, _), chosen in zip(wishes, eligible, strict=True)]

    async def submit(plan: tuple[Offer, list[str], list[Fate]]) -> list[Case]:
        return await _submit(stage.market, cast, *plan)

    cases = [case for found in await stage.each("dossiers submitted", plans, submit) for case in found]
    decided = [case for case in cases if case.fate != "recognised"]
    recognised = [case for case in cases if case.fate == "recognised"]

    async def review(case: Case) -> None:
        await _review(stage.market, cast, case)

    await stage.each("reviews decided", decided, review)
    await _recognise(stage, cast, recognised)
    verified = Verified(cases, unmet)

    offers = {offer.id for offer in cast.offers}

    async def certificates() -> int:
        issued = await stage.market.all(OPERATOR, "/v1/certificates")
        return sum(each["product"]["id"] in offers and each["product"]["version"] == 1 for each in issued)

    await stage.until("certificates issued", verified.certificates, certificates)

    async def listed() -> int:
        return sum(each["id"] in offers for each in await stage.market.all(OPERATOR, "/v1/products", status="listed"))

    await stage.until("products listed", len(verified.listed), listed)
    return verified


def _wish(offer: Offer, cast: Cast, chance: Random) -> tuple[Offer, list[str]]:
    of_council = _council(offer, cast)
    return offer, chance.sample(of_council, min(chance.choice(INSTITUTIONS), len(of_council)))


def _council(offer: Offer, cast: Cast) -> list[str]:
    return [each.business_number for each in cast.market.institutions if each.council == offer.made_up.council]


async def _eligible(market: Market, cast: Cast, offer: Offer, wished: Sequence[str], unmet: Counter[str]) -> list[str]:
    """Return the institutions whose entry rules are met; if there is none, one that goes by the market's own rules."""
    institutions = [cast.parties[number] for number in wished]
    path = f"/v1/entry-checks?product={offer.id}&version=1" + "".join(f"&institution={each}" for each in institutions)
    found = await market.read(cast.firm(offer.made_up.owner), path, about=[offer.id, *institutions])
    unmet.update(line["rule"] for each in found["institutions"] for line in each["findings"] if not line["met"])
    met = [number for number, each in zip(wished, found["institutions"], strict=True) if each["eligible"]]
    return met or [number for number in _council(offer, cast) if number not in cast.rules][:1]


def _fates(chosen: Sequence[str], chance: Random) -> list[Fate]:
    fates: list[Fate] = [chance.choices(list(FATES), list(FATES.values()))[0]]
    for _ in chosen[1:]:
        fates.append("recognised" if fates[0] in CERTIFIED and chance.random() < 1 / 2 else "approved")
    return fates


async def _submit(
    market: Market, cast: Cast, offer: Offer, institutions: Sequence[str], fates: Sequence[Fate]
) -> list[Case]:
    ids = [cast.parties[number] for number in institutions]
    body = {"product": {"id": offer.id, "version": 1}, "institutions": ids}
    owner = cast.firm(offer.made_up.owner)
    dossier = await market.post(owner, "/v1/dossiers", body, key=cast.key("dossier", offer.id))
    reviews = {each["institution"]: each["review"] for each in dossier["applications"]}
    return [
        Case(
            offer,
            number,
            reviews[cast.parties[number]],
            fate,
            committee_of(number, cast.parties[number], 1, cast.rules.get(number, {})),
            committee_of(number, cast.parties[number], 2, cast.rules.get(number, {})),
        )
        for number, fate in zip(institutions, fates, strict=True)
    ]


async def _review(market: Market, cast: Cast, case: Case) -> None:
    """Take one review from its assignment to its certificate, or to where its fate leaves it."""

    async def post(by: Person, step: str, body: Json) -> Json:
        path = f"/v1/reviews/{case.review}/{step}"
        return await market.post(by, path, body, key=cast.key(step, case.review, by.id, body))

    officer, firm = case.committee.officer, cast.firm(case.offer.made_up.owner)
    await once_known(lambda: post(officer, "assignment", {}), NOT_OPEN_YET)
    if case.fate == "answered":
        await post(officer, "questions", {"text": "시험성적서를 제출하십시오", "answer_days": 10})
        await post(firm, "answers", {"text": "공인 시험성적서를 첨부했습니다"})
    inspected = case.fate == "inspected"
    approved = case.fate in {"approved", "answered", "inspected"}
    await hear(post, case.committee, approved=approved, inspected=inspected)
    if case.fate in {"appeal lost", "appeal won"}:
        await post(firm, "appeal", {"grounds": "실증 결과가 반영되지 않았습니다"})
        await hear(post, case.appeal_committee, approved=case.fate == "appeal won", inspected=False)


async def _recognise(stage: Stage, cast: Cast, cases: Sequence[Case]) -> None:
    """Adopt the certificate that another institution issued for the same product."""
    market = stage.market
    rules: dict[tuple[str, str], str] = {}
    issued: dict[str, Json] = {}

    async def first_certificates() -> int:
        wanted = {case.offer.id for case in cases}
        for certificate in await market.all(OPERATOR, "/v1/certificates"):
            if certificate["product"]["id"] in wanted and not certificate["recognised_certificate"]:
                issued.setdefault(certificate["product"]["id"], certificate)
        return len(issued)

    await stage.until("certificates to recognise", len({case.offer.id for case in cases}), first_certificates)

    async def rule(pair: tuple[str, str]) -> None:
        institution, issuer = pair
        by = cast.institution(institution)
        made = await market.post(by, "/v1/recognition-rules", {"accepts": issuer}, key=cast.key("rule", pair))
        rules[pair] = made["id"]

    pairs = {(case.institution, issued[case.offer.id]["institution"]) for case in cases}
    await stage.each("recognition rules", sorted(pairs), rule)

    async def recognise(case: Case) -> None:
        certificate = issued[case.offer.id]
        officer, path = case.committee.officer, f"/v1/reviews/{case.review}"

        async def assign() -> Json:
            return await market.post(officer, f"{path}/assignment", {}, key=cast.key("assign", case.review))

        await once_known(assign, NOT_OPEN_YET)
        body = {"certificate": certificate["id"], "rule": rules[case.institution, certificate["institution"]]}
        await market.post(officer, f"{path}/recognition", body, key=cast.key("recognise", case.review))

    await stage.each("certificates recognised", cases, recognise)
