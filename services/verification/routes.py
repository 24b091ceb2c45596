"""Dossiers, certificates and recognition rules over HTTP: load, decide, save."""

import asyncio
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.verification.domain.certificate import PERIOD_YEARS
from services.verification.domain.dossier import Dossier
from services.verification.domain.recognition import RecognitionRule
from services.verification.ground import Verification
from services.verification.views import (
    CertificatePage,
    CertificateView,
    DossierPage,
    DossierView,
    RecognitionRulePage,
    RecognitionRuleView,
    certificate_view,
    dossier_view,
    rule_view,
)
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, derived_id, shown
from shared.errors import Invalid
from shared.events.catalog import Council, ProductRef
from shared.events.verification import CertificateStatus, DossierStatus, RecognitionRuleStatus
from shared.web import api_router

dossiers = api_router("/v1/dossiers", "dossiers")
certificates = api_router("/v1/certificates", "certificates")
rules = api_router("/v1/recognition-rules", "recognition rules")

DossierId = Annotated[str, Path(pattern=r"^dos_[a-z0-9]{1,40}$", examples=["dos_4m1x9c"])]
CertificateId = Annotated[str, Path(pattern=r"^crt_[a-z0-9]{1,40}$", examples=["crt_2b7f0a"])]
RuleId = Annotated[str, Path(pattern=r"^rul_[a-z0-9]{1,40}$", examples=["rul_6h3w8e"])]
PartyId = Annotated[str, Field(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_kwater"])]


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
    institutions: list[PartyId] = Field(min_length=1, max_length=20)


class Renewal(BaseModel):
    """For how many more years."""

    model_config = ConfigDict(extra="forbid")

    years: int = Field(default=PERIOD_YEARS, ge=1, le=PERIOD_YEARS, examples=[3])


class Revocation(BaseModel):
    """Why a certificate is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["허위 시험성적서 제출"])


class RecognitionRuleDraft(BaseModel):
    """Whose certificates the institution adopts, and where: empty category and no council mean everywhere."""

    model_config = ConfigDict(extra="forbid")

    accepts: PartyId
    category: str = Field(default="", pattern=r"^[a-z_]{0,40}$", examples=["water"])
    council: Council | None = Field(default=None, examples=["soc"])


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
    firm, *institutions = await asyncio.gather(
        *(verification.parties.require(each, call.seen(each)) for each in (product.owner, *body.institutions))
    )
    applicants = [(each, derived_id("rev", dossier_id, each.id)) for each in institutions]
    dossier = Dossier.submit(dossier_id, product, body.product.version, firm, applicants, call.at)
    return answer(await verification.dossiers.create(dossier, call.cause), 201)


@dossiers.get("", response_model=DossierPage)
async def list_dossiers(
    request: Request, call: Reading, verification: Owned, page: Listing, status: DossierStatus | None = None
) -> DossierPage:
    """List dossiers, newest first: a firm its own, an institution those that name it."""
    filters = {"status": status, **_concerning(call, "applications.institution")}
    cursors = request.app.state.cursors
    found = await verification.dossiers.page(filters, page.limit, cursors.read(page, filters))
    return DossierPage(
        items=[dossier_view(each) for each in found.items], next=cursors.write(page, found.after, filters)
    )


@dossiers.get("/{dossier_id}", response_model=DossierView)
async def get_dossier(dossier_id: DossierId, request: Request, call: Reading, verification: Owned) -> Response:
    """Show one dossier: its reviews, what became of each, and the entry rules it met."""
    dossier = await verification.dossiers.load(dossier_id)
    call.caller.must_act_for(dossier.owner, *dossier.institutions)
    return shown(dossier_view(dossier), dossier.version, request)


@certificates.get("", response_model=CertificatePage)
async def list_certificates(
    request: Request,
    _: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    product: str | None = None,
    owner: str | None = None,
    status: CertificateStatus | None = None,
) -> CertificatePage:
    """List certificates, newest first. They are public: also those that ended."""
    filters = {"institution": institution, "product.id": product, "owner": owner, "status": status}
    cursors = request.app.state.cursors
    found = await verification.certificates.page(filters, page.limit, cursors.read(page, filters))
    return CertificatePage(
        items=[certificate_view(each) for each in found.items], next=cursors.write(page, found.after, filters)
    )


@certificates.get("/{certificate_id}", response_model=CertificateView)
async def get_certificate(certificate_id: CertificateId, request: Request, _: Reading, verification: Owned) -> Response:
    """Show one certificate; `review` leads to how it came about."""
    certificate = await verification.certificates.load(certificate_id)
    return shown(certificate_view(certificate), certificate.version, request)


@certificates.post("/{certificate_id}/renewal", response_model=CertificateView)
async def renew_certificate(
    certificate_id: CertificateId, body: Renewal, call: Changing, verification: Owned
) -> Response:
    """Extend a certificate whose end is near."""
    certificate = await verification.certificates.load(certificate_id, call.cause)
    call.caller.must_act_for(certificate.institution)
    certificate.renew(body.years, call.at)
    return answer(await verification.certificates.save(certificate, call.cause))


@certificates.post("/{certificate_id}/revocation", response_model=CertificateView)
async def revoke_certificate(
    certificate_id: CertificateId, body: Revocation, call: Changing, verification: Owned
) -> Response:
    """Take a certificate back, for a reason."""
    certificate = await verification.certificates.load(certificate_id, call.cause)
    call.caller.must_act_for(certificate.institution)
    certificate.revoke(body.reason, call.at)
    return answer(await verification.certificates.save(certificate, call.cause))


@rules.post("", response_model=RecognitionRuleView, status_code=201)
async def create_recognition_rule(body: RecognitionRuleDraft, call: Creating, verification: Owned) -> Response:
    """Declare that your institution adopts another's certificates."""
    accepts = await verification.parties.require(body.accepts, call.seen(body.accepts))
    rule = RecognitionRule.create(call.new_id("rul"), call.principal, accepts, body.category, body.council, call.at)
    return answer(await verification.rules.create(rule, call.cause), 201)


@rules.get("", response_model=RecognitionRulePage)
async def list_recognition_rules(
    request: Request,
    _: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    accepts: str | None = None,
    status: RecognitionRuleStatus | None = None,
) -> RecognitionRulePage:
    """List recognition rules, newest first."""
    filters = {"institution": institution, "accepts": accepts, "status": status}
    cursors = request.app.state.cursors
    found = await verification.rules.page(filters, page.limit, cursors.read(page, filters))
    return RecognitionRulePage(
        items=[rule_view(each) for each in found.items], next=cursors.write(page, found.after, filters)
    )


@rules.get("/{rule_id}", response_model=RecognitionRuleView)
async def get_recognition_rule(rule_id: RuleId, request: Request, _: Reading, verification: Owned) -> Response:
    """Show one recognition rule."""
    rule = await verification.rules.load(rule_id)
    return shown(rule_view(rule), rule.version, request)


@rules.post("/{rule_id}/withdrawal", response_model=RecognitionRuleView)
async def withdraw_recognition_rule(rule_id: RuleId, call: Changing, verification: Owned) -> Response:
    """Adopt no more certificates under this rule."""
    rule = await verification.rules.load(rule_id, call.cause)
    call.caller.must_act_for(rule.institution)
    rule.withdraw(call.at)
    return answer(await verification.rules.save(rule, call.cause))


def _concerning(call: Call, institution: str) -> dict[str, str]:
    """Return the filter that leaves a caller what concerns them; the operator sees all."""
    if call.caller.is_operator:
        return {}
    return {(institution if call.caller.kind == "institution" else "owner"): call.principal}
