"""What contracts publishes: contracts and purchase commitments."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.events.catalog import ProductRef
from shared.events.envelope import Event, State, Won

ContractKind = Literal["purchase", "rnd", "challenge", "licence"]
ContractStatus = Literal[
    "drafted", "offered", "part_signed", "active", "completed", "evaluated", "cancelled", "terminated"
]
CommitmentStatus = Literal["promised", "due", "fulfilled", "partly", "unfulfilled", "released"]


class ContractEvent(Event):
    """Something happened to a contract."""

    kind: ClassVar[str] = "contracts.contract"

    contract: str
    institution: str
    firm: str


class ContractDrafted(ContractEvent):
    """An institution began a contract on a listed product version with a valid certificate.

    Everybody may read this, so the amount is not in it: until both have signed it is for the two sides alone.
    """

    name: ClassVar[str] = "contracts.contract.drafted"

    contract_kind: ContractKind
    product: ProductRef
    certificate: str
    meeting: str = ""


class ContractOffered(ContractEvent):
    """The terms are fixed and both sides may sign."""

    name: ClassVar[str] = "contracts.contract.offered"

    document_sha256: str


class SignatureGiven(ContractEvent):
    """One side signed."""

    name: ClassVar[str] = "contracts.signature.given"

    signer: str


class ContractSigned(ContractEvent):
    """The last signature made the contract active: the headline event."""

    name: ClassVar[str] = "contracts.contract.signed"

    contract_kind: ContractKind
    product: ProductRef
    meeting: str = ""
    commitment: str = ""
    amount: Won


class ContractDelivered(ContractEvent):
    """The firm delivered."""

    name: ClassVar[str] = "contracts.contract.delivered"


class ContractAccepted(ContractEvent):
    """The institution accepted what was delivered."""

    name: ClassVar[str] = "contracts.contract.accepted"


class ContractPaid(ContractEvent):
    """The institution paid a part; `paid` is the sum so far."""

    name: ClassVar[str] = "contracts.contract.paid"

    amount: Won
    paid: Won
    erp_reference: str


class ContractCompleted(ContractEvent):
    """Accepted and paid, or waived with a reason."""

    name: ClassVar[str] = "contracts.contract.completed"

    waiver: str = ""


class ContractCancelled(ContractEvent):
    """Ended before it was active."""

    name: ClassVar[str] = "contracts.contract.cancelled"

    reason: str


class ContractTerminated(ContractEvent):
    """Ended while it was active."""

    name: ClassVar[str] = "contracts.contract.terminated"

    reason: str


class ContractState(State):
    """A contract as anybody may see it; its amount only once it was signed."""

    kind: ClassVar[str] = "contracts.contract"

    contract_kind: ContractKind
    institution: str
    firm: str
    product: ProductRef
    certificate: str
    meeting: str = ""
    commitment: str = ""
    status: ContractStatus
    amount: Won | None
    paid: Won
    signatures: list[str] = Field(default_factory=list)


class CommitmentEvent(Event):
    """Something happened to a purchase promise."""

    kind: ClassVar[str] = "contracts.commitment"

    commitment: str
    institution: str
    firm: str


class CommitmentPromised(CommitmentEvent):
    """A buyer promised to buy by a date."""

    name: ClassVar[str] = "contracts.commitment.promised"

    amount: Won
    due: date


class CommitmentDue(CommitmentEvent):
    """The date of a promise is near or here: 180, 90, 30 or 0 days left."""

    name: ClassVar[str] = "contracts.commitment.due"

    days_left: int


class CommitmentContracted(CommitmentEvent):
    """A linked contract became active or was terminated: what the linked contracts add up to now."""

    name: ClassVar[str] = "contracts.commitment.contracted"

    contract: str
    contracted: Won


class CommitmentExplained(CommitmentEvent):
    """The buyer said why a promise is not, or will not be, kept."""

    name: ClassVar[str] = "contracts.commitment.explained"

    reason: str


class CommitmentFulfilled(CommitmentEvent):
    """Linked active contracts add up to the promise."""

    name: ClassVar[str] = "contracts.commitment.fulfilled"

    contracted: Won


class CommitmentPartly(CommitmentEvent):
    """The date passed with a part bought."""

    name: ClassVar[str] = "contracts.commitment.partly"

    contracted: Won
    reason: str


class CommitmentUnfulfilled(CommitmentEvent):
    """The date passed with nothing bought."""

    name: ClassVar[str] = "contracts.commitment.unfulfilled"

    reason: str


class CommitmentReleased(CommitmentEvent):
    """The firm or the operator let the buyer off."""

    name: ClassVar[str] = "contracts.commitment.released"

    reason: str


class CommitmentState(State):
    """A purchase promise as anybody may see it."""

    kind: ClassVar[str] = "contracts.commitment"

    institution: str
    firm: str
    product: str = ""
    amount: Won
    contracted: Won
    due: date
    status: CommitmentStatus
    reason: str = ""


PUBLISHED: tuple[type[Event], ...] = (
    ContractDrafted,
    ContractOffered,
    SignatureGiven,
    ContractSigned,
    ContractDelivered,
    ContractAccepted,
    ContractPaid,
    ContractCompleted,
    ContractCancelled,
    ContractTerminated,
    CommitmentPromised,
    CommitmentDue,
    CommitmentContracted,
    CommitmentExplained,
    CommitmentFulfilled,
    CommitmentPartly,
    CommitmentUnfulfilled,
    CommitmentReleased,
)
STATES: tuple[type[State], ...] = (ContractState, CommitmentState)
