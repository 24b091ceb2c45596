"""Killed between every two steps from a dossier to a listing, each dossier and product still comes to its end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from cli.api import OPERATOR, Json, Person, market_at
from cli.demo.committee import Committee, committee_of, hear
from cli.stage import once_known
from deploy.local.brokers import NoidaKafka
from deploy.local.services import CATALOG, VERIFICATION, Service
from deploy.local.stack import Stack
from shared.events.catalog import ProductState
from tests.component.shared.reading import all_records, until
from tests.flow.told import told_of
from tests.flow.walk import Walk, business_number

DEATHS = {
    VERIFICATION: [
        "verification.dossier.submitted",
        "verification.review.opened",
        "verification.review.decided",
        "verification.product.verified",
        "verification.review.ended",
        "verification.dossier.closed",
    ],
    CATALOG: ["catalog.product.listed", "catalog.product.rejected"],
}
"""After which write each of the two dies, one after the other: each next step is left to the process after it."""
DEATHS_OF_A_RECOGNITION = [
    "verification.review.recognised",
    "verification.certificate.revoked",
    "verification.certificate.questioned",
]
"""The same on the way of a certificate that rests on another's, and beyond the end of that one."""
PATIENCE = 300.0
"""After each death the broker waits for the dead member of a group before another has its partitions."""
READY = 90.0
FORTY = 40
# Of a council and category that no example of the API asks fields for: the market is one that other tests call too.
CONTENT: Json = {
    "title": "누수 감지기",
    "summary": "관로의 누수를 감지하는 기기",
    "category": "gas",
    "council": "ict",
    "readiness_level": 8,
}


class Mortal(Service):
    """A service in the place of another one, that dies of what it is told to."""

    def __init__(self, stands_for: str, service: Service) -> None:
        super().__init__(f"{stands_for}-mortal", "tests.flow.dying", service.folder, service.port)
        self.configure(service.environment())
        self.stands_for = stands_for
        self.dies_of = ""

    def command(self) -> Sequence[str]:
        return (*super().command(), self.stands_for, *filter(None, [self.dies_of]))

    async def dies(self, deaths: Iterable[str]) -> list[str]:
        """Live until each of these has happened, and then on. Return what it died of."""
        died = []
        for self.dies_of in deaths:
            await asyncio.to_thread(self.start)

            async def dead() -> bool:
                return not self.running

            await until(dead, PATIENCE)
            assert "SIGKILL" in (self.death() or ""), self.tail()
            died.append(self.dies_of)
        self.dies_of = ""
        await asyncio.to_thread(self.start)
        return died


@asynccontextmanager
async def mortal_services(stack: Stack, *names: str) -> AsyncIterator[list[Mortal]]:
    """Let services that die stand in for these of the market."""
    if isinstance(stack.kafka, NoidaKafka):
        pytest.skip("noida-db keeps the partitions of a killed member: this needs Apache Kafka (Java and Maven)")
    proper = {name: stack.services[name][0] for name in names}
    mortals = [Mortal(name, service) for name, service in proper.items()]
    for service in proper.values():
        await asyncio.to_thread(service.stop)
    try:
        yield mortals
    finally:  # also where the test failed: the next one finds the market's own
        for mortal, service in zip(mortals, proper.values(), strict=True):
            await asyncio.to_thread(mortal.stop)
            await asyncio.to_thread(service.start)
            await asyncio.to_thread(service.wait_ready, READY)


