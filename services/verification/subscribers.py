"""The steps of a dossier, each an effect of our own events: kill anything between two and the next still happens.

dossier.submitted -> reviews open; review.decided or .recognised -> certificate; product.verified -> review certified;
review.ended -> dossier concluded.
"""

from contextlib import suppress
from datetime import date

from services.verification.domain.certificate import Certificate, certificate_number, last_valid_day
from services.verification.domain.review import Review
from services.verification.ground import Verification
from shared.aggregate import Cause
from shared.calls import derived_id
from shared.errors import AlreadyApplied, Refused
from shared.events.days import seoul_date
from shared.events.verification import (
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

subscriptions: Subscriptions[Verification] = Subscriptions()


@subscriptions.on(DossierSubmitted)
async def open_reviews(event: DossierSubmitted, cause: Cause, verification: Verification) -> None:
    """Each institution named gets its review, under the id the dossier gave it."""
    dossier = await verification.dossiers.load(event.dossier)
    for application in dossier.applications:
        review = Review.open(application.review, application.institution, dossier, event.at)
        with suppress(AlreadyApplied):
            await verification.reviews.create(review, cause)


@subscriptions.on(ReviewDecided)
async def certify_approved(event: ReviewDecided, cause: Cause, verification: Verification) -> None:
    """An approval is certified for the usual period."""
    if event.outcome == "approved":
        first = seoul_date(event.at)
        await _issue(event, first, last_valid_day(first), "", cause, verification)


@subscriptions.on(ReviewRecognised)
async def certify_recognised(event: ReviewRecognised, cause: Cause, verification: Verification) -> None:
    """A recognition is certified for as long as the certificate it rests on, at most for the usual period."""
    original = await verification.certificates.load(event.recognised_certificate)
    first = seoul_date(event.at)
    last = min(last_valid_day(first), original.valid_until)
    await _issue(event, first, last, original.id, cause, verification)


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


async def _issue(
    event: ReviewEvent, first: date, last: date, original: str, cause: Cause, verification: Verification
) -> None:
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
    for attempt in range(DRAWS):
        certificate = Certificate(
            id=certificate_id,
            number=certificate_number(event.institution, event.review, first, attempt),
            institution=event.institution,
            product=event.product,
            owner=event.owner,
            review=event.review,
            valid_from=first,
            valid_until=last,
            recognised_certificate=original,
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
