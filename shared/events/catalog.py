"""What the catalog publishes: parties and products."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import Refused
from shared.events.days import SEOUL, seoul_date
from shared.events.envelope import WHOLE, Event, State, Won

PartyKind = Literal["sme", "institution", "expert_institution", "investor", "operator", "ministry"]
PartyStatus = Literal["registered", "active", "restricted", "closed"]
TaxStatus = Literal["active", "suspended", "closed", "unregistered"]
MemberRole = Literal["manager", "signer", "chair", "officer", "expert"]
MemberStatus = Literal["active", "left"]
BanReason = Literal[
    "false_documents",
    "bribery",
    "collusion",
    "contract_breach",
    "poor_performance",
    "certificate_misuse",
    "other",
]
Council = Literal["soc", "energy", "ict"]
Category = Literal[
    "water",
    "road",
    "bridge",
    "housing",
    "port",
    "rail",
    "power",
    "gas",
    "renewable",
    "software",
    "network",
    "sensor",
    "robot",
    "other",
]
ProductKind = Literal["technology", "product", "idle_ip"]
FileType = Literal[
    "application/pdf",
    "image/png",
    "image/jpeg",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/hwp+zip",
    "application/x-hwp",
]
FileStatus = Literal["kept", "removed"]
ProductStatus = Literal["draft", "registered", "listed", "rejected", "paused", "lapsed", "withdrawn"]
ImportStatus = Literal["refused", "checked", "running", "finished", "cancelled"]

PUBLIC: frozenset[ProductStatus] = frozenset({"listed", "paused", "lapsed", "withdrawn"})
"""In which anybody may see a product, if it was ever listed."""


class PartyEvent(Event):
    """Something happened to a party."""

    kind: ClassVar[str] = "catalog.party"

    party: str


class PartyRegistered(PartyEvent):
    """A party asked to take part."""

    name: ClassVar[str] = "catalog.party.registered"

    party_kind: PartyKind
    title: str


class PartyActivated(PartyEvent):
    """The operator confirmed a party after its checks, or again with a new SME certificate."""

    name: ClassVar[str] = "catalog.party.activated"

    sme_certificate_until: date | None = None


class PartyChecked(PartyEvent):
    """The business registry was asked about a party, and its answer is news."""

    name: ClassVar[str] = "catalog.party.checked"

    tax_status: TaxStatus
    sme_certificate_until: date | None = None


class PartyRestricted(PartyEvent):
    """A party may not start anything new, by a ban or by its tax status; what it has begun or listed goes on."""

    name: ClassVar[str] = "catalog.party.restricted"

    reason: str = Field(examples=["false_documents"])
    until: AwareDatetime | None = None
    ban: int | None = Field(default=None, examples=[1], description="Which of the party's bans this is")
    document: str = Field(default="", examples=["조달청 제재공고 2026-0417"], description="What the ban rests on")
    appeal_by: date | None = Field(default=None, description="The last day for an appeal against the ban")


class PartyBanAppealed(PartyEvent):
    """A party said why a ban is wrong; the ban stays in force until another operator has decided."""

    name: ClassVar[str] = "catalog.party.ban_appealed"

    ban: int = Field(examples=[1])
    decide_by: date | None = Field(default=None, description="The last day for the decision")


class PartyBanAppealOverdue(PartyEvent):
    """Nobody has decided an appeal by its day: an operator must. Told again after some days, until somebody does."""

    name: ClassVar[str] = "catalog.party.ban_appeal_overdue"

    ban: int = Field(examples=[1])
    due: date


class PartyBanUpheld(PartyEvent):
    """Another operator than the one who banned found the ban right."""

    name: ClassVar[str] = "catalog.party.ban_upheld"

    ban: int = Field(examples=[1])
    reason: str


class PartyBanEnded(PartyEvent):
    """A ban ended by its date, or was lifted by another operator for a reason; others may still be in force."""

    name: ClassVar[str] = "catalog.party.ban_ended"

    ban: int = Field(examples=[1])
    reason: str = ""


class PartyRestored(PartyEvent):
    """The last restriction ended."""

    name: ClassVar[str] = "catalog.party.restored"


class PartySmeCertificateDue(PartyEvent):
    """A small firm's SME certificate ends in 90 or 30 days: it has to be renewed, or the firm starts nothing new."""

    name: ClassVar[str] = "catalog.party.sme_certificate_due"

    until: date
    days_left: int = Field(examples=[90])


