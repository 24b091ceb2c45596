"""Who comes to an event is erased, one by one or all, by their own party or the operator; how many came is not."""

from tests.component.matching.fair import OPERATOR, Answer, Fair

KIM, LEE = {"name": "김하늘", "job": "", "phone": "02-555-0100"}, {"name": "이바다", "job": "", "phone": ""}


PARK = {"name": "박가람", "job": "대리", "phone": ""}


async def delete(fair: Fair, path: str, by: str, key: str, if_match: str = "*") -> Answer:
    headers = fair.headers(by) | {"Idempotency-Key": key, "If-Match": if_match}
    async with fair.http.delete(f"{fair.service.url}/v1{path}", headers=headers) as response:
        return Answer(response.status, await response.json(), response.headers)


async def test_people_are_erased_by_their_own_party_or_the_operator_alone(fair: Fair) -> None:
    [firm, other] = await fair.parties(2, "sme")
    application = {"event": await fair.event(), "people": [KIM, LEE]}
    applied = await fair.post("/participations", firm, application, key="apply")
    path = f"/participations/{applied.id}"

    refused = [await delete(fair, f"{path}/attendees{each}", other, "theirs") for each in ("", "/1")]
    missing = await delete(fair, f"{path}/attendees/3", firm, "third")
    one = await delete(fair, f"{path}/attendees/1", firm, "first", if_match=applied.headers["ETag"])
    stale = await delete(fair, f"{path}/attendees/2", firm, "second", if_match=applied.headers["ETag"])
    everybody = await delete(fair, f"{path}/attendees", OPERATOR, "all")

    assert [(each.status, each.rule) for each in refused] == [(403, "principal.other")] * 2
    assert (missing.status, missing.rule) == (404, "attendee.unknown")
    assert missing.body["errors"][0]["pointer"] == "path/number"
    assert (one.body["attendees"], stale.status, everybody.body["attendees"]) == ([None, LEE], 412, [None, None])
    assert everybody.body["people"] == 2
    again = await fair.post("/participations", firm, application, key="apply")
    assert (again.status, again.body) == (201, applied.body | {"attendees": None})


async def test_another_person_comes_in_the_place_of_one_and_nobody_hears_who_it_was(fair: Fair) -> None:
    [firm, other] = await fair.parties(2, "sme")
    event = await fair.event()
    application = {"event": event, "people": [KIM, LEE], "officers": 2}
    applied = await fair.post("/participations", firm, application, key="apply-replaced")
    path = f"/participations/{applied.id}/attendees"

    async def replace(number: int, by: str, body: object = PARK) -> Answer:
        return await fair.post(f"{path}/{number}", by, body, method="PUT")

    refused = [await replace(1, other), await replace(3, firm), await replace(1, firm, {"name": " "})]
    second = await replace(2, firm)
    await delete(fair, f"{path}/1", firm, "the-first")
    both = await replace(1, OPERATOR, LEE)

    assert [(each.status, each.rule) for each in refused] == [
        (403, "principal.other"),
        (404, "attendee.unknown"),
        (422, "request.invalid"),
    ]
    assert (second.body["attendees"], both.body["attendees"]) == ([KIM, PARK], [LEE, PARK])
    assert (both.body["people"], both.body["officers"], both.body["status"]) == (2, 2, "confirmed")
    again = await fair.post("/participations", firm, application, key="apply-replaced")
    assert again.body["attendees"] is None
    await fair.bring(event, "closed")
    assert (await replace(1, firm)).rule == "event.not_registering"
