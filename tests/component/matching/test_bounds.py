"""What must be bounded or unique stays so when many call at once."""

import asyncio
from collections import Counter

from tests.component.matching.fair import OPERATOR, Answer, Fair
from tests.component.shared.reading import until


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


async def test_of_fifty_walk_ins_for_one_table_exactly_one_is_booked(fair: Fair) -> None:
    firms, institutions = await fair.parties(50, "sme"), await fair.parties(50, "institution")
    event = await fair.event("running")
    await fair.present(event, firms + institutions)
    before = await fair.get(f"/events/{event}")

    answers = await asyncio.gather(
        *(
            fair.post("/meetings", by, {"event": event, "firm": firm, "institution": by, "slot": 2, "table": 3})
            for firm, by in zip(firms, institutions, strict=True)
        )
    )

    assert statuses(answers) == {201: 1, 409: 49}
    assert {answer.rule for answer in answers if answer.status == 409} == {"meeting.table_taken"}
    [booked] = await fair.every(f"/meetings?event={event}")
    assert [answer.id for answer in answers if answer.status == 201] == [booked["id"]]
    assert (await fair.get(f"/events/{event}")).headers["ETag"] == before.headers["ETag"]
    assert {each["version"] for each in await fair.every(f"/participations?event={event}")} == {1}


async def test_of_fifty_walk_ins_of_one_party_in_one_slot_exactly_one_is_booked(fair: Fair) -> None:
    [institution], firms = await fair.parties(1, "institution"), await fair.parties(50, "sme")
    event = await fair.event("running", tables=50)
    await fair.present(event, [institution, *firms])

    answers = await asyncio.gather(
        *(
            fair.post(
                "/meetings",
                OPERATOR,
                {"event": event, "firm": firm, "institution": institution, "slot": 1, "table": table},
            )
            for table, firm in enumerate(firms, start=1)
        )
    )

    assert statuses(answers) == {201: 1, 409: 49}
    assert len(await fair.every(f"/meetings?event={event}")) == 1


async def test_of_fifty_moves_to_one_table_exactly_one_succeeds(fair: Fair) -> None:
    firms, institutions = await fair.parties(10, "sme"), await fair.parties(10, "institution")
    event = await fair.event("running", slots=6, tables=10)
    await fair.present(event, firms + institutions)
    booked = [
        await fair.made(
            "/meetings", OPERATOR, {"event": event, "firm": firm, "institution": institution, "slot": 1, "table": table}
        )
        for table, (firm, institution) in enumerate(zip(firms, institutions, strict=True), start=1)
    ]

    answers = await asyncio.gather(
        *(
            fair.post(f"/meetings/{each.id}/move", OPERATOR, {"slot": 5, "table": 5, "reason": "지각"})
            for each in booked * 5
        )
    )

    meetings = await fair.every(f"/meetings?event={event}")
    assert Counter((each["slot"], each["table"]) for each in meetings)[5, 5] == 1
    assert len({(each["slot"], each["table"]) for each in meetings}) == 10
    moved = {answer.id for answer in answers if answer.status == 200}
    assert moved == {each["id"] for each in meetings if each["slot"] == 5}


async def test_forty_applications_fill_exactly_the_places_there_are(fair: Fair) -> None:
    firms = await fair.parties(40, "sme")
    event = await fair.event(firms=10)

    people = [{"name": "김하늘"}, {"name": "이바다"}]
    answers = await asyncio.gather(
        *(fair.post("/participations", firm, {"event": event, "people": people}) for firm in firms)
    )

    assert statuses(answers) == {201: 40}
    assert Counter(answer.body["status"] for answer in answers) == {"confirmed": 10, "waiting": 30}
    shown = await fair.every(f"/participations?event={event}", firms[0])
    assert Counter(each["status"] for each in shown) == {"confirmed": 10, "waiting": 30}
    assert {each["people"] for each in shown} == {2}
    assert [each["party"] for each in shown if each["attendees"]] == [firms[0]]


async def test_a_cursor_of_one_list_or_query_is_refused_in_another(fair: Fair) -> None:
    firms = await fair.parties(3, "sme")
    event = await fair.event()
    await fair.present(event, firms)
    cursor = (await fair.get(f"/participations?event={event}&limit=1")).body["next"]

    same = await fair.get(f"/participations?event={event}&limit=2&cursor={cursor}")
    others = [
        await fair.get(f"/requests?event={event}&cursor={cursor}"),
        await fair.get(f"/meetings?event={event}&cursor={cursor}"),
        await fair.get(f"/participations?cursor={cursor}"),
    ]

    assert len(same.body["items"]) == 2
    assert [(each.status, each.rule) for each in others] == [(422, "cursor.mismatch")] * 3


