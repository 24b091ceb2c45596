"""A proposed repair is compared with the best there is, behind the call: shown, and a better one proposed besides."""

import asyncio
from typing import Any

from tests.component.matching.fair import OPERATOR, Fair
from tests.component.matching.test_repairs import a_full_morning, applied, places, proposed
from tests.component.matching.test_rules_of_a_day import standing
from tests.component.shared.reading import until


async def confirmed(fair: Fair, repair: str) -> dict[str, Any]:
    """Wait until a repair is confirmed; return what it says of that."""

    async def said() -> bool:
        return (await fair.get(f"/repairs/{repair}")).body["confirmed"] is not None

    await until(said, patience=120.0)
    found: dict[str, Any] = (await fair.get(f"/repairs/{repair}")).body["confirmed"]
    return found


async def a_ring_of_four(fair: Fair) -> tuple[str, str, dict[str, dict[str, int]]]:
    """An event at which a late institution is met again only if four meetings move, each for the one before.

    Return the event, the institution, which is there from slot 2 on, and where each meeting is to go.
    """
    event = await fair.event("running")
    firms, buyers = await fair.parties(2, "sme"), await fair.parties(3, "institution")
    both = {"f": firms[0], "g": firms[1], "a": buyers[0], "b": buyers[1], "c": buyers[2]}
    present = dict(zip(both, await fair.present(event, both.values()), strict=True))
    for who, slots in {"f": [4], "g": [2], "a": [3, 4], "b": [1], "c": [3]}.items():
        await fair.done(f"/participations/{present[who]}/absences", both[who], {"slots": slots, "reason": "출장"})
    after = {}
    for slot, (firm, buyer), to in ((1, "fa", 2), (2, "fb", 3), (3, "gb", 4), (4, "gc", 1)):
        body = {"event": event, "firm": both[firm], "institution": both[buyer], "slot": slot, "table": 1}
        after[(await fair.made("/meetings", OPERATOR, body)).id] = {"slot": to, "table": 1}
    return event, both["a"], after


async def test_a_repair_is_confirmed_behind_the_call(fair: Fair) -> None:
    event, [late, _], _ = await a_full_morning(fair)

    repair = (await proposed(fair, event, kind="party_late", party=late, slot=3)).body
    found = await confirmed(fair, repair["id"])

    assert repair["confirmed"] is None
    price = sum(10 if each["before"]["slot"] != each["after"]["slot"] else 1 for each in repair["moves"])
    assert found == {"price": price, "bound": price, "better": "", "difference": 0}
    told = (await fair.published("matching.repair.events", {repair["id"]}))[repair["id"]]
    assert told[:2] == ["1 matching.repair.proposed", "2 matching.repair.confirmed"]
    assert (await fair.get(f"/repairs/{repair['id']}")).body["version"] == 2


async def test_where_those_further_away_may_move_a_better_repair_is_found_and_can_be_applied(fair: Fair) -> None:
    event, late, after = await a_ring_of_four(fair)

    first = (await proposed(fair, event, kind="party_late", party=late, slot=2)).body
    found = await confirmed(fair, first["id"])
    better = (await fair.get(f"/repairs/{found['better']}")).body
    await applied(fair, better["id"])

    assert [(each["before"]["slot"], each["after"]) for each in first["moves"]] == [(1, None)]
    assert found == {"price": 1000, "bound": 40, "better": better["id"], "difference": 960}
    assert better["confirmed"] == {"price": 40, "bound": 40, "better": "", "difference": 0}
    assert better["trouble"] == first["trouble"]
    meetings = places(await standing(fair, event))
    assert {each: meetings[each]["slot"] for each in meetings} == {each: after[each]["slot"] for each in after}
    assert {each["meeting"]: each["after"] for each in better["moves"]} == meetings


async def test_a_repair_that_is_applied_before_is_not_confirmed_and_the_next_one_is(fair: Fair) -> None:
    event, [late, _], _ = await a_full_morning(fair)
    other, [gone, _], _ = await a_full_morning(fair)

    soon = (await proposed(fair, event, kind="party_late", party=late, slot=3)).body
    await applied(fair, soon["id"])
    next_one = (await proposed(fair, other, kind="party_gone", party=gone)).body
    found = await confirmed(fair, next_one["id"])

    assert (await fair.get(f"/repairs/{soon['id']}")).body["confirmed"] is None
    assert (found["price"], found["difference"]) == (2000, 0)


async def test_a_service_killed_meanwhile_leaves_a_repair_that_is_not_confirmed_and_can_be_applied(fair: Fair) -> None:
    event, [late, _], _ = await a_full_morning(fair)

    repair = (await proposed(fair, event, kind="party_late", party=late, slot=3)).body
    fair.service.kill()
    await asyncio.to_thread(fair.service.restart)
    await applied(fair, repair["id"])

    after = (await fair.get(f"/repairs/{repair['id']}")).body
    assert (after["status"], after["confirmed"]) == ("applied", None)
