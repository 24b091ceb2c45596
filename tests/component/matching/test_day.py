"""The day itself: who is let in, who leaves, who meets at once, and what follows for the others."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.events.matching import ConsultationBooked
from shared.mongo import Database
from tests.component.matching.fair import OPERATOR, Answer, Fair, a_plan
from tests.component.shared.reading import until


async def a_running_day(fair: Fair, firms: int, institutions: int, **plan: Any) -> tuple[str, list[str], list[str]]:
    """A running event at which these parties have a place, with an empty timetable."""
    sellers, buyers = await fair.parties(firms, "sme"), await fair.parties(institutions, "institution")
    event = await fair.event("running", **plan)
    await fair.present(event, sellers + buyers)
    return event, sellers, buyers


async def walk_in(fair: Fair, event: str, firm: str, institution: str, **where: int) -> Answer:
    return await fair.made("/meetings", OPERATOR, {"event": event, "firm": firm, "institution": institution} | where)


async def tells(fair: Fair, kind: str, key: str, names: list[str]) -> None:
    """Wait until exactly these events of an aggregate are on Kafka, told once each but for repeats of the relay."""

    async def told() -> bool:
        lines = (await fair.published(f"matching.{kind}.events", {key}))[key]
        return [each.rpartition(".")[2] for each in dict.fromkeys(lines)] == names

    await until(told)


async def participation_of(fair: Fair, event: str, party: str) -> dict[str, Any]:
    [found] = await fair.every(f"/participations?event={event}&party={party}")
    return found


async def test_a_gate_that_sends_late_and_repeatedly_lets_a_party_in_once(fair: Fair) -> None:
    event, [firm], _ = await a_running_day(fair, 1, 0)
    path = f"/participations/{(await participation_of(fair, event, firm))['id']}/check-in"
    now = datetime.now(UTC)
    scans = [{"scanned_at": (now - timedelta(minutes=ago)).isoformat()} for ago in (5, 50, 20)]

    answers = [await fair.post(path, OPERATOR, scan, key=f"scan-{scan['scanned_at'][:19]}") for scan in scans * 2]
    own = await fair.done(path, firm, {})
    ahead = await fair.done(path, firm, {"scanned_at": (now + timedelta(days=9)).isoformat()})

    assert {answer.status for answer in answers} == {200}
    assert own.body["arrived_at"] == ahead.body["arrived_at"]
    assert datetime.fromisoformat(own.body["arrived_at"]) == now - timedelta(minutes=50)
    await tells(fair, "participation", own.id, ["applied", "confirmed", "checked_in"])


async def test_a_blank_names_neither_an_event_nor_who_comes(fair: Fair) -> None:
    [firm] = await fair.parties(1, "sme")
    event = await fair.event("registering")

    planned = await fair.post("/events", OPERATOR, a_plan(title=" "))
    applied = await fair.post("/participations", firm, {"event": event, "people": [{"name": "\u3000"}]})

    problems = [each.body["errors"][0] for each in (planned, applied)]
    assert [(each["pointer"], each["rule"]) for each in problems] == [
        ("/title", "string_pattern_mismatch"),
        ("/people/0/name", "string_pattern_mismatch"),
    ]


async def test_only_its_own_people_and_the_gate_let_a_party_in_once_the_timetable_is_out(fair: Fair) -> None:
    [firm, stranger] = await fair.parties(2, "sme")
    event = await fair.event("requesting")
    [participation] = await fair.present(event, [firm])
    path = f"/participations/{participation}/check-in"

    assert (await fair.post(path, firm, {})).rule == "event.not_released"
    await fair.bring(event, "released")
    assert (await fair.post(path, stranger, {})).rule == "principal.other"
    assert (await fair.done(path, firm, {})).body["status"] == "checked_in"


async def test_who_leaves_meets_nobody_and_the_slot_goes_to_a_request_that_waits(fair: Fair) -> None:
    firms, [buyer] = await fair.parties(2, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting", slots=1, tables=1)
    await fair.present(event, [*firms, buyer])
    for firm, priority in zip(firms, (9, 1), strict=True):
        await fair.accepted(event, [(firm, buyer)], priority=priority)
    await fair.bring(event, "running")
    leaving = f"/participations/{(await participation_of(fair, event, firms[0]))['id']}"
    await fair.done(f"{leaving}/check-in", firms[0], {})

    async def booked() -> list[str]:
        return [each["firm"] for each in await fair.every(f"/meetings?event={event}&status=booked")]

    async def first_is_booked() -> bool:
        return await booked() == [firms[0]]

    async def second_is_booked() -> bool:
        return await booked() == [firms[1]]

    await until(first_is_booked)

    gone = await fair.done(f"{leaving}/departure", firms[0], {"reason": "급한 사정"})

    assert gone.body["left"]
    await until(second_is_booked)
    [cancelled] = await fair.every(f"/meetings?event={event}&status=cancelled")
    assert (cancelled["firm"], cancelled["reason"]) == (firms[0], "party_left")
    wish = {"event": event, "firm": firms[0], "institution": buyer, "slot": 1, "table": 1}
    assert (await fair.post("/meetings", OPERATOR, wish)).rule == "participation.missing"
    again = await fair.done(f"{leaving}/check-in", OPERATOR, {})
    assert (again.body["left"], again.body["status"]) == (False, "checked_in")


async def test_both_sides_sit_down_and_a_device_that_sends_late_corrects_who_was_missed(fair: Fair) -> None:
    event, [firm], [buyer] = await a_running_day(fair, 1, 1)
    meeting = f"/meetings/{(await walk_in(fair, event, firm, buyer, slot=1, table=1)).id}"
    in_time = {"scanned_at": datetime.now(UTC).isoformat()}

    assert (await fair.post(f"{meeting}/check-in", buyer, {"party": firm})).rule == "principal.other"
    assert (await fair.post(f"{meeting}/check-in", OPERATOR, {})).rule == "meeting.other_party"
    await fair.done(f"{meeting}/check-in", OPERATOR, in_time | {"party": buyer})
    missed = await fair.done(f"{meeting}/absence", OPERATOR, {"absent": [firm]})
    assert (missed.body["status"], missed.body["absent"]) == ("no_show", [firm])
    assert (await fair.post(f"{meeting}/check-in", firm, in_time)).rule == "meeting.not_booked"
    scan = in_time | {"party": firm}
    answers = [await fair.done(f"{meeting}/check-in", OPERATOR, scan) for _ in range(3)]

    assert [(each.body["status"], each.body["absent"]) for each in answers] == [("held", [])] * 3
    await tells(fair, "meeting", missed.id, ["booked", "awaited", "missed", "held"])


async def test_nobody_sits_down_at_an_event_that_is_cancelled(fair: Fair) -> None:
    event, [firm], [buyer] = await a_running_day(fair, 1, 1)
    meeting = f"/meetings/{(await walk_in(fair, event, firm, buyer, slot=1, table=1)).id}"
    await fair.done(f"/events/{event}/cancellation", OPERATOR, {"reason": "태풍"})
    gate = f"/participations/{(await participation_of(fair, event, firm))['id']}/check-in"

    refused = [
        await fair.post(gate, firm, {}),
        await fair.post(f"{meeting}/check-in", firm, {}),
        await fair.post(f"{meeting}/check-in", OPERATOR, {"party": buyer}),
        await fair.post(f"{meeting}/start", OPERATOR),
    ]

    assert [(each.status, each.rule) for each in refused] == [(409, "event.not_released")] * 4


async def test_before_the_day_nobody_sits_down_and_nobody_is_missed(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("released")
    await fair.present(event, [firm, buyer])
    meeting = f"/meetings/{(await walk_in(fair, event, firm, buyer, slot=1, table=1)).id}"

    refused = [
        await fair.post(f"{meeting}/check-in", firm, {}),
        await fair.post(f"{meeting}/check-in", OPERATOR, {"party": buyer}),
        await fair.post(f"{meeting}/start", OPERATOR),
        await fair.post(f"{meeting}/absence", OPERATOR, {"absent": [firm]}),
    ]
    await fair.bring(event, "running")

    assert [(each.status, each.rule) for each in refused] == [(409, "event.not_begun")] * 4
    assert (await fair.done(f"{meeting}/check-in", firm, {})).body["arrived"] == [firm]


async def test_shortly_before_the_first_slot_hosts_sit_down(fair: Fair) -> None:
    start = datetime.now(UTC) + timedelta(minutes=14)
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("released", starts_at=start.isoformat(), answer_deadline=start.isoformat())
    await fair.present(event, [firm, buyer])
    meeting = f"/meetings/{(await walk_in(fair, event, firm, buyer, slot=1, table=1)).id}"

    assert (await fair.done(f"{meeting}/check-in", buyer, {})).body["arrived"] == [buyer]


async def test_nobody_goes_to_a_slot_that_is_over_and_who_did_not_come_does_not_cancel(
    fair: Fair, database: Database
) -> None:
    event, [firm, other], [buyer, second] = await a_running_day(fair, 2, 2)
    first = await walk_in(fair, event, firm, buyer, slot=1, table=1)
    later = await walk_in(fair, event, other, second, slot=2, table=2)
    ago = (datetime.now(UTC) - timedelta(minutes=40)).isoformat()
    await database["event"].update_one({"_id": event}, {"$set": {"state.plan.starts_at": ago}})
    over = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    await database["meeting"].update_one({"_id": first.id}, {"$set": {"state.ends_at": over}})

    refused = [
        await fair.post("/meetings", buyer, {"event": event, "firm": other, "institution": buyer, "slot": 1}),
        await fair.post(f"/meetings/{later.id}/move", OPERATOR, {"slot": 1, "table": 3, "reason": "조정"}),
        await fair.post(f"/meetings/{later.id}/swap", OPERATOR, {"other": first.id, "reason": "조정"}),
        await fair.post(f"/meetings/{first.id}/swap", OPERATOR, {"other": later.id, "reason": "조정"}),
    ]
    given_back = await fair.post(f"/meetings/{first.id}/cancellation", firm, {"reason": "늦음"})
    moved = await fair.done(f"/meetings/{first.id}/move", OPERATOR, {"slot": 3, "table": 1, "reason": "지각"})

    assert [(each.status, each.rule) for each in refused] == [(409, "event.slot_over")] * 4
    assert (given_back.status, given_back.rule) == (409, "meeting.slot_over")
    assert moved.body["slot"] == 3


async def test_a_planned_meeting_does_not_begin_on_the_operators_word_long_before_its_slot(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting")
    await fair.present(event, [firm, buyer])
    await fair.accepted(event, [(firm, buyer)])
    await fair.bring(event, "running")

    async def booked() -> bool:
        return len(await fair.every(f"/meetings?event={event}")) == 1

    await until(booked)
    [meeting] = await fair.every(f"/meetings?event={event}")
    early = await fair.post(f"/meetings/{meeting['id']}/start", OPERATOR)

    assert (early.status, early.rule) == (409, "meeting.too_early")


async def test_of_thirty_walk_ins_at_once_as_many_sit_down_as_there_are_tables(fair: Fair) -> None:
    event, firms, buyers = await a_running_day(fair, 30, 30, tables=12)

    answers = await asyncio.gather(
        *(
            fair.post("/meetings", by, {"event": event, "firm": firm, "institution": by})
            for firm, by in zip(firms, buyers, strict=True)
        )
    )

    booked = [answer.body for answer in answers if answer.status == 201]
    assert {answer.rule for answer in answers if answer.status != 201} == {"event.tables_full"}
    assert sorted(each["table"] for each in booked) == list(range(1, 13))
    assert {(each["slot"], each["origin"]) for each in booked} == {(1, "onsite")}


async def test_two_parties_have_one_meeting_to_come_whoever_books_it_at_once(fair: Fair) -> None:
    event, [firm], [buyer] = await a_running_day(fair, 1, 1, slots=8)
    wish = {"event": event, "firm": firm, "institution": buyer}

    answers = await asyncio.gather(*(fair.post("/meetings", buyer, wish | {"slot": slot}) for slot in range(1, 9)))

    [booked] = [each for each in answers if each.status == 201]
    meeting, another = f"/meetings/{booked.id}", booked.body["slot"] % 8 + 1
    refused = [each for each in answers if each.status == 409]
    assert {each.rule for each in refused} == {"meeting.pair_exists"}
    assert "이미 예약" in refused[0].body["detail_ko"]
    await fair.done(f"{meeting}/start", OPERATOR)
    assert (await fair.post("/meetings", buyer, wish | {"slot": another})).rule == "meeting.pair_exists"
    await fair.done(f"{meeting}/end", buyer)
    await walk_in(fair, event, firm, buyer, slot=another)


async def test_a_walk_in_is_at_the_table_its_host_sits_at_when_that_is_free(fair: Fair) -> None:
    event, firms, [buyer, other] = await a_running_day(fair, 4, 2, tables=40)
    await walk_in(fair, event, firms[0], buyer, slot=1, table=33)

    at_its_table = await walk_in(fair, event, firms[1], buyer, slot=2)
    await walk_in(fair, event, firms[2], other, slot=3, table=33)
    beside_it = await walk_in(fair, event, firms[3], buyer, slot=3)
    busy = await fair.post("/meetings", buyer, {"event": event, "firm": firms[2], "institution": buyer, "slot": 2})

    assert at_its_table.body["table"] == 33
    assert beside_it.body["table"] != 33
    assert busy.rule == "meeting.party_taken"
    assert buyer in busy.body["detail"]


async def test_what_a_late_party_has_before_it_comes_is_moved_or_else_cancelled(fair: Fair) -> None:
    event, [late, other], [buyer, second] = await a_running_day(fair, 2, 2, slots=3, tables=2)
    movable = await walk_in(fair, event, late, buyer, slot=1, table=1)
    stuck = await walk_in(fair, event, late, second, slot=2, table=2)
    untouched = await walk_in(fair, event, other, second, slot=3, table=2)
    participation = f"/participations/{(await participation_of(fair, event, late))['id']}"

    await fair.done(f"{participation}/absences", late, {"slots": [1, 2], "reason": "열차 지연"})

    async def rearranged() -> bool:
        now = [(await fair.get(f"/meetings/{each.id}")).body for each in (movable, stuck)]
        return (now[0]["slot"], now[1]["status"]) == (3, "cancelled")

    await until(rearranged)
    moved = (await fair.get(f"/meetings/{movable.id}")).body
    assert (moved["status"], moved["slot"], moved["table"]) == ("booked", 3, 1)
    assert (await fair.get(f"/meetings/{stuck.id}")).body["reason"] == "party_absent"
    assert (await fair.get(f"/meetings/{untouched.id}")).body["version"] == 1
    wish = {"event": event, "firm": late, "institution": second, "slot": 2}
    assert (await fair.post("/meetings", OPERATOR, wish)).rule == "participation.absent"
    assert (
        await fair.post(f"/meetings/{movable.id}/move", OPERATOR, {"slot": 2, "table": 1, "reason": "조정"})
    ).rule == "participation.absent"
    unknown = await fair.post(f"{participation}/absences", late, {"slots": [1, 4], "reason": "열차 지연"})
    assert (unknown.status, unknown.rule) == (422, "event.slot_unknown")
    assert unknown.body["errors"][0]["pointer"] == "/slots/1"


async def test_a_closed_table_is_cleared_and_what_is_left_free_serves_who_waits(fair: Fair) -> None:
    event, firms, buyers = await a_running_day(fair, 3, 3, slots=2, tables=3)
    here = [await walk_in(fair, event, firms[n], buyers[n], slot=slot, table=1) for n, slot in enumerate((1, 2))]
    await walk_in(fair, event, firms[2], buyers[2], slot=1, table=2)

    await fair.done(f"/events/{event}/table-closures", OPERATOR, {"table": 1, "reason": "정전"})
    again = await fair.done(f"/events/{event}/table-closures", OPERATOR, {"table": 1, "reason": "정전"})

    assert again.body["closed_tables"] == [{"table": 1, "from_slot": 1, "reason": "정전"}]

    async def cleared() -> bool:
        return all(each["table"] != 1 for each in await fair.every(f"/meetings?event={event}"))

    await until(cleared)
    now = [(await fair.get(f"/meetings/{each.id}")).body for each in here]
    assert [(each["slot"], each["table"], each["status"]) for each in now] == [(1, 3, "booked"), (2, 2, "booked")]
    wish = {"event": event, "firm": firms[2], "institution": buyers[0], "slot": 2, "table": 1}
    refused = await fair.post("/meetings", OPERATOR, wish)
    assert (refused.status, refused.rule) == (409, "event.table_closed")


async def test_a_timetable_leaves_out_who_is_absent_and_what_is_closed(fair: Fair) -> None:
    firms, buyers = await fair.parties(3, "sme"), await fair.parties(3, "institution")
    event = await fair.event("requesting", slots=3, tables=3)
    participations = dict(zip(firms + buyers, await fair.present(event, firms + buyers), strict=True))
    requests = await fair.accepted(event, [(firm, buyer) for firm in firms for buyer in buyers[:2]])
    absent = {"slots": [1, 3], "reason": "오전 출장"}
    await fair.done(f"/participations/{participations[firms[0]]}/absences", firms[0], absent)
    await fair.done(f"/events/{event}/table-closures", OPERATOR, {"table": 1, "from_slot": 2, "reason": "공사"})

    await fair.bring(event, "released")

    async def settled() -> bool:
        return bool((await fair.get(f"/events/{event}/timetable")).body["settled"])

    await until(settled)
    lines = (await fair.get(f"/events/{event}/ledger")).body["lines"]
    assert {line["request"] for line in lines} == set(requests)
    assert {line["status"] for line in lines} <= {"placed", "unplaced"}
    [unplaced] = [line for line in lines if line["status"] == "unplaced"]
    assert (unplaced["reason"], unplaced["binding"]) == ("over_slots", [firms[0]])
    meetings = await fair.every(f"/meetings?event={event}&status=booked")
    assert len(meetings) == sum(line["status"] == "placed" for line in lines) == 5
    score = (await fair.get(f"/events/{event}")).body["score"]
    assert score["value"] == score["most_value"]
    assert score["gaps"] >= score["least_gaps"]
    assert {each["slot"] for each in meetings if each["firm"] == firms[0]} <= {2}
    assert all(each["table"] != 1 for each in meetings if each["slot"] >= 2)


async def test_two_meetings_change_places_and_both_are_told(fair: Fair) -> None:
    event, firms, [buyer, other, third] = await a_running_day(fair, 3, 3, slots=3, tables=2)
    one = await walk_in(fair, event, firms[0], buyer, slot=1, table=1)
    two = await walk_in(fair, event, firms[1], buyer, slot=2, table=2)
    far = await walk_in(fair, event, firms[2], other, slot=3, table=1)
    await walk_in(fair, event, firms[0], third, slot=2, table=1)

    refused = [
        await fair.post(f"/meetings/{here.id}/swap", OPERATOR, {"other": there.id, "reason": "조정"})
        for here, there in ((one, two), (two, one))
    ]
    swapping = await fair.done(f"/meetings/{two.id}/swap", OPERATOR, {"other": far.id, "reason": "조정"})

    assert [(each.status, each.rule) for each in refused] == [(409, "meeting.party_taken")] * 2
    assert swapping.body["swapping"] == far.id
    await tells(fair, "meeting", two.id, ["booked", "gave_way", "moved"])
    await tells(fair, "meeting", far.id, ["booked", "moved"])
    now = [(await fair.get(f"/meetings/{each.id}")).body for each in (one, two, far)]
    assert [(each["slot"], each["table"], each["swapping"]) for each in now] == [(1, 1, ""), (3, 1, ""), (2, 2, "")]


async def test_a_service_killed_amid_swaps_ends_each_with_both_somewhere_once(fair: Fair) -> None:
    event, firms, buyers = await a_running_day(fair, 8, 4, slots=2, tables=4)
    booked = [
        await walk_in(fair, event, firm, buyers[number // 2], slot=number % 2 + 1, table=number // 2 + 1)
        for number, firm in enumerate(firms)
    ]
    for one, two in zip(booked[::2], booked[1::2], strict=True):
        await fair.done(f"/meetings/{one.id}/swap", OPERATOR, {"other": two.id, "reason": "조정"})
    fair.service.kill()
    await asyncio.to_thread(fair.service.restart)

    async def ended() -> bool:
        return not any(each["swapping"] for each in await fair.every(f"/meetings?event={event}"))

    await until(ended)
    now = {each["id"]: (each["slot"], each["table"]) for each in await fair.every(f"/meetings?event={event}")}
    for one, two in zip(booked[::2], booked[1::2], strict=True):
        places = [(each.body["slot"], each.body["table"]) for each in (one, two)]
        assert [now[one.id], now[two.id]] == places[::-1]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/participations/{participation}/departure", {}),
        ("/participations/{participation}/absences", {"slots": [1, 2]}),
        ("/events/{event}/table-closures", {"table": 1}),
    ],
    ids=["gone", "absent", "table closed"],
)
async def test_a_meeting_booked_while_its_place_was_lost_goes_like_those_booked_before(
    fair: Fair, database: Database, path: str, body: dict[str, Any]
) -> None:
    [firm], buyers = await fair.parties(1, "sme"), await fair.parties(2, "institution")
    event = await fair.event("running", tables=2)
    [participation, *_] = await fair.present(event, [firm, *buyers])
    here = {"event": event, "firm": firm, "table": 1}
    seen, unseen = [
        (await fair.made("/meetings", buyer, here | {"institution": buyer, "slot": slot})).body
        for slot, buyer in enumerate(buyers, start=1)
    ]
    stored = await database["meeting"].find_one({"_id": unseen["id"]})
    assert stored is not None
    await fair.done(f"/meetings/{unseen['id']}/cancellation", OPERATOR, {"reason": "나중에 다시"})

    async def gone(meeting: dict[str, Any]) -> bool:
        now = (await fair.get(f"/meetings/{meeting['id']}")).body
        return now["status"] == "cancelled" or (now["slot"], now["table"]) != (meeting["slot"], meeting["table"])

    await fair.done(path.format(event=event, participation=participation), OPERATOR, body | {"reason": "사정"})
    await until(lambda: gone(seen))

    await database["meeting"].replace_one({"_id": unseen["id"]}, stored)
    booked = {name: unseen[name] for name in ("event", "firm", "institution", "slot", "table", "starts_at")}
    said = ConsultationBooked.model_validate({"at": datetime.now(UTC), "meeting": unseen["id"], **booked})
    await fair.tell([(unseen["id"], 1, said)])

    await until(lambda: gone(unseen))
