"""A party may send several officers, who meet at once: each of them one at a time, whoever books and whatever dies."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from random import Random
from typing import Any

from icalendar import Calendar

from deploy.local.ports import free_port
from deploy.local.services import Service, settings_of
from tests.component.matching.fair import OPERATOR, Answer, Fair
from tests.component.matching.test_rules_of_a_day import settled, standing
from tests.component.matching.test_workbook import workbook
from tests.component.serving import running
from tests.component.shared.reading import until


async def with_officers(fair: Fair, event: str, party: str, officers: int) -> str:
    """Let a party take part with so many officers; return its participation."""
    people = [{"name": f"담당자 {number}"} for number in range(officers)]
    return (await fair.made("/participations", party, {"event": event, "people": people, "officers": officers})).id


def nobody_twice(meetings: list[dict[str, Any]]) -> bool:
    """Whether no officer and no table has two meetings in a slot."""
    taken = Counter(
        (each["slot"], who)
        for each in meetings
        for who in (
            (each["firm"], each["firm_officer"]),
            (each["institution"], each["institution_officer"]),
            each["table"],
        )
    )
    return set(taken.values()) <= {1}


@asynccontextmanager
async def another_replica(fair: Fair) -> AsyncIterator[Fair]:
    """Run a second replica beside the first; speak to it."""
    second = Service("matching-1", "services.matching", fair.service.folder, free_port())
    second.configure(settings_of("matching", {"matching": [fair.service]}, fair.kafka, fair.mongo))
    with running(second):
        yield replace(fair, service=second)


async def test_of_fifty_walk_ins_in_one_slot_as_many_are_booked_as_there_are_officers(fair: Fair) -> None:
    [buyer], firms = await fair.parties(1, "institution"), await fair.parties(50, "sme")
    event = await fair.event("running", tables=50)
    await with_officers(fair, event, buyer, 3)
    await fair.present(event, firms)

    answers = await asyncio.gather(
        *(
            fair.post("/meetings", OPERATOR, {"event": event, "firm": firm, "institution": buyer, "slot": 1})
            for firm in firms
        )
    )

    assert Counter(answer.status for answer in answers) == {201: 3, 409: 47}
    assert {answer.rule for answer in answers if answer.status == 409} == {"meeting.party_taken"}
    meetings = await standing(fair, event)
    assert sorted(each["institution_officer"] for each in meetings) == [1, 2, 3]
    assert nobody_twice(meetings)


async def test_no_more_officers_meet_than_people_come(fair: Fair) -> None:
    [buyer] = await fair.parties(1, "institution")
    event = await fair.event()

    body = {"event": event, "people": [{"name": "김하늘"}], "officers": 2}
    refused = await fair.post("/participations", buyer, body)

    assert (refused.status, refused.rule) == (422, "participation.officers_not_named")
    assert refused.body["errors"][0]["pointer"] == "/officers"
    assert "담당자" in refused.body["detail_ko"]


async def a_day_with_officers(fair: Fair) -> tuple[str, list[str], str, str]:
    """An event in scheduling at which four firms asked an institution of two officers, with two slots."""
    firms, [buyer] = await fair.parties(4, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting", slots=2)
    participation = await with_officers(fair, event, buyer, 2)
    await fair.present(event, firms)
    await fair.accepted(event, [(firm, buyer) for firm in firms])
    await fair.bring(event, "scheduling")
    return event, firms, buyer, participation


async def test_officers_meet_at_once_and_calendar_and_workbook_say_who(fair: Fair) -> None:
    event, firms, buyer, participation = await a_day_with_officers(fair)

    released = await fair.released(event)
    await settled(fair, event)
    meetings = await standing(fair, event)
    feed = (await fair.done(f"/participations/{participation}/calendar", buyer)).body["path"]
    async with fair.http.get(fair.service.url + feed) as response:
        summaries = [str(each["SUMMARY"]) for each in Calendar.from_ical(await response.read()).walk("VEVENT")]
    _, sheets = await workbook(fair, event, OPERATOR)

    assert (released.body["score"]["gaps"], released.body["score"]["least_gaps"]) == (0, 0)
    assert Counter((each["slot"], each["institution_officer"]) for each in meetings) == {
        (slot, officer): 1 for slot in (1, 2) for officer in (1, 2)
    }
    assert sorted("담당 1" in each for each in summaries) == [False, False, True, True]
    assert sorted("담당 2" in each for each in summaries) == [False, False, True, True]
    assert Counter(row[0] for row in sheets["참가자별"] if "담당" in str(row[0])) == {
        "한빛 담당 1": 2,
        "한빛 담당 2": 2,
    }
    assert {each["firm"] for each in meetings} == {*firms}


async def test_each_officer_has_a_calendar_of_their_own_that_no_other_key_opens(fair: Fair) -> None:
    event, _, buyer, participation = await a_day_with_officers(fair)
    await fair.released(event)
    await settled(fair, event)
    made = (await fair.done(f"/participations/{participation}/calendar", buyer)).body
    first, second = (each["path"] for each in made["officers"])

    async def entries(path: str) -> dict[str, str] | int:
        async with fair.http.get(fair.service.url + path) as response:
            if response.status != HTTPStatus.OK:
                return response.status
            return {str(it["UID"]): str(it["SUMMARY"]) for it in Calendar.from_ical(await response.read()).events}

    one, other, all_of_them = [await entries(path) for path in (first, second, made["path"])]
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert [len(one), len(other), one | other] == [2, 2, all_of_them]
    assert all("담당 1" in each for each in one.values())
    assert await entries(first.replace("officer=1", "officer=2")) == HTTPStatus.NOT_FOUND
    assert await entries(first.removesuffix("&officer=1")) == HTTPStatus.NOT_FOUND
    assert await entries(made["path"] + "&officer=1") == HTTPStatus.NOT_FOUND
    await fair.done(f"/participations/{participation}/calendar", buyer)
    assert await entries(second) == HTTPStatus.NOT_FOUND, "one change replaces all keys"


async def test_a_service_killed_amid_a_release_books_every_officer_once(fair: Fair) -> None:
    event, *_ = await a_day_with_officers(fair)

    await fair.released(event)
    fair.service.kill()
    await asyncio.to_thread(fair.service.restart)
    await settled(fair, event)

    meetings = await standing(fair, event)
    assert len(meetings) == 4
    assert nobody_twice(meetings)


async def test_meetings_of_two_officers_swap_and_move_and_nobody_meets_twice(fair: Fair) -> None:
    event, firms, _, _ = await a_day_with_officers(fair)
    await fair.released(event)
    await fair.bring(event, "running")
    await settled(fair, event)
    before = {each["id"]: each for each in await standing(fair, event)}
    one = min(before, key=lambda each: (before[each]["slot"], before[each]["institution_officer"]))
    two = max(before, key=lambda each: (before[each]["slot"], before[each]["institution_officer"]))

    await fair.done(f"/meetings/{one}/swap", OPERATOR, {"other": two, "reason": "조정"})

    async def swapped() -> bool:
        now = {each["id"]: each for each in await standing(fair, event)}
        place = ("slot", "table", "institution_officer")
        return all(
            [now[here][each] for each in place] == [before[there][each] for each in place] and not now[here]["swapping"]
            for here, there in ((one, two), (two, one))
        )

    await until(swapped)
    assert nobody_twice(await standing(fair, event))
    full = await fair.post(f"/meetings/{one}/move", OPERATOR, {"slot": 1, "table": 4, "reason": "조정"})
    assert (full.status, full.rule) == (409, "meeting.party_taken")
    await fair.done(f"/meetings/{two}/cancellation", OPERATOR, {"reason": "조정"})
    moved = await fair.done(f"/meetings/{one}/move", OPERATOR, {"slot": 1, "table": 4, "reason": "조정"})
    assert (moved.body["slot"], moved.body["institution_officer"]) == (1, before[one]["institution_officer"])
    assert nobody_twice(await standing(fair, event))
    assert len(firms) == len(before)


async def test_an_officer_who_is_away_hands_over_at_the_same_table_and_only_then_a_meeting_moves(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("running", slots=2)
    participation = await with_officers(fair, event, buyer, 2)
    await fair.present(event, [firm])
    body = {"event": event, "firm": firm, "institution": buyer, "slot": 1, "table": 3}
    await fair.made("/meetings", OPERATOR, body)
    path = f"/participations/{participation}/absences"

    async def meets(**what: int) -> None:
        async def so() -> bool:
            [meeting] = await standing(fair, event)
            return what.items() <= meeting.items()

        await until(so)

    await fair.done(path, buyer, {"slots": [1], "officer": 1, "reason": "회의"})
    await meets(slot=1, table=3, institution_officer=2)
    said = await fair.done(path, buyer, {"slots": [1], "officer": 2, "reason": "회의"})
    await meets(slot=2)
    nobody = await fair.post(path, buyer, {"slots": [1], "officer": 3, "reason": "회의"})

    assert (said.body["absences"], said.body["officer_absences"]) == (
        [],
        [{"officer": 1, "slots": [1]}, {"officer": 2, "slots": [1]}],
    )
    assert (nobody.status, nobody.rule) == (422, "participation.officer_unknown")
    assert nobody.body["errors"][0]["pointer"] == "/officer"
    assert "담당자" in nobody.body["detail_ko"]


async def test_a_release_and_a_repair_keep_to_the_absences_of_one_officer(fair: Fair) -> None:
    firms, [buyer] = await fair.parties(4, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting", slots=4)
    participation = await with_officers(fair, event, buyer, 2)
    absence = {"slots": [1, 2], "officer": 2, "reason": "오후 참석"}
    await fair.done(f"/participations/{participation}/absences", buyer, absence)
    await fair.present(event, firms)
    await fair.accepted(event, [(firm, buyer) for firm in firms])
    await fair.bring(event, "scheduling")

    await fair.released(event)
    await settled(fair, event)
    released = await standing(fair, event)
    trouble = {"event": event, "kind": "party_late", "party": buyer, "officer": 1, "slot": 3, "reason": "교통 정체"}
    wrong = await fair.post("/repairs", OPERATOR, trouble | {"officer": 3})
    repair = await fair.proposed(trouble)
    await fair.done(f"/repairs/{repair.id}/application", OPERATOR)

    async def mended() -> bool:
        return bool((await fair.get(f"/repairs/{repair.id}")).body["status"] == "applied")

    await until(mended)
    meetings = await standing(fair, event)
    assert len(released) == len(meetings) == 4
    assert all(each["slot"] > 2 for each in released if each["institution_officer"] == 2)
    assert {each["slot"] for each in released if each["institution_officer"] == 1} & {1, 2}
    assert (wrong.status, wrong.rule) == (422, "participation.officer_unknown")
    assert all(each["slot"] > 2 for each in meetings)
    assert nobody_twice(meetings)


async def test_a_repair_shows_who_takes_over_before_anybody_does_and_then_nothing_else_happens(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("running", slots=2)
    await with_officers(fair, event, buyer, 3)
    await fair.present(event, [firm])
    body = {"event": event, "firm": firm, "institution": buyer, "slot": 1, "table": 3}
    meeting = (await fair.made("/meetings", OPERATOR, body)).id
    trouble = {"event": event, "kind": "party_late", "party": buyer, "officer": 1, "slot": 2, "reason": "긴급 회의"}

    repair = (await fair.proposed(trouble)).body
    [before] = await standing(fair, event)
    await fair.done(f"/repairs/{repair['id']}/application", OPERATOR)

    async def absent() -> bool:
        [participation] = await fair.every(f"/participations?event={event}&party={buyer}")
        return bool(participation["officer_absences"] == [{"officer": 1, "slots": [1]}])

    await until(absent)
    here = {"slot": 1, "table": 3}
    [shown] = repair["moves"]
    assert (shown["meeting"], shown["before"], shown["after"], shown["why"]) == (meeting, here, here, "hands_over")
    assert (shown["firm_officer"], shown["institution_officer"], before["institution_officer"]) == (1, 2, 1)
    [after] = await standing(fair, event)
    assert (after["slot"], after["table"], after["institution_officer"]) == (1, 3, 2)
    told = (await fair.published("matching.meeting.events", {meeting}))[meeting]
    assert [each.rpartition(".")[2] for each in told] == ["booked", "moved"]


async def test_two_replicas_that_book_move_and_swap_at_once_let_no_officer_meet_twice(fair: Fair) -> None:
    chance = Random(4)  # noqa: S311 - made-up wishes, no secret
    buyers, firms = await fair.parties(2, "institution"), await fair.parties(8, "sme")
    event = await fair.event("running", slots=3, tables=5)
    officers = {party: 1 + number % 3 for number, party in enumerate(buyers + firms)}
    present = {party: await with_officers(fair, event, party, count) for party, count in officers.items()}
    pairs = [(firm, buyer) for firm in firms for buyer in buyers]

    async with another_replica(fair) as other:

        def ask(path: str, body: dict[str, Any]) -> Coroutine[Any, Any, Answer]:
            return chance.choice([fair, other]).post(path, OPERATOR, body | {"reason": "조정"})

        def walk_in(firm: str, buyer: str) -> Coroutine[Any, Any, Answer]:
            place = chance.choice([{"table": chance.randint(1, 5)}, {}]) | {"slot": chance.randint(1, 3)}
            body = {"event": event, "firm": firm, "institution": buyer} | place
            return chance.choice([fair, other]).post("/meetings", OPERATOR, body)

        def disturb(meeting: str) -> Coroutine[Any, Any, Answer]:
            move: dict[str, Any] = {"slot": chance.randint(1, 3), "table": chance.randint(1, 5)}
            swap = {"other": chance.choice([each for each in booked if each != meeting])}
            step, body = chance.choice([("move", move), ("swap", swap), ("swap", swap), ("cancellation", {})])
            return ask(f"/meetings/{meeting}/{step}", body)

        first = await asyncio.gather(*(walk_in(*pair) for pair in pairs * 2))
        booked = [answer.id for answer in first if answer.status == 201]
        then = await asyncio.gather(
            *(disturb(meeting) for meeting in booked * 3),
            *(walk_in(*pair) for pair in pairs),
            ask(f"/participations/{present[firms[0]]}/departure", {}),
        )

        async def at_rest() -> bool:
            now = await standing(fair, event)
            return not any(each["swapping"] or each["firm"] == firms[0] for each in now)

        await until(at_rest)

    assert {answer.status for answer in (*first, *then)} <= {200, 201, 409}
    meetings = await standing(fair, event)
    assert nobody_twice(meetings)
    assert all(each[f"{side}_officer"] <= officers[each[side]] for each in meetings for side in ("firm", "institution"))
