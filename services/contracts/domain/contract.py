"""Contracts: drafted, offered, signed by both sides, delivered, accepted, paid and completed, or ended early."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from services.contracts.domain.document import Payment, ProductSnapshot, Proposal, Signature, digest, must_stand
from services.contracts.domain.eligibility import Standing
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused, wrong_state
from shared.events.catalog import ProductCertificate, ProductRef
from shared.events.contracts import (
    ContractAccepted,
    ContractCancelled,
    ContractCompleted,
    ContractDelivered,
    ContractDrafted,
    ContractKind,
    ContractOffered,
    ContractPaid,
    ContractSigned,
    ContractState,
    ContractStatus,
    ContractTerminated,
    SignatureGiven,
)
from shared.events.envelope import Won

OFFER_STANDS = timedelta(days=30)
OFFER_EXPIRED = "offer_expired"
UNSIGNED: tuple[ContractStatus, ...] = ("drafted", "offered", "part_signed")


class Contract(Aggregate):
    """An agreement between an institution and a firm. What it is about never changes; it is paid up to its amount.

    Cancelled (before it was active), terminated (after) and completed are final.
    """

    kind: ClassVar[str] = "contracts.contract"

    contract_kind: ContractKind
    institution: str
    firm: str
    product: ProductSnapshot
    certificate: ProductCertificate | None
    amount: Won
    terms: str
    meeting: str = ""
    commitment: str = ""
    status: ContractStatus = "drafted"
    document_sha256: str = ""
    offered_at: datetime | None = None
    signatures: list[Signature] = Field(default_factory=list)
    delivered_at: datetime | None = None
    accepted_at: datetime | None = None
    payments: list[Payment] = Field(default_factory=list)
    waiver: str = ""
    reason: str = ""

    @classmethod
    def draft(
        cls, contract_id: str, institution: str, proposal: Proposal, standing: Standing, at: datetime
    ) -> "Contract":
        """Return a new contract on a product version listed and certified today; both are kept as they are now."""
        standing.must_be_seller(licence=proposal.contract_kind == "licence")
        standing.must_be_active(at)
        standing.must_be_listed(proposal.product.version)
        product = standing.product
        contract = cls(
            id=contract_id,
            institution=institution,
            product=ProductSnapshot(**product.model_dump(include=set(ProductSnapshot.model_fields))),
            certificate=standing.certificate(at),
            **proposal.model_dump(exclude={"product"}),
        )
        contract._record(
            ContractDrafted(
                **contract._parties(at),
                contract_kind=contract.contract_kind,
                product=contract.product_ref,
                certificate=contract.certificate_id,
                meeting=contract.meeting,
            )
        )
        return contract

    @property
    def product_ref(self) -> ProductRef:
        return ProductRef(id=self.product.id, version=self.product.version)

    @property
    def certificate_id(self) -> str:
        return self.certificate.id if self.certificate else ""

    @property
    def was_signed(self) -> bool:
        """Whether both sides have bound themselves, whatever became of it."""
        return {signature.party for signature in self.signatures} == {self.institution, self.firm}

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), Decimal(0))

    def offer(self, standing: Standing, at: datetime) -> None:
        """Fix the document: from now on both sides may sign it, for 30 days."""
        if self.status in {"offered", "part_signed"}:
            return
        self._must_be("drafted")
        self._must_be_eligible(standing, at)
        self.status, self.offered_at, self.document_sha256 = "offered", at, digest(self)
        self._record(ContractOffered(**self._parties(at), document_sha256=self.document_sha256))

    def sign(self, party: str, person: str, standing: Standing, at: datetime) -> None:
        """Sign for one side, once, while the offer stands. The last signature makes the contract active."""
        signed = {signature.party for signature in self.signatures}
        if party in signed and self.status in {"part_signed", "active"}:
            return
        self._must_be("offered", "part_signed")
        must_stand(self.due(), at)
        self._must_be_eligible(standing, at)
        self.signatures = [*self.signatures, Signature(party=party, person=person, at=at)]
        self._record(SignatureGiven(**self._parties(at), signer=party))
        self.status = "active" if self.was_signed else "part_signed"
        if self.status == "active":
            self._record(
                ContractSigned(
                    **self._parties(at),
                    contract_kind=self.contract_kind,
                    product=self.product_ref,
                    meeting=self.meeting,
                    commitment=self.commitment,
                    amount=self.amount,
                )
            )

    def deliver(self, at: datetime) -> None:
        """Say that the firm delivered."""
        self._must_be("active")
        if self.delivered_at is None:
            self.delivered_at = at
            self._record(ContractDelivered(**self._parties(at)))

    def accept(self, at: datetime) -> None:
        """Accept what was delivered."""
        self._must_be("active")
        if self.accepted_at is not None:
            return
        if self.delivered_at is None:
            raise Refused("contract.not_delivered", "nothing was delivered yet", "아직 납품되지 않았습니다")
        self.accepted_at = at
        self._record(ContractAccepted(**self._parties(at)))

    def pay(self, amount: Decimal, erp_reference: str, at: datetime) -> None:
        """Note a payment. All of them together never exceed the amount; a reference counts once."""
        self._must_be("active")
        if any(payment.erp_reference == erp_reference for payment in self.payments):
            raise self.taken(self._erp_claim(erp_reference))
        if amount <= 0:
            raise Invalid(
                "contract.payment_not_positive",
                "a payment is more than nothing",
                "지급액은 0보다 커야 합니다",
                field="/amount",
            )
        left = self.amount - self.paid
        if amount > left:
            raise Refused(
                "contract.overpaid",
                f"{amount} is more than the {left} won still to pay",
                f"지급액 {amount}원이 잔액 {left}원을 초과합니다",
                field="/amount",
            )
        self.payments = [*self.payments, Payment(amount=amount, erp_reference=erp_reference, at=at)]
        self._record(ContractPaid(**self._parties(at), amount=amount, paid=self.paid, erp_reference=erp_reference))

    def complete(self, waiver: str, at: datetime) -> None:
        """Close a contract that was accepted and paid in full; what is missing is waived with a reason."""
        if self.status == "completed":
            return
        self._must_be("active")
        missing = self.accepted_at is None or self.paid < self.amount
        if missing and not waiver:
            raise Refused(
                "contract.not_fulfilled",
                "it is not accepted and paid in full; complete it with a waiver and its reason",
                "검수와 지급이 완료되지 않았습니다. 면제 사유가 필요합니다",
                field="/waiver",
            )
        self.status, self.waiver = "completed", waiver if missing else ""
        self._record(ContractCompleted(**self._parties(at), waiver=self.waiver))

    def cancel(self, reason: str, at: datetime) -> None:
        """End it before it is active: either side, or the clock."""
        if self.status == "cancelled":
            return
        self._must_be(*UNSIGNED)
        self.status, self.reason = "cancelled", reason
        self._record(ContractCancelled(**self._parties(at), reason=reason))

    def end_with_party(self, at: datetime) -> None:
        """End because one of the two left the market, unless both had signed before."""
        if self.status in UNSIGNED:
            self.cancel("party_closed", at)

    def terminate(self, reason: str, at: datetime) -> None:
        """End it while it is active."""
        if self.status == "terminated":
            return
        self._must_be("active")
        self.status, self.reason = "terminated", reason
        self._record(ContractTerminated(**self._parties(at), reason=reason))

    def due(self) -> datetime | None:
        if self.offered_at is None or self.status not in {"offered", "part_signed"}:
            return None
        return self.offered_at + OFFER_STANDS

    def tick(self, at: datetime) -> None:
        if (end := self.due()) is not None and end <= at:
            self.cancel(OFFER_EXPIRED, at)

    def claims(self) -> list[str]:
        """An institution uses an ERP reference once; a meeting leads to one contract that was not cancelled."""
        met = [f"meeting:{self.meeting}"] if self.meeting and self.status != "cancelled" else []
        return met + [self._erp_claim(payment.erp_reference) for payment in self.payments]

    def taken(self, claim: str) -> Refused:
        if claim.startswith("meeting:"):
            en, ko = f"another contract came of {self.meeting}", f"{self.meeting} 상담에서 나온 다른 계약이 있습니다"
            return Refused("contract.meeting_taken", en, ko, field="/meeting")
        reference = claim.partition("|")[2]
        en, ko = f"{reference} was used for another payment", f"이미 사용된 지급 번호입니다: {reference}"
        return Refused("contract.erp_reference_taken", en, ko, field="/erp_reference")

    def public(self) -> ContractState:
        same = self.model_dump(include=set(ContractState.model_fields))
        computed = {
            "product": self.product_ref,
            "certificate": self.certificate_id,
            "amount": self.amount if self.was_signed else None,
            "paid": self.paid,
        }
        return ContractState(**same | computed | {"signatures": [each.party for each in self.signatures]})

    def _erp_claim(self, reference: str) -> str:
        return f"erp:{self.institution}|{reference}"

    def _parties(self, at: datetime) -> dict[str, Any]:
        return {"at": at, "contract": self.id, "institution": self.institution, "firm": self.firm}

    def _must_be_eligible(self, standing: Standing, at: datetime) -> None:
        standing.must_be_active(at)
        standing.must_be_offered()
        standing.must_still_hold(self.certificate, at)

    def _must_be(self, *statuses: ContractStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("contract", "계약이", self.status, statuses)