class PartySmeCertificateLapsed(PartyEvent):
    """A small firm's SME certificate ended: it starts nothing new until it is confirmed with a new one."""

    name: ClassVar[str] = "catalog.party.sme_certificate_lapsed"

    until: date


class PartyCouncilsChanged(PartyEvent):
    """An institution joined or left councils; what was listed, certified or agreed before stays as it is."""

    name: ClassVar[str] = "catalog.party.councils_changed"

    councils: list[Council] = Field(description="Those it belongs to from now on")
    former: list[Council]
    reason: str


class PartyClosed(PartyEvent):
    """A party left for good; its products are withdrawn."""

    name: ClassVar[str] = "catalog.party.closed"

    reason: str


class PartyState(State):
    """A party as anybody may see it."""

    kind: ClassVar[str] = "catalog.party"

    party_kind: PartyKind
    title: str
    title_en: str
    business_number: str
    councils: list[Council]
    region: str
    status: PartyStatus
    sme_certificate_until: date | None = None
    restricted_until: AwareDatetime | None = None
    restriction: str = ""

    def is_active(self, at: datetime) -> bool:
        """Return whether the party may start something new at this moment, by its dated facts."""
        return not self._is_kept_out(at) and self.is_certified(at)

    def must_be_active(self, at: datetime, *, field: str = "") -> None:
        """Raise Refused unless the party may start something new at this moment; every gate of every service asks."""
        if self._is_kept_out(at):
            why = f": {self.restriction}" if self.restriction else ""
            until = f"{self.restricted_until.astimezone(SEOUL):%Y-%m-%d %H:%M}" if self.restricted_until else ""
            raise Refused(
                "party.not_active",
                f"{self.id} is {self.status}{why}{until and f' until {until} in Seoul'}",
                f"{self.id}이(가) 활동 상태가 아닙니다({self.status}{why}{until and f', {until}까지'})",
                field=field,
            )
        if not self.is_certified(at):
            ended = self.sme_certificate_until
            raise Refused(
                "party.sme_certificate_lapsed",
                f"the SME certificate of {self.id} ended on {ended}" if ended else f"{self.id} has no SME certificate",
                f"{self.id}의 중소기업확인서가 {ended}에 만료되었습니다"
                if ended
                else f"{self.id}에 중소기업확인서가 없습니다",
                field=field,
            )

    def _is_kept_out(self, at: datetime) -> bool:
        """Whether it is not active. A restriction ends at its hour, whether or not the clock has said so yet."""
        over = self.restricted_until is not None and self.restricted_until <= at
        return not (self.status == "active" or (self.status == "restricted" and over))

    def is_certified(self, at: datetime) -> bool:
        """Return whether it has the SME certificate that a small firm needs, through its last day in Korea."""
        until = self.sme_certificate_until
        return self.party_kind != "sme" or (until is not None and until >= seoul_date(at))


class MemberEvent(Event):
    """Something happened to a person's place in a party."""

    kind: ClassVar[str] = "catalog.member"

    member: str = Field(examples=["mem_3k9d2f"])
    party: str
    person: str = Field(examples=["prs_8kq2"])


class MemberEnrolled(MemberEvent):
    """A person acts for a party from now on."""

    name: ClassVar[str] = "catalog.member.enrolled"

    team: str = Field(examples=["구매부"])
    roles: list[MemberRole]
    until: AwareDatetime | None = None


