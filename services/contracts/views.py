"""How contracts and commitments are shown: to their parties whole, to everybody else their public state."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.contracts.domain.commitment import Commitment
from services.contracts.domain.contract import Contract
from services.contracts.domain.document import Payment, ProductSnapshot, Signature
from shared.events.catalog import ProductCertificate
from shared.events.contracts import CommitmentState, ContractState
from shared.events.envelope import Won

_CONTRACT: JsonDict = {
    "id": "ctr_9f3k2p",
    "contract_kind": "purchase",
    "institution": "pty_3h7w1a",
    "firm": "pty_5k2qj4",
    "product": {"id": "prd_7dk3m2", "version": 1},
    "certificate": "crt_4m8s6t",
    "meeting": "mtg_2k7d9x",
    "commitment": "cmt_8d2m4z",
    "status": "active",
    "amount": "125000000",
    "paid": "25000000",
    "signatures": ["pty_5k2qj4", "pty_3h7w1a"],
    "version": 5,
    "details": {
        "product": {
            "id": "prd_7dk3m2",
            "version": 1,
            "product_kind": "technology",
            "title": "저전력 수처리 분리막",
            "owner": "pty_5k2qj4",
        },
        "certificate": {
            "id": "crt_4m8s6t",
            "number": "KW-2026-0001",
            "institution": "pty_3h7w1a",
            "version": 1,
            "valid_until": "2027-03-31",
        },
        "terms": "납품 후 30일 이내 검수한다.",
        "document_sha256": "5f0c8d8a0b5a4a35a3a2f1c6f2a4b6d2a9a7b1c3d5e7f90123456789abcdef01",
        "offered_at": "2026-11-20T02:00:00Z",
        "signatures": [{"party": "pty_5k2qj4", "person": "prs_1a2b3c", "at": "2026-11-21T02:00:00Z"}],
        "delivered_at": None,
        "accepted_at": None,
        "payments": [{"amount": "25000000", "erp_reference": "2026-가-0012", "at": "2026-11-22T02:00:00Z"}],
        "waiver": "",
        "reason": "",
    },
}
_COMMITMENT: JsonDict = {
    "id": "cmt_8d2m4z",
    "institution": "pty_3h7w1a",
    "firm": "pty_5k2qj4",
    "product": "prd_7dk3m2",
    "amount": "300000000",
    "contracted": "125000000",
    "due": "2027-06-30",
    "status": "due",
    "reason": "",
    "version": 3,
    "contracts": {"ctr_9f3k2p": "125000000"},
}


class ContractDetails(BaseModel):
    """The private parts of a contract."""

    product: ProductSnapshot
    certificate: ProductCertificate | None
    terms: str
    document_sha256: str
    offered_at: AwareDatetime | None
    signatures: list[Signature]
    delivered_at: AwareDatetime | None
    accepted_at: AwareDatetime | None
    payments: list[Payment]
    waiver: str
    reason: str


class ContractView(ContractState):
    """A contract; `details` only for its two parties and the operator."""

    amount: Won
    version: int
    details: ContractDetails | None = None

    model_config = ConfigDict(json_schema_extra={"example": _CONTRACT})


class CommitmentView(CommitmentState):
    """A purchase promise; `contracts` (what each counts for) only for its parties and the operator."""

    version: int
    contracts: dict[str, Won] = Field(default_factory=dict)

    model_config = ConfigDict(json_schema_extra={"example": _COMMITMENT})


class ContractPage(BaseModel):
    """Contracts, newest first; `next` is the cursor of the next page."""

    items: list[ContractView]
    next: str | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"items": [_CONTRACT], "next": None}})


class CommitmentPage(BaseModel):
    """Commitments, newest first; `next` is the cursor of the next page."""

    items: list[CommitmentView]
    next: str | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"items": [_COMMITMENT], "next": None}})


def contract_view(contract: Contract) -> ContractView:
    details = ContractDetails(**contract.model_dump(include=set(ContractDetails.model_fields)))
    public = contract.public().model_dump(exclude={"amount"})
    return ContractView(**public, amount=contract.amount, version=contract.version, details=details)


def public_contract_view(contract: Contract) -> ContractView:
    return contract_view(contract).model_copy(update={"details": None})


def commitment_view(commitment: Commitment) -> CommitmentView:
    public = commitment.public().model_dump()
    return CommitmentView(**public, version=commitment.version, contracts=commitment.contracts)


def public_commitment_view(commitment: Commitment) -> CommitmentView:
    return commitment_view(commitment).model_copy(update={"contracts": {}})
