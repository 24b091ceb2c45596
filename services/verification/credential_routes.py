"""Certificates over HTTP as others keep and check them: on paper, as a payload, by published keys and a list."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response

from services.verification.certificate_routes import CertificateId
from services.verification.credentials import Language, Name, Names, PublicKeys, SigningKeys
from services.verification.domain.certificate import Certificate
from services.verification.ground import Verification
from services.verification.routes import Owned
from shared.calls import Call, Reading, shown_content
from shared.errors import Refused, Unavailable
from shared.events.days import seoul_date
from shared.web import api_router, described

credentials = api_router("/v1/certificates", "certificates")

EVERY = 1_000_000
PDF, JOSE, JSON = "application/pdf", "application/jose", "application/json"
PRIVATE = {"Cache-Control": "private, no-cache"}
FRESH = "public, max-age=300"
"""Who asks again sees a revocation within five minutes, whatever keeps answers on the way."""

PAYLOAD = "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoia1ByS19xbXhWV2FZVkE5d3dCRjZJdW8zdlZ6ejdUeEhDVHdYQnlnclM0ayIsInR5cCI6..."


OPEN_ANSWERS: dict[int | str, Any] = {
    304: {"description": "It is still what If-None-Match has the ETag of"},
    503: {"description": "The database or the service is away, or has no keys"},
    504: {"description": "The service did not answer in time"},
}
PRINT_ANSWER = described(PDF, "One A4 page with its fonts and a QR code of the payload", "%PDF-1.3...", binary=True)
PAYLOAD_ANSWER = described(JOSE, "A compact JSON Web Signature (RFC 7515) by one of the published keys", PAYLOAD)
LIST_ANSWERS = OPEN_ANSWERS | described(
    JOSE, "A compact JSON Web Signature; `revoked` are ids, and until `exp` one may rely on it", PAYLOAD
)
Known = Annotated[str | None, Header(alias="If-None-Match", description="ETag you have: 304 when it is still current")]


def signing(request: Request) -> SigningKeys:
    """Return the keys. Raise Unavailable where none were given."""
    keys: SigningKeys | None = request.app.state.certificate_keys
    if keys is None:
        raise Unavailable(
            "certificate.no_keys",
            "this process was given no keys to sign certificates with",
            "인증서 서명 키가 설정되지 않았습니다",
        )
    return keys


Signing = Annotated[SigningKeys, Depends(signing)]


@credentials.get("/jwks.json", response_model=PublicKeys, responses=OPEN_ANSWERS, openapi_extra={"security": []})
async def get_certificate_keys(keys: Signing, if_none_match: Known = None) -> Response:
    """Show the public keys that certificates and the list of revoked ones are checked with. No token is asked for.

    Keep all of them. A key is here before anything is signed with it, and as long as what it signed is in use.
    """
    return shown_content(keys.public.model_dump_json().encode(), JSON, FRESH, if_none_match)


@credentials.get("/revocations.jwt", responses=LIST_ANSWERS, response_class=Response, openapi_extra={"security": []})
async def get_certificate_revocations(verification: Owned, keys: Signing, if_none_match: Known = None) -> Response:
    """Show the signed list of certificates that were revoked and had not ended yet. No token is asked for.

    It holds every revocation up to this moment. Who keeps it may rely on it until its `exp`, a day after the hour it
    was made in; later, whether a certificate was revoked is unknown.
    """
    at = datetime.now(UTC)
    revoked = await verification.certificates.where(
        {"status": "revoked", "valid_until": {"$gte": seoul_date(at).isoformat()}}, EVERY
    )
    content = keys.revocations((each.id for each in revoked), at).encode()
    return shown_content(content, JOSE, FRESH, if_none_match)


@credentials.get("/{certificate_id}/certificate.jwt", responses=PAYLOAD_ANSWER, response_class=Response)
async def get_certificate_payload(
    certificate_id: CertificateId, call: Reading, verification: Owned, keys: Signing
) -> Response:
    """Show what the QR code of a valid certificate says: for what it is, whose, by whom, and until when."""
    certificate = await _valid(certificate_id, call, verification)
    names = await _names(certificate, verification)
    return Response(keys.credential(certificate, names, call.at), 200, PRIVATE, JOSE)


@credentials.get("/{certificate_id}/certificate.pdf", responses=PRINT_ANSWER, response_class=Response)
async def get_certificate_print(
    certificate_id: CertificateId,
    call: Reading,
    verification: Owned,
    keys: Signing,
    language: Annotated[Language, Query(description="Of the page; the code is the same", examples=["ko"])] = "ko",
) -> Response:
    """Show a valid certificate as PDF to print, with the QR code it is checked by."""
    certificate = await _valid(certificate_id, call, verification)
    names = await _names(certificate, verification)
    payload = keys.credential(certificate, names, call.at)
    content = await asyncio.to_thread(_print, certificate, names, payload, call.at, language)
    return Response(content, 200, PRIVATE, PDF)


async def _valid(certificate_id: str, call: Call, verification: Verification) -> Certificate:
    certificate = await verification.certificates.load(certificate_id)
    if not certificate.is_valid(call.at):
        raise Refused(
            "certificate.not_valid",
            f"the certificate is {certificate.status} and valid until {certificate.valid_until}: no paper is given out",
            f"인증서가 {certificate.status} 상태이고 유효기간이 {certificate.valid_until}까지이므로 발급할 수 없습니다",
        )
    return certificate


async def _names(certificate: Certificate, verification: Verification) -> Names:
    """Return what a certificate's parties are called today, and its product in the version that was verified."""
    product = certificate.product
    review, firm, institution, shown = await asyncio.gather(
        verification.reviews.load(certificate.review),
        verification.parties.require(certificate.owner),
        verification.parties.require(certificate.institution),
        verification.products.require(product.id),
    )
    english = shown.title_en if shown.version == product.version else ""
    return Names(
        institution=Name(institution.title, institution.title_en),
        firm=Name(firm.title, firm.title_en),
        product=Name(review.title, english),
    )


def _print(certificate: Certificate, names: Names, payload: str, at: datetime, language: Language) -> bytes:
    from services.verification.paper import certificate_of  # noqa: PLC0415  no start waits for the PDF library

    return certificate_of(certificate, names, payload, at, language)
