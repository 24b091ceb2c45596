"""A released timetable becomes meetings, exactly once each, whatever is killed or cancelled on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.copies import Copies
from shared.events.catalog import PartyState
from shared.events.matching import ConsultationBooked
from shared.mongo import Database
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.shared.reading import until

LONG = 120.0
"""A day of 700 is placed well within it, also where others use the machine."""
FIGURES = {"discussed": "300", "being_arranged": "200", "contracted": "100"}


async def an_accepted_day(
    fair: Fair, firms: int, institutions: int, each: int, **plan: Any
) -> tuple[str, list[str], list[str], list[str]]:
    """An event in scheduling in which every firm asked `each` institutions and all agreed."""
    sellers, buyers = await fair.parties(firms, "sme"), await fair.parties(institutions, "institution")
    event = await fair.event("requesting", **plan)
    await fair.present(event, sellers + buyers)
    pairs = [
        (firm, buyers[(number + step) % institutions]) for number, firm in enumerate(sellers) for step in range(each)
    ]
    requests = await fair.accepted(event, pairs)
    await fair.bring(event, "scheduling")
    return event, sellers, buyers, requests


async def settled(fair: Fair, event: str) -> dict[str, Any]:
    """Wait until the release is carried out; return its ledger."""

    async def all_settled() -> bool:
        return bool((await fair.get(f"/events/{event}/timetable")).body["settled"])

    await until(all_settled, LONG)
    ledger: dict[str, Any] = (await fair.get(f"/events/{event}/ledger")).body
    return ledger


async def check_day(fair: Fair, event: str, requests: list[str]) -> list[dict[str, Any]]:
    """Every request is placed with one meeting of its own or unplaced for a reason; nobody is taken twice."""
    ledger = await settled(fair, event)
    meetings = await fair.every(f"/meetings?event={event}")
    standing = [each for each in meetings if each["status"] != "cancelled"]
    seats = [(each["slot"], each[who]) for each in standing for who in ("firm", "institution", "table")]
    assert len(seats) == len(set(seats))
    assert {line["request"] for line in ledger["lines"]} == set(requests)
    assert ledger["under_way"] == 0
    placed = {line["meeting"]: line["request"] for line in ledger["lines"] if line["status"] == "placed"}
    assert placed == {each["id"]: each["request"] for each in meetings if each["origin"] == "request"}
    assert all(line["reason"] for line in ledger["lines"] if line["status"] == "unplaced")
    assert sum(ledger["by_status"].values()) == len(requests)
    booked = {each["id"] for each in meetings}

    async def told_once() -> bool:
        told = await fair.published("matching.meeting.events", booked)
        return all(set(each[:1]) == {"1 matching.consultation.booked"} for each in told.values())

    await until(told_once)
    told = await fair.published("matching.meeting.events", booked)
    assert all(len({line for line in each if "booked" in line}) == 1 for each in told.values())
    return meetings


async def test_a_released_day_is_booked_and_every_request_has_its_end(fair: Fair) -> None:
    event, _, _, requests = await an_accepted_day(fair, 8, 6, 5, slots=4, tables=5)

    released = await fair.done(f"/events/{event}/timetable", OPERATOR)

    assert (released.body["status"], released.body["release"]) == ("released", 1)
    meetings = await check_day(fair, event, requests)
    ledger = (await fair.get(f"/events/{event}/ledger")).body
    assert len(meetings) == ledger["by_status"]["placed"] == 20
    assert set(ledger["by_reason"]) <= {"over_slots", "tables_full"}
    assert (await fair.post(f"/events/{event}/timetable", OPERATOR)).rule == "event.not_scheduling"


async def test_a_service_killed_while_it_places_a_real_day_books_every_meeting_once(
    fair: Fair, database: Database
) -> None:
    """Until all of the 700 are booked the release is not called settled, whenever somebody looks."""
    event, _, _, requests = await an_accepted_day(fair, 175, 83, 4, slots=16, tables=60)
    collection, here = database["meeting"], {"state.event": event}
    await fair.released(event)

    seen = []
    for enough in (70, 350):

        async def so_far(enough: int = enough) -> bool:
            return await collection.count_documents(here) >= enough

        await until(so_far, LONG, pause=0)
        fair.service.kill()
        seen.append(await collection.count_documents(here))
        await asyncio.to_thread(fair.service.restart)
        booked = await collection.count_documents(here)
        assert not (await fair.get(f"/events/{event}/timetable")).body["settled"] or booked == len(requests)

    assert all(0 < number < len(requests) for number in seen), seen
    meetings = await check_day(fair, event, requests)
    assert len(meetings) == len(requests) == 700
    versions = {each["version"] for each in await fair.every(f"/requests?event={event}&status=placed")}
    assert versions == {3}


async def test_a_freed_slot_goes_to_a_request_that_found_no_place(fair: Fair) -> None:
    firms, [buyer, second] = await fair.parties(4, "sme"), await fair.parties(2, "institution")
    event = await fair.event("requesting", slots=2, tables=1)
    await fair.present(event, [*firms, buyer, second])
    top, low = [await fair.accepted(event, [(firm, buyer)], priority=9 - 4 * n) for n, firm in enumerate(firms[:2])]
    late = await fair.accepted(event, [(firms[2], second), (firms[3], second)], priority=2)
    await fair.bring(event, "released")
    await settled(fair, event)
    [first, _] = await fair.every(f"/meetings?event={event}&status=booked")
    unplaced = {each["id"] for each in await fair.every(f"/requests?event={event}&status=unplaced")}
    assert unplaced == set(late)

    await fair.done(f"/meetings/{first['id']}/cancellation", buyer, {"reason": "출장"})

    async def filled() -> bool:
        return len(await fair.every(f"/requests?event={event}&status=unplaced")) == 1

    await until(filled)
    booked = await fair.every(f"/meetings?event={event}&status=booked")
    assert len(booked) == 2
    [given] = [each for each in booked if each["request"] in late]
    assert (given["slot"], given["table"]) == (first["slot"], first["table"])
    assert {*top, *low} == {first["request"], *(each["request"] for each in booked if each["request"] not in late)}


async def test_a_firm_that_withdraws_leaves_its_requests_its_meetings_and_its_slots(fair: Fair) -> None:
    event, firms, buyers, requests = await an_accepted_day(fair, 3, 3, 2, slots=3, tables=1)
    await fair.bring(event, "released")
    booked = await check_day(fair, event, requests)
    assert {each["firm"] for each in booked} == set(firms)
    [leaving] = await fair.every(f"/participations?event={event}&party={firms[0]}")

    await fair.done(f"/participations/{leaving['id']}/withdrawal", firms[0], {"reason": "폐업"})

    async def freed() -> bool:
        meetings = await fair.every(f"/meetings?event={event}&status=booked")
        return len(meetings) == 3 and not any(each["firm"] == firms[0] for each in meetings)

    await until(freed)
    walk_in = {"event": event, "firm": firms[0], "institution": buyers[0], "slot": 1, "table": 1}
    answer = await fair.post("/meetings", OPERATOR, walk_in)
    assert (answer.status, answer.rule) == (409, "participation.missing")


async def test_a_request_whose_two_parties_walked_in_before_it_was_placed_says_so(
    fair: Fair, database: Database
) -> None:
    event, [firm], [buyer], [request] = await an_accepted_day(fair, 1, 1, 1)
    other = await fair.event("running")
    await fair.present(other, [firm, buyer])
    walked_in = await fair.made("/meetings", buyer, {"event": other, "firm": firm, "institution": buyer})
    stored = await database["meeting"].find_one({"_id": walked_in.id})
    assert stored is not None
    here = {
        "_id": f"{walked_in.id}x",
        "claims": [claim.replace(other, event) for claim in stored["claims"]],
        "state": stored["state"] | {"event": event},
    }
    await database["meeting"].insert_one(stored | here)

    await fair.bring(event, "released")

    ledger = await settled(fair, event)
    assert [(line["request"], line["reason"], line["binding"]) for line in ledger["lines"]] == [
        (request, "meets_already", [firm, buyer])
    ]


async def test_a_cancelled_event_ends_every_request_and_meeting(fair: Fair) -> None:
    event, firms, buyers, _ = await an_accepted_day(fair, 3, 3, 1)
    await fair.bring(event, "released")
    await settled(fair, event)
    other = await fair.event("requesting")
    await fair.present(other, [*firms, *buyers])
    await fair.made("/requests", firms[0], {"event": other, "target": buyers[0]})
    await fair.accepted(other, [(firms[1], buyers[1])])

    for each in (event, other):
        await fair.done(f"/events/{each}/cancellation", OPERATOR, {"reason": "태풍"})

    async def all_over() -> bool:
        meetings = await fair.every(f"/meetings?event={event}")
        ledger = (await fair.get(f"/events/{other}/ledger")).body
        return {each["status"] for each in meetings} == {"cancelled"} and ledger["under_way"] == 0

    await until(all_over)
    ledger = (await fair.get(f"/events/{other}/ledger")).body
    assert ledger["by_status"] == {"expired": 1, "unplaced": 1}
    assert ledger["by_reason"] == {"event_cancelled": 2}


async def test_a_meeting_booked_while_its_event_is_called_off_is_cancelled(fair: Fair, database: Database) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event, other = await fair.event("released"), await fair.event("running")
    await fair.present(other, [firm, buyer])
    walked_in = await fair.made("/meetings", buyer, {"event": other, "firm": firm, "institution": buyer})
    await fair.done(f"/events/{event}/cancellation", OPERATOR, {"reason": "태풍"})
    stored = await database["meeting"].find_one({"_id": walked_in.id})
    assert stored is not None
    late = f"{walked_in.id}x"
    claims = [claim.replace(other, event) for claim in stored["claims"]]
    here = {"_id": late, "claims": claims, "state": stored["state"] | {"id": late, "event": event}}
    await database["meeting"].insert_one(stored | here)
    booked = ConsultationBooked.model_validate(
        {"at": datetime.now(UTC), "meeting": late, **{of: walked_in.body[of] for of in ("starts_at", "slot", "table")}}
        | {"event": event, "firm": firm, "institution": buyer}
    )

    await fair.tell([(late, 1, booked)])

    async def cancelled() -> bool:
        meeting = (await fair.get(f"/meetings/{late}")).body
        return (meeting["status"], meeting["reason"]) == ("cancelled", "event_cancelled")

    await until(cancelled)


async def test_what_nobody_answers_expires_at_the_deadline_and_the_event_goes_on(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    deadline = datetime.now(UTC) + timedelta(seconds=6)
    event = await fair.event("requesting", answer_deadline=deadline.isoformat())
    await fair.present(event, [firm, buyer])
    request = await fair.made("/requests", firm, {"event": event, "target": buyer})

    async def expired() -> bool:
        return bool((await fair.get(f"/requests/{request.id}")).body["status"] == "expired")

    await until(expired)
    assert (await fair.get(f"/requests/{request.id}")).body["reason"] == "unanswered"

    async def scheduling() -> bool:
        return bool((await fair.get(f"/events/{event}")).body["status"] == "scheduling")

    await until(scheduling)


async def test_a_request_nobody_answered_ends_with_the_release(fair: Fair) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting")
    await fair.present(event, [firm, buyer])
    await fair.made("/requests", firm, {"event": event, "target": buyer})

    await fair.bring(event, "released")

    async def ended() -> bool:
        return bool((await fair.get(f"/events/{event}/ledger")).body["under_way"] == 0)

    await until(ended)
    assert (await fair.get(f"/events/{event}/ledger")).body["by_reason"] == {"unanswered": 1}


async def test_parties_that_lost_their_standing_are_not_scheduled(fair: Fair, database: Database) -> None:
    event, firms, _, requests = await an_accepted_day(fair, 2, 2, 1)
    copies = Copies(database, PartyState)
    active = await copies.require(firms[0])
    await fair.tell([(firms[0], 2, active.model_copy(update={"status": "restricted"}))])

    async def known() -> bool:
        return (await copies.require(firms[0])).status == "restricted"

    await until(known)
    await fair.bring(event, "released")

    await check_day(fair, event, requests)
    [line] = [
        each for each in (await fair.get(f"/events/{event}/ledger")).body["lines"] if each["status"] == "unplaced"
    ]
    assert (line["reason"], line["binding"]) == ("party_not_active", [firms[0]])


async def test_a_meeting_goes_from_the_table_to_a_contract_which_counts_once(fair: Fair) -> None:
    [firm, stranger], [buyer] = await fair.parties(2, "sme"), await fair.parties(1, "institution")
    event = await fair.event("running")
    await fair.present(event, [firm, buyer])
    product = await fair.product(firm)
    walk_in = {"event": event, "firm": firm, "institution": buyer, "product": product, "slot": 1, "table": 1}
    made = await fair.made("/meetings", buyer, walk_in)
    meeting = f"/meetings/{made.id}"
    assert (made.body["origin"], made.body["status"]) == ("onsite", "booked")

    assert (await fair.post(f"{meeting}/check-in", stranger, {})).status == 403
    assert (await fair.post(f"{meeting}/start", firm)).status == 403
    assert (await fair.done(f"{meeting}/check-in", firm, {})).body["status"] == "booked"
    assert (await fair.done(f"{meeting}/check-in", buyer, {})).body["status"] == "in_progress"
    assert (await fair.post(f"{meeting}/cancellation", firm, {"reason": "늦음"})).rule == "meeting.not_booked"
    await fair.done(f"{meeting}/end", firm)
    await fair.done(f"{meeting}/outcome", firm, FIGURES | {"notes": "우리만"})
    assert (await fair.post(f"{meeting}/outcome", firm, FIGURES)).rule == "meeting.reported_already"
    assert (await fair.post(f"{meeting}/outcome", OPERATOR, FIGURES)).status == 403
    reported = await fair.done(f"{meeting}/outcome", buyer, FIGURES)
    assert reported.body["status"] == "reported"
    assert "우리만" not in str((await fair.get(meeting, buyer)).body)
    assert (await fair.get(meeting, firm)).body["outcomes"][firm]["notes"] == "우리만"

    await fair.signed("ctr_1", made.body)
    await fair.signed("ctr_1", made.body)

    async def converted() -> bool:
        return bool((await fair.get(meeting)).body["status"] == "converted")

    await until(converted)
    await fair.signed("ctr_1", made.body)
    marker = await fair.made("/meetings", buyer, walk_in | {"slot": 2})
    await fair.done(f"/meetings/{marker.id}/start", OPERATOR)
    await fair.done(f"/meetings/{marker.id}/end", OPERATOR)
    await fair.signed("ctr_2", marker.body)

    async def marked() -> bool:
        return bool((await fair.get(f"/meetings/{marker.id}")).body["status"] == "converted")

    await until(marked)
    told = (await fair.published("matching.meeting.events", {made.id}))[made.id]
    assert sum("consultation.converted" in each for each in told) == 1
    numbers = [int(each.split()[0]) for each in dict.fromkeys(told)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await fair.get(meeting)).body["contract"] == "ctr_1"
    assert (await fair.get(f"/events/{event}/lineage", firm)).status == 403
    lineage = (await fair.get(f"/events/{event}/lineage")).body
    assert {(line["meeting"], line["contract"], line["amount"]) for line in lineage["lines"]} == {
        (made.id, "ctr_1", "1000"),
        (marker.id, "ctr_2", "1000"),
    }
    assert (lineage["contracts"], lineage["contracted"], lineage["meetings"]) == (2, "2000", {"converted": 2})
    assert lineage["reported_by_firms"] == lineage["reported_by_institutions"] == FIGURES | {"reports": 1}
    assert (await fair.get("/events/lineage", firm)).status == 403
    won = (await fair.get("/events/lineage")).body
    [ours] = [line for line in won["lines"] if line["event"] == event]
    assert (ours["title"], ours["contracts"], ours["contracted"]) == ("상담회", 2, "2000")
    assert won["contracts"] == sum(line["contracts"] for line in won["lines"])
    assert int(won["contracted"]) == sum(int(line["contracted"]) for line in won["lines"])


@pytest.mark.parametrize(
    ("path", "body", "status", "rule"),
    [
        ("/requests", {"target": "pty_nobody"}, 409, "participation.missing"),
        ("/requests", {"target": "pty_nobody", "priority": 10}, 422, "request.invalid"),
        ("/requests", {"target": "pty_nobody", "priority": False}, 422, "request.invalid"),
        ("/requests", {"target": "nobody"}, 422, "request.invalid"),
        ("/participations", {"people": []}, 422, "request.invalid"),
        ("/participations", {"people": [{"name": "김"}], "party": "pty_other"}, 403, "principal.other"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_rule(
    fair: Fair, path: str, body: dict[str, Any], status: int, rule: str
) -> None:
    [firm] = await fair.parties(1, "sme")
    event = await fair.event("requesting")
    await fair.present(event, [firm])

    answer = await fair.post(path, firm, {"event": event} | body)

    assert (answer.status, answer.rule) == (status, rule)
    assert await fair.every(f"/requests?event={event}") == []
