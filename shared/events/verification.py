"""What verification publishes: dossiers, reviews and certificates."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.catalog import Council, ProductRef
from shared.events.envelope import Event, State

DossierStatus = Literal["submitted", "closed"]
ReviewStatus = Literal[
    "opened",
    "screening",
    "awaiting_firm",
    "committee",
    "inspection",
    "approved",
    "rejected",
    "deferred",
    "appealed",
    "recognised",
    "certified",
    "final",
]
CertificateStatus = Literal["certified", "renewal_due", "expired", "revoked"]
RecognitionRuleStatus = Literal["in_force", "withdrawn"]


class Certificate(BaseModel):
    """An institution's positive result for one product version. Valid from the first to the last day, both included."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: str
    institution: str
    valid_from: date
    valid_until: date


class DossierEvent(Event):
    """Something happened to a dossier."""

    kind: ClassVar[str] = "verification.dossier"

    dossier: str
    product: ProductRef
    owner: str


class DossierSubmitted(DossierEvent):
    """A firm applied to one or more institutions for one product version."""

    name: ClassVar[str] = "verification.dossier.submitted"

    institutions: list[str]


class DossierOverdue(DossierEvent):
    """A dossier is still open after a year, or another: longer than its reviews take. The operator has to see to it."""

    name: ClassVar[str] = "verification.dossier.overdue"

    years: int


INSTITUTION_CLOSED = "institution_closed"
"""The reason of a review that ended because its institution left the market: it has said nothing of the product."""


class DossierClosed(DossierEvent):
    """Every review of a dossier has ended; `approved` names the institutions that certified."""

    name: ClassVar[str] = "verification.dossier.closed"

    approved: list[str]
    rejected: list[str]
    reasons: list[str]


class ReviewEvent(Event):
    """Something happened to one institution's review."""

    kind: ClassVar[str] = "verification.review"

    review: str
    dossier: str
    institution: str
    product: ProductRef
    owner: str


class ReviewOpened(ReviewEvent):
    """An institution has a dossier to look at."""

    name: ClassVar[str] = "verification.review.opened"


class ReviewAssigned(ReviewEvent):
    """An officer without a conflict of interest took a review."""

    name: ClassVar[str] = "verification.review.assigned"


class ReviewChangesRequested(ReviewEvent):
    """The institution asked the firm; the clock stands still until it answers."""

    name: ClassVar[str] = "verification.review.changes_requested"

    round: int
    due: date


class ReviewAnswered(ReviewEvent):
    """The firm answered."""

    name: ClassVar[str] = "verification.review.answered"

    round: int


class ReviewRecognised(ReviewEvent):
    """The institution adopted another's certificate under a rule in force."""

    name: ClassVar[str] = "verification.review.recognised"

    recognised_certificate: str
    rule: str


class ReviewMembersInvited(ReviewEvent):
    """People were asked to sit on a committee; who they are is not told."""

    name: ClassVar[str] = "verification.review.members_invited"

    members: int
    outside_members: int
    answer_by: date


class ReviewInvitationsLapsed(ReviewEvent):
    """So many people did not answer in time whether they sit: the institution asks others."""

    name: ClassVar[str] = "verification.review.invitations_lapsed"

    members: int


class ReviewCommitteeConvened(ReviewEvent):
    """A committee will decide."""

    name: ClassVar[str] = "verification.review.committee_convened"

    members: int
    outside_members: int


class ReviewInspectionOrdered(ReviewEvent):
    """The committee waits for a field test."""

    name: ClassVar[str] = "verification.review.inspection_ordered"


class ReviewInspected(ReviewEvent):
    """A field test was reported."""

    name: ClassVar[str] = "verification.review.inspected"

    passed: bool


class ReviewDecided(ReviewEvent):
    """The chair decided on the committee's votes."""

    name: ClassVar[str] = "verification.review.decided"

    outcome: Literal["approved", "rejected", "deferred"]
    votes_for: int
    votes_against: int
    reasons: list[str]


class ReviewResumed(ReviewEvent):
    """A deferred review is the institution's to screen again: the day it rested until is over."""

    name: ClassVar[str] = "verification.review.resumed"


class ReviewOverdue(ReviewEvent):
    """Nobody has taken the next step in time; told again every five working days. The institution has to see to it.

    `waits_for` is a role and `step` what it has to do. More of both may come: take an unknown one as it is.
    """

    name: ClassVar[str] = "verification.review.overdue"

    waits_for: str = Field(examples=["chair"])
    step: str = Field(examples=["decide"])
    due: date


class ReviewAppealed(ReviewEvent):
    """The firm asked for another panel."""

    name: ClassVar[str] = "verification.review.appealed"


class ReviewEnded(ReviewEvent):
    """A review has its last result: certified, or final with reasons. Nothing follows."""

    name: ClassVar[str] = "verification.review.ended"

    outcome: Literal["certified", "rejected"]
    reasons: list[str]
    certificate: str = ""


