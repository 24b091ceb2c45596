"""Two people of an institution who decide at the same moment, each through another replica: one of them does."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.servers import Kafka
from deploy.local.services import Service
from tests.component.serving import a_second_replica
from tests.component.verification.office import Office, chair, officer

ROUNDS = 8
"""Enough that either of the two is first now and then."""


@pytest.fixture(scope="module")
def second(service: Service, kafka: Kafka) -> Iterator[Service]:
    with a_second_replica("verification", service, kafka) as replica:
        yield replica


async def test_of_two_chairs_who_decide_at_the_same_moment_one_decides_and_the_other_gets_412(
    office: Office, second: Service
) -> None:
    offices = office, replace(office, service=second)
    rulings: tuple[dict[str, Any], ...] = (
        {"outcome": "approved"},
        {"outcome": "deferred", "reasons": ["documents_missing"]},
    )
    firm, product, institutions = await office.given_a_case(institutions=ROUNDS)
    _, reviews = await office.submitted(firm, product, institutions)
    ends = {"approved": "certified", "deferred": "screening"}
    decided: Counter[str] = Counter()

    for institution, review in zip(institutions, reviews, strict=True):
        chairs = chair(institution, "chair1"), chair(institution, "chair2")
        await office.done(f"/reviews/{review}/assignment", officer(institution), {})
        for member in await office.convened(institution, review):
            await office.done(f"/reviews/{review}/votes", member, {"approve": True, "score": 80})
        read = (await office.get(f"/reviews/{review}", chairs[0])).headers["ETag"]

        answers = await asyncio.gather(
            *(
                at.post(f"/reviews/{review}/decision", by, ruling, read)
                for at, by, ruling in zip(offices, chairs, rulings, strict=True)
            )
        )

        first = [each.status for each in answers].index(200)
        loser = answers[1 - first]
        assert (loser.status, loser.body["rule"]) == (412, "version.stale")
        outcome = rulings[first]["outcome"]
        shown = await office.until(f"/reviews/{review}", status=ends[outcome])
        assert bool(shown["certificate"]) == (outcome == "approved")
        now = (await office.get(f"/reviews/{review}")).headers["ETag"]
        again = await offices[1 - first].post(f"/reviews/{review}/decision", chairs[1 - first], rulings[1 - first], now)
        assert (again.status, again.body["rule"]) == (409, "review.not_committee")
        told = await office.published("verification.review.events", review)
        # Two replicas may send an event each: it is one by its sequence.
        assert len({each.sequence for each, _ in told if "review.decided" in each.type}) == 1
        decided[outcome] += 1

    assert decided.total() == ROUNDS


async def test_of_two_officers_who_take_a_case_at_the_same_moment_one_has_it(office: Office, second: Service) -> None:
    offices = office, replace(office, service=second)
    firm, product, institutions = await office.given_a_case(institutions=ROUNDS)
    _, reviews = await office.submitted(firm, product, institutions)

    for institution, review in zip(institutions, reviews, strict=True):
        officers = officer(institution, "one"), officer(institution, "two")
        read = (await office.get(f"/reviews/{review}", officers[0])).headers["ETag"]

        answers = await asyncio.gather(
            *(at.post(f"/reviews/{review}/assignment", by, {}, read) for at, by in zip(offices, officers, strict=True))
        )

        assert sorted(each.status for each in answers) == [200, 412]
        first = [each.status for each in answers].index(200)
        shown = (await office.get(f"/reviews/{review}", officers[1 - first])).body
        assert shown["inside"]["officer"] == officers[first].id
