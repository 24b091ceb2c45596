"""What verification says no to, through its HTTP edge; nothing is changed by it."""

from datetime import date

import pytest

from shared.events.catalog import MemberState
from tests.component.shared.reading import until
from tests.component.verification.office import OPERATOR, Office, Person, chair, officer, seller
from tests.unit.verification.builders import a_firm, a_product


async def test_only_the_owner_of_a_product_applies_with_it(office: Office) -> None:
    firm, product, institutions = await office.given_a_case()

    other = await office.post(
        "/dossiers", seller("pty_other"), {"product": {"id": product, "version": 1}, "institutions": institutions}
    )
    buyer = await office.post(
        "/dossiers", officer(firm), {"product": {"id": product, "version": 1}, "institutions": institutions}
    )

    assert (other.status, other.body["rule"]) == (403, "principal.other")
    assert (buyer.status, buyer.body["rule"]) == (403, "operation.not_allowed")


async def test_what_the_catalog_has_not_told_yet_is_to_be_tried_again(office: Office) -> None:
    firm, _, institutions = await office.given_a_case()

    answer = await office.submit(firm, "prd_unheard", institutions)

    assert (answer.status, answer.body["rule"]) == (409, "reference.not_known_yet")
    assert answer.headers["Retry-After"] == "1"


async def test_a_lapsed_firm_and_a_draft_are_refused(office: Office) -> None:
    firm, product, institutions = await office.given_a_case()

    await office.given(a_product(id=product, owner=firm, status="draft"))
    draft = await office.submit(firm, product, institutions)
    await office.given(a_product(id=product, owner=firm), a_firm(id=firm, sme_certificate_until=date(2026, 1, 1)))
    lapsed = await office.submit(firm, product, institutions)

    assert draft.body["rule"] == "dossier.product_not_registered"
    assert lapsed.body["rule"] == "party.sme_certificate_lapsed"


async def test_one_version_is_under_review_at_one_institution_once(office: Office) -> None:
    firm, product, institutions = await office.given_a_case()
    await office.submitted(firm, product, institutions)

    again = await office.submit(firm, product, institutions)

    assert (again.status, again.body["rule"]) == (409, "dossier.under_review")
    listed = (await office.get("/dossiers", seller(firm))).body["items"]
    assert len(listed) == 1


async def test_a_case_is_handled_by_its_own_institution_and_by_nobody_of_the_firm(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    both = Person("prs_both", ((institution, "institution", "reviewer"), (firm, "sme", "manager")))

    other = await office.post(f"/reviews/{review}/assignment", officer("pty_elsewhere"), {})
    headers = office._headers(both) | {
        "Idempotency-Key": "k",
        "If-Match": "*",
        "Market-Principal": institution,
    }
    async with office.http.post(
        f"{office.service.url}/v1/reviews/{review}/assignment", json={}, headers=headers
    ) as response:
        conflicted = (response.status, (await response.json())["rule"])
    decided = await office.post(f"/reviews/{review}/decision", officer(institution), {"outcome": "deferred"})
    early = await office.post(f"/reviews/{review}/decision", chair(institution), {"outcome": "deferred"})

    assert (other.status, other.body["rule"]) == (403, "principal.other")
    assert conflicted == (409, "review.conflict_of_interest")
    assert (decided.status, decided.body["rule"]) == (403, "operation.not_allowed")
    assert (early.status, early.body["rule"]) == (409, "review.not_committee")
    assert (await office.get(f"/reviews/{review}")).body["document_version"] == 1


async def test_nobody_of_the_firm_by_the_market_s_word_alone_handles_its_case(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    person = officer(institution)
    place = MemberState(
        id=office.new("mem"), party=firm, party_kind="sme", person=person.id, team="", status="active", roles=[]
    )
    await office.given(place)

    async def known() -> bool:
        headers = office._headers(person) | {"Market-Principal": firm}
        async with office.http.get(f"{office.service.url}/v1/dossiers", headers=headers) as response:
            return response.status == 200

    await until(known)
    answer = await office.post(f"/reviews/{review}/assignment", person, {})

    assert (answer.status, answer.body["rule"]) == (409, "review.conflict_of_interest")


async def test_a_declared_conflict_of_interest_takes_the_case_away(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})

    await office.done(f"/reviews/{review}/conflicts", officer(institution), {"reason": "주주"})
    back = await office.post(f"/reviews/{review}/assignment", officer(institution), {})

    assert back.body["rule"] == "review.conflict_of_interest"
    inside = (await office.get(f"/reviews/{review}", officer(institution))).body
    assert (inside["inside"]["officer"], inside["inside"]["conflicts"][0]["reason"]) == ("", "주주")
    outside = (await office.get(f"/reviews/{review}", seller(firm))).body
    assert outside["inside"] is None
    assert (await office.get(f"/reviews/{review}", seller("pty_other"))).status == 404


async def test_a_queue_shows_age_and_whose_turn_it_is(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])

    queue = await office.get(f"/reviews?institution={institution}&status=opened", officer(institution))
    elsewhere = await office.get(f"/reviews?institution={institution}", officer("pty_elsewhere"))

    [waiting] = queue.body["items"]
    assert (waiting["id"], waiting["waiting_for"]) == (review, "institution")
    assert waiting["clock"]["age_days"] == 0
    assert not waiting["clock"]["overdue"]
    assert elsewhere.status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/reviews/rev_0", 404), ("/reviews/x", 422), ("/certificates/crt_0", 404), ("/dossiers/dos_0", 404)],
)
async def test_unknown_things_are_not_found(office: Office, path: str, status: int) -> None:
    assert (await office.get(path, OPERATOR)).status == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"product": {"id": "prd_1", "version": 0}, "institutions": ["pty_1"]},
        {"product": {"id": "prd_1", "version": 1}, "institutions": []},
        {"product": {"id": "prd_1", "version": 1}, "institutions": ["pty_1", "pty_1"]},
        {"product": {"id": "prd_1", "version": 1}, "institutions": ["$ne"]},
        {"product": {"id": "prd_1", "version": 1}, "institutions": ["pty_1"], "status": "closed"},
    ],
)
async def test_a_malformed_submission_is_a_clear_problem(office: Office, body: object) -> None:
    answer = await office.post("/dossiers", seller("pty_firm"), body)

    assert answer.status == 422
    assert answer.body["errors"]
