"""Certificates over HTTP: load, decide, save."""

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.verification.certificate_views import (
    CertificatePage,
    CertificateTrail,
    CertificateView,
    certificate_trail,
    certificate_view,
)
from services.verification.routes import Owned
from shared.calls import Changing, Listing, Reading, answer, listed, queued, shown
from shared.events.envelope import WHOLE
from shared.events.verification import CertificateStatus
from shared.web import api_router

certificates = api_router("/v1/certificates", "certificates")

CertificateId = Annotated[str, Path(pattern=r"^crt_[a-z0-9]{1,40}$", examples=["crt_2b7f0a"])]


class Renewal(BaseModel):
    """For how many more years; without a number, for the certificate's period."""

    model_config = ConfigDict(extra="forbid")

    years: Annotated[int, Field(ge=1), WHOLE] | None = Field(default=None, examples=[3])


class Keeping(BaseModel):
    """Why a certificate stays in force though what it rests on was revoked."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["자체 시험으로 성능을 확인했습니다"])


class Revocation(BaseModel):
    """Why a certificate is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["허위 시험성적서 제출"])


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
    found = await listed(verification.certificates, filters, page, request)
    return CertificatePage(items=[certificate_view(each) for each in found.items], next=found.next)


@certificates.get("/queue", response_model=CertificatePage)
async def list_waiting_certificates(
    request: Request, call: Reading, verification: Owned, page: Listing, institution: str | None = None
) -> CertificatePage:
    """Show an institution its certificates in question, what is due first in front.

    Each was recognised on another's that has been revoked since. It is valid until you keep or revoke it; the clock
    revokes what you have not decided about by `in_question_until`.
    """
    if not call.caller.is_operator:
        institution = institution or call.principal
        call.caller.must_act_for(institution)
    filters = {"institution": institution}
    found = await queued(verification.certificates, "in_question_until", filters, page, request)
    return CertificatePage(items=[certificate_view(each) for each in found.items], next=found.next)


@certificates.get("/{certificate_id}", response_model=CertificateView)
async def get_certificate(certificate_id: CertificateId, request: Request, _: Reading, verification: Owned) -> Response:
    """Show one certificate; `review` leads to how it came about."""
    certificate = await verification.certificates.load(certificate_id)
    return shown(certificate_view(certificate), certificate.version, request)


@certificates.get("/{certificate_id}/trail", response_model=CertificateTrail)
async def get_certificate_trail(
    certificate_id: CertificateId, request: Request, _: Reading, verification: Owned
) -> Response:
    """Show each step that led to a certificate and what became of it, oldest first.

    It is public as the certificate is: it names parties and no people, and no text but why it was kept or revoked. One
    that was recognised rests on another's: its step `recognised` names that one, which has a trail of its own.
    """
    certificate = await verification.certificates.load(certificate_id)
    review = await verification.reviews.load(certificate.review)
    dossier = await verification.dossiers.load(review.dossier)
    return shown(certificate_trail(certificate, review, dossier), certificate.version, request)


@certificates.post("/{certificate_id}/renewal", response_model=CertificateView)
async def renew_certificate(
    certificate_id: CertificateId, body: Renewal, call: Changing, verification: Owned
) -> Response:
    """Extend a certificate whose end is near; its institution and the firm must be active."""
    certificate = await verification.certificates.load(certificate_id, call.cause)
    call.caller.must_act_for(certificate.institution)
    for party in (certificate.institution, certificate.owner):
        (await verification.parties.require(party, call.seen(party))).must_be_active(call.at)
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


@certificates.post("/{certificate_id}/keeping", response_model=CertificateView)
async def keep_certificate(
    certificate_id: CertificateId, body: Keeping, call: Changing, verification: Owned
) -> Response:
    """Keep a certificate in question in force, for a reason, as an institution that is active.

    Who recognised it leaves that to a colleague: nobody decides alone.
    """
    certificate = await verification.certificates.load(certificate_id, call.cause)
    call.caller.must_act_for(certificate.institution)
    institution = await verification.parties.require(certificate.institution, call.seen(certificate.institution))
    institution.must_be_active(call.at)
    review = await verification.reviews.load(certificate.review)
    certificate.keep(body.reason, call.caller.actor, review.recognised_by, call.at)
    return answer(await verification.certificates.save(certificate, call.cause))
