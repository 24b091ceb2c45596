"""Products: drafted, registered, listed on a certificate, revised in immutable versions, paused, withdrawn."""

from datetime import datetime
from itertools import chain
from typing import ClassVar

from pydantic import BaseModel, Field, computed_field

from services.catalog.domain.content import FIELDS_REST_ON, Content, Version, model_compared, number_compared
from services.catalog.domain.field_schema import FieldSchema, form_of, written
from services.catalog.domain.history import Turn, not_seen_then, public_versions, turn_at, turned
from services.catalog.domain.words import Words
from shared.aggregate import Aggregate
from shared.errors import Invalid, NotFound, Refused, wrong_state
from shared.events.catalog import (
    PUBLIC,
    Category,
    Council,
    PartyState,
    ProductCertificate,
    ProductCertificatesChanged,
    ProductDrafted,
    ProductEdited,
    ProductKind,
    ProductLapsed,
    ProductListed,
    ProductPaused,
    ProductRef,
    ProductRegistered,
    ProductRejected,
    ProductResumed,
    ProductRevised,
    ProductRevisionRequested,
    ProductState,
    ProductStatus,
    ProductWithdrawn,
)
from shared.events.envelope import Event
from shared.events.verification import INSTITUTION_CLOSED

MOST_VERSIONS = 200
MOST_TURNS = 1000
"""Kept for good, in the document itself: so many are written in a product's whole life, and so often it is paused."""


class Opinion(BaseModel):
    """What the institutions of one dossier say of the version it names; `approved` is None until all have said it."""

    version: int
    approved: bool | None = None
    reasons: list[str] = Field(default_factory=list)


