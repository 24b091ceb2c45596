"""What the catalog does when others, or its own parties, have decided something."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from services.catalog.domain.product import Product
from services.catalog.ground import Catalog
from shared.aggregate import Cause
from shared.errors import AlreadyApplied, Refused
from shared.events.catalog import (
    PartyActivated,
    PartyClosed,
    PartyEvent,
    PartyRestored,
    ProductCertificate,
    ProductDrafted,
    ProductEdited,
    ProductEvent,
    ProductListed,
    ProductRejected,
    ProductRevised,
    ProductRevisionRequested,
    ProductWithdrawn,
    ProductWritten,
)
from shared.events.matching import EventPartChanged, EventPartEvent, EventPartPlanned, EventPartWithdrawn
from shared.events.verification import (
    CertificateEvent,
    CertificateExpired,
    CertificateRenewed,
    CertificateRevoked,
    DossierClosed,
    DossierSubmitted,
    ProductVerified,
)
from shared.messaging import Subscriptions

log = structlog.get_logger()

subscriptions: Subscriptions[Catalog] = Subscriptions()

EVERY = 100_000
"""More products than one party has."""


@subscriptions.on(ProductVerified, CertificateRenewed)
async def take_certificate(event: CertificateEvent, cause: Cause, catalog: Catalog) -> None:
    """A valid certificate lists the version it was issued for, or keeps it listed, if the owner may start something."""
    product = await catalog.products.load(event.product.id, cause)
    issued = event.certificate
    certificate = ProductCertificate(
        id=issued.id,
        number=issued.number,
        institution=issued.institution,
        version=event.product.version,
        valid_from=issued.valid_from,
        valid_until=issued.valid_until,
    )
    product.list_for(certificate, (await catalog.parties.load(product.owner)).public(), cause.at)
    if certificate in product.withheld:
        # Stored, and only then is the owner looked at again: a restoration that found nothing withheld is seen here.
        # Until both are done the event does not count as applied, so a kill in between repeats them.
        await catalog.products.save(product, replace(cause, source="", sequence=0))
        product = await catalog.products.load(event.product.id, cause)
        product.publish((await catalog.parties.load(product.owner)).public(), cause.at)
    await _save_or_withhold(product, [certificate], cause, catalog)


@subscriptions.on(CertificateExpired, CertificateRevoked)
async def drop_ended_certificate(event: CertificateEvent, cause: Cause, catalog: Catalog) -> None:
    """A listing without a certificate lapses."""
    product = await catalog.products.load(event.product.id, cause)
    product.lose(event.certificate.id, cause.at)
    await catalog.products.save(product, cause)


@subscriptions.on(DossierSubmitted)
async def note_dossier(event: DossierSubmitted, cause: Cause, catalog: Catalog) -> None:
    """A version is not rejected while a dossier that names it is open."""
    product = await catalog.products.load(event.product.id, cause)
    product.open_dossier(event.dossier, event.product.version)
    await catalog.products.save(product, cause)


@subscriptions.on(DossierClosed)
async def reject_product(event: DossierClosed, cause: Cause, catalog: Catalog) -> None:
    """A version that every dossier's institutions refused is rejected, unless a newer one waits or it was certified."""
    product = await catalog.products.load(event.product.id, cause)
    product.close_dossier(event.dossier, event.product.version, event.reasons, cause.at, approved=bool(event.approved))
    await catalog.products.save(product, cause)


@subscriptions.on(PartyRestored, PartyActivated)
async def publish_withheld(event: PartyEvent, cause: Cause, catalog: Catalog) -> None:
    """What was certified during a restriction, or after the SME certificate had lapsed, is listed after it."""
    for found in await catalog.products.where({"owner": event.party, "withheld.0": {"$exists": True}}, EVERY):
        await _publish(found.id, cause, catalog)


