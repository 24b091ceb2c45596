"""What an institution looks for at an event: stated by its own people, told to everybody, changed by a later word."""

import json

from tests.component.matching.fair import Fair
from tests.component.shared.reading import all_records, until

WATER = {"text": "전력 소비가 낮은 수처리 분리막", "fields": ["water"]}


async def test_a_demand_is_told_to_everybody_and_once(fair: Fair) -> None:
    [institution], [firm] = await fair.parties(1, "institution"), await fair.parties(1, "sme")
    event = await fair.event("registering")
    [participation] = await fair.present(event, [institution])
    path = f"/participations/{participation}/demand"

    stated = await fair.post(path, institution, WATER, key="stated")
    repeated = await fair.post(path, institution, WATER, key="stated")
    again = await fair.done(path, institution, WATER)
    changed = await fair.done(path, institution, {"text": "관로 점검"})

    assert stated.body == repeated.body
    assert again.body["version"] == stated.body["version"]
    assert changed.body["demand"] == {"text": "관로 점검", "fields": []}
    shown = await fair.get(f"/participations/{participation}", firm)
    assert (shown.body["demand"], shown.body["attendees"]) == (changed.body["demand"], None)

    async def told() -> bool:
        records = await all_records(fair.kafka.bootstrap, "matching.participation.events")
        said = [json.loads(each.value or b"") for each in records if each.key == participation.encode()]
        return [each["demand"]["text"] for each in said if "demand" in each] == [WATER["text"], "관로 점검"]

    await until(told)


async def test_who_may_state_a_demand_and_when(fair: Fair) -> None:
    [institution, other], [firm] = await fair.parties(2, "institution"), await fair.parties(1, "sme")
    event = await fair.event("registering")
    mine, of_firm = await fair.present(event, [institution, firm])

    refused = [
        await fair.post(f"/participations/{mine}/demand", other, WATER),
        await fair.post(f"/participations/{mine}/demand", firm, WATER),
        await fair.post(f"/participations/{of_firm}/demand", "pty_operator", WATER),
        await fair.post(f"/participations/{mine}/demand", institution, {"text": " "}),
        await fair.post(f"/participations/{mine}/demand", institution, WATER, if_match='"9"'),
    ]
    await fair.done(f"/participations/{mine}/withdrawal", institution, {"reason": "일정 변경"})
    late = await fair.post(f"/participations/{mine}/demand", institution, WATER)
    await fair.done(f"/events/{event}/cancellation", "pty_operator", {"reason": "태풍"})
    over = await fair.post(f"/participations/{mine}/demand", institution, WATER)

    assert [(each.status, each.rule) for each in refused] == [
        (403, "principal.other"),
        (403, "operation.not_allowed"),
        (409, "participation.demand_of_firm"),
        (422, "request.invalid"),
        (412, "version.stale"),
    ]
    assert (late.status, late.rule) == (409, "participation.not_confirmed")
    assert (over.status, over.rule) == (409, "event.not_registering")
