"""Each institution reviews by rules of its own, which are data: published, applied, changed, never bent afterwards."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

from shared.events.catalog import ProductRef
from shared.events.contracts import ContractState
from tests.component.shared.reading import until
from tests.component.verification.office import PATIENCE, Office, Person, chair, officer, seller
from tests.unit.verification.builders import a_product

SHEET = [
    {"code": "performance", "title": "성능", "points": 60},
    {"code": "economy", "title": "경제성", "points": 40},
]


def rules(**changes: Any) -> dict[str, Any]:
    return {"title": "심사 규칙"} | changes


def check(product: str, *institutions: str) -> str:
    return f"/entry-checks?product={product}&version=1&" + "&".join(f"institution={each}" for each in institutions)


async def test_a_firm_learns_what_is_not_met_before_it_applies_and_applies_once_it_is(office: Office) -> None:
    firm, product, (strict, common) = await office.given_a_case(institutions=2)
    entry = [{"rule": "readiness_level", "least": 9}, {"rule": "ip_protection", "years": 3}]
    rule_set = await office.done("/rule-sets", officer(strict), rules(entry=entry))

    before = (await office.get(check(product, strict, common), seller(firm))).body
    refused = await office.submit(firm, product, [strict, common])
    await office.given(a_product(id=product, owner=firm, readiness_level=9, ip_expires_on=date(2099, 1, 1)))
    after = (await office.get(check(product, strict, common), seller(firm))).body
    _, reviews = await office.submitted(firm, product, [strict, common])

    assert [each["eligible"] for each in before["institutions"]] == [False, True]
    assert [each["rule"] for each in before["institutions"][0]["findings"] if not each["met"]] == [
        "entry.readiness_level",
        "entry.ip_protection",
    ]
    assert (refused.status, refused.body["rule"]) == (409, "dossier.entry_rules_unmet")
    assert refused.body["errors"][0]["pointer"] == "/institutions/0"
    assert [each["eligible"] for each in after["institutions"]] == [True, True]
    shown = [(await office.get(f"/reviews/{review}")).body for review in reviews]
    assert [(each["rule_set"], each["rule_set_version"]) for each in shown] == [(rule_set["id"], 1), ("", 0)]
    assert shown[0]["rules"]["entry"] == entry


async def test_a_review_keeps_to_the_rules_it_was_applied_for_under(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    first = rules(sheet=SHEET, pass_mark=70, certificate_years=1)
    rule_set = await office.done("/rule-sets", officer(institution), first)
    _, (review,) = await office.submitted(firm, product, [institution])

    changed = await office.done(f"/rule-sets/{rule_set['id']}/versions", officer(institution), rules(quorum=9))
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    members = await office.convened(institution, review)
    bare = await office.post(f"/reviews/{review}/votes", members[0], {"approve": True, "score": 99})
    for member, performance in zip(members, (60, 40, 20), strict=True):
        ballot = {"approve": True, "points": {"performance": performance, "economy": 30}}
        await office.done(f"/reviews/{review}/votes", member, ballot)
    decided = await office.done(f"/reviews/{review}/decision", chair(institution), {"outcome": "approved"})
    ended = await office.until(f"/reviews/{review}", status="certified")

    assert (changed["number"], changed["rules"]["quorum"]) == (2, 9)
    assert (await office.get(f"/rule-sets/{rule_set['id']}/versions/1")).body["pass_mark"] == 70
    assert (bare.status, bare.body["rule"]) == (422, "vote.points_incomplete")
    assert decided["decisions"][0]["mean_score"] == 70
    certificate = (await office.get(f"/certificates/{ended['certificate']}")).body
    first_day, last_day = (date.fromisoformat(certificate[each]) for each in ("valid_from", "valid_until"))
    assert (last_day - first_day).days in {364, 365}


async def test_a_product_the_institution_has_contracted_is_not_new_to_it(office: Office) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    for each in (institution, other):
        await office.done("/rule-sets", officer(each), rules(entry=[{"rule": "no_prior_use"}]))
    contract = ContractState(
        id=office.new("ctr"),
        contract_kind="purchase",
        institution=institution,
        firm=firm,
        product=ProductRef(id=product, version=1),
        certificate="crt_1",
        status="active",
        amount=Decimal(1_000_000),
        paid=Decimal(0),
    )
    await office.given(contract)

    checked: Any = None

    async def known() -> bool:
        nonlocal checked
        checked = (await office.get(check(product, institution, other), seller(firm))).body["institutions"]
        return not checked[0]["eligible"]

    await until(known, PATIENCE)

    assert [each["eligible"] for each in checked] == [False, True]
    assert (await office.submit(firm, product, [institution])).body["rule"] == "dossier.entry_rules_unmet"


async def test_answers_given_before_come_along_if_the_firm_wishes(office: Office) -> None:
    firm, product, (first, second, third) = await office.given_a_case(institutions=3)
    _, (review,) = await office.submitted(firm, product, [first])
    await office.done(f"/reviews/{review}/assignment", officer(first), {})
    await office.done(f"/reviews/{review}/questions", officer(first), {"text": "시험성적서?", "answer_days": 5})
    await office.done(f"/reviews/{review}/answers", seller(firm), {"text": "KTL-2026-114"})

    opened = {}
    for institution, reuse in ((second, True), (third, False)):
        body = {"product": {"id": product, "version": 1}, "institutions": [institution], "reuse_answers": reuse}
        dossier = await office.done("/dossiers", seller(firm), body)
        path = f"/reviews/{dossier['applications'][0]['review']}"
        opened[institution] = (await office.until(path, status="opened"))["earlier_answers"]

    (earlier,) = opened[second]
    assert (earlier["review"], earlier["institution"]) == (review, first)
    assert (earlier["text"], earlier["answer"]) == ("시험성적서?", "KTL-2026-114")
    assert opened[third] == []


async def test_of_two_officers_who_publish_at_once_one_is_told_that_there_are_rules(office: Office) -> None:
    _, _, (institution,) = await office.given_a_case()

    answers = await asyncio.gather(
        *(office.post("/rule-sets", officer(institution, f"of{number}"), rules(quorum=number)) for number in (3, 5))
    )

    assert sorted(each.status for each in answers) == [201, 409]
    assert {each.body["rule"] for each in answers if each.status == 409} == {"rule_set.exists"}
    listed = (await office.get(f"/rule-sets?institution={institution}", Person("prs_anybody"))).body["items"]
    assert len(listed) == 1


async def test_rules_are_the_institutions_own_to_write_and_make_sense(office: Office) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    rule_set = await office.done("/rule-sets", officer(institution), rules())
    path = f"/rule-sets/{rule_set['id']}/versions"

    stranger = await office.post(path, officer(other), rules(quorum=5))
    by_firm = await office.post("/rule-sets", seller(firm), rules())
    unsound = await office.post(path, officer(institution), rules(sheet=SHEET[:1]))
    unknown = await office.post(path, officer(institution), rules(entry=[{"rule": "good_looks"}]))
    nosy = await office.get(check(product, institution), seller("pty_other"))
    no_institution = await office.get(check(product, firm), seller(firm))

    assert (stranger.status, stranger.body["rule"]) == (403, "principal.other")
    assert (by_firm.status, by_firm.body["rule"]) == (403, "operation.not_allowed")
    assert (unsound.status, unsound.body["rule"]) == (422, "rule_set.points")
    assert (unknown.status, unknown.body["rule"]) == (422, "request.invalid")
    assert (nosy.status, nosy.body["rule"]) == (403, "principal.other")
    assert (no_institution.status, no_institution.body["rule"]) == (422, "dossier.no_institution")
    assert (await office.get(f"/rule-sets/{rule_set['id']}")).body["number"] == 1


async def test_a_renewal_is_no_longer_than_the_rules_give(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    await office.done("/rule-sets", officer(institution), rules(certificate_years=2))
    _, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=True)
    certificate = (await office.until(f"/reviews/{review}", status="certified"))["certificate"]

    longer = await office.post(f"/certificates/{certificate}/renewal", officer(institution), {"years": 3})
    early = await office.post(f"/certificates/{certificate}/renewal", officer(institution), {})

    assert (longer.status, longer.body["rule"]) == (422, "certificate.period")
    assert (early.status, early.body["rule"]) == (409, "certificate.not_renewal_due")