class MemberChanged(MemberEvent):
    """A member has another team, other roles or another end."""

    name: ClassVar[str] = "catalog.member.changed"

    team: str = Field(examples=["구매부"])
    roles: list[MemberRole]
    until: AwareDatetime | None = None


class MemberDelegated(MemberEvent):
    """A colleague lent a member some roles for a time; earlier ones of the same lender are over."""

    name: ClassVar[str] = "catalog.member.delegated"

    lender: str = Field(examples=["mem_7c1x4p"])
    roles: list[MemberRole]
    until: AwareDatetime


class MemberDelegationEnded(MemberEvent):
    """Lent roles were given back, or taken back, before their time."""

    name: ClassVar[str] = "catalog.member.delegation_ended"

    lender: str = Field(examples=["mem_7c1x4p"])


class MemberLeft(MemberEvent):
    """A person no longer acts for a party; what they lent is over with it."""

    name: ClassVar[str] = "catalog.member.left"

    reason: str


class Delegation(BaseModel):
    """Roles a member has from a colleague, as long as that one holds them, until a time."""

    model_config = ConfigDict(frozen=True)

    lender: str = Field(examples=["mem_7c1x4p"])
    roles: list[MemberRole]
    until: AwareDatetime


class MemberState(State):
    """A person's place in a party, without a name: what every service knows of who may act for whom."""

    kind: ClassVar[str] = "catalog.member"

    party: str
    party_kind: PartyKind
    person: str = Field(examples=["prs_8kq2"])
    team: str = Field(examples=["구매부"])
    status: MemberStatus
    roles: list[MemberRole]
    until: AwareDatetime | None = None
    delegations: list[Delegation] = Field(default_factory=list)

    def acts(self, at: datetime) -> bool:
        """Return whether the person acts for the party at this moment."""
        return self.status == "active" and (self.until is None or at < self.until)

    def roles_at(self, at: datetime, lenders: Mapping[str, "MemberState"]) -> frozenset[str]:
        """Return the roles of their own and those lent: one that its lender has lost is nobody's to use."""
        lent = [each for each in self.delegations if at < each.until and each.lender in lenders]
        held = [{*each.roles} & {*lenders[each.lender].roles} for each in lent if lenders[each.lender].acts(at)]
        return frozenset(self.roles).union(*held)


class ProductRef(BaseModel):
    """A product at one immutable version."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: Annotated[int, WHOLE] = Field(ge=1)


class ProductEvent(Event):
    """Something happened to a product."""

    kind: ClassVar[str] = "catalog.product"

    product: ProductRef
    owner: str


class ProductWritten(ProductEvent):
    """A version of a product was written."""

    files: list[str] = Field(
        default=[],
        description="Files that the product refers to since then, or no longer does",
        examples=[["fil_3m7k2p"]],
    )


class ProductDrafted(ProductWritten):
    """A firm began to describe a product."""

    name: ClassVar[str] = "catalog.product.drafted"

    product_kind: ProductKind


class ProductEdited(ProductWritten):
    """A draft was rewritten: nobody relies on it yet."""

    name: ClassVar[str] = "catalog.product.edited"


class ProductRegistered(ProductEvent):
    """A product is complete and may be verified."""

    name: ClassVar[str] = "catalog.product.registered"

    product_kind: ProductKind
    category: str
    council: Council


class ProductRevisionRequested(ProductEvent):
    """The operator sent a registered product back."""

    name: ClassVar[str] = "catalog.product.revision_requested"

    message: str


class ProductListed(ProductEvent):
    """A product version is public."""

    name: ClassVar[str] = "catalog.product.listed"

    certificate: str = ""


class ProductRejected(ProductEvent):
    """A product will not be listed."""

    name: ClassVar[str] = "catalog.product.rejected"

    reasons: list[str]


class ProductRevised(ProductWritten):
    """A listed product changed; a material change waits for a new certificate while the old version stays public."""

    name: ClassVar[str] = "catalog.product.revised"

    material: bool
    fields: list[str]


class ProductPaused(ProductEvent):
    """The owner or the operator took a listing down for now."""

    name: ClassVar[str] = "catalog.product.paused"

    reason: str


class ProductResumed(ProductEvent):
    """A paused listing is public again."""

    name: ClassVar[str] = "catalog.product.resumed"


class ProductCertificatesChanged(ProductEvent):
    """A product gained, renewed or lost a certificate that neither listed it nor let it lapse."""

    name: ClassVar[str] = "catalog.product.certificates_changed"

    certificates: list[str] = Field(examples=[["crt_8d2m4z"]])


class ProductLapsed(ProductEvent):
    """A listing's last certificate is gone."""

    name: ClassVar[str] = "catalog.product.lapsed"


