"""A timetable before anybody is told: `market timetable solve EVENT` and `repair EVENT` show what would be."""

from datetime import UTC, datetime, timedelta

from cli.api import OPERATOR, market_at
from cli.drafting import day_of
from deploy.local.stack import Stack
from tests.component.cli.running import data, market
from tests.flow.walk import Walk, business_number


async def test_a_draft_of_an_event_changes_nothing_and_is_what_is_released_then(stack: Stack) -> None:
    async with market_at(stack.url) as opened:
        walk = Walk(opened, f"draft {datetime.now(UTC)}")
        firms = [
            await walk.active_party("sme", business_number(nine)) for nine in ("103810077", "104810077", "106810077")
        ]
        host = await walk.active_party("institution", business_number("105820077"))
        deadline = datetime.now(UTC) + timedelta(minutes=5)
        plan = {
            "event_kind": "consultation_day",
            "title": "초안 상담회",
            "starts_at": (deadline + timedelta(hours=1)).isoformat(),
            "slots": 3,
            "slot_minutes": 30,
            "rests": [{"after_slot": 1, "minutes": 60}],
            "tables": 3,
            "spare_tables": 1,
            "institution_meetings": 2,
            "quota": 1,
            "answer_deadline": deadline.isoformat(),
        }
        event = (await walk.post(OPERATOR, "/v1/events", plan))["id"]
        path = f"/v1/events/{event}"
        await walk.post(OPERATOR, f"{path}/advancement", {"status": "registering"})
        body = {"event": event, "people": [{"name": "김하늘"}]}
        [late, *_] = [(await walk.post(each, "/v1/participations", body))["id"] for each in (*firms, host)]
        await walk.post(firms[0], f"/v1/participations/{late}/absences", {"slots": [1, 2], "reason": "열차 지연"})
        await walk.post(OPERATOR, f"{path}/table-closures", {"table": 1, "from_slot": 1, "reason": "정전"})
        await walk.post(OPERATOR, f"{path}/advancement", {"status": "requesting"})
        wishes: list[dict[str, object]] = [{}, {"session": "morning"}, {"priority": 1}]
        requests = []
        for firm, more in zip(firms, wishes, strict=True):
            filed = await walk.post(firm, "/v1/requests", {"event": event, "target": host.party} | more)
            requests.append(filed["id"])
            await walk.post(host, f"/v1/requests/{filed['id']}/acceptance")
        scheduling = await walk.post(OPERATOR, f"{path}/advancement", {"status": "scheduling"})

        drafted = market("timetable", "solve", event, "--url", stack.url, "--json")

        assert drafted.returncode == 0, drafted.stderr
        draft = data(drafted)
        assert (draft["status"], draft["gaps"]) == ("optimal", 0)
        assert [(each["request"], each["reason"]) for each in draft["unplaced"]] == [(requests[2], "over_quota")]
        assert (await day_of(opened, event)).spare == plan["spare_tables"]
        seats = {each["request"]: (each["slot"], each["table"]) for each in draft["placed"]}
        assert seats == {requests[0]: (3, 2), requests[1]: (1, 2)}
        assert await opened.read(OPERATOR, path) == scheduling
        released = await walk.post(OPERATOR, f"{path}/timetable")
        assert released["score"]["value"] == draft["value"]
        await walk.until(f"{path}/timetable", OPERATOR, settled=True)
        meetings = await opened.all(OPERATOR, "/v1/meetings", event=event)
        assert {each["request"]: (each["slot"], each["table"]) for each in meetings} == seats


async def test_an_officer_who_is_away_hands_over_as_was_shown_and_the_last_one_takes_the_meeting_along(
    stack: Stack,
) -> None:
    async with market_at(stack.url) as opened:
        walk = Walk(opened, f"officers {datetime.now(UTC)}")
        firm = await walk.active_party("sme", business_number("107810077"))
        host = await walk.active_party("institution", business_number("109820077"))
        deadline = datetime.now(UTC) + timedelta(minutes=5)
        plan = {
            "event_kind": "consultation_day",
            "title": "담당자 교대 상담회",
            "starts_at": (deadline + timedelta(hours=1)).isoformat(),
            "slots": 2,
            "slot_minutes": 30,
            "tables": 3,
            "quota": 1,
            "answer_deadline": deadline.isoformat(),
        }
        event = (await walk.post(OPERATOR, "/v1/events", plan))["id"]
        path = f"/v1/events/{event}"
        await walk.post(OPERATOR, f"{path}/advancement", {"status": "registering"})
        await walk.post(firm, "/v1/participations", {"event": event, "people": [{"name": "김하늘"}]})
        officers = {"event": event, "people": [{"name": "이바다"}, {"name": "박구름"}], "officers": 2}
        present = (await walk.post(host, "/v1/participations", officers))["id"]
        for status in ("requesting", "scheduling"):
            await walk.post(OPERATOR, f"{path}/advancement", {"status": status})
        await walk.post(OPERATOR, f"{path}/timetable")
        await walk.post(OPERATOR, f"{path}/advancement", {"status": "running"})
        wish = {"event": event, "firm": firm.party, "institution": host.party, "slot": 1, "table": 3}
        meeting = f"/v1/meetings/{(await walk.post(host, '/v1/meetings', wish))['id']}"
        away = ("--late", host.party, "--officer", "1", "--slot", "2", "--reason", "긴급 회의")

        shown = market("timetable", "repair", event, *away, "--url", stack.url, "--json")
        before = await walk.read(firm, meeting)
        applied = market("timetable", "repair", data(shown)["id"], "--apply", "--url", stack.url, "--json")
        after = await walk.until(meeting, firm, institution_officer=2)
        await walk.post(host, f"/v1/participations/{present}/absences", {"slots": [1], "officer": 2, "reason": "회의"})
        moved = await walk.until(meeting, firm, slot=2)

    assert (shown.returncode, applied.returncode) == (0, 0), shown.stderr + applied.stderr
    [move] = data(shown)["moves"]
    assert (move["why"], move["after"], move["institution_officer"]) == ("hands_over", {"slot": 1, "table": 3}, 2)
    assert (before["institution_officer"], before["version"]) == (1, 1)
    assert (after["slot"], after["table"]) == (1, 3)
    assert moved["firm_officer"] == 1
