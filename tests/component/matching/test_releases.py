"""Releases are numbered, titled and never changed; whoever moved since is told, and the change log says who and why."""

import asyncio
from typing import Any

from tests.component.matching.fair import OPERATOR, Fair
from tests.component.shared.reading import until


async def a_released_day(fair: Fair, pairs: int, **plan: Any) -> tuple[str, list[str], list[str]]:
    """A released event at which each firm has a meeting with the institution of the same number."""
    firms, buyers = await fair.parties(pairs, "sme"), await fair.parties(pairs, "institution")
    event = await fair.event("requesting", **plan)
    await fair.present(event, firms + buyers)
    await fair.accepted(event, zip(firms, buyers, strict=True))
    await fair.bring(event, "released")

    async def settled() -> bool:
        return bool((await fair.get(f"/events/{event}/timetable")).body["settled"])

    await until(settled)
    return event, firms, buyers


async def meeting_of(fair: Fair, event: str, firm: str) -> dict[str, Any]:
    [found] = await fair.every(f"/meetings?event={event}&firm={firm}")
    return found


def place_of(meeting: dict[str, Any]) -> dict[str, int]:
    return {"slot": meeting["slot"], "table": meeting["table"]}


async def test_the_log_of_a_release_says_who_moved_from_where_to_where_and_why(fair: Fair) -> None:
    event, firms, buyers = await a_released_day(fair, 3, tables=6)
    before = (await fair.get(f"/events/{event}/releases")).body
    moved, cancelled, _ = [await meeting_of(fair, event, firm) for firm in firms]

    await fair.done(f"/meetings/{moved['id']}/move", OPERATOR, {"slot": 4, "table": 6, "reason": "기관 지각"})
    await fair.done(f"/meetings/{cancelled['id']}/cancellation", firms[1], {"reason": "일정 중복"})
    walk_in = {"event": event, "firm": firms[0], "institution": buyers[1], "slot": 3, "table": 5}
    made = await fair.made("/meetings", OPERATOR, walk_in)

    [frozen], [release] = before["items"], (await fair.get(f"/events/{event}/releases")).body["items"]
    assert frozen.pop("changes") == []
    assert (frozen["number"], frozen["title"], frozen["placed"]) == (1, "1차 시간표", 3)
    changes = release.pop("changes")
    assert release == frozen
    assert [(each["meeting"], each["before"], each["after"], each["reason"]) for each in changes] == [
        (moved["id"], place_of(moved), {"slot": 4, "table": 6}, "기관 지각"),
        (cancelled["id"], place_of(cancelled), None, "일정 중복"),
        (made.id, None, {"slot": 3, "table": 5}, "onsite"),
    ]
    [own] = (await fair.get(f"/events/{event}/releases", firms[1])).body["items"]
    assert [each["meeting"] for each in own["changes"]] == [cancelled["id"]]
    [none] = (await fair.get(f"/events/{event}/releases", buyers[2])).body["items"]
    assert none["changes"] == []


async def test_only_those_moved_are_told_of_a_late_change(fair: Fair) -> None:
    event, firms, _ = await a_released_day(fair, 3, tables=6)
    meetings = [await meeting_of(fair, event, firm) for firm in firms]
    keys = {each["id"] for each in meetings} | {event}

    await fair.done(f"/meetings/{meetings[0]['id']}/move", OPERATOR, {"slot": 4, "table": 6, "reason": "기관 지각"})

    async def told() -> dict[str, list[str]]:
        topics = ("matching.meeting.events", "matching.event.events")
        found = await asyncio.gather(*(fair.published(topic, keys) for topic in topics))
        return {key: [each.rpartition(".")[2] for lines in found for each in lines[key]] for key in keys}

    async def one_is_told() -> bool:
        return "moved" in (await told())[meetings[0]["id"]]

    await until(one_is_told)
    lines = await told()
    assert [lines[each["id"]] for each in meetings[1:]] == [["booked"], ["booked"]]
    assert lines[event][-1] == "released"


async def test_a_release_has_the_title_it_was_given_and_a_blank_is_none(fair: Fair) -> None:
    event = await fair.event("scheduling")

    blank = await fair.post(f"/events/{event}/timetable", OPERATOR, {"title": " "})
    released = await fair.done(f"/events/{event}/timetable", OPERATOR, {"title": "확정 시간표"})

    assert (blank.status, blank.body["errors"][0]["pointer"]) == (422, "/title")
    assert released.body["release"] == 1
    [release] = (await fair.get(f"/events/{event}/releases")).body["items"]
    assert release["title"] == "확정 시간표"


async def test_a_day_that_is_not_out_has_no_release_and_one_that_is_unknown_none_either(fair: Fair) -> None:
    event = await fair.event("scheduling")

    assert (await fair.get(f"/events/{event}/releases")).body == {"event": event, "items": []}
    assert (await fair.get("/events/evt_unknown/releases")).rule == "event.unknown"
