"""Events of a series are numbered in each year, without a gap, whoever plans them at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deploy.local.servers import Kafka
from deploy.local.services import Service
from tests.component.matching.fair import OPERATOR, Answer, Fair, a_plan
from tests.component.serving import a_second_replica

LAST_HOUR_OF_2029 = datetime(2029, 12, 31, 14, tzinfo=UTC)
FIRST_HOUR_OF_2030 = datetime(2029, 12, 31, 15, tzinfo=UTC)
"""Both by Seoul's calendar."""


@pytest.fixture(scope="module")
def second(service: Service, kafka: Kafka) -> Iterator[Service]:
    with a_second_replica("matching", service, kafka) as replica:
        yield replica


async def a_series(fair: Fair) -> str:
    return (await fair.made("/event-series", OPERATOR, {"title": "SOC 기술마켓 구매상담회"})).id


async def planned(fair: Fair, series: str, at: datetime) -> Answer:
    return await fair.post("/events", OPERATOR, a_plan(series=series, starts_at=at.isoformat()))


async def test_events_planned_at_once_by_two_replicas_get_each_number_of_their_year_once(
    fair: Fair, second: Service
) -> None:
    series, other = await a_series(fair), await a_series(fair)
    both = (fair, replace(fair, service=second))

    in_2029 = [planned(by, series, LAST_HOUR_OF_2029) for by in both * 12]
    in_2030 = [planned(by, series, FIRST_HOUR_OF_2030) for by in both * 3]
    answers = await asyncio.gather(*in_2029, *in_2030, planned(fair, other, LAST_HOUR_OF_2029))

    assert {each.status for each in answers} == {201}
    editions = [each.body["edition"] for each in answers]
    numbers = {
        (of, year): sorted(each["number"] for each in editions if (each["series"], each["year"]) == (of, year))
        for of, year in ((series, 2029), (series, 2030), (other, 2029))
    }
    assert numbers == {
        (series, 2029): [*range(1, 25)],
        (series, 2030): [*range(1, 7)],
        (other, 2029): [1],
    }
    listed = await fair.every(f"/events?series={series}")
    assert {each["id"] for each in listed} == {each.id for each in answers[:-1]}


async def test_a_repeated_plan_takes_no_second_number_and_a_cancelled_event_keeps_its_own(fair: Fair) -> None:
    series = await a_series(fair)

    plan = a_plan(series=series, starts_at=LAST_HOUR_OF_2029.isoformat())
    first, repeated = await asyncio.gather(*(fair.post("/events", OPERATOR, plan, key="once") for _ in range(2)))
    await fair.done(f"/events/{first.id}/cancellation", OPERATOR, {"reason": "태풍"})
    later = await planned(fair, series, LAST_HOUR_OF_2029)

    assert (first.id, first.body["edition"]) == (repeated.id, repeated.body["edition"])
    assert (first.body["edition"]["number"], later.body["edition"]["number"]) == (1, 2)
    told = await fair.published("matching.series.events", {series})
    assert told == {series: ["1 matching.series.opened"]}


async def test_an_event_names_a_series_there_is_or_none(fair: Fair) -> None:
    series = await a_series(fair)

    unknown = await planned(fair, "ser_unknown", LAST_HOUR_OF_2029)
    alone = await fair.made("/events", OPERATOR, a_plan())

    assert (unknown.status, unknown.rule) == (404, "series.unknown")
    assert alone.body["edition"] is None
    assert (await fair.get(f"/event-series/{series}")).body["title"] == "SOC 기술마켓 구매상담회"
    assert series in {each["id"] for each in await fair.every("/event-series?")}
    assert (await fair.every(f"/events?series={series}")) == []
