"""HTTP routes of commitments: load, decide, save."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.domain.commitment import Commitment, Promise
from services.contracts.ground import Contracts, ground
from services.contracts.views import CommitmentPage, CommitmentView, commitment_view, public_commitment_view
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import Invalid
from shared.events.contracts import CommitmentStatus
from shared.web import api_router

commitments = api_router("/v1/commitments", "commitments")

CommitmentId = Annotated[str, Path(pattern=r"^cmt_[a-z0-9]{1,40}$", examples=["cmt_8d2m4z"])]
Owned = Annotated[Contracts, Depends(ground)]


class Explanation(BaseModel):
    """Why a promise is not kept, or why its buyer is let off."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, pattern=r"\S", examples=["사업 예산이 다음 해로 이월됨"])


@commitments.post("", response_model=CommitmentView, status_code=201)
async def promise_commitment(body: Promise, call: Creating, owned: Owned) -> Response:
    """Promise, while active, to buy from a firm by a date; contracts that name the promise count towards it."""
    commitment_id = call.new_id("cmt")
    await owned.commitments.refuse_repeat(commitment_id, call.cause)
    (await owned.parties.require(call.principal, call.seen(call.principal))).must_be_active(call.at)
    firm = await owned.parties.require(body.firm, call.seen(body.firm))
    if firm.party_kind != "sme":
        raise Invalid(
            "commitment.firm_not_sme",
            f"{body.firm} is no small firm",
            f"{body.firm}은(는) 중소기업이 아닙니다",
            field="/firm",
        )
    if body.product:
        product = await owned.products.require(body.product, call.seen(body.product))
        if product.owner != body.firm:
            raise Invalid(
                "commitment.product_of_others",
                f"{body.product} does not belong to {body.firm}",
                f"{body.product}은(는) {body.firm}의 것이 아닙니다",
                field="/product",
            )
    commitment = Commitment.promise(commitment_id, call.principal, body, call.at)
    return answer(await owned.commitments.create(commitment, call.cause), 201)


@commitments.get("", response_model=CommitmentPage)
async def list_commitments(
    request: Request,
    call: Reading,
    owned: Owned,
    page: Listing,
    status: CommitmentStatus | None = None,
    institution: str | None = None,
    firm: str | None = None,
) -> CommitmentPage:
    """List commitments, newest first: your own, for the operator all."""
    filters = {"status": status, "institution": institution, "firm": firm}
    if not call.caller.is_operator:
        side = "firm" if call.caller.kind == "sme" else "institution"
        if filters[side] not in {None, call.principal}:
            return CommitmentPage(items=[])
        filters[side] = call.principal
    found = await listed(owned.commitments, filters, page, request)
    return CommitmentPage(items=[commitment_view(each) for each in found.items], next=found.next)


@commitments.get("/{commitment_id}", response_model=CommitmentView)
async def get_commitment(commitment_id: CommitmentId, request: Request, call: Reading, owned: Owned) -> Response:
    """Show a commitment: whole to its parties, its public state to everybody."""
    commitment = await owned.commitments.load(commitment_id)
    view = commitment_view if _is_of(call, commitment) else public_commitment_view
    return shown(view(commitment), commitment.version, request)


@commitments.post("/{commitment_id}/explanation", response_model=CommitmentView)
async def explain_commitment(commitment_id: CommitmentId, body: Explanation, call: Changing, owned: Owned) -> Response:
    """Say why your promise is not, or will not be, kept."""
    commitment = await _own(commitment_id, call, owned)
    commitment.explain(body.reason, call.at)
    return answer(await owned.commitments.save(commitment, call.cause))


@commitments.post("/{commitment_id}/release", response_model=CommitmentView)
async def release_commitment(commitment_id: CommitmentId, body: Explanation, call: Changing, owned: Owned) -> Response:
    """Let the buyer off: the firm it was promised to, or the operator."""
    commitment = await _own(commitment_id, call, owned)
    commitment.release(body.reason, call.at)
    return answer(await owned.commitments.save(commitment, call.cause))


def _is_of(call: Call, commitment: Commitment) -> bool:
    return call.caller.is_operator or call.principal in {commitment.institution, commitment.firm}


async def _own(commitment_id: str, call: Call, owned: Contracts) -> Commitment:
    commitment = await owned.commitments.load(commitment_id, call.cause)
    call.caller.must_act_for(commitment.institution, commitment.firm)
    return commitment
