"""What the catalog does when others have decided something."""

from services.catalog.ground import Catalog
from shared.aggregate import Cause
from shared.events.catalog import ProductCertificate
from shared.events.verification import (
    CertificateEvent,
    CertificateExpired,
    CertificateRenewed,
    CertificateRevoked,
    DossierClosed,
    ProductVerified,
)
from shared.messaging import Subscriptions

subscriptions: Subscriptions[Catalog] = Subscriptions()


@subscriptions.on(ProductVerified)
async def list_product(event: ProductVerified, cause: Cause, catalog: Catalog) -> None:
    """A valid certificate lists the version it was issued for."""
    await _take_certificate(event, cause, catalog)


@subscriptions.on(CertificateRenewed)
async def extend_listing(event: CertificateRenewed, cause: Cause, catalog: Catalog) -> None:
    """A renewed certificate keeps, or brings back, the listing that rests on it."""
    await _take_certificate(event, cause, catalog)


@subscriptions.on(CertificateExpired)
async def drop_expired_certificate(event: CertificateExpired, cause: Cause, catalog: Catalog) -> None:
    """A listing without a certificate lapses."""
    await _lose_certificate(event, cause, catalog)


@subscriptions.on(CertificateRevoked)
async def drop_revoked_certificate(event: CertificateRevoked, cause: Cause, catalog: Catalog) -> None:
    """A listing without a certificate lapses."""
    await _lose_certificate(event, cause, catalog)


@subscriptions.on(DossierClosed)
async def reject_product(event: DossierClosed, cause: Cause, catalog: Catalog) -> None:
    """A product that every institution refused is rejected; one that was listed stays what it was."""
    if event.approved:
        return
    product = await catalog.products.load(event.product.id, cause)
    if product.status == "registered":
        product.reject(event.reasons, cause.at)
    await catalog.products.save(product, cause)


async def _take_certificate(event: CertificateEvent, cause: Cause, catalog: Catalog) -> None:
    product = await catalog.products.load(event.product.id, cause)
    issued = event.certificate
    certificate = ProductCertificate(
        id=issued.id,
        number=issued.number,
        institution=issued.institution,
        version=event.product.version,
        valid_until=issued.valid_until,
    )
    product.list_for(certificate, cause.at)
    await catalog.products.save(product, cause)


async def _lose_certificate(event: CertificateEvent, cause: Cause, catalog: Catalog) -> None:
    product = await catalog.products.load(event.product.id, cause)
    product.lose(event.certificate.id, cause.at)
    await catalog.products.save(product, cause)
