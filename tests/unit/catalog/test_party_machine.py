"""Parties on random walks beside a plain model."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.catalog.domain.party import Party
from shared.errors import Refused
from shared.events.catalog import PartyState
from shared.events.days import seoul_date
from tests.builders import NOON, a_registered_party

HOUR = timedelta(hours=1)


class PartyMachine(RuleBasedStateMachine):
    party: Party
    told: PartyState
    """The public state when the last event was recorded: what the copies elsewhere hold."""
    heard: int

    @initialize(kind=st.sampled_from(["sme", "institution"]))
    def register(self, kind: str) -> None:
        self.party = a_registered_party(party_kind=kind)
        self.status = "registered"
        self.restriction: tuple[str, datetime | None] = ("", None)
        self.events = ["registered"]
        self.now = NOON
        self.until: date | None = None
        self.left: set[int] = set()
        """The notices still to come, in days before the end; -1 is the end itself."""
        self.told, self.heard = self.party.public(), 1

    @rule(hours=st.sampled_from([0, 1, 12, 24, 24 * 10, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR
        restricted_until = self.restriction[1]
        self.party.tick(self.now)
        self.party.tick(self.now)
        if self.status == "restricted" and restricted_until is not None and restricted_until <= self.now:
            self._becomes("active", "restored")
        if self.status not in {"active", "restricted"} or self.until is None:
            return
        days = (self.until - seoul_date(self.now)).days
        if passed := {notice for notice in self.left if days <= notice}:
            self.left -= passed
            self.events.append("sme_certificate_lapsed" if days < 0 else "sme_certificate_due")
            if days < 0:
                self.left = set()

    @rule(tax_active=st.booleans(), days=st.sampled_from([None, 10, 60, 200, 20_000]))
    def activate(self, *, tax_active: bool, days: int | None) -> None:
        until = None if days is None else seoul_date(self.now) + timedelta(days)
        good = tax_active and (until is not None or self.party.party_kind != "sme")
        nothing_new = until in {None, self.party.sme_certificate_until} and not self.lapsed
        if tax_active and self.status in {"active", "restricted"} and nothing_new:
            self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=until)
        elif self.status != "closed" and good:
            self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=until)
            self._becomes("restricted" if self.status == "restricted" else "active", "activated")
            self.until, self.left = until, {90, 30, -1} if self.party.party_kind == "sme" else set()
        else:
            with pytest.raises(Refused):
                self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=until)

    @rule(reason=st.sampled_from(["제재", "조사"]), hours=st.sampled_from([None, 1, 24]))
    def restrict(self, reason: str, hours: int | None) -> None:
        until = None if hours is None else self.now + hours * HOUR
        if self.status not in {"active", "restricted"}:
            with pytest.raises(Refused):
                self.party.restrict(reason, until, self.now)
            return
        repeat = self.status == "restricted" and self.restriction == (reason, until)
        self.party.restrict(reason, until, self.now)
        self.restriction = (reason, until)
        if not repeat:
            self._becomes("restricted", "restricted")

    @rule()
    def restore(self) -> None:
        if self.status in {"active", "restricted"}:
            self.party.restore(self.now)
            if self.status == "restricted":
                self._becomes("active", "restored")
        else:
            with pytest.raises(Refused):
                self.party.restore(self.now)

    @rule()
    def close(self) -> None:
        self.party.close("폐업", self.now)
        if self.status != "closed":
            self._becomes("closed", "closed")

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        assert self.party.status == self.status
        assert [event.name.rpartition(".")[2] for event in self.party.recorded] == self.events
        awaited = self.status in {"active", "restricted"} and self.until is not None and bool(self.left)
        ends = self.status == "restricted" and self.restriction[1] is not None
        assert (self.party.due() is not None) == (awaited or ends)
        assert bool(self.party.claims()) == (self.status != "closed")

    @invariant()
    def what_anybody_sees_changes_only_with_an_event(self) -> None:
        if len(self.party.recorded) == self.heard:
            assert self.party.public() == self.told
        self.told, self.heard = self.party.public(), len(self.party.recorded)

    @invariant()
    def only_an_active_party_starts_something_new(self) -> None:
        if self.status == "active" and not self.lapsed:
            self.party.must_be_active(self.now)
        else:
            with pytest.raises(Refused):
                self.party.must_be_active(self.now)

    @invariant()
    def it_survives_being_stored(self) -> None:
        again = Party.model_validate(self.party.model_dump(mode="json"))
        assert again.public() == self.party.public()

    @property
    def lapsed(self) -> bool:
        """Whether a small firm's certificate is over; one that is only registered has none yet."""
        return self.party.party_kind == "sme" and (self.until is None or self.until < seoul_date(self.now))

    def _becomes(self, status: str, event: str) -> None:
        self.status = status
        self.events.append(event)


TestParty = PartyMachine.TestCase
TestParty.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
