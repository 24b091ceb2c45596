"""A dossier's way, with the service as a process on real servers."""

from datetime import UTC, datetime, time, timedelta

from cli.seed import generate
from services.verification.domain.numbers import certificate_number
from services.verification.routes import MOST_INSTITUTIONS
from shared.aggregate import Cause
from shared.events.days import seoul_date
from shared.timers import tick
from tests.component.shared.reading import until
from tests.component.verification.office import OPERATOR, Office, Person, manager, officer, seller
from tests.unit.verification.builders import a_certificate


async def test_two_institutions_certify_one_by_a_committee_and_one_by_recognition(office: Office) -> None:
    firm, product, (first, second) = await office.given_a_case(institutions=2)
    dossier, (review, other) = await office.submitted(firm, product, [first, second])

    await office.done(f"/reviews/{review}/assignment", officer(first), {})
    await office.done(f"/reviews/{review}/questions", officer(first), {"text": "시험성적서?", "answer_days": 5})
    await office.done(f"/reviews/{review}/answers", seller(firm), {"text": "첨부"})
    await office.committee_decides(first, review, approve=True)
    certified = await office.until(f"/reviews/{review}", status="certified")
    rule = await office.done("/recognition-rules", manager(second), {"accepts": first, "category": "water"})
    await office.done(f"/reviews/{other}/assignment", officer(second), {})
    choice = {"certificate": certified["certificate"], "rule": rule["id"]}
    alone = await office.post(f"/reviews/{other}/recognition", manager(second), choice)
    await office.done(f"/reviews/{other}/recognition", officer(second), choice)

    closed = await office.until(f"/dossiers/{dossier}", status="closed")
    assert (alone.status, alone.body["rule"]) == (409, "recognition.own_rule")
    assert [each["pointer"] for each in alone.body["errors"]] == ["/rule"]
    assert (closed["approved"], closed["rejected"]) == ([first, second], [])
    listed = await office.get(f"/certificates?product={product}", Person("prs_anybody"))
    adopted, own = listed.body["items"]
    assert (own["institution"], adopted["recognised_certificate"]) == (first, own["id"])
    assert adopted["valid_until"] == own["valid_until"]
    assert own["number"] != adopted["number"]
    [(envelope, _)] = await office.published("verification.certificate.events", own["id"])
    assert (envelope.type, envelope.sequence) == ("kr.techmarket.verification.product.verified.v1", 1)
    told = await office.published("verification.review.events", review)
    assert [envelope.type.split(".")[-2] for envelope, _ in told] == [
        "opened",
        "assigned",
        "changes_requested",
        "answered",
        "members_invited",
        "committee_convened",
        "decided",
        "ended",
    ]


async def test_a_dossier_goes_to_every_institution_of_the_market(office: Office) -> None:
    firm, product, institutions = await office.given_a_case(institutions=MOST_INSTITUTIONS + 1)

    too_many = await office.submit(firm, product, institutions)
    dossier, reviews = await office.submitted(firm, product, institutions[:-1])

    assert (too_many.status, too_many.body["rule"]) == (422, "request.invalid")
    assert len(generate("full").institutions) < MOST_INSTITUTIONS
    assert len(set(reviews)) == MOST_INSTITUTIONS
    shown = (await office.get(f"/dossiers/{dossier}", OPERATOR)).body
    assert [each["institution"] for each in shown["applications"]] == institutions[:-1]


async def test_repeated_events_have_their_effect_once(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    dossier, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=True)
    before = await office.until(f"/dossiers/{dossier}", status="closed")
    certificate = before["applications"][0]["certificate"]
    shown = [(await office.get(path)).headers["ETag"] for path in _paths(dossier, review, certificate)]
    taken = await _taken(office)

    kinds = {"dossier": dossier, "review": review, "certificate": certificate}
    for kind, key in kinds.items():
        records = [raw for _, raw in await office.published(f"verification.{kind}.events", key)]
        await office.publish(records)

    async def all_taken() -> bool:
        # submitted is looked at for each of its reviews again; decided, verified and ended are told to be stale
        return await _taken(office) == (taken[0] + 1, taken[1] + 3)

    await until(all_taken)
    assert [(await office.get(path)).headers["ETag"] for path in _paths(dossier, review, certificate)] == shown
    assert len((await office.get(f"/certificates?product={product}")).body["items"]) == 1


async def test_a_rejection_waits_for_an_appeal_which_other_people_hear(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    dossier, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=False)

    await office.done(f"/reviews/{review}/appeal", seller(firm), {"grounds": "실증 미반영"})
    shown = await office.get(f"/reviews/{review}", seller(firm))
    assert (shown.body["status"], shown.body["reasons"]) == ("appealed", ["unsafe"])
    assert "prs_" not in str(shown.body)
    seats = [{"person": f"prs_{each}_of_{institution[4:]}"} for each in ("in1", "new")]
    members = [*seats, {"person": "prs_new_out", "outside": True}]
    again = await office.post(f"/reviews/{review}/invitations", officer(institution), {"members": members})
    assert (again.status, again.body["rule"]) == (409, "appeal.same_panel")
    assert (await office.get(f"/dossiers/{dossier}")).body["status"] == "submitted"


async def test_time_announces_the_end_of_a_certificate_and_brings_it(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=True)
    certificate = (await office.until(f"/reviews/{review}", status="certified"))["certificate"]

    async with office.ground() as verification:
        last = (await verification.certificates.load(certificate)).valid_until
        for days in (-60, -10, +1):
            await tick(verification.certificates, datetime.combine(last, time(12), UTC) + timedelta(days=days))

    assert (await office.get(f"/certificates/{certificate}")).body["status"] == "expired"
    trail = (await office.get(f"/certificates/{certificate}/trail")).body["steps"]
    became = [(each["fact"], each["party"]) for each in trail if each["of"] == "certificate"]
    assert became == [("issued", institution), ("renewal_due", ""), ("renewal_due", ""), ("expired", "")]
    types = ["verified", "renewal_due", "renewal_due", "expired"]

    async def all_told() -> bool:
        told = await office.published("verification.certificate.events", certificate)
        return [envelope.type.split(".")[-2] for envelope, _ in told] == types

    await until(all_told)
    assert (await office.get(f"/certificates/{certificate}", OPERATOR)).status == 200


async def test_a_certificate_draws_again_when_its_number_is_another_ones(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    today = seoul_date(datetime.now(UTC))
    first, second = (certificate_number(institution, review, today, attempt) for attempt in (0, 1))
    holder = a_certificate(id=office.new("crt"), number=first, owner=firm)
    async with office.ground() as verification:
        cause = Cause(datetime.now(UTC), "prs_test", institution, "req_1", "req_1", "")
        await verification.certificates.create(holder, cause)

    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    await office.committee_decides(institution, review, approve=True)

    certificate = (await office.until(f"/reviews/{review}", status="certified"))["certificate"]
    assert (await office.get(f"/certificates/{certificate}")).body["number"] == second


async def _taken(office: Office) -> tuple[float, float]:
    """How many events were applied, and how many recognised as applied before."""
    applied, stale = [
        await office.metric(f'market_consumed_records_total{{result="{result}"}}') for result in ("applied", "stale")
    ]
    return applied, stale


def _paths(dossier: str, review: str, certificate: str) -> list[str]:
    return [f"/dossiers/{dossier}", f"/reviews/{review}", f"/certificates/{certificate}"]
