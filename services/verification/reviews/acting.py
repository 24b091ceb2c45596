"""Who acts on which review, and whether they may."""

from typing import Annotated

from fastapi import Depends, Path, Request

from services.verification.domain.facts import Actor
from services.verification.domain.review import Review
from services.verification.ground import Verification
from shared.auth import Verifier, bearer
from shared.calls import Call, Changing
from shared.members import Members

ReviewId = Annotated[str, Path(pattern=r"^rev_[a-z0-9]{1,40}$", examples=["rev_9s0d2k"])]


async def acting(call: Changing, request: Request) -> Actor:
    """Return the caller with every party they act for: an interest in the case may lie in any of them."""
    verifier: Verifier = request.app.state.verifier
    members: Members = request.app.state.members
    token = await verifier.person(bearer(request.headers.get("authorization")))
    person = token.joined(await members.places(token.id, call.at))
    return Actor(call.caller.actor, call.principal, frozenset(person.parties))


Acting = Annotated[Actor, Depends(acting)]


async def at_own_institution(review_id: str, call: Call, verification: Verification) -> Review:
    review = await verification.reviews.load(review_id, call.cause)
    call.caller.must_act_for(review.institution)
    return review


async def at_active_institution(review_id: str, call: Call, verification: Verification) -> Review:
    """Return a review whose institution may still judge: it may have lost its standing since it was applied to."""
    review = await at_own_institution(review_id, call, verification)
    institution = await verification.parties.require(review.institution, call.seen(review.institution))
    institution.must_be_active(call.at)
    return review