class ReviewState(State):
    """A review as anybody may see it: no names of people, no scores."""

    kind: ClassVar[str] = "verification.review"

    dossier: str
    institution: str
    product: ProductRef
    owner: str
    status: ReviewStatus
    reasons: list[str] = Field(default_factory=list)
    certificate: str = ""


class DossierState(State):
    """A dossier as anybody may see it."""

    kind: ClassVar[str] = "verification.dossier"

    product: ProductRef
    owner: str
    institutions: list[str]
    status: DossierStatus
    approved: list[str] = Field(default_factory=list)
    rejected: list[str] = Field(default_factory=list)


class CertificateEvent(Event):
    """Something happened to a certificate."""

    kind: ClassVar[str] = "verification.certificate"

    certificate: Certificate
    product: ProductRef
    owner: str


class ProductVerified(CertificateEvent):
    """A product version has a certificate: the headline event."""

    name: ClassVar[str] = "verification.product.verified"

    review: str


class CertificateRenewalDue(CertificateEvent):
    """A certificate ends in 90 or 30 days."""

    name: ClassVar[str] = "verification.certificate.renewal_due"

    days_left: int


class CertificateRenewed(CertificateEvent):
    """A certificate has a later end."""

    name: ClassVar[str] = "verification.certificate.renewed"


class CertificateExpired(CertificateEvent):
    """A certificate's period is over."""

    name: ClassVar[str] = "verification.certificate.expired"


class CertificateRevoked(CertificateEvent):
    """The institution took its certificate back, or left one that was in question to the clock: `original_revoked`."""

    name: ClassVar[str] = "verification.certificate.revoked"

    reason: str


class CertificateQuestioned(CertificateEvent):
    """What a recognised certificate rests on was revoked: it is valid until its institution has decided, or `due`."""

    name: ClassVar[str] = "verification.certificate.questioned"

    revoked_certificate: str
    due: date


class CertificateKept(CertificateEvent):
    """The institution keeps a certificate in force, though what it rests on was revoked."""

    name: ClassVar[str] = "verification.certificate.kept"

    revoked_certificate: str
    reason: str


class CertificateState(State):
    """A certificate as anybody may see it. While it is in question it is valid all the same."""

    kind: ClassVar[str] = "verification.certificate"

    number: str
    institution: str
    product: ProductRef
    owner: str
    review: str
    status: CertificateStatus
    valid_from: date
    valid_until: date
    recognised_certificate: str = ""
    in_question_until: date | None = None


class RecognitionRuleEvent(Event):
    """Something happened to an institution's word that it adopts another's certificates."""

    kind: ClassVar[str] = "verification.recognition_rule"

    rule: str
    institution: str
    accepts: str


class RecognitionRuleCreated(RecognitionRuleEvent):
    """An institution adopts another's certificates, in one category or council or in all."""

    name: ClassVar[str] = "verification.recognition_rule.created"

    category: str = ""
    council: Council | None = None


class RecognitionRuleWithdrawn(RecognitionRuleEvent):
    """An institution no longer adopts another's certificates; what it has adopted stays."""

    name: ClassVar[str] = "verification.recognition_rule.withdrawn"


class RecognitionRuleState(State):
    """A recognition rule as anybody may see it."""

    kind: ClassVar[str] = "verification.recognition_rule"

    institution: str
    accepts: str
    category: str = ""
    council: Council | None = None
    status: RecognitionRuleStatus


class RuleSetPublished(Event):
    """An institution put rules in force for what is submitted from now on."""

    kind: ClassVar[str] = "verification.rule_set"
    name: ClassVar[str] = "verification.rule_set.published"

    rule_set: str
    institution: str
    number: int = Field(ge=1, examples=[2])


class RuleSetState(State):
    """An institution's rules as anybody may see them; the newest version and how many there are."""

    kind: ClassVar[str] = "verification.rule_set"

    institution: str
    number: int = Field(ge=1, examples=[2])
    title: str
    title_en: str


PUBLISHED: tuple[type[Event], ...] = (
    DossierSubmitted,
    DossierOverdue,
    DossierClosed,
    ReviewOpened,
    ReviewAssigned,
    ReviewChangesRequested,
    ReviewAnswered,
    ReviewRecognised,
    ReviewMembersInvited,
    ReviewInvitationsLapsed,
    ReviewCommitteeConvened,
    ReviewInspectionOrdered,
    ReviewInspected,
    ReviewDecided,
    ReviewResumed,
    ReviewOverdue,
    ReviewAppealed,
    ReviewEnded,
    ProductVerified,
    CertificateRenewalDue,
    CertificateRenewed,
    CertificateExpired,
    CertificateRevoked,
    CertificateQuestioned,
    CertificateKept,
    RecognitionRuleCreated,
    RecognitionRuleWithdrawn,
    RuleSetPublished,
)
STATES: tuple[type[State], ...] = (DossierState, ReviewState, CertificateState, RecognitionRuleState, RuleSetState)
