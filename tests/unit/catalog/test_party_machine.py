"""Parties on random walks beside a plain model."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.catalog.domain.ban import APPEAL_DAYS, DECISION_DAYS, BanOrder, Decision
from services.catalog.domain.finding import Finding
from services.catalog.domain.membership import Membership
from services.catalog.domain.party import Party
from shared.errors import NotFound, Refused
from shared.events.catalog import PartyState
from shared.events.days import seoul_date
from shared.events.working_days import CALLED_AGAIN, working_days
from tests.builders import FIRM, NOON, OPERATOR, a_registered_party

HOUR = timedelta(hours=1)
OPERATORS = st.sampled_from(["prs_kim", "prs_lee"])


@dataclass
class PlainBan:
    order: BanOrder
    by: str
    at: datetime
    appeal: str = ""
    appealed_at: datetime = NOON
    called: date | None = None
    decided: list[tuple[str, str]] = field(default_factory=list)
    over: bool = False


class PartyMachine(RuleBasedStateMachine):
    party: Party
    told: PartyState
    """The public state when the last event was recorded: what the copies elsewhere hold."""
    heard: int

    @initialize(kind=st.sampled_from(["sme", "institution"]))
    def register(self, kind: str) -> None:
        self.party = a_registered_party(party_kind=kind)
        self.confirmed = self.closed = False
        self.bans: list[PlainBan] = []
        self.found: tuple[str, str, date | None] | None = None
        self.registry_said: date | None = None
        """Source, tax status and certificate of the last finding, and below since when that is so."""
        self.found_at = NOON
        self.events = ["registered"]
        self.now = NOON
        self.until: date | None = None
        self.left: set[int] = set()
        """The notices still to come, in days before the end; -1 is the end itself."""
        self.told, self.heard = self.party.public(), 1

    @rule(hours=st.sampled_from([0, 1, 12, 24, 24 * 10, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR
        self.party.tick(self.now)
        self.party.tick(self.now)
        for ban in self.in_force:
            if ban.order.until <= self.now:
                self._ends(ban)
            elif ban in self.undecided and self._whole_days_since(ban.appealed_at) >= DECISION_DAYS:
                self._is_called_for(ban)
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
        given = None if days is None else seoul_date(self.now) + timedelta(days)
        until = given or (self.found[2] if self.found and self.party.party_kind == "sme" else None)
        valid = until is not None and until >= seoul_date(self.now)
        good = tax_active and (valid or self.party.party_kind != "sme")
        nothing_new = until in {None, self.party.sme_certificate_until} and not self.lapsed
        confirmed = self.confirmed and not self.closed and self.tax == "active"
        if tax_active and confirmed and nothing_new:
            self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=given)
        elif self.status != "closed" and good:
            was, before = self.status, self.why
            self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=given)
            self.confirmed = True
            self.found, self.found_at = ("operator", "active", until), self.now
            self.events.append("activated")
            self._follows(was, before)
            self.until, self.left = until, {90, 30, -1} if self.party.party_kind == "sme" else set()
        else:
            with pytest.raises(Refused):
                self.party.activate(self.now, tax_active=tax_active, sme_certificate_until=given)

    @rule(tax=st.sampled_from(["active", "suspended", "closed"]), days=st.sampled_from([None, -3, 60]))
    def the_registry_answers(self, tax: Any, days: int | None) -> None:
        until = None if days is None else seoul_date(self.now) + timedelta(days)
        answer = Finding(
            source="registry",
            tax_status=tax,
            sme_certificate_until=until,
            found_at=self.now,
            confirmed_at=self.now,
        )
        was, before = self.status, self.why
        self.party.learn(answer)
        self.party.learn(answer)
        if was == "closed":
            return
        if self.found != ("registry", tax, until):
            self.found, self.found_at = ("registry", tax, until), self.now
            self.events.append("checked")
            news = until not in {None, self.registry_said, self.until}
            self.registry_said = until or self.registry_said
            if self.confirmed and self.party.party_kind == "sme" and news:
                self.until, self.left = until, {90, 30, -1}
                self.events.append("activated")
            self._follows(was, before)
        if tax == "closed" and self.now - self.found_at >= timedelta(days=7):
            self.closed = True
            self.events.append("closed")

    @rule()
    def an_answer_comes_late(self) -> None:
        early = self.now - HOUR
        late = Finding(source="registry", tax_status="closed", found_at=early, confirmed_at=early)
        if self.found is not None and self.found_at == self.now:
            self.party.learn(late)

    @rule(reason=st.sampled_from(["bribery", "collusion"]), hours=st.sampled_from([1, 24, 24 * 60]), by=OPERATORS)
    def ban(self, reason: Any, hours: int, by: str) -> None:
        order = BanOrder(reason=reason, until=self.now + hours * HOUR, document="공고")
        if self.status not in {"active", "restricted"}:
            with pytest.raises(Refused):
                self.party.ban(order, by, OPERATOR, self.now)
            return
        repeat = order in [each.order for each in self.in_force]
        self.party.ban(order, by, OPERATOR, self.now)
        if not repeat:
            self.bans.append(PlainBan(order, by, self.now))
            self.events.append("restricted")

    @rule(number=st.integers(1, 3), text=st.sampled_from(["사실과 다름", "기한이 지남"]))
    def appeal(self, number: int, text: str) -> None:
        ban = self.bans[number - 1] if number <= len(self.bans) else None
        late = ban is not None and self._whole_days_since(ban.at) >= APPEAL_DAYS
        if ban is None or self.closed or (ban.appeal != text and (ban.appeal or ban.over or late)):
            with pytest.raises((NotFound, Refused)):
                self.party.appeal(number, text, "prs_park", FIRM, self.now)
            return
        self.party.appeal(number, text, "prs_park", FIRM, self.now)
        if not ban.appeal:
            ban.appeal, ban.appealed_at = text, self.now
            self.events.append("ban_appealed")

    @rule(number=st.integers(1, 3), outcome=st.sampled_from(["upheld", "lifted"]), by=OPERATORS)
    def decide(self, number: int, outcome: Any, by: str) -> None:
        ban = self.bans[number - 1] if number <= len(self.bans) else None
        decision = Decision(outcome=outcome, reason="확인함", at=self.now, by=by)
        if ban is not None and not self.closed and (outcome, by) in ban.decided:
            self.party.decide(number, decision)
            return
        unasked = outcome == "upheld" and ban is not None and (not ban.appeal or bool(ban.decided))
        if ban is None or self.closed or ban.over or by == ban.by or unasked:
            with pytest.raises((NotFound, Refused)):
                self.party.decide(number, decision)
            return
        self.party.decide(number, decision)
        ban.decided.append((outcome, by))
        if outcome == "lifted":
            self._ends(ban)
        else:
            self.events.append("ban_upheld")

    @rule(councils=st.lists(st.sampled_from(["soc", "energy"]), max_size=2, unique=True))
    def belong_to(self, councils: Any) -> None:
        told = Membership(councils=councils, reason="신규 가입", at=self.now, by="prs_kim", principal="pty_operator")
        if self.closed or self.party.party_kind != "institution":
            with pytest.raises(Refused):
                self.party.belong_to(told)
            return
        before = {*self.party.councils}
        self.party.belong_to(told)
        assert {*self.party.public().councils} == {*councils}
        if before != {*councils}:
            self.events.append("councils_changed")

    @rule()
    def close(self) -> None:
        self.party.close("폐업", self.now)
        if not self.closed:
            self.closed = True
            self.events.append("closed")

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        assert self.party.status == self.status
        assert [event.name.rpartition(".")[2] for event in self.party.recorded] == self.events
        awaited = self.status in {"active", "restricted"} and self.until is not None and bool(self.left)
        assert (self.party.due() is not None) == (awaited or bool(self.in_force))
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
    def what_copies_hold_tells_when_its_bans_are_over(self) -> None:
        ends = [each.order.until for each in self.in_force]
        last = None if self.tax != "active" else max(ends, default=None)
        assert self.party.public().restricted_until == last

    @invariant()
    def an_appeal_waits_for_its_decision_while_its_ban_is_in_force(self) -> None:
        assert [each.number for each in self.party.appealed()] == [
            number for number, each in enumerate(self.bans, 1) if each in self.undecided
        ]
        assert (self.party.decision_due is not None) == bool(self.undecided)

    @invariant()
    def it_survives_being_stored(self) -> None:
        again = Party.model_validate(self.party.model_dump(mode="json"))
        assert again.public() == self.party.public()

    @property
    def lapsed(self) -> bool:
        """Whether a small firm's certificate is over; one that is only registered has none yet."""
        return self.party.party_kind == "sme" and (self.until is None or self.until < seoul_date(self.now))

    @property
    def in_force(self) -> list[PlainBan]:
        return [each for each in self.bans if not each.over and not self.closed]

    @property
    def undecided(self) -> list[PlainBan]:
        return [each for each in self.in_force if each.appeal and not each.decided]

    @property
    def status(self) -> str:
        if self.closed or not self.confirmed:
            return "closed" if self.closed else "registered"
        return "restricted" if self.in_force or self.tax != "active" else "active"

    @property
    def why(self) -> str:
        """What keeps it out: findings alone change from one of these to another."""
        if self.status != "restricted":
            return ""
        return "a ban" if self.tax == "active" else self.tax

    @property
    def tax(self) -> str:
        return self.found[1] if self.found else "active"

    def _whole_days_since(self, at: datetime) -> int:
        """The working days that have followed, without today."""
        return working_days(seoul_date(at), seoul_date(self.now) - timedelta(days=1))

    def _is_called_for(self, ban: PlainBan) -> None:
        yesterday = seoul_date(self.now) - timedelta(days=1)
        if ban.called is None or working_days(ban.called, yesterday) >= CALLED_AGAIN:
            ban.called = seoul_date(self.now)
            self.events.append("ban_appeal_overdue")

    def _ends(self, ban: PlainBan) -> None:
        ban.over = True
        self.events.append("ban_ended")
        if self.status == "active":
            self.events.append("restored")

    def _follows(self, was: str, before: str) -> None:
        """What a finding brings about: kept out for its reason, or let in again."""
        if self.status == "restricted" and self.why != before:
            self.events.append("restricted")
        elif (was, self.status) == ("restricted", "active"):
            self.events.append("restored")


TestParty = PartyMachine.TestCase
TestParty.settings = settings(max_examples=200, stateful_step_count=30)
