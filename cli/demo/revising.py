"""Listings that change: small changes are public at once, material ones after a certificate of their own."""

from collections.abc import Sequence

from cli.api import OPERATOR, Json, Person
from cli.demo.committee import hear
from cli.demo.verifying import Case, Verified
from cli.enrolling import Cast, Offer, content
from cli.stage import Stage, once_known, share

SMALL, MATERIAL = 0.05, 0.02
"""Shares of the listed products."""
SECOND = 2


async def revise(stage: Stage, cast: Cast, verified: Verified) -> None:
    """Change some listings' texts, and what some others are."""
    numbers = {offer.id: number for number, offer in enumerate(cast.offers)}
    small = share(verified.listed, SMALL)
    material = share(verified.listed[len(small) :], MATERIAL)

    async def change(offer: Offer, what: Json) -> None:
        body = content(offer.made_up, numbers[offer.id]) | what
        owner = cast.firm(offer.made_up.owner)
        await stage.market.post(owner, f"/v1/products/{offer.id}/revision", body, key=cast.key("revise"))

    async def reword(offer: Offer) -> None:
        await change(offer, {"summary": f"{offer.made_up.description} 설명 보완."})

    async def rebuild(offer: Offer) -> None:
        await change(offer, {"specification": f"{offer.made_up.title} 규격서 2.0"})
        await _verified_again(stage, cast, next(case for case in verified.cases if case.offer.id == offer.id))

    await stage.each("listings reworded", small, reword)
    await stage.each("listings rebuilt and verified again", material, rebuild)
    await _shown(stage, [*small, *material])


async def _verified_again(stage: Stage, cast: Cast, case: Case) -> None:
    market, offer = stage.market, case.offer
    body = {"product": {"id": offer.id, "version": SECOND}, "institutions": [case.committee.officer.party]}
    owner = cast.firm(offer.made_up.owner)

    async def submit() -> Json:
        return await market.post(owner, "/v1/dossiers", body, key=cast.key("dossier 2", offer.id))

    dossier = await once_known(submit, "dossier.version_not_current")
    path = f"/v1/reviews/{dossier['applications'][0]['review']}"

    async def post(by: Person, step: str, body: Json) -> Json:
        return await market.post(by, f"{path}/{step}", body, key=cast.key(step, by.id, body))

    await once_known(lambda: post(case.committee.officer, "assignment", {}), "review.unknown")
    await hear(post, case.committee, approved=True, inspected=False)


async def _shown(stage: Stage, offers: Sequence[Offer]) -> None:
    async def second_versions() -> int:
        shown = [await stage.market.read(OPERATOR, f"/v1/products/{offer.id}") for offer in offers]
        return sum(each["version"] == SECOND for each in shown)

    await stage.until("second versions shown", len(offers), second_versions)