class Product(Aggregate):
    """Something a party offers. Once withdrawn, it never comes back.

    `versions[n - 1]` is version n. `version_shown` is the public one; a later one waits for a certificate of its own.
    `certified_version` is the last version whose material fields were verified. The first `registered_versions` may be
    under review somewhere and never change. `withheld` are certificates that came while the owner could start nothing
    new, or another product held what they would list: that waits until the owner may again, or the names are free.
    `dossiers` are those that name it, by id, as far as it has heard of them. `words` are what a listing is found by.
    `history` is which version was to see in which status, and since when.
    """

    kind: ClassVar[str] = "catalog.product"

    owner: str
    product_kind: ProductKind
    versions: list[Version]
    version_shown: int = 1
    registered_versions: int = 0
    certified_version: int = 0
    status: ProductStatus = "draft"
    message: str = ""
    certificates: list[ProductCertificate] = Field(default_factory=list)
    withheld: list[ProductCertificate] = Field(default_factory=list)
    dossiers: dict[str, Opinion] = Field(default_factory=dict)
    was_listed: bool = False
    words: Words | None = None
    history: list[Turn] = Field(default_factory=list)

    @classmethod
    def draft(
        cls,
        product_id: str,
        owner: str,
        owner_kind: str,
        product_kind: ProductKind,
        content: Content,
        at: datetime,
        asked: FieldSchema | None = None,
    ) -> "Product":
        """Return a draft. Raise Invalid as `outline` does."""
        product = cls.outline(product_id, owner, owner_kind, product_kind, content, asked)
        product.be_drafted(at)
        return product

    @classmethod
    def outline(
        cls,
        product_id: str,
        owner: str,
        owner_kind: str,
        product_kind: ProductKind,
        content: Content,
        asked: FieldSchema | None = None,
    ) -> "Product":
        """Return what would be a draft; it is one once it is told.

        Raise Invalid unless a firm offers technology or a product, or an institution its idle IP.
        `asked` is the field schema in force for its council and category, here and below; None asks for no fields.
        """
        if (owner_kind == "institution") != (product_kind == "idle_ip"):
            raise Invalid(
                "product.kind_of_others",
                "a firm offers technology and products, an institution its idle IP",
                "기업은 기술과 제품을, 기관은 유휴 지식재산을 등록합니다",
                field="/product_kind",
            )
        version = written(content, asked, "/content/fields", complete=False)
        return cls(id=product_id, owner=owner, product_kind=product_kind, versions=[version])

    def be_drafted(self, at: datetime) -> None:
        """Tell of a draft that is new."""
        files = sorted(self.files())
        self._record(
            ProductDrafted(at=at, product=self.ref, owner=self.owner, product_kind=self.product_kind, files=files)
        )

    @property
    def ref(self) -> ProductRef:
        return ProductRef(id=self.id, version=self.version_shown)

    @property
    def content(self) -> Version:
        return self.versions[self.version_shown - 1]

    def files(self) -> set[str]:
        """Return the files that any of its versions refers to."""
        return {each.file for version in self.versions for each in version.files}

    def shows(self, file_id: str, *, whole: bool) -> bool:
        """Return whether a version that is among `readable` has this file."""
        shown = (self.versions[number - 1] for number in self.readable(whole=whole))
        return any(each.file == file_id for version in shown for each in version.files)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def council(self) -> Council:
        """The public version's council: lists filter by it."""
        return self.content.council

    @computed_field  # type: ignore[prop-decorator]
    @property
    def category(self) -> Category:
        """The public version's category: lists filter by it."""
        return self.content.category

    def edit(self, content: Content, at: datetime, asked: FieldSchema | None = None) -> None:
        """Rewrite a draft: nobody has relied on it yet. What was registered before stays, and this is a new version."""
        self._must_be("draft")
        if not self.versions[-1].differs_from(content):
            return
        version = self._next(content, asked, complete=False)
        before = self.files()
        self.versions = [*self.versions[: self.registered_versions], version]
        self.version_shown = len(self.versions)
        self.certificates = self._covering()
        concerned = sorted(before ^ self.files())
        self._record(ProductEdited(at=at, product=self.ref, owner=self.owner, files=concerned))

    def register(self, at: datetime, asked: FieldSchema | None = None) -> None:
        """Declare the draft complete, by what is asked for today: from now on institutions may verify it.

        One that was sent back meanwhile may hold a certificate that still covers it: it is listed at once.
        """
        if self.status == "registered":
            return
        self._must_be("draft")
        if not self.content.summary:
            raise Invalid(
                "product.summary_missing",
                "a product needs a summary before it is registered",
                "등록하려면 요약이 필요합니다",
                field="/summary",
            )
        form_of(asked).must_hold(self.content.fields, "/fields", complete=True)
        self.status = "registered"
        self.registered_versions = len(self.versions)
        self.message = ""
        self._record(
            ProductRegistered(
                at=at,
                product=self.ref,
                owner=self.owner,
                product_kind=self.product_kind,
                category=self.content.category,
                council=self.content.council,
            )
        )
        if self.certificates:
            self._list(self.certificates[-1].id, at)

    def request_revision(self, message: str, at: datetime) -> None:
        """Send a registered product back to its owner."""
        self._must_be("registered")
        self.status, self.message = "draft", message
        self._record(ProductRevisionRequested(at=at, product=self.ref, owner=self.owner, message=message))

    def approve(self, at: datetime) -> None:
        """List idle IP on the operator's word: nobody verifies an unused patent."""
        if self.product_kind != "idle_ip":
            raise Refused(
                "product.needs_certificate",
                f"a {self.product_kind} is listed by a certificate, not by approval",
                f"{self.product_kind}은(는) 인증서로만 등재됩니다",
            )
        if self.status == "listed":
            return
        self._must_be("registered")
        self._list("", at)

    def reject(self, reasons: list[str], at: datetime) -> None:
        """Refuse a registered product for good reasons."""
        if self.status == "rejected":
            return
        self._must_be("registered")
        self.status, self.withheld = "rejected", []
        self._record(ProductRejected(at=at, product=self.ref, owner=self.owner, reasons=reasons))

    def open_dossier(self, dossier: str, version: int) -> None:
        """Note a dossier: while it is open, what others say does not reject that version. Older versions are past."""
        current = {each: opinion for each, opinion in self.dossiers.items() if opinion.version >= version}
        self.dossiers = current | {dossier: Opinion(version=version)}

    def close_dossier(self, dossier: str, version: int, reasons: list[str], at: datetime, *, approved: bool) -> None:
        """Reject what every institution refused: the newest version registered, while it waits for its result.

        The last of its dossiers to close decides, with the reasons of all, and one approval is enough against it. A
        result about an older version says nothing of the newer one, and what is certified stays what it is. A dossier
        opened at the same moment may be heard of only after the rejection: its certificate still lists the product.
        A dossier whose institutions all left says nothing: the product may be shown to others.
        """
        if reasons == [INSTITUTION_CLOSED] and not approved:
            self.dossiers = {each: opinion for each, opinion in self.dossiers.items() if each != dossier}
        else:
            self.dossiers = self.dossiers | {dossier: Opinion(version=version, approved=approved, reasons=reasons)}
        opinions = [opinion for opinion in self.dossiers.values() if opinion.version == version]
        refused = bool(opinions) and all(opinion.approved is False for opinion in opinions)
        if refused and self.status == "registered" and version == self.registered_versions and not self.withheld:
            self.reject(sorted({reason for opinion in opinions for reason in opinion.reasons}), at)

    def list_for(self, certificate: ProductCertificate, owner: PartyState, at: datetime) -> None:
        """Take a certificate. One for the version shown lists it; one for a later version makes that the one shown.

        A certificate for a version that has been replaced materially changes nothing: what it verified is gone. One
        that would make something public while the owner may start nothing new is withheld.
        """
        if self.status == "withdrawn" or certificate.version > len(self.versions):
            return
        self.withheld = _without(certificate.id, self.withheld)
        covered = self._last_without_material_change(certificate.version)
        if covered < self.version_shown or (self.status == "listed" and certificate in self.certificates):
            return
        publishes = self.status in {"registered", "lapsed", "rejected"} or covered > self.version_shown
        if publishes and not owner.is_active(at):
            self.withhold(certificate)
            return
        before = self.public()
        self.version_shown = covered
        self.certified_version = max(self.certified_version, certificate.version)
        self.certificates = [*_without(certificate.id, self._covering()), certificate]
        if self.status in {"registered", "lapsed", "rejected", "listed"}:
            self._list(certificate.id, at)
        elif self.public() != before:
            self._tell_certificates(at)

    def withhold(self, certificate: ProductCertificate) -> None:
        """Keep a certificate whose product may not be listed now."""
        self.withheld = [*_without(certificate.id, self.withheld), certificate]

    def publish(self, owner: PartyState, at: datetime) -> None:
        """Take the certificates that were withheld once more, now that the owner may start something new again."""
        for certificate in self.withheld:
            self.list_for(certificate, owner, at)

    def lose(self, certificate_id: str, at: datetime) -> None:
        """Let go of a certificate that ended. Without a last one the listing lapses."""
        held = len(self.certificates)
        self.certificates = _without(certificate_id, self.certificates)
        self.withheld = _without(certificate_id, self.withheld)
        if not self.certificates and self.status in {"listed", "paused"}:
            self.status = "lapsed"
            self._record(ProductLapsed(at=at, product=self.ref, owner=self.owner))
        elif len(self.certificates) < held:
            self._tell_certificates(at)

    def revise(self, content: Content, at: datetime, asked: FieldSchema | None = None) -> None:
        """Propose a change. A small one is public at once; a material one waits for a certificate of its own."""
        self._must_be("listed", "paused", "lapsed")
        fields = self.versions[-1].differs_from(content)
        if not fields:
            return
        before = self.files()
        self.versions = [*self.versions, self._next(content, asked, complete=True)]
        material = self._last_without_material_change(self.version_shown) < len(self.versions)
        if not material:
            self.version_shown = len(self.versions)
        revised = ProductRef(id=self.id, version=len(self.versions))
        self._record(
            ProductRevised(
                at=at,
                product=revised,
                owner=self.owner,
                material=material,
                fields=fields,
                files=sorted(self.files() - before),
            )
        )

    def pause(self, reason: str, at: datetime) -> None:
        """Take the listing down for now."""
        if self.status == "paused":
            return
        self._must_be("listed")
        if len(self.history) >= MOST_TURNS:
            raise Refused(
                "product.turns_full",
                f"it was paused and shown again too often: {MOST_TURNS} turns are kept of it",
                f"게시 중단과 재개가 너무 많습니다. 이력은 최대 {MOST_TURNS}건까지 보관됩니다",
            )
        self.status, self.message = "paused", reason
        self._record(ProductPaused(at=at, product=self.ref, owner=self.owner, reason=reason))

    def resume(self, at: datetime) -> None:
        """Show a paused listing again."""
        if self.status == "listed":
            return
        self._must_be("paused")
        self.status, self.message = "listed", ""
        self._record(ProductResumed(at=at, product=self.ref, owner=self.owner))

    def withdraw(self, reason: str, at: datetime) -> None:
        """Leave the market for good."""
        if self.status == "withdrawn":
            return
        self.status, self.message, self.withheld = "withdrawn", reason, []
        self._record(ProductWithdrawn(at=at, product=self.ref, owner=self.owner, reason=reason))

    def be_found_by(self, words: Words) -> None:
        """Keep the words of the version shown. They say nothing that it does not say itself, so nothing is recorded."""
        self.words = words

    def at_version(self, number: int, *, whole: bool = True) -> Version:
        """Return version `number`. Raise NotFound for one there is not, or that is not among `readable`."""
        if number not in self.readable(whole=whole):
            raise NotFound("product.version_unknown", f"there is no version {number}", f"{number} 버전이 없습니다")
        return self.versions[number - 1]

    def readable(self, *, whole: bool) -> list[int]:
        """Return the numbers of all versions, or without `whole` of those that were once public.

        What was proposed and replaced before anybody verified it, or sent back by the operator, stays between its
        owner and the institutions. Of what was stored before its history was, the one shown now is all that is known.
        """
        once_public = public_versions(self.history) | ({self.version_shown} if self.public().is_public else set())
        return [number for number in range(1, len(self.versions) + 1) if whole or number in once_public]

    def turn_at(self, moment: datetime, now: datetime, *, whole: bool) -> Turn:
        """Return what was to see at a moment, and without `whole` only what anybody saw. Raise as `turn_at` does."""
        turn = turn_at(self.history, moment, now)
        if not whole and (turn.status not in PUBLIC or not self.was_listed):
            raise not_seen_then()
        return turn

    def claims(self) -> list[str]:
        """A live product holds its IP number and its owner's model name (C9), shown and proposed, however written.

        It holds them as they are written too: what was stored before names were compared holds them so alone.
        """
        if self.status in {"draft", "withdrawn", "rejected"}:
            return []
        written = (self._names(content.ip_number, content.model) for content in self._named())
        return list(dict.fromkeys(chain(self.names(), *written)))

    def names(self) -> list[str]:
        """Return the claims it holds while it is live."""
        compared = (
            self._names(number_compared(content.ip_number), model_compared(content.model)) for content in self._named()
        )
        return list(dict.fromkeys(chain(*compared)))

    def _named(self) -> list[Version]:
        newest = self.versions[-1]
        return [newest] if newest is self.content else [self.content, newest]

    def taken(self, claim: str) -> Refused:
        field = "ip_number" if claim.startswith("ip:") else "model"
        return Refused(
            "product.duplicate",
            f"another listing has the same {field}",
            "같은 지식재산 번호 또는 모델의 제품이 이미 있습니다",
            field=f"/{field}",
        )

    def public(self) -> ProductState:
        newest = len(self.versions)
        secret = self.status in {"draft", "withdrawn"} and not self.was_listed
        content = self.content
        proposed = newest if newest > self.version_shown else None
        return ProductState(
            id=self.id,
            owner=self.owner,
            product_kind=self.product_kind,
            status=self.status,
            was_listed=self.was_listed,
            version=self.version_shown,
            certified_version=self.certified_version,
            proposed_version=proposed,
            title="" if secret else content.title,
            title_en="" if secret else content.title_en,
            summary="" if secret else content.summary,
            category=content.category,
            council=content.council,
            price=None if secret else content.price,
            readiness_level=content.readiness_level,
            ip_expires_on=None if secret else content.ip_expires_on,
            proposed=self.versions[-1].facts if proposed else None,
            certificates=self.certificates,
        )

    def _record(self, event: Event) -> None:
        """Keep what each event turned: whatever changes what is to see, an event tells."""
        self.history = turned(self.history, Turn(at=event.at, status=self.status, version=self.version_shown))
        super()._record(event)

    def _next(self, content: Content, asked: FieldSchema | None, *, complete: bool) -> Version:
        """Return the version after the newest. Fields that stay as they are stay under the schema of their time."""
        newest = self.versions[-1]
        kept = self.registered_versions if self.status == "draft" else len(self.versions)
        if kept >= MOST_VERSIONS:
            raise Refused(
                "product.versions_full",
                f"it has {MOST_VERSIONS} versions at most; withdraw it and register it anew",
                f"버전은 최대 {MOST_VERSIONS}개입니다. 철회한 뒤 새 제품으로 등록하십시오",
            )
        if FIELDS_REST_ON.isdisjoint(content.differs_from(newest)):
            return Version.of(content, newest.fields_version)
        return written(content, asked, "/fields", complete=complete)

    def _names(self, ip_number: str, model: str) -> list[str]:
        return [*([f"ip:{ip_number}"] if ip_number else []), *([f"model:{self.owner}|{model}"] if model else [])]

    def _list(self, certificate: str, at: datetime) -> None:
        self.status, self.message, self.was_listed = "listed", "", True
        self._record(ProductListed(at=at, product=self.ref, owner=self.owner, certificate=certificate))

    def _tell_certificates(self, at: datetime) -> None:
        """Say that the certificates changed: a state travels with an event, so without one the copies stay as old."""
        held = [each.id for each in self.certificates]
        self._record(ProductCertificatesChanged(at=at, product=self.ref, owner=self.owner, certificates=held))

    def _covering(self) -> list[ProductCertificate]:
        """Return the certificates whose verified version differs from the one shown in small fields only."""
        shown = self.version_shown
        return [held for held in self.certificates if self._last_without_material_change(held.version) >= shown]

    def _last_without_material_change(self, version: int) -> int:
        """Return the newest version that differs from this one in small fields only."""
        verified = self.versions[version - 1]
        last = version
        for number in range(version + 1, len(self.versions) + 1):
            later = self.versions[number - 1]
            if later.is_another_thing_than(verified):
                break
            last = number
        return last

    def _must_be(self, *statuses: ProductStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("product", "제품이", self.status, statuses)


def _without(certificate_id: str, certificates: list[ProductCertificate]) -> list[ProductCertificate]:
    return [each for each in certificates if each.id != certificate_id]
