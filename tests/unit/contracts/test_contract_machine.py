"""Any order of commands against a plain model: a table of what is allowed when, and a sum."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.errors import MarketError
from tests.unit.contracts.builders import FIRM, INSTITUTION, NOON, a_draft, a_standing, names

AMOUNT = 1000
OPEN = {"drafted", "offered", "part_signed"}
FINAL = {"completed", "cancelled", "terminated"}


class ContractMachine(RuleBasedStateMachine):
    """`happens` is the model's answer: a new status, None for a repeat that changes nothing, or "refused"."""

    def __init__(self) -> None:
        super().__init__()
        self.contract = a_draft(amount=str(AMOUNT))
        self.told, self.heard = self.contract.public(), len(self.contract.recorded)
        self.at = NOON
        self.offered_at = NOON
        self.status = "drafted"
        self.signed: set[str] = set()
        self.paid: dict[str, int] = {}
        self.delivered = self.accepted = False

    def run(self, command: Callable[[], None], *, refused: bool, changes: bool) -> None:
        before, recorded = self.contract.model_dump(), len(self.contract.recorded)
        try:
            command()
        except MarketError:
            assert refused
            assert (self.contract.model_dump(), len(self.contract.recorded)) == (before, recorded)
        else:
            assert not refused
            assert (len(self.contract.recorded) > recorded) == changes

    @rule()
    def offer(self) -> None:
        changes = self.status == "drafted"
        refused = self.status not in OPEN
        self.run(lambda: self.contract.offer(a_standing(), self.at), refused=refused, changes=changes)
        if changes:
            self.status, self.offered_at = "offered", self.at

    @rule(side=st.sampled_from([INSTITUTION, FIRM]))
    def sign(self, side: str) -> None:
        repeats = side in self.signed and self.status in {"part_signed", "active"}
        changes = not repeats and self.status in {"offered", "part_signed"}
        self.run(
            lambda: self.contract.sign(side, "prs_1", a_standing(), self.at),
            refused=not (repeats or changes),
            changes=changes,
        )
        if changes:
            self.signed.add(side)
            self.status = "active" if len(self.signed) == 2 else "part_signed"

    @rule()
    def deliver(self) -> None:
        active = self.status == "active"
        changes = active and not self.delivered
        self.run(lambda: self.contract.deliver(self.at), refused=not active, changes=changes)
        self.delivered |= changes

    @rule()
    def accept(self) -> None:
        fine = self.status == "active" and self.delivered
        changes = fine and not self.accepted
        self.run(lambda: self.contract.accept(self.at), refused=not fine, changes=changes)
        self.accepted |= changes

    @rule(amount=st.integers(-1, AMOUNT + 1), reference=st.sampled_from("abcde"))
    def pay(self, amount: int, reference: str) -> None:
        left = AMOUNT - sum(self.paid.values())
        fine = self.status == "active" and reference not in self.paid and 0 < amount <= left
        self.run(lambda: self.contract.pay(Decimal(amount), reference, self.at), refused=not fine, changes=fine)
        if fine:
            self.paid[reference] = amount

    @rule(waiver=st.sampled_from(["", "상계"]))
    def complete(self, waiver: str) -> None:
        whole = self.accepted and sum(self.paid.values()) == AMOUNT
        changes = self.status == "active" and (whole or waiver != "")
        refused = not changes and self.status != "completed"
        self.run(lambda: self.contract.complete(waiver, self.at), refused=refused, changes=changes)
        if changes:
            self.status = "completed"

    @rule()
    def cancel(self) -> None:
        changes = self.status in OPEN
        refused = not changes and self.status != "cancelled"
        self.run(lambda: self.contract.cancel("reason", self.at), refused=refused, changes=changes)
        if changes:
            self.status = "cancelled"

    @rule()
    def terminate(self) -> None:
        changes = self.status == "active"
        refused = not changes and self.status != "terminated"
        self.run(lambda: self.contract.terminate("reason", self.at), refused=refused, changes=changes)
        if changes:
            self.status = "terminated"

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days)
        waiting = self.status in {"offered", "part_signed"}
        if waiting and self.at - self.offered_at >= timedelta(days=30):
            self.status = "cancelled"
        self.contract.tick(self.at)
        self.contract.tick(self.at)

    @invariant()
    def what_anybody_sees_changes_only_with_an_event(self) -> None:
        if len(self.contract.recorded) == self.heard:
            assert self.contract.public() == self.told
        self.told, self.heard = self.contract.public(), len(self.contract.recorded)

    @invariant()
    def it_is_what_the_model_says(self) -> None:
        assert self.contract.status == self.status
        assert {each.party for each in self.contract.signatures} == self.signed
        assert len(self.contract.signatures) == len(self.signed)
        assert self.contract.paid == sum(self.paid.values()) <= AMOUNT

    @invariant()
    def its_events_tell_the_same(self) -> None:
        told = names(self.contract)
        assert told.count("contract.signed") == (len(self.signed) == 2)
        assert told.count("signature.given") == len(self.signed)
        assert told.count("contract.paid") == len(self.paid)
        assert sum(told.count(f"contract.{end}") for end in FINAL) == (self.status in FINAL)

    @invariant()
    def the_clock_looks_only_at_what_waits_for_it(self) -> None:
        assert (self.contract.due() is not None) == (self.status in {"offered", "part_signed"})


TestContractMachine = ContractMachine.TestCase
TestContractMachine.settings = settings(max_examples=150, stateful_step_count=30)
