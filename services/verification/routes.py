"""Dossiers over HTTP: load, decide, save."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.verification.domain.dossier import Dossier
from services.verification.domain.eligibility import (
    Addressee,
    check_entry,
    must_be_applicable,
    must_be_current,
)
from services.verification.domain.rule_set import rules_of
from services.verification.ground import Verification
from services.verification.views import DossierPage, DossierView, EntryCheck, EntryChecks, dossier_view
from shared.calls import Call, Creating, Listing, Reading, answer, derived_id, listed, shown
from shared.errors import Invalid
from shared.events.catalog import ProductRef, ProductState
from shared.events.contracts import ContractStatus
from shared.events.verification import DossierStatus
from shared.web import api_router

dossiers = api_router("/v1/dossiers", "dossiers")
entry_checks = api_router("/v1/entry-checks", "dossiers")

DossierId = Annotated[str, Path(pattern=r"^dos_[a-z0-9]{1,40}$", examples=["dos_4m1x9c"])]
PartyId = Annotated[str, Field(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_kwater"])]
ProductId = Annotated[str, Query(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])]

IN_USE: frozenset[ContractStatus] = frozenset({"active", "completed", "evaluated", "terminated"})
"""A contract that was signed has put the product to use."""

MOST_INSTITUTIONS = 200
"""Nearly twice as many as there are in the real market: a dossier may go to all of them."""


async def ground(request: Request) -> Verification:
    verification: Verification = request.app.state.ground
    return verification


Owned = Annotated[Verification, Depends(ground)]


class Submission(BaseModel):
    """A product version, and the institutions that should verify it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"product": {"id": "prd_7dk3m2", "version": 1}, "institutions": ["pty_kwater", "pty_lh"]}
        },
    )

    product: ProductRef
    institutions: list[PartyId] = Field(min_length=1, max_length=MOST_INSTITUTIONS)
    reuse_answers: StrictBool = Field(
        default=False, description="Show what you answered in reviews of this product before"
    )


@dossiers.post("", response_model=DossierView, status_code=201)
async def submit_dossier(body: Submission, call: Creating, verification: Owned) -> Response:
    """Apply with one product version to one or more institutions; each opens a review of its own."""
    if len(set(body.institutions)) < len(body.institutions):
        raise Invalid(
            "dossier.institution_twice",
            "each institution is named once",
            "같은 기관이 두 번 지정되었습니다",
            field="/institutions",
        )
    dossier_id = call.new_id("dos")
    await verification.dossiers.refuse_repeat(dossier_id, call.cause)
    product = await verification.products.require(body.product.id, call.seen(body.product.id))
    call.caller.must_act_for(product.owner)
    firm = await verification.parties.require(product.owner, call.seen(product.owner))
    addressees = await _addressees(dossier_id, body.institutions, product, call, verification)
    dossier = Dossier.submit(
        dossier_id, product, body.product.version, firm, addressees, call.at, reuses_answers=body.reuse_answers
    )
    return answer(await verification.dossiers.create(dossier, call.cause), 201)


@entry_checks.get("", response_model=EntryChecks)
async def check_entry_rules(
    call: Reading,
    verification: Owned,
    product: ProductId,
    version: Annotated[int, Query(ge=1, examples=[1])],
    institution: Annotated[list[PartyId], Query(min_length=1, max_length=MOST_INSTITUTIONS)],
) -> EntryChecks:
    """Tell what each institution's entry rules find in your product today. Nothing is submitted, nobody is told."""
    found = await verification.products.require(product, call.seen(product))
    call.caller.must_act_for(found.owner)
    must_be_current(found, version)
    addressees = await _addressees("", institution, found, call, verification)
    for each in addressees:
        must_be_applicable(each.party, call.at, field="query/institution")
    checks = [EntryCheck.of(each, check_entry(found, version, each, call.at)) for each in addressees]
    return EntryChecks(product=ProductRef(id=product, version=version), institutions=checks)


@dossiers.get("", response_model=DossierPage)
async def list_dossiers(
    request: Request, call: Reading, verification: Owned, page: Listing, status: DossierStatus | None = None
) -> DossierPage:
    """List dossiers, newest first: a firm its own, an institution those that name it."""
    filters = {"status": status, **_concerning(call, "applications.institution")}
    found = await listed(verification.dossiers, filters, page, request)
    return DossierPage(items=[dossier_view(each) for each in found.items], next=found.next)


@dossiers.get("/{dossier_id}", response_model=DossierView)
async def get_dossier(dossier_id: DossierId, request: Request, call: Reading, verification: Owned) -> Response:
    """Show one dossier: its reviews, what became of each, and the entry rules it met."""
    dossier = await verification.dossiers.load(dossier_id)
    call.caller.must_act_for(dossier.owner, *dossier.institutions)
    return shown(dossier_view(dossier), dossier.version, request)


async def _addressees(
    dossier_id: str, institutions: Sequence[str], product: ProductState, call: Call, verification: Verification
) -> list[Addressee]:
    """Return what must be known of each institution: its rules, and whether it has had a contract for the product."""
    for contract, sequence in call.positions.items():
        if contract.startswith("ctr_"):
            await verification.contracts.require(contract, sequence)
    contracts = await verification.contracts.where({"product.id": product.id})
    users = {each.institution for each in contracts if each.status in IN_USE}

    async def addressee(institution: str) -> Addressee:
        party, rule_set = await asyncio.gather(
            verification.parties.require(institution, call.seen(institution)),
            verification.rule_sets.holding(rules_of(institution)),
        )
        return Addressee(party, derived_id("rev", dossier_id, institution), rule_set, institution in users)

    return list(await asyncio.gather(*(addressee(each) for each in institutions)))


def _concerning(call: Call, institution: str) -> dict[str, str]:
    """Return the filter that leaves a caller what concerns them; the operator sees all."""
    if call.caller.is_operator:
        return {}
    return {(institution if call.caller.kind == "institution" else "owner"): call.principal}
