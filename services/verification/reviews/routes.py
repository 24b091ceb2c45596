"""Reviews over HTTP: load, decide, save."""

from fastapi import Request, Response

from services.verification.domain.committee import Ruling
from services.verification.domain.dossier import Result
from services.verification.domain.review import Review
from services.verification.domain.steps import Mover
from services.verification.reviews.acting import Acting, ReviewId, at_active_institution, at_own_institution
from services.verification.reviews.bodies import (
    AnswerText,
    AppealGrounds,
    Assignment,
    ConflictDeclaration,
    QuestionText,
    RecognitionChoice,
)
from services.verification.reviews.notices import ENDS, NoticePage, notice
from services.verification.reviews.views import Queue, ReviewPage, ReviewView, queue_entry, review_read
from services.verification.routes import Owned
from shared.calls import Call, Changing, Listing, Reading, answer, listed, queued
from shared.errors import NotFound
from shared.events.catalog import Council
from shared.events.verification import ReviewStatus
from shared.web import api_router

reviews = api_router("/v1/reviews", "reviews")


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


@reviews.get("/queue", response_model=Queue)
async def list_waiting_reviews(
    request: Request,
    call: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    status: ReviewStatus | None = None,
    waits_for: Mover | None = None,
) -> Queue:
    """Show an institution what waits, what is due first in front: how old, whose move it is, which, and by when.

    The counts are of all its reviews that have not ended, whatever is filtered. Certificates in question have a queue
    of their own, `GET /v1/certificates/queue`.
    """
    if not call.caller.is_operator:
        institution = institution or call.principal
        call.caller.must_act_for(institution)
    of_institution = {"institution": institution, "next_step": {"$ne": None}}
    filters = of_institution | {"status": status, "next_step.owner": waits_for}
    found = await queued(verification.reviews, "next_step.by", filters, page, request)
    counts = await verification.reviews.counted_by("status", of_institution)
    return Queue.model_validate(
        {"items": [queue_entry(each, call.at) for each in found.items], "counts": counts, "next": found.next}
    )


@reviews.get("/decisions", response_model=NoticePage)
async def list_review_decisions(
    request: Request,
    _: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    council: Council | None = None,
    result: Result | None = None,
) -> NoticePage:
    """Give public notice of the decisions that stand, with their reasons, by institution, council or result.

    A rejection may be appealed against: it is told once it is final, and without its firm and product.
    """
    ends = {"$in": sorted(ENDS.values())} if result is None else ENDS[result]
    filters = {"status": ends, "institution": institution, "council": council}
    found = await listed(verification.reviews, filters, page, request)
    return NoticePage(items=[notice(each) for each in found.items], next=found.next)


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
    review = await at_own_institution(review_id, call, verification)
    review.assign(body.officer or who.person, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/conflicts", response_model=ReviewView)
async def declare_review_conflict(
    review_id: ReviewId, body: ConflictDeclaration, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Declare your own conflict of interest: you step back from the case for good."""
    review = await verification.reviews.load(review_id, call.cause)
    if not review.involves(who.person):
        call.caller.must_act_for(review.institution)
    review.declare_conflict(body.reason, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


@reviews.post("/{review_id}/questions", response_model=ReviewView)
async def ask_review_question(
    review_id: ReviewId, body: QuestionText, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Ask the firm to explain or mend something; your clock stands still until it answers."""
    review = await at_own_institution(review_id, call, verification)
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


@reviews.post("/{review_id}/decision", response_model=ReviewView)
async def decide_review(
    review_id: ReviewId, body: Ruling, call: Changing, who: Acting, verification: Owned
) -> Response:
    """Decide as the chair, with the majority of the votes, or defer."""
    review = await at_active_institution(review_id, call, verification)
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
    """Adopt another institution's valid certificate under a rule of yours, instead of deciding anew.

    Who declared the rule leaves it to a colleague: nobody decides alone.
    """
    review = await at_active_institution(review_id, call, verification)
    certificate = await verification.certificates.load(body.certificate)
    rule = await verification.rules.load(body.rule)
    review.recognise(certificate, rule, who, call.at)
    return answer(await verification.reviews.save(review, call.cause))


def _concerns(call: Call, review: Review) -> bool:
    caller = call.caller
    return caller.is_operator or caller.principal in {review.institution, review.owner} or review.involves(caller.actor)


def _for(call: Call, review: Review) -> ReviewView:
    inside = call.caller.is_operator or call.principal == review.institution
    return review_read(review, call.at, inside=inside)


def _unknown(review_id: str) -> NotFound:
    return NotFound("review.unknown", f"there is no review {review_id}", f"{review_id}을(를) 찾을 수 없습니다")
