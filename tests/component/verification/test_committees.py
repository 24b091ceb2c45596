"""A committee's life over HTTP: asked, without an interest, replaced, convened; nobody else learns who they are."""

from tests.component.verification.office import Office, Person, chair, officer, seller


async def test_a_committee_is_asked_replaced_and_convened_and_only_the_institution_knows_whom(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    path, by = f"/reviews/{review}", officer(institution)
    await office.done(f"{path}/assignment", by, {})
    first, second, expert = officer(institution, "in1"), officer(institution, "in2"), Person("prs_expert")
    spare = Person("prs_spare")
    seats = [_seat(first), _seat(second), _seat(expert)]

    unknown = await office.get(path, expert)
    await office.done(f"{path}/invitations", by, {"members": seats})
    seen = await office.get(path, expert)
    early = await office.post(f"{path}/committee", by, {"members": seats})
    for member in (first, second):
        await office.done(f"{path}/invitation-answer", member, {"answer": "accepted"})
    conflict = {"answer": "conflict", "reason": "신청 기업의 주주"}
    await office.done(f"{path}/invitation-answer", expert, conflict)
    again = await office.done(f"{path}/invitation-answer", expert, conflict)
    stranger = await office.post(f"{path}/invitation-answer", spare, {"answer": "accepted"})
    untold = await office.post(f"{path}/invitation-answer", first, {"answer": "conflict"})
    await office.done(f"{path}/invitations", by, {"members": [_seat(spare)]})
    await office.done(f"{path}/invitation-answer", spare, {"answer": "accepted"})
    convened = await office.done(f"{path}/committee", by, {"members": [*seats[:2], _seat(spare)]})

    assert (unknown.status, seen.status, seen.body["inside"]) == (404, 200, None)
    assert (early.status, early.body["rule"]) == (409, "committee.not_accepted")
    assert early.body["errors"][0]["pointer"] == "/members"
    assert (stranger.status, stranger.body["rule"]) == (403, "committee.not_invited")
    assert (untold.status, untold.body["rule"]) == (409, "committee.invitation_answered")
    assert again["document_version"] == 6
    assert convened["status"] == "committee"
    inside = (await office.get(path, chair(institution))).body["inside"]
    assert [each["answer"] for each in inside["invitations"]] == ["accepted", "accepted", "conflict", "accepted"]
    assert [each["person"] for each in inside["conflicts"]] == [expert.id]
    outside = str((await office.get(path, seller(firm))).body) + str(convened)
    assert "prs_" not in outside
    assert "주주" not in outside
    told = b"".join(record.value or b"" for _, record in await office.published("verification.review.events", review))
    assert b"prs_" not in told


async def test_only_the_institution_asks_people_to_sit_and_nobody_answers_for_others(office: Office) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    _, (review,) = await office.submitted(firm, product, [institution])
    path, seats = f"/reviews/{review}", {"members": [_seat(Person("prs_expert"))]}
    await office.done(f"{path}/assignment", officer(institution), {})

    elsewhere = await office.post(f"{path}/invitations", officer(other), seats)
    by_firm = await office.post(f"{path}/invitations", seller(firm), seats)
    nobody = await office.post(f"{path}/invitations", officer(institution), {"members": []})

    assert (elsewhere.status, elsewhere.body["rule"]) == (403, "principal.other")
    assert (by_firm.status, by_firm.body["rule"]) == (403, "operation.not_allowed")
    assert (nobody.status, nobody.body["errors"][0]["pointer"]) == (422, "/members")


def _seat(person: Person) -> dict[str, object]:
    return {"person": person.id, "outside": not person.parties}