async def test_withdrawn_places_go_to_those_who_wait_longest(fair: Fair) -> None:
    firms = await fair.parties(9, "sme")
    event = await fair.event(firms=3)
    participations = [(await fair.present(event, [firm]))[0] for firm in firms]

    await asyncio.gather(
        *(
            fair.done(f"/participations/{each}/withdrawal", firm, {"reason": "일정 중복"})
            for each, firm in zip(participations[:3], firms[:3], strict=True)
        )
    )

    async def promoted() -> bool:
        confirmed = await fair.every(f"/participations?event={event}&status=confirmed")
        return len(confirmed) == 3

    await until(promoted)
    confirmed = await fair.every(f"/participations?event={event}&status=confirmed")
    assert {each["party"] for each in confirmed} == set(firms[3:6])


async def test_one_party_applies_once_however_often_at_once(fair: Fair) -> None:
    [firm] = await fair.parties(1, "sme")
    event = await fair.event(firms=5)

    body = {"event": event, "people": [{"name": "김하늘"}]}
    answers = await asyncio.gather(*(fair.post("/participations", firm, body) for _ in range(40)))

    assert statuses(answers) == {201: 1, 409: 39}
    assert len(await fair.every(f"/participations?event={event}")) == 1


async def test_forty_requests_at_once_stay_within_the_quota(fair: Fair) -> None:
    [firm], institutions = await fair.parties(1, "sme"), await fair.parties(40, "institution")
    event = await fair.event("requesting", quota=7)
    await fair.present(event, [firm, *institutions])

    answers = await asyncio.gather(
        *(fair.post("/requests", firm, {"event": event, "target": each}) for each in institutions)
    )

    assert statuses(answers) == {201: 7, 409: 33}
    assert {answer.rule for answer in answers if answer.status == 409} == {"request.quota_used"}
    assert len(await fair.every(f"/requests?event={event}")) == 7


async def test_a_pair_asks_once_whoever_asks_at_the_same_moment(fair: Fair) -> None:
    [firm], [institution] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting", quota=30)
    await fair.present(event, [firm, institution])

    answers = await asyncio.gather(
        *(fair.post("/requests", firm, {"event": event, "target": institution}) for _ in range(20)),
        *(fair.post("/requests", institution, {"event": event, "target": firm}) for _ in range(20)),
    )

    assert statuses(answers) == {201: 1, 409: 39}
    assert {answer.rule for answer in answers if answer.status == 409} == {"request.pair_exists"}


async def test_what_a_request_is_for_is_read_by_its_two_parties_and_the_operator_alone(fair: Fair) -> None:
    [firm, stranger], [buyer] = await fair.parties(2, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting")
    await fair.present(event, [firm, stranger, buyer])
    wish = {"event": event, "target": firm, "priority": 7, "purpose": "노후 관로 누수 탐지 시범 적용 협의"}

    filed = await fair.made("/requests", buyer, wish)
    blank = await fair.post("/requests", stranger, {"event": event, "target": buyer, "purpose": " "})
    silent = await fair.made("/requests", stranger, {"event": event, "target": buyer})

    path, listed = f"/requests/{filed.id}", f"/requests?event={event}&target={firm}"
    shown = {by: (await fair.get(path, by)).body["purpose"] for by in (firm, buyer, OPERATOR, stranger)}
    assert shown == dict.fromkeys((firm, buyer, OPERATOR), wish["purpose"]) | {stranger: ""}
    assert [[each["purpose"] for each in await fair.every(listed, by)] for by in (firm, stranger)] == [
        [wish["purpose"]],
        [""],
    ]
    assert (await fair.done(f"{path}/acceptance", firm)).body["purpose"] == wish["purpose"]
    assert (blank.status, silent.body["purpose"]) == (422, "")


async def test_the_same_key_is_answered_alike_even_after_the_event_has_moved_on(fair: Fair) -> None:
    [firm], [institution] = await fair.parties(1, "sme"), await fair.parties(1, "institution")
    event = await fair.event("requesting")
    await fair.present(event, [firm, institution])
    wish = {"event": event, "target": institution}
    first = await fair.post("/requests", firm, wish, key="once")
    await fair.bring(event, "scheduling")

    again = await fair.post("/requests", firm, wish, key="once")
    other = await fair.post("/requests", firm, wish | {"priority": 1}, key="once")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.rule) == (422, "idempotency.other_request")