class Case:
    """A product's way to a certificate, decided by the people of one institution or two."""

    def __init__(self, walk: Walk, firm: Person) -> None:
        self._walk = walk
        self._firm = firm
        self.product = ""

    async def registers(self) -> None:
        body = {"product_kind": "technology", "content": CONTENT}
        self.product = (await self._walk.post(self._firm, "/v1/products", body))["id"]
        await self._walk.post(self._firm, f"/v1/products/{self.product}/registration")

    async def is_revised(self) -> None:
        """The operator sends it back, and its owner registers something else."""
        path = f"/v1/products/{self.product}"
        await self._walk.post(OPERATOR, f"{path}/revision-request", {"message": "모델명을 적으십시오"})
        await self._walk.put(self._firm, f"{path}/draft", CONTENT | {"model": "LD-2"})
        await self._walk.post(self._firm, f"{path}/registration")

    async def applies(self, institutions: Sequence[Person], version: int = 1) -> Json:
        body = {
            "product": {"id": self.product, "version": version},
            "institutions": [each.party for each in institutions],
        }
        return await once_known(
            lambda: self._walk.post(self._firm, "/v1/dossiers", body),
            "dossier.version_not_current",
            "upstream.unavailable",
        )

    async def decided(self, dossier: Json, institutions: Sequence[Person], *, approved: bool) -> None:
        """Every institution decides; what was rejected is appealed, and rejected for good."""
        for institution, application in zip(institutions, dossier["applications"], strict=True):
            review = f"/v1/reviews/{application['review']}"
            panels = [self._panel(institution, number) for number in (0, 1)]

            async def post(by: Person, step: str, body: Json, review: str = review) -> Json:
                return await self._walk.post(by, f"{review}/{step}", body)

            await once_known(partial(post, panels[0].officer, "assignment", {}), "review.unknown")
            await hear(post, panels[0], approved=approved, inspected=False)
            if not approved:
                await post(self._firm, "appeal", {"grounds": "시험 조건이 다릅니다"})
                await hear(post, panels[1], approved=False, inspected=False)

    async def is_recognised(self, review: str, by: Person, original: Json) -> None:
        """An officer adopts a certificate under a rule that somebody else of the institution has declared."""
        officer, path = self._panel(by, 0).officer, f"/v1/reviews/{review}"
        rule = await self._walk.post(by, "/v1/recognition-rules", {"accepts": original["institution"]})
        await self._walk.post(officer, f"{path}/assignment", {})
        await self._walk.post(officer, f"{path}/recognition", {"certificate": original["id"], "rule": rule["id"]})

    def _panel(self, institution: Person, number: int) -> Committee:
        return committee_of(institution.id.removeprefix("prs_m"), institution.party, number, {})


async def comes_to(walk: Walk, path: str, status: str) -> None:
    """What it has become is read as soon as somebody serves it again."""

    async def so() -> bool:
        return bool((await walk.read(OPERATOR, path))["status"] == status)

    await until(so, PATIENCE, pause=0.3)


async def listed_versions(stack: Stack, product: str) -> set[tuple[int, int]]:
    """With which version shown and on a certificate of which version it was ever said to be listed."""
    records = await all_records(stack.kafka.bootstrap, "catalog.product.state")
    states = [ProductState.model_validate_json(each.value) for each in records if each.key.decode() == product]
    return {(each.version, held.version) for each in states if each.status == "listed" for held in each.certificates}


async def test_a_kill_between_every_two_steps_changes_no_end(stack: Stack) -> None:
    async with market_at(stack.url) as market:
        walk = Walk(market, f"killed {datetime.now(UTC)}")
        firm = await walk.active_party("sme", business_number("304810077"))
        both = [await walk.active_party("institution", business_number(f"30481008{each}")) for each in (1, 2)]
        listed, refused, revised = cases = [Case(walk, firm) for _ in range(3)]
        await asyncio.gather(*(each.registers() for each in cases))

        async with mortal_services(stack, *DEATHS) as mortals:
            dying = [asyncio.create_task(each.dies(DEATHS[each.stands_for])) for each in mortals]
            asked = [both, both[:1], both[:1]]
            dossiers = [await case.applies(institutions) for case, institutions in zip(cases, asked, strict=True)]
            await revised.is_revised()
            await asyncio.gather(
                listed.decided(dossiers[0], both, approved=True), revised.decided(dossiers[2], both[:1], approved=True)
            )
            # the catalog has died of this before it hears of a rejection, or it could write both at once
            await comes_to(walk, f"/v1/products/{listed.product}", "listed")
            await refused.decided(dossiers[1], both[:1], approved=False)
            for each in dossiers:
                await comes_to(walk, f"/v1/dossiers/{each['id']}", "closed")
            await comes_to(walk, f"/v1/products/{refused.product}", "rejected")
            assert await asyncio.gather(*dying) == [DEATHS[each.stands_for] for each in mortals]

            waiting = await walk.until(f"/v1/products/{revised.product}", OPERATOR, status="registered")
            anew = await revised.applies(both[1:], version=2)
            await revised.decided(anew, both[1:], approved=True)
            shown = await walk.until(f"/v1/products/{revised.product}", OPERATOR, status="listed")

        final = await walk.until(f"/v1/products/{listed.product}", OPERATOR, status="listed")
    assert (waiting["certificates"], [each["version"] for each in shown["certificates"]]) == ([], [2])
    assert {each["institution"] for each in final["certificates"]} == {each.party for each in both}
    assert await listed_versions(stack, listed.product) == {(1, 1)}
    assert await listed_versions(stack, revised.product) == {(2, 2)}
    every = [*dossiers, anew]
    assert set(map(tuple, (await told_of(stack, "verification.dossier.events", ids(every))).values())) == {
        ("submitted", "closed")
    }
    reviews = [each["review"] for dossier in every for each in dossier["applications"]]
    told = await told_of(stack, "verification.review.events", reviews)
    assert [Counter(each)["decided"] for each in told.values()] == [1, 1, 2, 1, 1]
    assert all((each[0], each[-1], Counter(each)["ended"]) == ("opened", "ended", 1) for each in told.values())
    certificates = [each["id"] for each in (*final["certificates"], *shown["certificates"])]
    assert set(map(tuple, (await told_of(stack, "verification.certificate.events", certificates)).values())) == {
        ("verified",)
    }
    products = await told_of(stack, "catalog.product.events", [each.product for each in cases])
    assert [Counter(each)["listed"] for each in products.values()] == [2, 0, 1]  # once on each certificate
    assert products[refused.product][-1] == "rejected"


