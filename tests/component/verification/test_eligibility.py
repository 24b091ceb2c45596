"""Whoever lost its standing meanwhile: an institution judges no more, a closed firm is certified nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.catalog import PartyClosed, PartyState, PartyStatus
from shared.events.verification import DossierSubmitted
from tests.component.records import record_of
from tests.component.verification.office import Office, chair, manager, officer
from tests.unit.verification.builders import a_firm, an_institution


@pytest.mark.parametrize("status", ["restricted", "closed"])
async def test_an_institution_that_is_not_active_neither_convenes_nor_decides_nor_recognises(
    office: Office, status: PartyStatus
) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    _, (convened, screened) = await office.submitted(firm, product, [institution, other])
    for review, by in ((convened, institution), (screened, other)):
        await office.done(f"/reviews/{review}/assignment", officer(by), {})
    rule = await office.done("/recognition-rules", manager(other), {"accepts": institution})
    panel = await office.convened(institution, convened)
    seats: dict[str, Any] = {"members": [{"person": each.id, "outside": not each.parties} for each in panel]}
    await office.given(an_institution(institution, status=status), an_institution(other, status=status))

    refused = [
        await office.post(f"/reviews/{screened}/committee", officer(other), seats),
        await office.post(f"/reviews/{convened}/decision", chair(institution), {"outcome": "deferred"}),
        await office.post(
            f"/reviews/{screened}/recognition", officer(other), {"certificate": "crt_1", "rule": rule["id"]}
        ),
    ]

    assert [(each.status, each.body["rule"]) for each in refused] == [(409, "party.not_active")] * 3
    shown = [(await office.get(f"/reviews/{review}")).body["status"] for review in (convened, screened)]
    assert shown == ["committee", "screening"]


async def test_a_firm_that_closed_is_issued_no_certificate_and_its_review_says_why(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    dossier, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.given(a_firm(id=firm, status="closed"))
    await office.heard(firm, "closed")

    await office.committee_decides(institution, review, approve=True)

    ended = await office.until(f"/reviews/{review}", status="final")
    assert (ended["reasons"], ended["certificate"]) == (["firm_closed"], "")
    closed = await office.until(f"/dossiers/{dossier}", status="closed")
    assert closed["rejected"] == [institution]
    assert (await office.get(f"/certificates?product={product}")).body["items"] == []


async def closes(office: Office, party: str, state: PartyState) -> None:
    """Let a party leave, as the catalog tells of it."""
    await office.given(state)
    gone = PartyClosed(at=datetime.now(UTC), party=party, reason="폐업")
    await office.publish([record_of(gone, party, office.known[party])])


@pytest.mark.parametrize("leaving", ["firm", "institution"])
async def test_reviews_end_with_the_party_that_leaves_and_their_dossier_with_them(office: Office, leaving: str) -> None:
    firm, product, (institution, other) = await office.given_a_case(institutions=2)
    dossier, (assigned, opened) = await office.submitted(firm, product, [institution, other])
    await office.done(f"/reviews/{assigned}/assignment", officer(institution), {})

    if leaving == "firm":
        await closes(office, firm, a_firm(id=firm, status="closed"))
    else:
        await closes(office, institution, an_institution(institution, status="closed"))

    ended = await office.until(f"/reviews/{assigned}", status="final")
    assert (ended["reasons"], ended["next_step"]) == ([f"{leaving}_closed"], None)
    if leaving == "firm":
        closed = await office.until(f"/dossiers/{dossier}", status="closed")
        assert sorted(closed["rejected"]) == sorted([institution, other])
    else:
        assert (await office.get(f"/reviews/{opened}")).body["status"] == "opened"


async def test_a_review_that_is_opened_for_who_has_left_ends_at_once(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    dossier, (review,) = await office.submitted(firm, product, [institution])
    [(envelope, said)] = await office.published("verification.dossier.events", dossier)
    await office.given(a_firm(id=firm, status="closed"))
    await office.heard(firm, "closed")

    again = DossierSubmitted.model_validate_json(said.value or b"")
    await office.publish([record_of(again, dossier, envelope.sequence + 1)])

    assert (await office.until(f"/reviews/{review}", status="final"))["reasons"] == ["firm_closed"]


async def test_a_restricted_firm_is_still_issued_its_certificate(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.given(a_firm(id=firm, status="restricted"))
    await office.heard(firm, "restricted")

    await office.committee_decides(institution, review, approve=True)

    assert (await office.until(f"/reviews/{review}", status="certified"))["certificate"]
