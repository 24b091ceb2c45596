"""Any order of facts, heard of early or late, against a function of the facts."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.errors import Refused
from shared.events.contracts import CommitmentDue
from shared.events.days import SEOUL
from tests.unit.contracts.builders import NOON, a_commitment, names

AMOUNT = 1000
DEADLINE = datetime(2027, 3, 2, tzinfo=SEOUL)
"""The promise is due on 1 March 2027: the notice of 180 days is past when it is made."""
NOTICES = [datetime(2026, 12, 1, tzinfo=SEOUL), datetime(2027, 1, 30, tzinfo=SEOUL), datetime(2027, 3, 1, tzinfo=SEOUL)]
CONTRACTS = st.sampled_from(["ctr_a", "ctr_b", "ctr_c", "ctr_d"])


class CommitmentMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.commitment = a_commitment(amount=str(AMOUNT), due="2027-03-01")
        self.told, self.heard = self.commitment.public(), len(self.commitment.recorded)
        self.at = NOON
        self.signed: dict[str, tuple[int, datetime]] = {}
        self.terminated: dict[str, datetime] = {}
        self.released = False

    def counting(self) -> dict[str, int]:
        return {
            contract: amount
            for contract, (amount, signed_at) in self.signed.items()
            if signed_at < DEADLINE and self.terminated.get(contract, DEADLINE) >= DEADLINE
        }

    def status(self) -> str:
        if self.released:
            return "released"
        contracted = sum(self.counting().values())
        if contracted >= AMOUNT:
            return "fulfilled"
        if self.at >= DEADLINE:
            return "partly" if contracted else "unfulfilled"
        return "due" if self.at >= NOTICES[0] else "promised"

    def clock(self) -> None:
        for _ in range(2):
            self.commitment.tick(self.at)

    @rule(days=st.integers(0, 60))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days)
        self.clock()

    @rule(contract=CONTRACTS, amount=st.integers(1, AMOUNT), late=st.integers(0, 40))
    def a_contract_is_signed(self, contract: str, amount: int, late: int) -> None:
        if contract in self.signed:
            amount, signed_at = self.signed[contract]
            if contract in self.terminated:
                return
        else:
            signed_at = max(NOON, self.at - timedelta(late))
            self.signed[contract] = (amount, signed_at)
        self.commitment.count(contract, Decimal(amount), signed_at)
        self.clock()

    @rule(contract=CONTRACTS, late=st.integers(0, 40))
    def a_contract_is_terminated(self, contract: str, late: int) -> None:
        if contract not in self.signed:
            return
        terminated_at = max(self.signed[contract][1], self.at - timedelta(late))
        self.commitment.uncount(contract, self.terminated.setdefault(contract, terminated_at))
        self.clock()

    @rule()
    def it_is_released(self) -> None:
        allowed = self.status() in {"promised", "due", "released"}
        try:
            self.commitment.release("합의", self.at)
        except Refused:
            assert not allowed
        else:
            assert allowed
            self.released = True

    @rule()
    def it_is_explained(self) -> None:
        allowed = self.status() not in {"fulfilled", "released"}
        try:
            self.commitment.explain("예산 이월", self.at)
        except Refused:
            assert not allowed
        else:
            assert allowed

    @invariant()
    def what_anybody_sees_changes_only_with_an_event(self) -> None:
        if len(self.commitment.recorded) == self.heard:
            assert self.commitment.public() == self.told
        self.told, self.heard = self.commitment.public(), len(self.commitment.recorded)

    @invariant()
    def it_is_what_the_facts_say(self) -> None:
        assert self.commitment.status == self.status()
        assert self.commitment.contracts == self.counting()

    @invariant()
    def who_was_let_off_or_failed_has_a_reason(self) -> None:
        assert bool(self.commitment.reason) or self.status() in {"promised", "due", "fulfilled"}

    @invariant()
    def reminders_come_once_and_count_down(self) -> None:
        given = [each.days_left for each in self.commitment.recorded if isinstance(each, CommitmentDue)]
        assert given == sorted(set(given) & {90, 30, 0}, reverse=True)

    @invariant()
    def a_result_is_told_each_time_it_changes(self) -> None:
        results = [name for name in names(self.commitment) if name.endswith(("fulfilled", "partly", "released"))]
        if self.status() not in {"promised", "due"}:
            assert results[-1] == f"commitment.{self.status()}"


TestCommitmentMachine = CommitmentMachine.TestCase
TestCommitmentMachine.settings = settings(max_examples=150, stateful_step_count=30)