async def test_a_kill_around_a_recognition_and_around_the_end_of_what_it_rests_on_changes_no_end(stack: Stack) -> None:
    async with market_at(stack.url) as market:
        walk = Walk(market, f"recognised {datetime.now(UTC)}")
        firm = await walk.active_party("sme", business_number("304830077"))
        both = [await walk.active_party("institution", business_number(f"30483008{each}")) for each in (1, 2)]
        case = Case(walk, firm)
        await case.registers()
        dossier = await case.applies(both)
        first, second = dossier["applications"]
        await case.decided({"applications": [first]}, both[:1], approved=True)
        [original] = (await walk.until(f"/v1/products/{case.product}", OPERATOR, status="listed"))["certificates"]

        async with mortal_services(stack, VERIFICATION) as [mortal]:
            dying = asyncio.create_task(mortal.dies(DEATHS_OF_A_RECOGNITION))
            await case.is_recognised(second["review"], both[1], original)
            await comes_to(walk, f"/v1/dossiers/{dossier['id']}", "closed")
            adopted = (await walk.read(OPERATOR, f"/v1/reviews/{second['review']}"))["certificate"]
            await walk.post(both[0], f"/v1/certificates/{original['id']}/revocation", {"reason": "시험성적서 허위"})
            assert await dying == DEATHS_OF_A_RECOGNITION
            asked = await walk.read(both[1], "/v1/certificates/queue")
            await walk.post(both[1], f"/v1/certificates/{adopted}/keeping", {"reason": "자체 시험"})

        async def listed_on_what_was_kept() -> bool:
            shown = await walk.read(OPERATOR, f"/v1/products/{case.product}")
            return shown["status"] == "listed" and ids(shown["certificates"]) == [adopted]

        await until(listed_on_what_was_kept, PATIENCE, pause=0.3)

    async def all_told() -> bool:
        told = await told_of(stack, "verification.certificate.events", [original["id"], adopted])
        return told == {original["id"]: ["verified", "revoked"], adopted: ["verified", "questioned", "kept"]}

    await until(all_told, PATIENCE, pause=0.5)
    assert [(each["id"], each["status"]) for each in asked["items"]] == [(adopted, "certified")]
    told = await told_of(stack, "verification.review.events", [second["review"]])
    assert told == {second["review"]: ["opened", "assigned", "recognised", "ended"]}


async def test_a_dossier_to_forty_opens_every_review_though_both_services_are_killed(stack: Stack) -> None:
    if isinstance(stack.kafka, NoidaKafka):
        pytest.skip("noida-db keeps the partitions of a killed member: this needs Apache Kafka (Java and Maven)")
    both = [stack.services[name][0] for name in DEATHS]
    async with market_at(stack.url) as market:
        walk = Walk(market, f"forty {datetime.now(UTC)}")
        firm = await walk.active_party("sme", business_number("304810089"))
        numbers = [business_number(f"3048200{each:02}") for each in range(FORTY)]
        forty = await asyncio.gather(*(walk.active_party("institution", number) for number in numbers))
        case = Case(walk, firm)
        await case.registers()

        dossier = await case.applies(forty)
        for _ in range(2):  # the second time amid what the first left
            for each in both:
                each.kill()
                await asyncio.to_thread(each.start)
            await asyncio.gather(*(asyncio.to_thread(each.wait_ready, READY) for each in both))
        reviews = [each["review"] for each in dossier["applications"]]

        async def all_open() -> bool:
            told = await told_of(stack, "verification.review.events", reviews)
            return list(told.values()) == [["opened"]] * FORTY

        await until(all_open, PATIENCE, pause=0.5)
        shown = [await walk.read(OPERATOR, f"/v1/reviews/{review}") for review in reviews]
    assert {each["status"] for each in shown} == {"opened"}
    assert {each["institution"] for each in shown} == {each.party for each in forty}


def ids(things: Iterable[Json]) -> list[str]:
    return [each["id"] for each in things]
