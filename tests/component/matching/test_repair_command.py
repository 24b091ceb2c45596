"""`market timetable repair` on a released day: the moves first, and nothing moves before it is said."""

import asyncio
import subprocess

from tests.component.cli.running import data, market
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.matching.test_repairs import WHY, a_full_morning, places
from tests.component.matching.test_rules_of_a_day import standing


async def repair(fair: Fair, *arguments: str) -> subprocess.CompletedProcess[str]:
    token = fair.headers(OPERATOR)["Authorization"].removeprefix("Bearer ")
    told = ("timetable", "repair", *arguments, "--url", fair.service.url)
    return await asyncio.to_thread(market, *told, MARKET_TOKEN=token)


async def test_the_moves_are_shown_first_and_applied_as_they_were_shown(fair: Fair) -> None:
    event, [late, _], _ = await a_full_morning(fair)
    meetings = await standing(fair, event)
    before = places(meetings)
    there = 1 + min(each["slot"] for each in meetings if each["firm"] == late)

    shown = await repair(fair, event, "--late", late, "--slot", str(there), "--reason", WHY, "--json")
    untouched = places(await standing(fair, event))
    applied = await repair(fair, data(shown)["id"], "--apply", "--json")

    assert (shown.returncode, applied.returncode) == (0, 0), shown.stderr + applied.stderr
    assert data(shown)["status"] == "ready"
    assert f"market timetable repair {data(shown)['id']} --apply" in shown.stderr
    assert untouched == before
    assert data(applied)["status"] == "applied"
    moved = {each["meeting"]: each["after"] for each in data(shown)["moves"]}
    assert moved
    after = {meeting: place for meeting, place in (before | moved).items() if place}
    assert places(await standing(fair, event)) == after


async def test_a_lost_table_is_met_at_once_and_who_reads_sees_each_move(fair: Fair) -> None:
    event, *_ = await a_full_morning(fair, tables=3)
    at_table = [each["id"] for each in await standing(fair, event) if each["table"] == 1]

    met = await repair(fair, event, "--table", "1", "--slot", "1", "--reason", WHY, "--apply")

    assert met.returncode == 0, met.stderr
    assert all(each in met.stdout for each in at_table)
    assert "table lost" in met.stdout
    assert 1 not in {each["table"] for each in await standing(fair, event)}


async def test_who_walks_in_twice_is_refused_with_its_rule(fair: Fair) -> None:
    event, [firm, _], [buyer, _] = await a_full_morning(fair)

    refused = await repair(fair, event, "--walk-in", firm, buyer, "--reason", WHY, "--json")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "meeting.pair_exists" in refused.stderr
