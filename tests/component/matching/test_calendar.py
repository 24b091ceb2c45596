"""A party's calendar: read by its key alone, whatever becomes of its meetings and of the key."""

import json
from dataclasses import dataclass
from typing import Any

from icalendar import Calendar

from services.matching.calendars import EXAMPLE_KEY
from shared.mongo import Database
from tests.component.matching.fair import OPERATOR, Answer, Fair
from tests.component.shared.reading import all_records, until

WHY = {"reason": "기관 담당자 지각"}


@dataclass(frozen=True)
class Feed:
    """What a calendar program is answered."""

    status: int
    kind: str
    tag: str
    content: bytes

    @property
    def rule(self) -> str:
        return str(json.loads(self.content)["rule"])

    @property
    def entries(self) -> dict[str, Any]:
        calendar: Any = Calendar.from_ical(self.content)
        return {str(each["UID"]): each for each in calendar.events}


async def a_day(fair: Fair) -> tuple[str, str, str, str]:
    """A released event, a firm and an institution that have a place there, and the firm's participation."""
    [firm], [buyer] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("released", title="2027년 상반기 기술마켓 상담회")
    participation, _ = await fair.present(event, [firm, buyer])
    return event, firm, buyer, participation


async def made(fair: Fair, participation: str, by: str, key: str = "") -> Answer:
    answer = await fair.post(f"/participations/{participation}/calendar", by, key=key)
    assert answer.status == 200, answer.body
    return answer


async def feed(fair: Fair, path: str, if_none_match: str = "") -> Feed:
    """Ask as a phone does: no token."""
    headers = {"If-None-Match": if_none_match} if if_none_match else {}
    async with fair.http.get(fair.service.url + path, headers=headers) as response:
        tag = response.headers.get("ETag", "")
        return Feed(response.status, response.headers.get("Content-Type", ""), tag, await response.read())


async def test_the_key_alone_shows_a_partys_own_meetings_and_how_they_change(fair: Fair) -> None:
    event, firm, buyer, participation = await a_day(fair)
    [other], [second] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    await fair.present(event, [other, second])

    async def meeting(slot: int, seller: str, host: str) -> str:
        sides = {"firm": seller, "institution": host}
        return (await fair.made("/meetings", OPERATOR, {"event": event, "slot": slot} | sides)).id

    mine = [await meeting(1, firm, buyer), await meeting(2, firm, second)]
    await meeting(3, other, buyer)
    path = (await made(fair, participation, firm)).body["path"]

    before = await feed(fair, path)
    await fair.done(f"/meetings/{mine[0]}/move", OPERATOR, {"slot": 4, "table": 3} | WHY)
    await fair.done(f"/meetings/{mine[1]}/cancellation", OPERATOR, WHY)
    after = await feed(fair, path)

    assert (before.status, before.kind) == (200, "text/calendar; charset=utf-8")
    assert before.entries.keys() == after.entries.keys() == {*mine}
    moved, cancelled = (after.entries[each] for each in mine)
    assert str(moved["SUMMARY"]) == "한빛 ↔ 한빛 상담 (3번 테이블)"
    assert moved["SEQUENCE"] > before.entries[mine[0]]["SEQUENCE"]
    assert moved["DTSTART"].dt > before.entries[mine[0]]["DTSTART"].dt
    assert [str(each["STATUS"]) for each in (moved, cancelled)] == ["CONFIRMED", "CANCELLED"]


async def test_a_feed_that_is_the_same_is_not_sent_again(fair: Fair) -> None:
    event, firm, buyer, participation = await a_day(fair)
    path = (await made(fair, participation, firm)).body["path"]
    first = await feed(fair, path)

    same = [await feed(fair, path, tag) for tag in (first.tag, f"W/{first.tag}", f'"x", {first.tag}')]
    await fair.made("/meetings", OPERATOR, {"event": event, "firm": firm, "institution": buyer, "slot": 1})
    changed = await feed(fair, path, first.tag)

    assert [(each.status, each.content, each.tag) for each in same] == [(304, b"", first.tag)] * 3
    assert (changed.status, len(changed.entries)) == (200, 1)


async def test_a_wrong_key_a_replaced_key_and_no_calendar_at_all_look_alike(fair: Fair) -> None:
    _, firm, buyer, participation = await a_day(fair)
    never = await feed(fair, f"/v1/participations/{participation}/calendar.ics?key={EXAMPLE_KEY}")
    first = (await made(fair, participation, firm)).body["path"]
    second = (await made(fair, participation, OPERATOR)).body["path"]

    replaced = await feed(fair, first)
    wrong = await feed(fair, f"/v1/participations/{participation}/calendar.ics?key={EXAMPLE_KEY}")
    nobody = await feed(fair, second.replace(participation, "ptc_nobody"))
    malformed = await feed(fair, f"/v1/participations/{participation}/calendar.ics?key=1")

    refused = [never, replaced, wrong, nobody]
    assert {(each.status, each.kind, each.rule) for each in refused} == {
        (404, "application/problem+json", "calendar.unknown")
    }
    assert malformed.status == 422
    assert (await feed(fair, second)).status == 200
    assert (await fair.post(f"/participations/{participation}/calendar", buyer)).rule == "principal.other"


async def test_a_repeat_is_answered_with_the_key_it_made_and_makes_none(fair: Fair) -> None:
    _, firm, _, participation = await a_day(fair)

    first = await made(fair, participation, firm, key="again")
    repeat = await made(fair, participation, firm, key="again")

    assert repeat.body == first.body
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert (await feed(fair, first.body["path"])).status == 200


async def test_the_key_is_nowhere_but_in_the_answer(fair: Fair, database: Database) -> None:
    _, firm, buyer, participation = await a_day(fair)
    answer = await made(fair, participation, firm)
    key = answer.body["path"].rpartition("=")[2]
    await feed(fair, answer.body["path"])
    await fair.done(f"/participations/{participation}/absences", firm, {"slots": [1]} | WHY)

    async def told() -> bool:
        lines = await fair.published("matching.participation.events", {participation})
        return any("absent" in line for line in lines[participation])

    await until(told)
    stored = [str(each) for name in await database.list_collection_names() async for each in database[name].find()]
    shown = [str((await fair.get(f"/participations/{participation}", by)).body) for by in (firm, buyer, OPERATOR)]

    topics = ("matching.participation.events", "matching.participation.state")
    sent = [str(each.value) for topic in topics for each in await all_records(fair.kafka.bootstrap, topic)]

    for kept in (stored, shown, sent):
        assert participation in "".join(kept)
        assert not [each for each in kept if key in each]
    assert key not in fair.service.log.read_text(encoding="utf-8")
