"""The committee of a review over HTTP: asked, convened, shown the product in the field, voting."""

from fastapi import Response

from services.verification.domain.committee import Vote
from services.verification.reviews.acting import Acting, ReviewId, at_active_institution, at_own_institution
from services.verification.reviews.bodies import (
    Ballot,
    Committee,
    InspectionOrder,
    InspectionReport,
    InvitationAnswer,
    Invited,
)
from services.verification.reviews.views import ReviewView
from services.verification.routes import Owned
from shared.calls import Changing, answer
from shared.web import api_router

hearings = api_router("/v1/reviews", "reviews")


@hearings.post("/{review_id}/invitations", response_model=ReviewView)
async def invite_review_members(
    review_id: ReviewId, body: Invited, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Ask people to sit on the committee, all at once, or others in the place of who does not."""
    review = await at_own_institution(review_id, call, verification)
    review.invite(body.members, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@hearings.post("/{review_id}/invitation-answer", response_model=ReviewView)
async def answer_review_invitation(
    review_id: ReviewId, body: InvitationAnswer, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Say whether you sit on the committee, as one who was asked: once, in time, and without an interest in the case.

    Who does not answer in time is not on it.
    """
    review = await verification.reviews.load(review_id, call.cause)
    review.answer_invitation(body.answer, body.reason, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@hearings.post("/{review_id}/committee", response_model=ReviewView)
async def convene_review_committee(
    review_id: ReviewId, body: Committee, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Call a committee together, of people who have accepted, as an institution that is active."""
    review = await at_active_institution(review_id, call, verification)
    review.convene(body.members, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@hearings.post("/{review_id}/inspection", response_model=ReviewView)
async def order_review_inspection(
    review_id: ReviewId, body: InspectionOrder, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Order a field test by criteria with bounds; the committee waits for its report."""
    review = await at_own_institution(review_id, call, verification)
    review.order_inspection(body.place, body.planned_for, body.criteria, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@hearings.post("/{review_id}/inspection-report", response_model=ReviewView)
async def report_review_inspection(
    review_id: ReviewId, body: InspectionReport, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Report the field test to the committee, with what was measured for each criterion."""
    review = await at_own_institution(review_id, call, verification)
    review.report_inspection(body.report, body.measured, who, call.at, passed=body.passed)
    return answer(await verification.reviews.save(review, call.cause))


@hearings.post("/{review_id}/votes", response_model=ReviewView)
async def cast_review_vote(
    review_id: ReviewId, body: Ballot, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Vote as a member of the committee. A vote is given once and shown to the institution only."""
    review = await verification.reviews.load(review_id, call.cause)
    review.vote(Vote(person=who.person, at=call.at, **body.model_dump()), who)
    return answer(await verification.reviews.save(review, call.cause))
