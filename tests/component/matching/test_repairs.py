"""A released timetable is mended on the day: seen before anybody is told, then carried out, whatever is killed."""

import asyncio
from itertools import product
from typing import Any

from tests.component.matching.fair import OPERATOR, Answer, Fair
from tests.component.matching.test_officers import nobody_twice
from tests.component.matching.test_rules_of_a_day import a_released_day, standing
from tests.component.shared.reading import until

WHY = "교통 정체로 지각"


async def proposed(fair: Fair, event: str, **trouble: Any) -> Answer:
    return await fair.proposed({"event": event, "reason": WHY} | trouble)


async def applied(fair: Fair, repair: str) -> None:
    """Apply a repair and wait until every meeting of it has arrived."""
    assert (await fair.done(f"/repairs/{repair}/application", OPERATOR)).body["status"] == "applying"
    await carried_out(fair, repair)


async def carried_out(fair: Fair, repair: str) -> None:
    async def over() -> bool:
        return bool((await fair.get(f"/repairs/{repair}")).body["status"] == "applied")

    await until(over)


def places(meetings: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    return {each["id"]: {"slot": each["slot"], "table": each["table"]} for each in meetings}


async def a_full_morning(fair: Fair, **plan: Any) -> tuple[str, list[str], list[str]]:
    """A running event of four slots: two firms meet two institutions in the first two, however busy the machine is."""
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(2, "institution")
    event = await fair.event("running", **{"slots": 4, "tables": 2} | plan)
    await fair.present(event, firms + buyers)
    for slot, table in product((1, 2), (1, 2)):
        sides = {"firm": firms[(slot + table) % 2], "institution": buyers[table - 1]}
        await fair.made("/meetings", OPERATOR, {"event": event, "slot": slot, "table": table} | sides)
    return event, firms, buyers


async def test_who_is_late_is_met_later_as_was_shown_before_and_only_those_moved_are_told(fair: Fair) -> None:
    event, [late, _], _ = await a_full_morning(fair)
    before = places(await standing(fair, event))

    repair = (await proposed(fair, event, kind="party_late", party=late, slot=3)).body
    untouched = places(await standing(fair, event))
    await applied(fair, repair["id"])

    assert (repair["status"], untouched) == ("ready", before)
    assert {each["before"]["slot"] for each in repair["moves"] if each["why"] == "hit"} <= {1, 2}
    meetings = await standing(fair, event)
    after = places(meetings)
    assert after == before | {each["meeting"]: each["after"] for each in repair["moves"]}
    assert min(each["slot"] for each in meetings if each["firm"] == late) >= 3
    assert nobody_twice(meetings)
    [participation] = await fair.every(f"/participations?event={event}&party={late}")
    assert participation["absences"] == [1, 2]
    first, mended = (await fair.get(f"/events/{event}/releases")).body["items"]
    assert {each["reason"] for each in first["changes"]} == {"onsite"}
    assert (mended["repair"], mended["placed"], mended["unplaced"]) == (repair["id"], 4, 0)
    assert {(each["meeting"], each["reason"]) for each in mended["changes"]} == {
        (each["meeting"], WHY) for each in repair["moves"]
    }
    told = await fair.published("matching.meeting.events", set(after))
    moved = {meeting for meeting, lines in told.items() if any("moved" in each for each in lines)}
    assert moved == {each["meeting"] for each in repair["moves"]}


async def test_a_lost_table_and_a_party_that_is_gone_end_with_a_reason_where_no_place_is_left(fair: Fair) -> None:
    event, [gone, _], _ = await a_full_morning(fair, slots=2)

    lost = await proposed(fair, event, kind="table_lost", table=1, slot=1)
    await applied(fair, lost.id)
    left = await proposed(fair, event, kind="party_gone", party=gone)
    await applied(fair, left.id)

    dropped = [each["meeting"] for each in lost.body["moves"] + left.body["moves"] if each["after"] is None]
    assert len([each for each in lost.body["moves"] if each["after"] is None]) == 2
    ended = [each for each in await fair.every(f"/meetings?event={event}") if each["status"] == "cancelled"]
    assert {each["id"] for each in ended} == set(dropped)
    assert {each["reason"] for each in ended} == {WHY}
    meetings = await standing(fair, event)
    assert {each["table"] for each in meetings} <= {2}
    assert gone not in {each["firm"] for each in meetings}
    assert (await fair.get(f"/events/{event}")).body["closed_tables"] == [{"table": 1, "from_slot": 1, "reason": WHY}]


async def test_a_trouble_in_which_nobody_moves_is_known_and_no_timetable_is_released_for_it(fair: Fair) -> None:
    event, *_ = await a_full_morning(fair)
    [stranger] = await fair.parties(1, "sme")
    [participation] = await fair.present(event, [stranger])

    repair = (await proposed(fair, event, kind="party_late", party=stranger, slot=3)).body
    await applied(fair, repair["id"])

    assert repair["moves"] == []
    assert (await fair.get(f"/participations/{participation}")).body["absences"] == [1, 2]
    assert [each["number"] for each in (await fair.get(f"/events/{event}/releases")).body["items"]] == [1]
    assert (await fair.get(f"/events/{event}")).body["release"] == 1
    told = await fair.published("matching.event.events", {event})
    assert sum("released" in each for each in told[event]) == 1


async def test_others_make_room_for_who_walks_in(fair: Fair) -> None:
    event, [firm, _], _ = await a_full_morning(fair, slots=3, tables=3)
    [newcomer] = await fair.parties(1, "institution")
    [participation] = await fair.present(event, [newcomer])
    busy = [each["slot"] for each in await standing(fair, event) if each["firm"] == firm]
    [free] = {1, 2, 3} - set(busy)
    await fair.done(f"/participations/{participation}/absences", newcomer, {"slots": [free], "reason": "출장"})

    repair = (await proposed(fair, event, kind="pair_walks_in", firm=firm, institution=newcomer)).body
    await applied(fair, repair["id"])
    again = await fair.post(
        "/repairs",
        OPERATOR,
        {"event": event, "reason": WHY, "kind": "pair_walks_in", "firm": firm, "institution": newcomer},
    )

    assert sorted(each["why"] for each in repair["moves"]) == ["makes_room", "walks_in"]
    meetings = await standing(fair, event)
    assert nobody_twice(meetings)
    [walk_in] = [each for each in meetings if each["institution"] == newcomer]
    assert (walk_in["origin"], walk_in["slot"] in busy) == ("onsite", True)
    assert (again.status, again.rule) == (409, "meeting.pair_exists")


async def test_a_repair_whose_day_has_changed_is_refused_and_one_that_is_applied_twice_happens_once(
    fair: Fair,
) -> None:
    event, [late, other], _ = await a_full_morning(fair, slots=5)
    first = await proposed(fair, event, kind="party_late", party=late, slot=3)
    second = await proposed(fair, event, kind="party_late", party=other, slot=4)
    path = f"/repairs/{first.id}/application"

    stale = await fair.post(path, OPERATOR, if_match='"7"')
    repeats = [await fair.post(path, OPERATOR, key="once") for _ in range(2)]
    await carried_out(fair, first.id)
    after = places(await standing(fair, event))
    later = await fair.post(path, OPERATOR)
    moving = second.body["moves"][0]["meeting"]
    await fair.done(f"/meetings/{moving}/cancellation", OPERATOR, {"reason": "취소"})
    outdated = await fair.post(f"/repairs/{second.id}/application", OPERATOR)

    assert (stale.status, stale.rule) == (412, "version.stale")
    assert [each.status for each in repeats] == [200, 200]
    assert (later.status, later.body["status"]) == (200, "applied")
    assert (outdated.status, outdated.rule) == (409, "repair.outdated")
    assert "재배정안" in outdated.body["detail_ko"]
    assert after.items() >= {each["id"]: after[each["id"]] for each in await standing(fair, event)}.items()
    assert [each["repair"] for each in (await fair.get(f"/events/{event}/releases")).body["items"]] == ["", first.id]


async def test_a_service_killed_amid_a_repair_ends_it_and_nobody_meets_twice(fair: Fair) -> None:
    event, firms, buyers, _ = await a_released_day(fair, 3, 3, slots=6, tables=3)
    repair = (await proposed(fair, event, kind="party_late", party=buyers[0], slot=4)).body

    for pause in (0.0, 0.03, 0.06):
        await fair.post(f"/repairs/{repair['id']}/application", OPERATOR)
        await asyncio.sleep(pause)
        fair.service.kill()
        await asyncio.to_thread(fair.service.restart)
    await carried_out(fair, repair["id"])

    meetings = await standing(fair, event)
    assert len(meetings) == 9
    assert nobody_twice(meetings)
    assert {each["swapping"] for each in meetings} == {""}
    assert min(each["slot"] for each in meetings if each["institution"] == buyers[0]) >= 4
    assert len((await fair.get(f"/events/{event}/releases")).body["items"]) == 2
    assert {each["firm"] for each in meetings} == set(firms)


async def test_repairs_are_the_operators_and_speak_of_what_there_is(fair: Fair) -> None:
    event, [firm, _], [buyer, _] = await a_full_morning(fair)
    [stranger] = await fair.parties(1, "sme")
    early = await fair.event("scheduling")
    late = {"event": event, "reason": WHY, "kind": "party_late", "party": firm, "slot": 3}

    refused = [
        await fair.post("/repairs", OPERATOR, late | more)
        for more in (
            {"event": early},
            {"slot": 9},
            {"party": stranger},
            {"slot": "3"},
            {"kind": "party_lost"},
        )
    ]
    crossed = {"event": event, "reason": WHY, "kind": "pair_walks_in", "firm": buyer, "institution": firm}
    sides = await fair.post("/repairs", OPERATOR, crossed)
    private = [await fair.post("/repairs", buyer, late), await fair.get(f"/repairs?event={event}", buyer)]
    repeats = await asyncio.gather(*(fair.proposed(late, key="one") for _ in range(3)))

    assert [(each.status, each.rule) for each in refused[:3]] == [
        (409, "event.not_released"),
        (422, "event.slot_unknown"),
        (409, "participation.missing"),
    ]
    assert [each.status for each in refused[3:]] == [422, 422]
    assert (sides.status, sides.rule) == (409, "meeting.sides_wrong")
    assert {each.status for each in private} == {403}
    [repair] = {each.id for each in repeats}
    assert [each["id"] for each in await fair.every(f"/repairs?event={event}")] == [repair]
