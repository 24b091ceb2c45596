"""What rests on a certificate that was revoked: asked about, kept or revoked, by people or by the clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.verification.domain.certificate import RECONSIDER_DAYS
from services.verification.domain.facts import Actor
from shared.aggregate import Cause
from shared.events.catalog import ProductRef
from shared.events.days import seoul_date, start_of
from shared.events.working_days import working_day_after
from shared.timers import tick
from tests.component.shared.reading import until
from tests.component.verification.office import PATIENCE, Office, Person, manager, officer, seller
from tests.unit.verification.builders import a_certificate, a_rule

WHY = {"reason": "자체 시험으로 성능을 확인했습니다"}
FALSE = {"reason": "시험성적서 허위"}
ANYBODY = Person("prs_anybody")


@dataclass(frozen=True)
class Adopted:
    """A certificate recognised by an institution's officer, under its manager's rule."""

    institution: str
    id: str

    @property
    def path(self) -> str:
        return f"/certificates/{self.id}"


async def adopted(office: Office, institution: str, review: str, original: Adopted) -> Adopted:
    rule = await office.done("/recognition-rules", manager(institution), {"accepts": original.institution})
    await office.done(f"/reviews/{review}/assignment", officer(institution), {})
    choice = {"certificate": original.id, "rule": rule["id"]}
    await office.done(f"/reviews/{review}/recognition", officer(institution), choice)
    return Adopted(institution, (await office.until(f"/reviews/{review}", status="certified"))["certificate"])


async def a_chain(office: Office) -> tuple[Adopted, Adopted, Adopted, Adopted]:
    """A certificate, two that rest on it, and one that rests on the first of those."""
    firm, product, institutions = await office.given_a_case(institutions=4)
    _, reviews = await office.submitted(firm, product, institutions)
    await office.done(f"/reviews/{reviews[0]}/assignment", officer(institutions[0]), {})
    await office.committee_decides(institutions[0], reviews[0], approve=True)
    certified = await office.until(f"/reviews/{reviews[0]}", status="certified")
    first = Adopted(institutions[0], certified["certificate"])
    second, silent = [await adopted(office, institutions[each], reviews[each], first) for each in (1, 2)]
    return first, second, silent, await adopted(office, institutions[3], reviews[3], second)


async def in_question(office: Office, *certificates: Adopted) -> list[Any]:
    """What these are like once each has been put in question."""

    async def all_asked() -> bool:
        return all([(await office.get(each.path)).body["in_question_until"] for each in certificates])

    await until(all_asked, PATIENCE)
    return [(await office.get(each.path)).body for each in certificates]


async def became(office: Office, certificate: Adopted) -> list[tuple[str, str, str]]:
    steps = (await office.get(f"{certificate.path}/trail", ANYBODY)).body["steps"]
    return [(each["fact"], each["party"], each["note"]) for each in steps if each["of"] == "certificate"][1:]


async def told(office: Office, certificate: Adopted) -> list[str]:
    found = await office.published("verification.certificate.events", certificate.id)
    return [envelope.type.split(".")[-2] for envelope, _ in found]


async def test_a_revocation_asks_each_institution_that_adopted_it_and_one_keeps_its_own(office: Office) -> None:
    first, second, silent, last = await a_chain(office)

    await office.done(f"{first.path}/revocation", officer(first.institution), FALSE)

    shown, beside = await in_question(office, second, silent)
    until_day = working_day_after(seoul_date(datetime.now(UTC)), RECONSIDER_DAYS)
    assert (shown["status"], shown["in_question_until"]) == ("certified", until_day.isoformat())
    assert shown["next_step"] == {"owner": "institution", "step": "reconsider", "by": until_day.isoformat()}
    queue = (await office.get("/certificates/queue", officer(second.institution))).body
    assert [each["id"] for each in queue["items"]] == [second.id]
    assert (await office.get("/certificates/queue", officer(last.institution))).body["items"] == []
    elsewhere = await office.get(f"/certificates/queue?institution={second.institution}", officer(silent.institution))
    by_firm = await office.get("/certificates/queue", seller(shown["owner"]))
    assert (elsewhere.status, elsewhere.body["rule"]) == (403, "principal.other")
    assert (by_firm.status, by_firm.body["rule"]) == (403, "operation.not_allowed")

    alone = await office.post(f"{second.path}/keeping", officer(second.institution), WHY)
    other = await office.post(f"{second.path}/keeping", manager(silent.institution), WHY)
    kept = await office.done(f"{second.path}/keeping", manager(second.institution), WHY)
    late = await office.post(f"{first.path}/keeping", manager(first.institution), WHY)

    assert (alone.status, alone.body["rule"]) == (409, "certificate.own_recognition")
    assert (other.status, other.body["rule"]) == (403, "principal.other")
    assert (late.status, late.body["rule"]) == (409, "certificate.not_in_question")
    assert (kept["status"], kept["in_question_until"], kept["next_step"]["step"]) == ("certified", None, "renew")
    assert (await office.get("/certificates/queue", officer(second.institution))).body["items"] == []
    assert await became(office, second) == [("questioned", "", first.id), ("kept", second.institution, WHY["reason"])]
    assert await became(office, last) == []
    assert beside["in_question_until"] == until_day.isoformat()
    types = ["verified", "questioned", "kept"]

    async def all_told() -> bool:
        return await told(office, second) == types

    await until(all_told)


async def test_silence_revokes_and_asks_whoever_adopted_that_in_turn(office: Office) -> None:
    first, second, silent, last = await a_chain(office)
    await office.done(f"{first.path}/revocation", officer(first.institution), FALSE)
    [shown, _] = await in_question(office, second, silent)

    over = start_of(date.fromisoformat(shown["in_question_until"]) + timedelta(days=1))
    async with office.ground() as verification:
        await tick(verification.certificates, over - timedelta(seconds=1))
        before = (await office.get(second.path)).body["status"]
        await tick(verification.certificates, over)

    [asked] = await in_question(office, last)
    assert before == "certified"
    for each in (second, silent):
        assert await became(office, each) == [("questioned", "", first.id), ("revoked", "", "original_revoked")]
    assert await became(office, last) == [("questioned", "", second.id)]
    assert asked["status"] == "certified"
    await office.done(f"{last.path}/revocation", officer(last.institution), FALSE)
    assert (await office.get("/certificates/queue", officer(last.institution))).body["items"] == []


async def test_a_repeated_revocation_asks_nobody_again(office: Office) -> None:
    first, second, silent, _ = await a_chain(office)
    await office.done(f"{first.path}/revocation", officer(first.institution), FALSE)
    await in_question(office, second, silent)
    await office.done(f"{second.path}/keeping", manager(second.institution), WHY)
    tags = [(await office.get(each.path)).headers["ETag"] for each in (second, silent)]
    applied = await office.metric('market_consumed_records_total{result="applied"}')

    revoked = (await office.published("verification.certificate.events", first.id))[-1][1]
    await office.publish([revoked])

    async def taken() -> bool:
        return await office.metric('market_consumed_records_total{result="applied"}') > applied

    await until(taken)
    assert [(await office.get(each.path)).headers["ETag"] for each in (second, silent)] == tags


async def test_what_is_certified_after_its_original_was_revoked_is_in_question_from_the_start(office: Office) -> None:
    firm, product, (issuer, institution) = await office.given_a_case(institutions=2)
    _, (review_id,) = await office.submitted(firm, product, [institution])
    await office.done(f"/reviews/{review_id}/assignment", officer(institution), {})
    at, version = datetime.now(UTC), ProductRef(id=product, version=1)
    fields = {"id": office.new("crt"), "number": office.new("TM"), "institution": issuer, "owner": firm}
    cause = Cause(at, "prs_officer", institution, "req_1", "req_1", "")

    async with office.ground() as verification:
        review = await verification.reviews.load(review_id)
        rule = a_rule(institution=institution, accepts=issuer)
        original = a_certificate(product=version, **fields)
        review.recognise(original, rule, Actor("prs_officer", institution), at)
        await verification.certificates.create(a_certificate(product=version, status="revoked", **fields), cause)
        await verification.reviews.save(review, cause)

    certified = await office.until(f"/reviews/{review_id}", status="certified")
    issued = Adopted(institution, certified["certificate"])
    await in_question(office, issued)
    assert await became(office, issued) == [("questioned", "", original.id)]
