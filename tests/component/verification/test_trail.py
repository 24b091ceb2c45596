"""A certificate's whole trail over HTTP: from the firm's dossier to its end, for anybody, without people."""

from tests.component.verification.office import Office, Person, manager, officer, seller

ANYBODY = Person("prs_anybody")


async def test_a_certificate_leads_back_to_the_dossier_and_on_to_its_end(office: Office) -> None:
    firm, product, (first, second) = await office.given_a_case(institutions=2)
    dossier, (review, other) = await office.submitted(firm, product, [first, second])
    await office.done(f"/reviews/{review}/assignment", officer(first), {})
    await office.done(f"/reviews/{review}/questions", officer(first), {"text": "성적서를 내십시오", "answer_days": 5})
    await office.done(f"/reviews/{review}/answers", seller(firm), {"text": "첨부합니다"})
    await office.committee_decides(first, review, approve=True)
    own = (await office.until(f"/reviews/{review}", status="certified"))["certificate"]
    rule = await office.done("/recognition-rules", manager(second), {"accepts": first})
    await office.done(f"/reviews/{other}/assignment", officer(second), {})
    await office.done(f"/reviews/{other}/recognition", officer(second), {"certificate": own, "rule": rule["id"]})
    adopted = (await office.until(f"/reviews/{other}", status="certified"))["certificate"]

    running = await office.get(f"/certificates/{own}/trail", ANYBODY)
    await office.done(f"/certificates/{own}/revocation", officer(first), {"reason": "허위 성적서"})
    ended = await office.get(f"/certificates/{own}/trail", ANYBODY)
    of_adopted = (await office.get(f"/certificates/{adopted}/trail", ANYBODY)).body
    unknown = await office.get("/certificates/crt_nowhere/trail", ANYBODY)

    assert (ended.body["certificate"], ended.body["review"], ended.body["dossier"]) == (own, review, dossier)
    assert [(each["of"], each["fact"], each["party"]) for each in ended.body["steps"]] == [
        ("dossier", "submitted", firm),
        ("review", "opened", ""),
        ("review", "asked", first),
        ("review", "answered", firm),
        ("review", "members_invited", first),
        ("review", "committee_convened", first),
        ("review", "decided", first),
        ("certificate", "issued", first),
        ("certificate", "revoked", first),
    ]
    assert ended.body["steps"][:-1] == running.body["steps"]
    assert ended.body["steps"][-1]["note"] == "허위 성적서"
    assert ended.headers["ETag"] != running.headers["ETag"]
    moments = [each["at"] for each in ended.body["steps"]]
    assert moments == sorted(moments)
    untold = ("prs_", "성적서를 내십시오", "첨부합니다", second)
    assert [each for each in untold if each in str(ended.body)] == []
    [recognised] = [each for each in of_adopted["steps"] if each["fact"] == "recognised"]
    assert recognised["note"] == own
    assert (unknown.status, unknown.body["rule"]) == (404, "certificate.unknown")