class ProductWithdrawn(ProductEvent):
    """A product left the market for good."""

    name: ClassVar[str] = "catalog.product.withdrawn"

    reason: str


class FieldSchemaPublished(Event):
    """A council asks for these typed fields in a category from now on; `number` counts the versions."""

    kind: ClassVar[str] = "catalog.field_schema"
    name: ClassVar[str] = "catalog.field_schema.published"

    field_schema: str
    council: Council
    category: Category
    number: int = Field(examples=[2])


class FieldSchemaState(State):
    """Which version of a category's field schema is in force; the schema itself is read from the catalog."""

    kind: ClassVar[str] = "catalog.field_schema"

    council: Council
    category: Category
    number: int = Field(examples=[2])


class ShortlistEvent(Event):
    """Something happened to a buyer's shortlist."""

    kind: ClassVar[str] = "catalog.shortlist"

    shortlist: str
    owner: str


class ShortlistCreated(ShortlistEvent):
    """A buyer began to pick products out."""

    name: ClassVar[str] = "catalog.shortlist.created"


class ShortlistChanged(ShortlistEvent):
    """A product was put on it or taken off; which one is the buyer's own business."""

    name: ClassVar[str] = "catalog.shortlist.changed"

    items: int = Field(examples=[3])


class ShortlistFrozen(ShortlistEvent):
    """It is closed for good."""

    name: ClassVar[str] = "catalog.shortlist.frozen"

    items: int = Field(examples=[3])


class ShortlistState(State):
    """A shortlist as anybody may know of it: whose it is, not what is on it."""

    kind: ClassVar[str] = "catalog.shortlist"

    owner: str
    items: int = Field(examples=[3])
    status: Literal["open", "frozen"]


class FileEvent(Event):
    """Something happened to a file; its name is nobody's business but its readers'."""

    kind: ClassVar[str] = "catalog.file"

    file: str
    owner: str


class FileUploaded(FileEvent):
    """A party brought a file: of this type and length, and with this SHA-256 in hexadecimal digits."""

    name: ClassVar[str] = "catalog.file.uploaded"

    media_type: FileType
    size: int = Field(examples=[182_044])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class FileRemoved(FileEvent):
    """A file that nothing referred to in time is gone."""

    name: ClassVar[str] = "catalog.file.removed"


class FileState(State):
    """A file as anybody may know of it: whose it is and what its bytes are, not what it is called."""

    kind: ClassVar[str] = "catalog.file"

    owner: str
    media_type: FileType
    size: int = Field(examples=[182_044])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    status: FileStatus


class ImportEvent(Event):
    """Something happened to a workbook of products that is imported."""

    kind: ClassVar[str] = "catalog.import"

    product_import: str
    owner: str


class ImportChecked(ImportEvent):
    """A workbook was read: without a faulty cell it can be started."""

    name: ClassVar[str] = "catalog.import.checked"

    rows: int = Field(examples=[2674])
    faulty_cells: int = Field(examples=[0])


class ImportStarted(ImportEvent):
    """Its rows are made into drafts."""

    name: ClassVar[str] = "catalog.import.started"

    rows: int = Field(examples=[2674])


