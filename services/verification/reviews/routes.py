"""Reviews over HTTP: load, decide, save."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from services.verification.domain.committee import Ruling, Vote
from services.verification.domain.facts import Actor
from services.verification.domain.review import Review
from services.verification.ground import Verification
from services.verification.reviews.bodies import (
    AnswerText,
    AppealGrounds,
    Assignment,
    Ballot,
    Committee,
    ConflictDeclaration,
    InspectionOrder,
    InspectionReport,
    QuestionText,
    RecognitionChoice,
)
from services.verification.reviews.views import ReviewPage, ReviewView, review_read
from services.verification.routes import Owned
from shared.auth import Verifier, bearer
from shared.calls import Call, Changing, Listing, Reading, answer, listed
from shared.errors import NotFound
from shared.events.verification import ReviewStatus
from shared.web import api_router

reviews = api_router("/v1/reviews", "reviews")

ReviewId = Annotated[str, Path(pattern=r"^rev_[a-z0-9]{1,40}$", examples=["rev_9s0d2k"])]


async def acting(call: Changing, request: Request) -> Actor:
    """Return the caller with every party their token names: an interest in the case may lie in any of them."""
    verifier: Verifier = request.app.state.verifier
    person = await verifier.person(bearer(request.headers.get("authorization")))
    return Actor(call.caller.actor, call.principal, frozenset(person.parties))


Acting = Annotated[Actor, Depends(acting)]


@reviews.get("", response_model=ReviewPage)
async def list_reviews(
    request: Request,
    call: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    status: ReviewStatus | None = None,
) -> ReviewPage:
    """List reviews with their age and whose turn it is: an institution its queue, a firm its own."""
    caller = call.caller
    if caller.kind == "institution":
        institution = institution or call.principal
        caller.must_act_for(institution)
    owner = call.principal if caller.kind == "sme" else None
    filters = {"institution": institution, "status": status, "owner": owner}
    found = await listed(verification.reviews, filters, page, request)
    return ReviewPage(items=[_for(call, each) for each in found.items], next=found.next)


@reviews.get("/{review_id}", response_model=ReviewView)
async def get_review(review_id: ReviewId, call: Reading, verification: Owned) -> Response:
    """Show one review with its whole trail; people and votes only to the institution and the operator."""
    review = await verification.reviews.load(review_id)
    if not _concerns(call, review):
        raise _unknown(review_id)
    # no 304: the clock in it goes on while the version stays
    return Response(
        _for(call, review).model_dump_json(), 200, {"ETag": f'"{review.version}"'}, media_type="application/json"
    )


@reviews.post("/{review_id}/assignment", response_model=ReviewView)
async def assign_review(
    review_id: ReviewId, body: Assignment, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Give a review to an officer of your institution who has no conflict of interest."""
    review = await _at_own_institution(review_id, call, verification)
    review.assign(body.officer or who.person, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/conflicts", response_model=ReviewView)
async def declare_review_conflict(
    review_id: ReviewId, body: ConflictDeclaration, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Declare your own conflict of interest: you step back from the case for good."""
    review = await verification.reviews.load(review_id, call.cause)
    if not _sits(who.person, review):
        call.caller.must_act_for(review.institution)
    review.declare_conflict(body.reason, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/questions", response_model=ReviewView)
async def ask_review_question(
    review_id: ReviewId, body: QuestionText, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Ask the firm to explain or mend something; your clock stands still until it answers."""
    review = await _at_own_institution(review_id, call, verification)
    review.ask(body.text, body.answer_days, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/answers", response_model=ReviewView)
async def answer_review_question(
    review_id: ReviewId, body: AnswerText, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Answer the open question in time."""
    review = await verification.reviews.load(review_id, call.cause)
    call.caller.must_act_for(review.owner)
    review.answer(body.text, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/committee", response_model=ReviewView)
async def convene_review_committee(
    review_id: ReviewId, body: Committee, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Call a committee together, as an institution that is active."""
    review = await _at_active_institution(review_id, call, verification)
    review.convene(body.members, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/inspection", response_model=ReviewView)
async def order_review_inspection(
    review_id: ReviewId, body: InspectionOrder, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Order a field test; the committee waits for its report."""
    review = await _at_own_institution(review_id, call, verification)
    review.order_inspection(body.place, body.planned_for, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/inspection-report", response_model=ReviewView)
async def report_review_inspection(
    review_id: ReviewId, body: InspectionReport, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Report the field test to the committee."""
    review = await _at_own_institution(review_id, call, verification)
    review.report_inspection(body.report, who, call.at, passed=body.passed)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/votes", response_model=ReviewView)
async def cast_review_vote(
    review_id: ReviewId, body: Ballot, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Vote as a member of the committee. A vote is given once and shown to the institution only."""
    review = await verification.reviews.load(review_id, call.cause)
    review.vote(Vote(person=who.person, at=call.at, **body.model_dump()), who)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/decision", response_model=ReviewView)
async def decide_review(
    review_id: ReviewId, body: Ruling, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Decide as the chair, with the majority of the votes, or defer."""
    review = await _at_active_institution(review_id, call, verification)
    review.decide(body, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/appeal", response_model=ReviewView)
async def appeal_review(
    review_id: ReviewId, body: AppealGrounds, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Appeal against a rejection, once and in time: another panel decides."""
    review = await verification.reviews.load(review_id, call.cause)
    call.caller.must_act_for(review.owner)
    review.appeal(body.grounds, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/recognition", response_model=ReviewView)
async def recognise_review_certificate(
    review_id: ReviewId, body: RecognitionChoice, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Adopt another institution's valid certificate under one of your rules, instead of deciding anew."""
    review = await _at_active_institution(review_id, call, verification)
    certificate = await verification.certificates.load(body.certificate)
    rule = await verification.rules.load(body.rule)
    review.recognise(certificate, rule, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


async def _at_own_institution(review_id: str, call: Call, verification: Verification) -> Review:
    review = await verification.reviews.load(review_id, call.cause)
    call.caller.must_act_for(review.institution)
    return review


async def _at_active_institution(review_id: str, call: Call, verification: Verification) -> Review:
    """Return a review whose institution may still judge: it may have lost its standing since it was applied to."""
    review = await _at_own_institution(review_id, call, verification)
    institution = await verification.parties.require(review.institution, call.seen(review.institution))
    institution.must_be_active(call.at)
    return review


def _concerns(call: Call, review: Review) -> bool:
    caller = call.caller
    return caller.is_operator or caller.principal in {review.institution, review.owner} or _sits(caller.actor, review)


def _sits(person: str, review: Review) -> bool:
    return any(person == member.person for panel in review.panels for member in panel.members)


def _for(call: Call, review: Review) -> ReviewView:
    inside = call.caller.is_operator or call.principal == review.institution
    return review_read(review, call.at, inside=inside)


def _unknown(review_id: str) -> NotFound:
    return NotFound("review.unknown", f"there is no review {review_id}", f"{review_id}을(를) 찾을 수 없습니다")
