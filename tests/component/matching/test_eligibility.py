"""Who lost its standing after it applied begins nothing new: every gate asks again."""

import asyncio
from datetime import UTC, datetime

from services.matching.domain.participation import party_claim
from services.matching.domain.request import Request
from services.matching.ground import Matching
from shared.aggregate import Cause
from shared.copies import Copies
from shared.events.catalog import PartyClosed, PartyRestored, PartyState
from shared.kafka import new_producer
from shared.mongo import Database
from shared.relay import Relay
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.shared.reading import until


async def restrict(fair: Fair, database: Database, party: str) -> None:
    """Let matching hear that the catalog restricted a party."""
    copies = Copies(database, PartyState)
    active = await copies.require(party)
    await fair.tell([(party, 2, active.model_copy(update={"status": "restricted"}))])

    async def known() -> bool:
        return (await copies.require(party)).status == "restricted"

    await until(known)


async def test_a_restricted_party_neither_asks_nor_is_asked_nor_agrees_nor_is_agreed_to(
    fair: Fair, database: Database
) -> None:
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(2, "institution")
    event = await fair.event("requesting")
    await fair.present(event, [*firms, *buyers])
    own = await fair.made("/requests", firms[0], {"event": event, "target": buyers[0]})
    others = await fair.made("/requests", buyers[1], {"event": event, "target": firms[0]})
    await restrict(fair, database, firms[0])

    refused = [
        await fair.post("/requests", firms[0], {"event": event, "target": buyers[1]}),
        await fair.post("/requests", buyers[1], {"event": event, "target": firms[0]}),
        await fair.post(f"/requests/{own.id}/acceptance", buyers[0]),
        await fair.post(f"/requests/{others.id}/acceptance", firms[0]),
    ]

    assert [(each.status, each.rule) for each in refused] == [(409, "party.not_active")] * 4
    await fair.accepted(event, [(firms[1], buyers[0])])


async def test_a_restored_party_gets_the_place_it_was_passed_over_for(fair: Fair, database: Database) -> None:
    first, passed_over = await fair.parties(2, "sme")
    event = await fair.event(firms=1)
    participations = [(await fair.present(event, [firm]))[0] for firm in (first, passed_over)]
    await restrict(fair, database, passed_over)
    await fair.done(f"/participations/{participations[0]}/withdrawal", first, {"reason": "일정 중복"})
    status = f"/participations/{participations[1]}"
    restricted = await Copies(database, PartyState).require(passed_over)

    await fair.tell([(passed_over, 3, PartyRestored(at=datetime.now(UTC), party=passed_over))])
    await asyncio.sleep(1)
    before = (await fair.get(status)).body["status"]
    await fair.tell([(passed_over, 3, restricted.model_copy(update={"status": "active"}))])

    async def promoted() -> bool:
        return bool((await fair.get(status)).body["status"] == "confirmed")

    await until(promoted)
    assert before == "waiting"


async def test_a_party_that_closes_leaves_open_events_to_others_and_past_ones_as_they_were(fair: Fair) -> None:
    [leaving, other, waiting], [buyer, second] = await fair.parties(3, "sme"), await fair.parties(2, "institution")
    past = await fair.event("registering")
    await fair.present(past, [leaving])
    await fair.bring(past, "closed")
    event = await fair.event("requesting", firms=2)
    gate, *_ = await fair.present(event, [leaving, other])
    await fair.present(event, [waiting])
    await fair.present(event, [buyer, second])
    await fair.accepted(event, [(leaving, buyer), (other, second)])
    await fair.bring(event, "running")
    today = await fair.event("running")
    there, _ = await fair.present(today, [leaving, buyer])
    await fair.done(f"/participations/{there}/check-in", leaving, {})
    walk_in = await fair.made("/meetings", buyer, {"event": today, "firm": leaving, "institution": buyer})

    async def booked() -> bool:
        return len(await fair.every(f"/meetings?event={event}&status=booked")) == 2

    await until(booked)

    await fair.tell([(leaving, 2, PartyClosed(at=datetime.now(UTC), party=leaving, reason="폐업"))])

    async def served() -> bool:
        [turn] = await fair.every(f"/participations?event={event}&party={waiting}")
        here = (await fair.get(f"/meetings/{walk_in.id}")).body
        return bool(turn["status"] == "confirmed" and here["status"] == "cancelled")

    await until(served)
    ended = (await fair.get(f"/participations/{gate}")).body
    assert (ended["status"], ended["reason"]) == ("withdrawn", "party_closed")
    assert (await fair.get(f"/participations/{there}")).body["left"]
    [meeting] = await fair.every(f"/meetings?event={event}&status=booked")
    assert meeting["firm"] == other
    [stays] = await fair.every(f"/participations?event={past}&party={leaving}")
    assert stays["status"] == "confirmed"


