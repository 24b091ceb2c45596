"""Public notice of decisions over HTTP: what stands, with reasons, and no rejected firm's name."""

from datetime import UTC, datetime, time, timedelta

from shared.timers import tick
from tests.component.verification.office import Office, Person, officer

ANYBODY = Person("prs_anybody")


async def test_decisions_are_public_once_they_stand_and_name_no_rejected_firm(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (good,) = await office.submitted(firm, product, [institution])
    rejected_firm, rejected_product, _ = await office.given_a_case(institutions=0)
    _, (bad,) = await office.submitted(rejected_firm, rejected_product, [institution])
    path = f"/reviews/decisions?institution={institution}"
    for review, approve in ((good, True), (bad, False)):
        await office.done(f"/reviews/{review}/assignment", officer(institution), {})
        await office.committee_decides(institution, review, approve=approve)
    certified = await office.until(f"/reviews/{good}", status="certified")

    open_to_appeal = (await office.get(path, ANYBODY)).body["items"]
    async with office.ground() as verification:
        last = (await verification.reviews.load(bad)).appeal_by
        assert last is not None
        await tick(verification.reviews, datetime.combine(last, time(12), UTC) + timedelta(days=1))
    both = await office.get(path, ANYBODY)
    rejections = (await office.get(f"{path}&result=rejected", ANYBODY)).body["items"]
    elsewhere = (await office.get(f"{path}&council=energy", ANYBODY)).body["items"]
    first = (await office.get(f"{path}&limit=1", ANYBODY)).body
    rest = (await office.get(f"{path}&limit=1&cursor={first['next']}", ANYBODY)).body
    made_up = await office.get(f"{path}&result=deferred", ANYBODY)

    [told] = open_to_appeal
    assert (told["review"], told["result"], told["reasons"], told["appealed"]) == (good, "certified", [], False)
    assert (told["owner"], told["product"]["id"]) == (firm, product)
    assert told["certificate"] == certified["certificate"]
    [rejection] = rejections
    assert both.body["items"] == [rejection, told] == [*first["items"], *rest["items"]]
    assert (rejection["review"], rejection["result"], rejection["reasons"]) == (bad, "rejected", ["unsafe"])
    assert (rejection["category"], rejection["council"]) == ("water", "soc")
    assert [each for each in (rejected_firm, rejected_product, "prs_") if each in str(both.body)] == []
    assert (elsewhere, rest["next"]) == ([], None)
    assert (made_up.status, made_up.body["rule"]) == (422, "request.invalid")