class ImportProgressed(ImportEvent):
    """So many of its rows were gone through."""

    name: ClassVar[str] = "catalog.import.progressed"

    done: int = Field(examples=[400])
    rows: int = Field(examples=[2674])
    failed: int = Field(examples=[0])


class ImportFinished(ImportEvent):
    """All of its rows were gone through; all but `failed` are drafts."""

    name: ClassVar[str] = "catalog.import.finished"

    done: int = Field(examples=[2674])
    failed: int = Field(examples=[0])


class ImportCancelled(ImportEvent):
    """No more drafts are made of it; the first `done` rows were gone through."""

    name: ClassVar[str] = "catalog.import.cancelled"

    done: int = Field(examples=[400])


class ImportState(State):
    """An import as anybody may know of it: how far it is, not what is in it."""

    kind: ClassVar[str] = "catalog.import"

    owner: str
    status: ImportStatus
    rows: int = Field(examples=[2674])
    faulty_cells: int = Field(examples=[0])
    done: int = Field(examples=[2674])
    failed: int = Field(examples=[0])


class ProductCertificate(BaseModel):
    """A certificate a listing rests on."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: str
    institution: str
    version: int
    valid_from: date | None = Field(
        default=None,
        exclude_if=lambda day: day is None,  # what was signed about one that lacks it stays what was signed
        description="Missing where the certificate was taken before this was kept",
    )
    valid_until: date


class ProductFacts(BaseModel):
    """What institutions' entry rules look at in a product version."""

    model_config = ConfigDict(frozen=True)

    category: str
    council: Council
    readiness_level: int
    ip_expires_on: date | None = None


class ProductState(State):
    """A product as anybody may see it; what is a draft, or was never listed, shows no more than that it exists."""

    kind: ClassVar[str] = "catalog.product"

    owner: str
    product_kind: ProductKind
    status: ProductStatus
    was_listed: bool = False
    version: int
    certified_version: int = 0
    proposed_version: int | None = None
    title: str
    title_en: str
    summary: str
    category: str
    council: Council
    price: Won | None = None
    readiness_level: int
    ip_expires_on: date | None = None
    proposed: ProductFacts | None = None
    certificates: list[ProductCertificate] = Field(default_factory=list)

    @property
    def is_public(self) -> bool:
        """Return whether anybody may see it: what never was listed is private for good."""
        return self.status in PUBLIC and (self.status != "withdrawn" or self.was_listed)

    def facts(self, version: int) -> ProductFacts:
        """Return what is told of the version that is shown, or of the one that is proposed."""
        if version == self.proposed_version and self.proposed is not None:
            return self.proposed
        return ProductFacts(**{name: getattr(self, name) for name in ProductFacts.model_fields})


PUBLISHED: tuple[type[Event], ...] = (
    PartyRegistered,
    PartyActivated,
    PartyChecked,
    PartyRestricted,
    PartyBanAppealed,
    PartyBanAppealOverdue,
    PartyBanUpheld,
    PartyBanEnded,
    PartyRestored,
    PartySmeCertificateDue,
    PartySmeCertificateLapsed,
    PartyCouncilsChanged,
    PartyClosed,
    MemberEnrolled,
    MemberChanged,
    MemberDelegated,
    MemberDelegationEnded,
    MemberLeft,
    ProductDrafted,
    ProductEdited,
    ProductRegistered,
    ProductRevisionRequested,
    ProductListed,
    ProductRejected,
    ProductRevised,
    ProductPaused,
    ProductResumed,
    ProductCertificatesChanged,
    ProductLapsed,
    ProductWithdrawn,
    FieldSchemaPublished,
    ShortlistCreated,
    ShortlistChanged,
    ShortlistFrozen,
    FileUploaded,
    FileRemoved,
    ImportChecked,
    ImportStarted,
    ImportProgressed,
    ImportFinished,
    ImportCancelled,
)
STATES: tuple[type[State], ...] = (
    PartyState,
    MemberState,
    ProductState,
    FieldSchemaState,
    ShortlistState,
    FileState,
    ImportState,
)
