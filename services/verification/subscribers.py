"""The steps of a dossier, each an effect of our own events: kill anything between two and the next still happens.

dossier.submitted -> reviews open; review.decided or .recognised -> certificate; product.verified -> review certified;
review.ended -> dossier concluded; certificate.revoked -> certificates that rest on it are in question. What is not
decided ends with its firm or its institution.
"""

from contextlib import suppress
from dataclasses import replace
from itertools import accumulate

from services.verification.domain.certificate import Certificate, last_valid_day
from services.verification.domain.dossier import Dossier
from services.verification.domain.facts import EarlierAnswer
from services.verification.domain.numbers import certificate_number
from services.verification.domain.review import DECIDED, Review
from services.verification.domain.rules import COMMON
from services.verification.ground import Verification
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import AlreadyApplied, Refused
from shared.events.catalog import PartyClosed
from shared.events.days import seoul_date
from shared.events.verification import (
    CertificateRevoked,
    DossierSubmitted,
    ProductVerified,
    ReviewDecided,
    ReviewEnded,
    ReviewEvent,
    ReviewRecognised,
)
from shared.messaging import Subscriptions

DRAWS = 20
"""Draws of a certificate number: with a million serials per institution and year, one is nearly always enough."""

REUSED_CHARACTERS = 100_000
"""Earlier answers that come along, at most: as much as somebody will read, and a document will hold."""

EVERY = 100_000
"""More than the reviews one party has under way."""

subscriptions: Subscriptions[Verification] = Subscriptions()


@subscriptions.on(DossierSubmitted)
async def open_reviews(event: DossierSubmitted, cause: Cause, verification: Verification) -> None:
    """Each institution named gets its review, under the id the dossier gave it."""
    dossier = await verification.dossiers.load(event.dossier)
    answers = await _earlier_answers(dossier, verification) if dossier.reuses_answers else []
    for application in dossier.applications:
        rules = COMMON
        if application.rule_set:
            rules = (await verification.rule_sets.load(application.rule_set)).at_version(application.rule_set_version)
        review = Review.open(application, dossier, rules, answers, event.at)
        with suppress(AlreadyApplied):
            await verification.reviews.create(review, cause)
    # Who left before the reviews were there is found here, who leaves afterwards by `end_with_party`.
    for party in await verification.parties.among(
        {dossier.owner, *(each.institution for each in dossier.applications)}
    ):
        if party.status == "closed":
            await _end_reviews(party.id, replace(cause, source="", sequence=0), verification)


@subscriptions.on(PartyClosed)
async def end_with_party(event: PartyClosed, cause: Cause, verification: Verification) -> None:
    """Nobody goes on reviewing for a firm that has left, or waits for an institution that has."""
    await verification.parties.require(event.party, cause.sequence, patience=0)
    await _end_reviews(event.party, cause, verification)


@subscriptions.on(ReviewDecided)
async def certify_approved(event: ReviewDecided, cause: Cause, verification: Verification) -> None:
    """An approval is certified for the period of the rules it was given under."""
    if event.outcome == "approved":
        await _issue(event, None, cause, verification)


@subscriptions.on(ReviewRecognised)
async def certify_recognised(event: ReviewRecognised, cause: Cause, verification: Verification) -> None:
    """A recognition is certified for as long as the certificate it rests on, at most for the rules' own period.

    That one is read again once ours is there: a revocation meanwhile has either found ours, or is found here.
    """
    original = await verification.certificates.load(event.recognised_certificate)
    with suppress(AlreadyApplied):
        await _issue(event, original, cause, verification)
    if (await verification.certificates.load(original.id)).status == "revoked":
        await _question_what_rests_on(original.id, cause, verification)


@subscriptions.on(CertificateRevoked)
async def question_what_was_recognised(event: CertificateRevoked, cause: Cause, verification: Verification) -> None:
    """Each institution that adopted a revoked certificate is asked whether its own holds without it."""
    await _question_what_rests_on(event.certificate.id, cause, verification)


@subscriptions.on(ProductVerified)
async def end_review_certified(event: ProductVerified, cause: Cause, verification: Verification) -> None:
    """The certificate is the review's end."""
    review = await verification.reviews.load(event.review, cause)
    review.certify(event.certificate.id, event.at)
    await verification.reviews.save(review, cause)


@subscriptions.on(ReviewEnded)
async def conclude_dossier(event: ReviewEnded, cause: Cause, verification: Verification) -> None:
    """A dossier closes with the last of its reviews."""
    dossier = await verification.dossiers.load(event.dossier, cause)
    dossier.conclude(event.review, event.outcome, event.reasons, event.certificate, event.at)
    await verification.dossiers.save(dossier, cause)


async def _end_reviews(party: str, cause: Cause, verification: Verification) -> None:
    for side in ("owner", "institution"):
        for found in await verification.reviews.where({side: party, "status": {"$nin": [*DECIDED]}}, EVERY):
            with suppress(AlreadyApplied):
                review = await verification.reviews.load(found.id, cause)
                review.end_with_party(party, cause.at)
                await verification.reviews.save(review, cause)


async def _earlier_answers(dossier: Dossier, verification: Verification) -> list[EarlierAnswer]:
    """Return what the firm answered in reviews of this product, of any version, newest first."""
    reviews = await verification.reviews.where({"owner": dossier.owner, "product.id": dossier.product.id})
    answers = [
        answer for each in reviews for answer in each.answers_given() if answer.answered_at < dossier.submitted_at
    ]
    answers.sort(key=lambda each: each.answered_at, reverse=True)
    lengths = accumulate(len(each.text) + len(each.answer) for each in answers)
    return [each for each, length in zip(answers, lengths, strict=True) if length <= REUSED_CHARACTERS]


async def _question_what_rests_on(original: str, cause: Cause, verification: Verification) -> None:
    """Put in question what was recognised on this certificate, now: nobody is late who was not asked before."""
    for certificate in await verification.certificates.where({"recognised_certificate": original}):
        certificate.put_in_question(cause.at)
        if certificate.recorded:
            await verification.certificates.save(certificate, cause)


async def _issue(event: ReviewEvent, original: Certificate | None, cause: Cause, verification: Verification) -> None:
    """Issue the one certificate of a review; draw another number while the drawn one is taken.

    A firm that has closed gets none: its review ends, unless an earlier run of this step issued it before.
    """
    certificate_id = derived_id("crt", event.review)
    firm = await verification.parties.get(event.owner)
    if firm is not None and firm.status == "closed" and await verification.certificates.find(certificate_id) is None:
        review = await verification.reviews.load(event.review, cause)
        review.end_for_closed_firm(event.at)
        await verification.reviews.save(review, cause)
        return
    years = (await verification.reviews.load(event.review)).rules.certificate_years
    first = seoul_date(event.at)
    last = last_valid_day(first, years)
    for attempt in range(DRAWS):
        certificate = Certificate(
            id=certificate_id,
            number=certificate_number(event.institution, event.review, first, attempt),
            institution=event.institution,
            product=event.product,
            owner=event.owner,
            review=event.review,
            valid_from=first,
            valid_until=min(last, original.valid_until) if original else last,
            period_years=years,
            recognised_certificate=original.id if original else "",
        )
        certificate.issue(event.at)
        try:
            await verification.certificates.create(certificate, cause)
        except Refused:  # the number is another certificate's
            continue
        return
    raise Refused(
        "certificate.numbers_used_up", f"{DRAWS} numbers are taken", f"인증번호 {DRAWS}개가 모두 사용 중입니다"
    )
