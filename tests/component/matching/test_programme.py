"""Talks and awards of a day: who is on stage meets nobody meanwhile, whenever the programme is set."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from shared.events.catalog import FileState
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.shared.reading import until


async def a_file(fair: Fair, owner: str) -> str:
    """Make a file known, as the catalog would."""
    file = {"id": f"fil_{secrets.token_hex(6)}", "owner": owner, "media_type": "application/pdf", "size": 9}
    state = FileState.model_validate(file | {"sha256": "0" * 64, "status": "kept"})
    await fair.tell([(state.id, 1, state)])
    return state.id


async def slot_at(fair: Fair, event: str, slot: int) -> str:
    """Return when a slot begins."""
    shown = (await fair.get(f"/events/{event}")).body
    return (datetime.fromisoformat(shown["starts_at"]) + (slot - 1) * timedelta(minutes=30)).isoformat()


def a_talk(starts_at: str, *parties: str, **changed: Any) -> dict[str, Any]:
    on_stage = [{"party": party} for party in parties]
    return {
        "part_kind": "future_technology_talk",
        "title": "저전력 분리막의 미래",
        "starts_at": starts_at,
        "minutes": 30,
        "on_stage": on_stage,
    } | changed


async def test_a_timetable_keeps_free_who_is_on_stage(fair: Fair) -> None:
    [firm], buyers = await fair.parties(1, "sme"), await fair.parties(2, "institution")
    event = await fair.event("registering", slots=3, tables=2)
    await fair.present(event, [firm, *buyers])
    criteria = await a_file(fair, buyers[0])
    talk = a_talk(await slot_at(fair, event, 2), firm, buyers[0], part_kind="purchasing_policy_talk")

    refused = await fair.post(f"/events/{event}/parts", OPERATOR, talk)
    not_theirs = await fair.post(f"/events/{event}/parts", OPERATOR, talk | {"document": await a_file(fair, firm)})
    planned = await fair.done(f"/events/{event}/parts", OPERATOR, talk | {"document": criteria})
    await fair.bring(event, "requesting")
    await fair.accepted(event, [(firm, buyer) for buyer in buyers])
    await fair.bring(event, "released")

    async def settled() -> bool:
        return bool((await fair.get(f"/events/{event}/timetable")).body["settled"])

    await until(settled)
    assert (refused.status, refused.rule) == (422, "part.document_missing")
    assert (not_theirs.status, not_theirs.rule) == (422, "part.document_not_theirs")
    [part] = planned.body["parts"]
    assert (part["number"], part["document"], part["on_stage"][1]["party"]) == (1, criteria, buyers[0])
    meetings = await fair.every(f"/meetings?event={event}&status=booked")
    assert sorted(each["slot"] for each in meetings) == [1, 3]
    walk_in = {"event": event, "firm": firm, "institution": buyers[1], "slot": 2}
    assert (await fair.post("/meetings", OPERATOR, walk_in)).rule == "participation.absent"


async def test_who_withdraws_from_the_event_leaves_the_stage(fair: Fair) -> None:
    firms = await fair.parties(2, "sme")
    event = await fair.event("registering", slots=3, tables=2)
    first, _ = await fair.present(event, firms)
    for slot, parties in ((1, firms), (2, firms[:1])):
        await fair.done(f"/events/{event}/parts", OPERATOR, a_talk(await slot_at(fair, event, slot), *parties))

    await fair.done(f"/participations/{first}/withdrawal", firms[0], {"reason": "일정 중복"})

    async def gone() -> bool:
        parts = (await fair.get(f"/events/{event}")).body["parts"]
        return [[each["party"] for each in part["on_stage"]] for part in parts if part["status"] == "planned"] == [
            firms[1:]
        ]

    await until(gone)


async def test_what_is_booked_makes_way_for_a_talk_planned_late_and_for_one_that_is_moved(fair: Fair) -> None:
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(2, "institution")
    event = await fair.event("released", slots=3, tables=2)
    await fair.present(event, [*firms, *buyers])
    pairs = ((firms[0], buyers[0], 1), (firms[1], buyers[1], 1))
    met, other = [
        await fair.made("/meetings", OPERATOR, {"event": event, "firm": firm, "institution": buyer, "slot": slot})
        for firm, buyer, slot in pairs
    ]

    async def is_in(slot: int) -> None:
        async def so() -> bool:
            return bool((await fair.get(f"/meetings/{met.id}")).body["slot"] == slot)

        await until(so)

    first, second = [await slot_at(fair, event, slot) for slot in (1, 2)]
    await fair.done(f"/events/{event}/parts", OPERATOR, a_talk(first, firms[0], part_kind="award"))
    await is_in(2)
    changed = await fair.post(f"/events/{event}/parts/1", OPERATOR, a_talk(second, firms[0], buyers[0]), method="PUT")
    await is_in(1)
    await fair.done(f"/events/{event}/parts/1/withdrawal", OPERATOR, {"reason": "연사 사정"})

    assert changed.status == 200, changed.body
    assert (await fair.get(f"/meetings/{other.id}")).body["version"] == 1
    told = (await fair.published("matching.event.events", {event}))[event]
    assert [each.rpartition("_")[2] for each in told if ".part_" in each] == ["planned", "changed", "withdrawn"]
