"""What an event's plan says of its day holds in the release, and for whoever is placed, filled in or moved later."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.component.matching.fair import OPERATOR, Fair, a_plan
from tests.component.shared.reading import until

LUNCH = {"after_slot": 1, "minutes": 60}


async def a_released_day(
    fair: Fair, firms: int, institutions: int, **plan: Any
) -> tuple[str, list[str], list[str], list[str]]:
    """A running event at which every firm asked every institution: the event, firms, institutions and requests."""
    sellers, buyers = await fair.parties(firms, "sme"), await fair.parties(institutions, "institution")
    event = await fair.event("requesting", **plan)
    await fair.present(event, sellers + buyers)
    requests = await fair.accepted(event, [(firm, buyer) for firm in sellers for buyer in buyers])
    await fair.bring(event, "running")
    await settled(fair, event)
    return event, sellers, buyers, requests


async def settled(fair: Fair, event: str) -> None:
    """Wait until every request of an event ended."""

    async def all_ended() -> bool:
        return bool((await fair.get(f"/events/{event}/ledger")).body["under_way"] == 0)

    await until(all_ended)


async def standing(fair: Fair, event: str) -> list[dict[str, Any]]:
    return [each for each in await fair.every(f"/meetings?event={event}") if each["status"] != "cancelled"]


def in_each_slot(meetings: list[dict[str, Any]], **like: object) -> Mapping[int, int]:
    return Counter(each["slot"] for each in meetings if like.items() <= each.items())


async def test_spare_tables_are_left_to_walk_ins_by_the_release_and_by_what_fills_it_later(fair: Fair) -> None:
    event, *_ = await a_released_day(fair, 3, 3, slots=2, tables=3, spare_tables=1)
    planned = await standing(fair, event)
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    await fair.present(event, [firm, buyer])

    walk_in = await fair.made("/meetings", buyer, {"event": event, "firm": firm, "institution": buyer, "slot": 1})
    await fair.done(f"/meetings/{walk_in.id}/cancellation", buyer, {"reason": "일정 중복"})
    dropped = next(each["id"] for each in planned if each["slot"] == 2)
    await fair.done(f"/meetings/{dropped}/cancellation", OPERATOR, {"reason": "일정 중복"})

    async def filled() -> bool:
        return in_each_slot(await standing(fair, event), origin="request") == {1: 2, 2: 2}

    assert in_each_slot(planned) == {1: 2, 2: 2}
    await until(filled)
    refused = await fair.post("/events", OPERATOR, a_plan(tables=3, spare_tables=3))
    assert (refused.status, refused.rule) == (422, "event.all_tables_spare")
    assert refused.body["errors"][0]["pointer"] == "/spare_tables"
    assert "예비 테이블" in refused.body["detail_ko"]


async def test_later_slots_begin_after_a_rest_across_which_waiting_is_no_gap(fair: Fair) -> None:
    [firm], buyers = await fair.parties(1, "sme"), await fair.parties(2, "institution")
    event = await fair.event("requesting", slots=3, rests=[LUNCH])
    [participation, *_] = await fair.present(event, [firm, *buyers])
    await fair.accepted(event, [(firm, buyer) for buyer in buyers])
    await fair.done(f"/participations/{participation}/absences", firm, {"slots": [2], "reason": "발표"})

    await fair.bring(event, "released")
    await settled(fair, event)

    released = (await fair.get(f"/events/{event}")).body
    first, last = sorted(await standing(fair, event), key=lambda each: each["slot"])
    start = datetime.fromisoformat(released["starts_at"])
    assert (first["slot"], last["slot"]) == (1, 3)
    assert released["score"]["gaps"] == 0
    assert released["rests"] == [LUNCH]
    assert datetime.fromisoformat(first["starts_at"]) == start
    assert datetime.fromisoformat(last["starts_at"]) == start + timedelta(minutes=120)
    assert datetime.fromisoformat(last["ends_at"]) == start + timedelta(minutes=150)
    assert datetime.fromisoformat(released["ends_at"]) == start + timedelta(minutes=150)
    refused = [
        await fair.post("/events", OPERATOR, a_plan(slots=3, rests=rests))
        for rests in ([LUNCH] * 2, [LUNCH | {"after_slot": 3}])
    ]
    assert {(each.status, each.rule) for each in refused} == {(422, "event.rests_wrong")}
    assert refused[0].body["errors"][0]["pointer"] == "/rests"


async def test_who_has_enough_meetings_gets_another_one_only_by_walking_in(fair: Fair) -> None:
    event, [firm], buyers, _ = await a_released_day(fair, 1, 3, slots=4, firm_meetings=2)
    ledger = (await fair.get(f"/events/{event}/ledger")).body
    planned = await standing(fair, event)
    [missed] = [buyer for buyer in buyers if buyer not in {each["institution"] for each in planned}]
    free = next(slot for slot in range(1, 5) if slot not in {each["slot"] for each in planned})

    walk_in = await fair.made("/meetings", missed, {"event": event, "firm": firm, "institution": missed, "slot": free})
    for each in (walk_in.id, planned[0]["id"]):
        await fair.done(f"/meetings/{each}/cancellation", firm, {"reason": "일정 중복"})

    async def placed_instead() -> bool:
        now = await standing(fair, event)
        return {each["institution"] for each in now if each["origin"] == "request"} == {*buyers} - {
            planned[0]["institution"]
        }

    assert ledger["by_reason"] == {"over_quota": 1}
    assert [line["binding"] for line in ledger["lines"] if line["reason"]] == [[firm]]
    await until(placed_instead)


async def test_a_request_for_the_morning_is_placed_in_the_morning_and_stays_there(fair: Fair) -> None:
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(2, "institution")
    event = await fair.event("requesting", slots=3, rests=[LUNCH | {"after_slot": 2}])
    [participation, *_] = await fair.present(event, firms + buyers)
    early = await fair.accepted(event, [(firms[0], buyer) for buyer in buyers], session="morning")
    [late] = await fair.accepted(event, [(firms[1], buyers[0])], session="afternoon")
    undivided = await fair.event("requesting")
    await fair.present(undivided, [firms[0], buyers[0]])
    wish = {"event": undivided, "target": buyers[0], "session": "morning"}
    refused = await fair.post("/requests", firms[0], wish)

    await fair.bring(event, "running")
    await settled(fair, event)
    slots = {each["request"]: each["slot"] for each in await standing(fair, event)}
    await fair.done(f"/participations/{participation}/absences", firms[0], {"slots": [2], "reason": "발표"})

    async def given_up() -> bool:
        return [each["slot"] for each in await standing(fair, event) if each["firm"] == firms[0]] == [1]

    assert {slots[request] for request in early} == {1, 2}
    assert slots[late] == 3
    await until(given_up)
    assert (refused.status, refused.rule) == (422, "event.day_not_parted")
    assert refused.body["errors"][0]["pointer"] == "/session"
    assert (await fair.get(f"/requests/{late}")).body["session"] == "afternoon"


async def test_at_a_road_show_firms_ask_experts_and_nobody_else_asks(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    [expert] = await fair.parties(1, "expert_institution")
    may_ask = [{"requester": "sme", "target": "expert_institution"}]
    event = await fair.event("requesting", event_kind="road_show", may_ask=may_ask)
    await fair.present(event, [firm, buyer, expert])

    asked = await fair.post("/requests", firm, {"event": event, "target": expert})
    refused = [
        await fair.post("/requests", one, {"event": event, "target": other})
        for one, other in ((firm, buyer), (buyer, firm), (expert, firm))
    ]

    assert asked.status == 201
    assert {(each.status, each.rule) for each in refused} == {(409, "request.not_let_ask")}
    assert refused[0].body["detail_ko"] == "이 행사에서는 기업이 기관에 상담을 신청할 수 없습니다"
    assert (await fair.get(f"/events/{event}")).body["may_ask"] == may_ask
    assert len(await fair.every(f"/requests?event={event}")) == 1
    none = await fair.post("/events", OPERATOR, a_plan(may_ask=[]))
    own = await fair.post("/events", OPERATOR, a_plan(may_ask=[{"requester": "sme", "target": "sme"}]))
    assert (none.status, own.status, own.rule) == (422, 422, "event.asks_wrong")