async def test_a_restricted_party_does_not_walk_in(fair: Fair, database: Database) -> None:
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(2, "institution")
    event = await fair.event("running")
    await fair.present(event, [*firms, *buyers])
    await restrict(fair, database, firms[0])
    await restrict(fair, database, buyers[0])

    refused = [
        await fair.post("/meetings", OPERATOR, {"event": event, "firm": firm, "institution": buyer})
        for firm, buyer in ((firms[0], buyers[1]), (firms[1], buyers[0]))
    ]

    assert [(each.status, each.rule) for each in refused] == [(409, "party.not_active")] * 2
    assert await fair.every(f"/meetings?event={event}") == []


async def test_a_freed_slot_goes_past_a_restricted_party_to_the_next(fair: Fair, database: Database) -> None:
    firms, [buyer] = await fair.parties(3, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting", slots=1, tables=1)
    await fair.present(event, [*firms, buyer])
    for firm, priority in zip(firms, (9, 5, 1), strict=True):
        await fair.accepted(event, [(firm, buyer)], priority=priority)
    await fair.bring(event, "released")

    async def booked() -> list[dict[str, str]]:
        return await fair.every(f"/meetings?event={event}&status=booked")

    async def settled() -> bool:
        return bool((await fair.get(f"/events/{event}/timetable")).body["settled"])

    await until(settled)
    [meeting] = await booked()
    await restrict(fair, database, firms[1])

    await fair.done(f"/meetings/{meeting['id']}/cancellation", buyer, {"reason": "담당자 출장"})

    async def filled() -> bool:
        return len(await booked()) == 1

    await until(filled)
    assert meeting["firm"] == firms[0]
    assert [each["firm"] for each in await booked()] == [firms[2]]


async def test_what_is_accepted_while_the_timetable_is_released_is_not_booked_for_a_restricted_party(
    fair: Fair, database: Database
) -> None:
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    matching = Matching(database, Relay(lambda: new_producer(fair.kafka.bootstrap)))
    event = await fair.event("requesting")
    await fair.present(event, [firm, buyer])
    taking_requests = await matching.events.load(event)
    [seller, host] = [await matching.participations.holding(party_claim(event, each)) for each in (firm, buyer)]
    assert seller is not None
    assert host is not None
    await fair.bring(event, "released")
    await restrict(fair, database, firm)
    now = datetime.now(UTC)
    request = Request.file(f"req_{event[4:]}", taking_requests, seller, host, product="", priority=5, number=1, at=now)
    request.accept(now)

    await matching.requests.create(request, Cause(now, "prs_test", firm, "req_1", "req_1", ""))

    async def unplaced() -> bool:
        return bool((await fair.get(f"/requests/{request.id}")).body["status"] == "unplaced")

    await until(unplaced)
    [line] = (await fair.get(f"/events/{event}/ledger")).body["lines"]
    assert (line["reason"], line["binding"]) == ("party_not_active", [firm])
    assert await fair.every(f"/meetings?event={event}") == []


async def test_a_free_place_goes_past_a_restricted_party_to_the_next_that_waits(fair: Fair, database: Database) -> None:
    firms = await fair.parties(3, "sme")
    event = await fair.event(firms=1)
    participations = [(await fair.present(event, [firm]))[0] for firm in firms]
    await restrict(fair, database, firms[1])

    await fair.done(f"/participations/{participations[0]}/withdrawal", firms[0], {"reason": "일정 중복"})

    async def promoted() -> bool:
        return bool((await fair.get(f"/participations/{participations[2]}")).body["status"] == "confirmed")

    await until(promoted)
    assert (await fair.get(f"/participations/{participations[1]}")).body["status"] == "waiting"