@subscriptions.on(ProductDrafted, ProductEdited)
async def keep_files(event: ProductWritten, cause: Cause, catalog: Catalog) -> None:
    """A file stays while a version of a product refers to it. The newest document decides which do."""
    if event.files:
        referred = (await catalog.products.load(event.product.id)).files()
        for each in event.files:
            with suppress(AlreadyApplied):
                file = await catalog.files.load(each, cause)
                if each in referred:
                    file.be_used_by(event.product.id)
                else:
                    file.be_let_go_by(event.product.id, cause.at)
                await catalog.files.save(file, cause)


@subscriptions.on(EventPartPlanned, EventPartChanged, EventPartWithdrawn)
async def keep_documents(event: EventPartEvent, cause: Cause, catalog: Catalog) -> None:
    """A file stays, for everybody to read, while it is the document of a part of an event."""
    part = f"{event.event}/parts/{event.part.number}"
    if event.former_document:
        with suppress(AlreadyApplied):
            file = await catalog.files.load(event.former_document, cause)
            file.be_taken_from(part, cause.at)
            await catalog.files.save(file, cause)
    if event.part.document and event.part.status == "planned":
        with suppress(AlreadyApplied):
            file = await catalog.files.load(event.part.document, cause)
            file.be_shown_at(part)
            await catalog.files.save(file, cause)


@subscriptions.on(ProductRevised)
async def heed_revision(event: ProductRevised, cause: Cause, catalog: Catalog) -> None:
    """A revision may name files, and let go of names."""
    await keep_files(event, cause, catalog)
    await list_whose_names_are_free(event, cause, catalog)


@subscriptions.on(ProductListed, ProductRevisionRequested, ProductRejected, ProductWithdrawn)
async def list_whose_names_are_free(_: ProductEvent, cause: Cause, catalog: Catalog) -> None:
    """What was certified while another product held its patent or model name is listed once that lets go of it."""
    # All that waits is looked at, whatever it was that happened: events may come late and in any order.
    for found in await catalog.products.where({"withheld.id": {"$gt": ""}}, EVERY):
        owner = (await catalog.parties.load(found.owner)).public()
        if owner.is_active(cause.at) and await _is_free(found, catalog):
            await _publish(found.id, cause, catalog)


@subscriptions.on(PartyClosed)
async def withdraw_with_owner(event: PartyClosed, cause: Cause, catalog: Catalog) -> None:
    """A party that leaves takes its products with it."""
    for found in await catalog.products.where({"owner": event.party, "status": {"$ne": "withdrawn"}}, EVERY):
        with suppress(AlreadyApplied):
            product = await catalog.products.load(found.id, cause)
            product.withdraw(event.reason, cause.at)
            await catalog.products.save(product, cause)


async def _is_free(product: Product, catalog: Catalog) -> bool:
    return all(each.id == product.id for each in await catalog.products.holders(product.names()))


async def _publish(product_id: str, cause: Cause, catalog: Catalog) -> None:
    """Take a product's withheld certificates once more, with its owner as it is now."""
    with suppress(AlreadyApplied):
        product = await catalog.products.load(product_id, cause)
        waiting = product.withheld
        product.publish((await catalog.parties.load(product.owner)).public(), cause.at)
        await _save_or_withhold(product, waiting, cause, catalog)


async def _save_or_withhold(
    product: Product, certificates: Sequence[ProductCertificate], cause: Cause, catalog: Catalog
) -> None:
    """Save what certificates have made of a product; when another one holds its claims by now, keep them withheld.

    A rejected product holds no claims, so somebody may have taken them. Refused, the event would be tried for ever.
    """
    try:
        await catalog.products.save(product, cause)
    except Refused as refusal:
        log.warning("certificate_withheld", product=product.id, rule=refusal.rule)
    else:
        return
    kept = await catalog.products.load(product.id, cause)
    for certificate in certificates:
        kept.withhold(certificate)
    await catalog.products.save(kept, replace(cause, source="", sequence=0))
    # Stored, and only then tried again: whoever freed the names meanwhile may have found nothing waiting for them.
    again = await catalog.products.load(product.id, cause)
    again.publish((await catalog.parties.load(product.owner)).public(), cause.at)
    try:
        await catalog.products.save(again, cause)
    except Refused:
        await catalog.products.save(await catalog.products.load(product.id, cause), cause)
