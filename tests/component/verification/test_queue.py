"""An institution's queue: what is due first in front, whose move it is, how many are in each state."""

from tests.component.verification.office import OPERATOR, Office, chair, officer, seller


async def test_a_queue_is_sorted_by_what_is_due_and_counts_what_waits(office: Office) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    _, (first, _) = await office.submitted(firm, product, [institution, other])
    reviews = [first]
    for _ in range(3):
        firm, product, _ = await office.given_a_case(institutions=0)
        _, (review,) = await office.submitted(firm, product, [institution])
        reviews.append(review)
    asked, voting, over, waiting = reviews
    for review in (asked, voting, over):
        await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.done(f"/reviews/{asked}/questions", officer(institution), {"text": "?", "answer_days": 2})
    await office.convened(institution, voting)
    await office.committee_decides(institution, over, approve=True)
    await office.until(f"/reviews/{over}", status="certified")

    page = (await office.get("/reviews/queue?limit=2", officer(institution))).body
    rest = (await office.get(f"/reviews/queue?limit=2&cursor={page['next']}", officer(institution))).body
    of_members = (await office.get("/reviews/queue?waits_for=committee", officer(institution))).body
    seen_by_operator = (await office.get(f"/reviews/queue?institution={institution}", OPERATOR)).body
    elsewhere = await office.get(f"/reviews/queue?institution={institution}", chair(other))
    by_firm = await office.get("/reviews/queue", seller(firm))
    other_query = await office.get(f"/reviews/queue?limit=2&status=opened&cursor={page['next']}", officer(institution))

    steps = [(each["id"], each["next_step"]["owner"], each["next_step"]["step"]) for each in page["items"]]
    assert steps == [(asked, "firm", "answer"), (waiting, "institution", "assign")]
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([voting], None)
    assert page["counts"] == rest["counts"] == {"awaiting_firm": 1, "opened": 1, "committee": 1}
    assert [each["id"] for each in of_members["items"]] == [voting]
    assert [each["id"] for each in seen_by_operator["items"]] == [asked, waiting, voting]
    assert page["items"][0]["clock"]["age_days"] == 0
    assert "prs_" not in str(page)
    assert (elsewhere.status, elsewhere.body["rule"]) == (403, "principal.other")
    assert (by_firm.status, by_firm.body["rule"]) == (403, "operation.not_allowed")
    assert (other_query.status, other_query.body["rule"]) == (422, "cursor.mismatch")
