"""HTTP routes of contracts: load, decide, save."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.domain.contract import Contract
from services.contracts.domain.document import PositiveWon, Proposal
from services.contracts.domain.eligibility import must_have_met
from services.contracts.ground import Contracts, ground
from services.contracts.views import ContractPage, ContractView, contract_view, public_contract_view
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import Invalid, NotFound
from shared.events.contracts import ContractStatus
from shared.web import api_router

contracts = api_router("/v1/contracts", "contracts")

PUBLIC: frozenset[ContractStatus] = frozenset({"active", "completed", "terminated"})
"""A contract that is or was in force is public; one that is being negotiated, or came to nothing, is its parties'."""

ContractId = Annotated[str, Path(pattern=r"^ctr_[a-z0-9]{1,40}$", examples=["ctr_9f3k2p"])]
Owned = Annotated[Contracts, Depends(ground)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PaymentBody(_Body):
    """A payment, under a reference the institution uses once."""

    amount: PositiveWon
    erp_reference: str = Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", examples=["2026-가-0012"])


class Completion(_Body):
    """Why what is missing of acceptance and payment is waived; empty when nothing is."""

    waiver: str = Field(default="", max_length=500, pattern=r"^$|\S", examples=["하자보수금 상계"])


class Reason(_Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["예산 삭감"])


@contracts.post("", response_model=ContractView, status_code=201)
async def draft_contract(body: Proposal, call: Creating, owned: Owned) -> Response:
    """Draft a contract, bare or from a meeting that was held. The version must be listed and certified today."""
    contract_id = call.new_id("ctr")
    await owned.contracts.refuse_repeat(contract_id, call.cause)
    standing = await owned.standing(call.principal, body.firm, body.product.id, call)
    if body.meeting:
        meeting = await owned.meetings.require(body.meeting, call.seen(body.meeting))
        must_have_met(meeting, call.principal, body.firm)
    if body.commitment:
        commitment = await owned.commitments.find(body.commitment)
        if commitment is None:
            raise Invalid(
                "contract.commitment_unknown",
                f"there is no commitment {body.commitment}",
                f"{body.commitment} 약정을 찾을 수 없습니다",
                field="/commitment",
            )
        commitment.must_take(call.principal, body.firm, body.product.id)
    contract = Contract.draft(contract_id, call.principal, body, standing, call.at)
    return answer(await owned.contracts.create(contract, call.cause), 201)


@contracts.get("", response_model=ContractPage)
async def list_contracts(
    request: Request,
    call: Reading,
    owned: Owned,
    page: Listing,
    status: ContractStatus | None = None,
    institution: str | None = None,
    firm: str | None = None,
    product: str | None = None,
) -> ContractPage:
    """List contracts, newest first: your own, for the operator all."""
    filters = {"status": status, "institution": institution, "firm": firm, "product.id": product}
    if not call.caller.is_operator:
        side = "firm" if call.caller.kind == "sme" else "institution"
        if filters[side] not in {None, call.principal}:
            return ContractPage(items=[])
        filters[side] = call.principal
    found = await listed(owned.contracts, filters, page, request)
    return ContractPage(items=[contract_view(each) for each in found.items], next=found.next)


@contracts.get("/{contract_id}", response_model=ContractView)
async def get_contract(contract_id: ContractId, request: Request, call: Reading, owned: Owned) -> Response:
    """Show a contract: whole to its parties, its public state to everybody once it is active."""
    contract = await owned.contracts.load(contract_id)
    if _is_of(call, contract):
        return shown(contract_view(contract), contract.version, request)
    if contract.status not in PUBLIC:
        raise _unknown(contract_id)
    return shown(public_contract_view(contract), contract.version, request)


@contracts.post("/{contract_id}/offer", response_model=ContractView)
async def offer_contract(contract_id: ContractId, call: Changing, owned: Owned) -> Response:
    """Fix the document, so that both sides may sign it within 30 days."""
    contract = await _own(contract_id, call, owned)
    standing = await owned.standing(contract.institution, contract.firm, contract.product.id, call)
    contract.offer(standing, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/signature", response_model=ContractView)
async def sign_contract(contract_id: ContractId, call: Changing, owned: Owned) -> Response:
    """Sign for your side. The last signature makes the contract active."""
    contract = await _own(contract_id, call, owned)
    standing = await owned.standing(contract.institution, contract.firm, contract.product.id, call)
    contract.sign(call.principal, call.caller.actor, standing, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/delivery", response_model=ContractView)
async def deliver_contract(contract_id: ContractId, call: Changing, owned: Owned) -> Response:
    """Say that you delivered."""
    contract = await _own(contract_id, call, owned)
    contract.deliver(call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/acceptance", response_model=ContractView)
async def accept_contract(contract_id: ContractId, call: Changing, owned: Owned) -> Response:
    """Accept what was delivered."""
    contract = await _own(contract_id, call, owned)
    contract.accept(call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/payments", response_model=ContractView)
async def pay_contract(contract_id: ContractId, body: PaymentBody, call: Changing, owned: Owned) -> Response:
    """Note a payment, under an ERP reference of your own. The sum never exceeds the contract's amount."""
    contract = await _own(contract_id, call, owned)
    contract.pay(body.amount, body.erp_reference, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/completion", response_model=ContractView)
async def complete_contract(contract_id: ContractId, body: Completion, call: Changing, owned: Owned) -> Response:
    """Close a contract that is accepted and paid in full, or waive what is missing with a reason."""
    contract = await _own(contract_id, call, owned)
    contract.complete(body.waiver, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/cancellation", response_model=ContractView)
async def cancel_contract(contract_id: ContractId, body: Reason, call: Changing, owned: Owned) -> Response:
    """End a contract that is not active yet."""
    contract = await _own(contract_id, call, owned)
    contract.cancel(body.reason, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


@contracts.post("/{contract_id}/termination", response_model=ContractView)
async def terminate_contract(contract_id: ContractId, body: Reason, call: Changing, owned: Owned) -> Response:
    """End a contract that is active."""
    contract = await _own(contract_id, call, owned)
    contract.terminate(body.reason, call.at)
    return answer(await owned.contracts.save(contract, call.cause))


def _is_of(call: Call, contract: Contract) -> bool:
    return call.caller.is_operator or call.principal in {contract.institution, contract.firm}


async def _own(contract_id: str, call: Call, owned: Contracts) -> Contract:
    """Return a contract of the caller's; which of the two sides may do it, the policy says by the caller's kind."""
    contract = await owned.contracts.load(contract_id, call.cause)
    if contract.status not in PUBLIC and not _is_of(call, contract):
        raise _unknown(contract_id)
    call.caller.must_act_for(contract.institution, contract.firm)
    return contract


def _unknown(contract_id: str) -> NotFound:
    return NotFound("contract.unknown", f"there is no contract {contract_id}", f"{contract_id}을(를) 찾을 수 없습니다")
