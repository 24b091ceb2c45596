"""Commitments: a buyer's promise to buy from a firm by a date, followed until it is kept, explained or released."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.domain.document import PositiveWon
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused
from shared.events.contracts import (
    CommitmentContracted,
    CommitmentDue,
    CommitmentExplained,
    CommitmentFulfilled,
    CommitmentPartly,
    CommitmentPromised,
    CommitmentReleased,
    CommitmentState,
    CommitmentStatus,
    CommitmentUnfulfilled,
)
from shared.events.days import end_of, next_notice, seoul_date, start_of
from shared.events.envelope import Won

NOTICES = (180, 90, 30, 0)
"""Days before the due date on which both sides are reminded."""
UNEXPLAINED = "date_passed"
"""The reason of a promise that was not kept while the buyer has given none."""


class Promise(BaseModel):
    """What a buyer promises: to buy for so much from this firm by the end of that day in Korea."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    firm: str = Field(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_5k2qj4"])
    amount: PositiveWon
    due: date = Field(le=date(2199, 12, 31), examples=["2027-06-30"])
    product: str = Field(default="", pattern=r"^(prd_[a-z0-9]{1,40})?$", examples=["prd_7dk3m2"])


class Commitment(Aggregate):
    """A purchase promise. Its result is what the contracts say that were signed, and not terminated, by the due date.

    A contract fact is counted by its own date, so one that is heard of late still corrects the result; one that is
    dated later changes nothing. Only a release is beyond that.
    """

    kind: ClassVar[str] = "contracts.commitment"

    institution: str
    firm: str
    amount: Won
    due_date: date
    promised_at: datetime
    product: str = ""
    status: CommitmentStatus = "promised"
    contracts: dict[str, Won] = Field(default_factory=dict)
    last_notice: int | None = None
    explanation: str = ""
    release_reason: str = ""

    @classmethod
    def promise(cls, commitment_id: str, institution: str, promise: Promise, at: datetime) -> "Commitment":
        """Return a new promise. Its date lies in the future."""
        if promise.due <= seoul_date(at):
            raise Invalid(
                "commitment.due_past", "the due date lies in the future", "기한은 미래여야 합니다", field="/due"
            )
        commitment = cls(
            id=commitment_id,
            institution=institution,
            firm=promise.firm,
            amount=promise.amount,
            due_date=promise.due,
            product=promise.product,
            promised_at=at,
        )
        commitment._record(
            CommitmentPromised(**commitment._parties(at), amount=commitment.amount, due=commitment.due_date)
        )
        return commitment

    @property
    def contracted(self) -> Decimal:
        return sum(self.contracts.values(), Decimal(0))

    @property
    def reason(self) -> str:
        """Why it was not kept, or was released; empty when there is nothing to explain."""
        if self.status == "released":
            return self.release_reason
        return self.explanation or (UNEXPLAINED if self.status in {"partly", "unfulfilled"} else "")

    def must_take(self, institution: str, firm: str, product: str) -> None:
        """Raise Refused unless a new contract of these two about this product may count towards it."""
        if (self.institution, self.firm) != (institution, firm) or self.product not in {"", product}:
            raise Refused(
                "contract.commitment_of_others",
                f"{self.id} promises something else or to others",
                f"{self.id}은(는) 다른 당사자 또는 다른 제품에 대한 약정입니다",
                field="/commitment",
            )
        if self.status not in {"promised", "due", "fulfilled"}:
            raise Refused(
                "contract.commitment_over",
                f"{self.id} is {self.status}",
                f"{self.id}은(는) 이미 종료된 약정입니다({self.status})",
                field="/commitment",
            )

    def count(self, contract: str, amount: Decimal, signed_at: datetime) -> None:
        """Add an active contract. Signed after the due date, it does not keep the promise."""
        if contract in self.contracts or signed_at >= self._deadline:
            return
        self.contracts = self.contracts | {contract: amount}
        self._add_up(contract, signed_at)

    def uncount(self, contract: str, terminated_at: datetime) -> None:
        """Take a terminated contract out. Terminated after the due date, it had kept the promise."""
        if contract not in self.contracts or terminated_at >= self._deadline:
            return
        self.contracts = {each: amount for each, amount in self.contracts.items() if each != contract}
        self._add_up(contract, terminated_at)

    def explain(self, reason: str, at: datetime) -> None:
        """Say why it is not, or will not be, kept. The newest explanation counts."""
        if self.status in {"fulfilled", "released"}:
            raise Refused(
                "commitment.nothing_to_explain",
                f"the commitment is {self.status}",
                f"약정이 {self.status} 상태이므로 사유가 필요 없습니다",
            )
        if reason == self.explanation:
            return
        self.explanation = reason
        self._record(CommitmentExplained(**self._parties(at), reason=reason))

    def release(self, reason: str, at: datetime) -> None:
        """Let the buyer off."""
        if self.status == "released":
            return
        if self.status not in {"promised", "due"}:
            raise Refused(
                "commitment.not_open",
                f"the commitment is {self.status}: only an open one can be released",
                f"약정이 {self.status} 상태입니다. 진행 중인 약정만 해제할 수 있습니다",
            )
        self.status, self.release_reason = "released", reason
        self._record(CommitmentReleased(**self._parties(at), reason=reason))

    def due(self) -> datetime | None:
        if self.status not in {"promised", "due"}:
            return None
        return next_notice(self.due_date, self._notices_left())

    def tick(self, at: datetime) -> None:
        """Remind when a notice is due, once for several that were missed; after the due date, say what came of it."""
        if self.status not in {"promised", "due"}:
            return
        if at >= self._deadline:
            self._fall_short(at)
            return
        reached = [days for days in self._notices_left() if self._day_before(days) <= at]
        if reached:
            self.status, self.last_notice = "due", min(reached)
            self._record(CommitmentDue(**self._parties(at), days_left=self.last_notice))

    def public(self) -> CommitmentState:
        return CommitmentState(
            id=self.id,
            institution=self.institution,
            firm=self.firm,
            product=self.product,
            amount=self.amount,
            contracted=self.contracted,
            due=self.due_date,
            status=self.status,
            reason=self.reason,
        )

    @property
    def _deadline(self) -> datetime:
        """The first moment after the due date in Korea."""
        return end_of(self.due_date)

    def _day_before(self, days: int) -> datetime:
        return start_of(self.due_date - timedelta(days))

    def _notices_left(self) -> list[int]:
        """Return the notices that were still ahead when the promise was made and have not been given."""
        last = self.last_notice
        return [days for days in NOTICES if self._day_before(days) > self.promised_at and (last is None or days < last)]

    def _add_up(self, contract: str, at: datetime) -> None:
        """Say what the contracts come to now, and what that makes of the promise."""
        self._record(CommitmentContracted(**self._parties(at), contract=contract, contracted=self.contracted))
        if self.status == "released":
            return
        if self.contracted >= self.amount:
            if self.status != "fulfilled":
                self.status = "fulfilled"
                self._record(CommitmentFulfilled(**self._parties(at), contracted=self.contracted))
        elif self.status == "fulfilled":
            # open again; past the due date the clock concludes it with its next tick
            self.status = "promised" if self.last_notice is None else "due"
        elif self.status in {"partly", "unfulfilled"}:
            self._fall_short(at)

    def _fall_short(self, at: datetime) -> None:
        """Conclude a promise that was not kept in full."""
        before = self.status
        self.status = "partly" if self.contracts else "unfulfilled"
        if self.status == before:
            return
        if self.status == "partly":
            self._record(CommitmentPartly(**self._parties(at), contracted=self.contracted, reason=self.reason))
        else:
            self._record(CommitmentUnfulfilled(**self._parties(at), reason=self.reason))

    def _parties(self, at: datetime) -> dict[str, Any]:
        return {"at": at, "commitment": self.id, "institution": self.institution, "firm": self.firm}
