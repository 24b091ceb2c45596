"""Drafts are planned beside the calls, compared and cancelled; one is released, and nothing of them is told before."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local.servers import Mongo
from services.matching.domain.draft import Draft
from services.matching.drafting import CONFLICTS_ALLOWED, _Ours
from services.matching.ground import Matching
from shared.errors import Conflict
from shared.mongo import connect
from shared.relay import Relay
from tests.builders import a_call_cause
from tests.component.matching.fair import OPERATOR, Answer, Fair
from tests.component.matching.test_planning_a_release import a_day, killed_workers, no_worker, workers
from tests.component.shared.reading import until
from tests.component.shared.shelf import no_producer
from tests.unit.matching.builders import an_event


async def draft_of(fair: Fair, event: str, **more: Any) -> Answer:
    return await fair.made("/drafts", OPERATOR, {"event": event, "title": "1안", "seconds": 1} | more)


async def ended(fair: Fair, draft: str) -> dict[str, Any]:
    """Wait until a draft is planned no more; return it."""

    async def over() -> bool:
        return bool((await fair.get(f"/drafts/{draft}")).body["status"] != "planning")

    await until(over)
    found: dict[str, Any] = (await fair.get(f"/drafts/{draft}")).body
    return found


async def told(fair: Fair, draft: str) -> list[str]:
    lines = (await fair.published("matching.draft.events", {draft}))[draft]
    return [each.rpartition(".")[2] for each in dict.fromkeys(lines)]


async def test_a_draft_is_planned_and_the_one_that_is_chosen_is_what_is_released(fair: Fair) -> None:
    event = await a_day(fair, absent=[1])
    begun = await draft_of(fair, event)
    assert (begun.body["status"], begun.body["placements"]) == ("planning", [])
    draft = await ended(fair, begun.id)

    assert (draft["status"], len(draft["placements"]), draft["unserved"]) == ("ready", 9, [])
    assert draft["score"]["gaps"] >= draft["score"]["least_gaps"]
    assert (draft["best"], draft["bound"]) == (draft["score"]["gaps"], draft["score"]["least_gaps"])
    assert (await fair.get(f"/events/{event}")).body["status"] == "scheduling"
    assert await fair.every(f"/meetings?event={event}") == []
    released = await fair.done(f"/events/{event}/timetable", OPERATOR, {"draft": begun.id})

    assert released.body["score"] == draft["score"]
    assert (await fair.get(f"/events/{event}/releases")).body["items"][0]["title"] == "1안"

    async def booked() -> bool:
        meetings = await fair.every(f"/meetings?event={event}")
        seats = {(each["request"], each["slot"], each["table"]) for each in meetings}
        return seats == {(each["request"], each["slot"], each["table"]) for each in draft["placements"]}

    await until(booked)
    names = await told(fair, begun.id)
    assert (names[0], names[-1]) == ("begun", "ready")
    assert set(names[1:-1]) == {"progressed"}


async def test_a_draft_whose_requests_have_changed_is_not_released(fair: Fair) -> None:
    event, other = await a_day(fair), await a_day(fair)
    begun = await draft_of(fair, event)
    await ended(fair, begun.id)
    [first, *_] = await fair.every(f"/requests?event={event}&status=accepted")
    path = f"/events/{event}/timetable"

    elsewhere = await fair.post(f"/events/{other}/timetable", OPERATOR, {"draft": begun.id})
    await fair.done(f"/requests/{first['id']}/withdrawal", first["requester"], {"reason": "일정 중복"})
    outdated = await fair.post(path, OPERATOR, {"draft": begun.id})
    unknown = await fair.post(path, OPERATOR, {"draft": "drf_unknown"})

    assert (elsewhere.status, elsewhere.rule) == (422, "draft.other_event")
    assert (outdated.status, outdated.rule) == (409, "draft.outdated")
    assert (unknown.status, unknown.rule) == (404, "draft.unknown")
    assert (await fair.get(f"/events/{event}")).body["status"] == "scheduling"


async def test_two_drafts_are_compared_by_their_merits_and_by_what_moves(fair: Fair) -> None:
    event = await a_day(fair)
    free = await draft_of(fair, event, title="제한 없음")
    await ended(fair, free.id)
    [wish, *_] = await fair.every(f"/requests?event={event}&status=accepted")
    [participation] = await fair.every(f"/participations?event={event}&party={wish['firm']}")
    absences = {"slots": [1, 2, 3], "reason": "출장"}
    await fair.done(f"/participations/{participation['id']}/absences", wish["firm"], absences)
    bound = await draft_of(fair, event, title="오전 불참 반영")
    await ended(fair, bound.id)

    compared = (await fair.get(f"/drafts/{bound.id}/comparison?other={free.id}")).body
    same = (await fair.get(f"/drafts/{bound.id}/comparison?other={bound.id}")).body

    assert (compared["merits_of_other"]["placed"], compared["merits"]["placed"]) == (9, 7)
    assert compared["merits"]["unplaced"] == 2
    assert compared["merits"]["priorities"] < compared["merits_of_other"]["priorities"]
    gone = [each for each in compared["moves"] if each["after"] is None]
    assert [each["firm"] for each in gone] == [wish["firm"]] * 2
    assert same["moves"] == []
    assert same["merits"] == same["merits_of_other"]
    nothing = (await fair.get(f"/drafts/{free.id}/comparison")).body
    assert (nothing["merits_of_other"]["placed"], {each["before"] is None for each in nothing["moves"]}) == (0, {True})
    other_event = await draft_of(fair, await a_day(fair))
    await ended(fair, other_event.id)
    refused = await fair.get(f"/drafts/{free.id}/comparison?other={other_event.id}")
    assert (refused.status, refused.rule) == (422, "draft.other_event")


async def test_a_cancelled_draft_is_planned_no_further(fair: Fair) -> None:
    event = await a_day(fair, absent=[2])
    await no_worker(fair)
    begun = await draft_of(fair, event, seconds=100, title="오래 걸리는 초안")
    waiting = await draft_of(fair, event, seconds=100, title="차례를 기다리는 초안")

    async def planning() -> bool:
        return bool(workers(fair))

    await until(planning, pause=0.01)
    cancelled = [
        await fair.done(f"/drafts/{each.id}/cancellation", OPERATOR, {"reason": "조건 변경"})
        for each in (begun, begun, waiting)
    ]

    assert [each.body["status"] for each in cancelled] == ["cancelled"] * 3
    await no_worker(fair)
    refused = [
        await fair.get(f"/drafts/{begun.id}/comparison"),
        await fair.post(f"/events/{event}/timetable", OPERATOR, {"draft": begun.id}),
    ]
    assert {(each.status, each.rule) for each in refused} == {(409, "draft.not_ready")}
    assert (await told(fair, begun.id)).count("ended") == 1


async def test_a_draft_whose_worker_dies_has_failed(fair: Fair) -> None:
    event = await a_day(fair, absent=[3])
    await no_worker(fair)

    async with killed_workers(fair) as killed:
        failed = await ended(fair, (await draft_of(fair, event)).id)

    assert killed
    assert (failed["status"], failed["reason"], failed["placements"]) == ("failed", "no_plan", [])


async def test_drafts_are_the_operators_and_of_an_event_that_is_scheduled(fair: Fair) -> None:
    [firm] = await fair.parties(1, "sme")
    event = await fair.event("requesting")
    wish = {"event": event, "title": "1안"}

    early = await fair.post("/drafts", OPERATOR, wish)
    strange = await fair.post("/drafts", firm, wish)
    await fair.bring(event, "scheduling")
    repeats = await asyncio.gather(*(fair.post("/drafts", OPERATOR, wish, key="once") for _ in range(5)))

    assert (early.status, early.rule) == (409, "event.not_scheduling")
    assert (strange.status, strange.rule) == (403, "operation.not_allowed")
    [draft] = {each.id for each in repeats}
    assert (await ended(fair, draft))["status"] == "ready"
    assert (await fair.get(f"/drafts/{draft}", firm)).status == 403
    assert [each["id"] for each in await fair.every(f"/drafts?event={event}")] == [draft]


async def test_a_draft_that_others_never_leave_alone_is_given_up(mongo: Mongo) -> None:
    database = connect(mongo.uri, "contended")
    matching = Matching(database, Relay(no_producer))
    at = datetime.now(UTC)
    await matching.drafts.create(Draft.begin("drf_1", an_event("scheduling"), "1안", 1.0, at), a_call_cause())
    tried = 0
    with closing(database.client), MongoClient[dict[str, Any]](mongo.uri) as client:

        def decide(draft: Draft, now: datetime) -> None:
            nonlocal tried
            tried += 1
            client["contended"]["draft"].update_one({"_id": draft.id}, {"$inc": {"version": 1}})
            draft.progress(None, tried, now)

        with pytest.raises(Conflict):
            await _Ours("drf_1", a_call_cause(), matching).change(decide)
        left = await matching.drafts.load("drf_1")

    assert (tried, left.bound) == (CONFLICTS_ALLOWED, 0)
