"""Parties: registered, confirmed after checks, banned for a time, closed; their status is what these facts say."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.catalog.domain import business_number
from services.catalog.domain.ban import Appeal, Ban, BanOrder, Decision
from services.catalog.domain.description import Contact, Description
from services.catalog.domain.finding import Finding
from services.catalog.domain.membership import Membership
from services.catalog.domain.standing import REMINDERS, Standing
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import (
    PartyActivated,
    PartyBanAppealed,
    PartyBanAppealOverdue,
    PartyBanEnded,
    PartyBanUpheld,
    PartyChecked,
    PartyClosed,
    PartyCouncilsChanged,
    PartyRegistered,
    PartyRestored,
    PartyRestricted,
    PartySmeCertificateDue,
    PartySmeCertificateLapsed,
    PartyState,
)
from shared.events.days import seoul_date

CHECK_EVERY = timedelta(days=7)
"""How often the business registry is asked; so long, too, a closed business is looked at before its party closes."""
ASK_AGAIN_AFTER = timedelta(hours=1)
FINDINGS_KEPT = 50


class Party(Standing):
    """An organisation in the market. Once closed, it never comes back; its business number is free again."""

    @classmethod
    def register(cls, party_id: str, description: Description, at: datetime) -> "Party":
        """Return a new party. Raise Invalid for a business number whose check digit is wrong."""
        if not business_number.is_valid(description.business_number):
            raise Invalid(
                "party.business_number_invalid",
                "the business number's check digit is wrong",
                "사업자등록번호의 검증번호가 올바르지 않습니다",
                field="/business_number",
            )
        number = business_number.normalise(description.business_number)
        party = cls(id=party_id, check_after=at, **(description.model_dump() | {"business_number": number}))
        party._record(
            PartyRegistered(at=at, party=party_id, party_kind=description.party_kind, title=description.title)
        )
        return party

    def activate(
        self, at: datetime, *, tax_active: bool, sme_certificate_until: date | None, left: Sequence["Party"] = ()
    ) -> None:
        """Confirm the party after its checks: tax status active and, for a small firm, a current SME certificate.

        An active one is confirmed again when it has a new certificate: they lapse every year. So is a banned one,
        which stays so. Without a date, the certificate that the registry knows of counts. Bans go with the business:
        of its parties that have `left`, the last one's go on.
        """
        if self.status == "closed":
            raise self._wrong("party.not_registered", "activated", "확인")
        if not tax_active:
            raise Refused("party.tax_inactive", "its tax status is not active", "국세청 사업자 상태가 정상이 아닙니다")
        until = sme_certificate_until
        if until is None and self.party_kind == "sme" and self.findings:
            until = self.findings[-1].sme_certificate_until
        certified = until is not None and until >= seoul_date(at)
        lapsed = self.party_kind == "sme" and not self.public().is_certified(at)
        known = until in {None, self.sme_certificate_until}
        if self.confirmed_at is not None and self._tax_status == "active" and known and not lapsed:
            return
        if self.party_kind == "sme" and not certified:
            raise Refused(
                "party.sme_certificate_missing",
                "a small firm needs an SME certificate that is valid today",
                "중소기업확인서가 유효하지 않습니다",
                field="/sme_certificate_until",
            )
        was, borne = self.public(), left[-1].bans if left and self.confirmed_at is None else []
        self.confirmed_at = at
        self._note(
            Finding(source="operator", tax_status="active", sme_certificate_until=until, found_at=at, confirmed_at=at)
        )
        self._is_certified_until(until, at)
        self._tell_what_follows(was, at)
        for ban in borne:
            if not ban.is_over(at):
                self._shut_out(ban.model_copy(update={"number": len(self.bans) + 1}, deep=True), at)

    def learn(self, found: Finding) -> None:
        """Take an answer of the business registry. What is new in it of certificate and taxes counts at once.

        A day of the certificate that it said before is not: the operator may have seen a new one since.
        A closed business makes its party leave once a later answer, a week on, says so too: there is no way back.
        """
        at = found.confirmed_at
        last = self.findings[-1] if self.findings else None
        if self.status == "closed" or (last is not None and at < last.confirmed_at):
            return
        self.check_after = at + CHECK_EVERY
        if last is not None and last.is_confirmed_by(found):
            last.confirmed_at = at
        else:
            was, until, old = self.public(), found.sme_certificate_until, self._certificate_by(found.source)
            self._note(found)
            self._record(PartyChecked(at=at, party=self.id, tax_status=found.tax_status, sme_certificate_until=until))
            if self.confirmed_at and self.party_kind == "sme" and until not in {None, old, self.sme_certificate_until}:
                self._is_certified_until(until, at)
            self._tell_what_follows(was, at)
        if found.tax_status == "closed" and at - self.findings[-1].found_at >= CHECK_EVERY:
            self.close("tax_closed", at)

    def ask_for_check(self, at: datetime) -> None:
        """Have the registry asked now, and not when a week is over."""
        if self.status == "closed":
            raise self._wrong("party.closed", "checked", "확인")
        self.check_after = min(at, self.check_after or at)

    def go_unanswered(self, at: datetime) -> None:
        """Wait for a while: the registry said nothing of this one that could be understood. Nothing else changes."""
        self.check_after = at + ASK_AGAIN_AFTER

    def ban(self, order: BanOrder, by: str, principal: str, at: datetime) -> None:
        """Let the party start nothing new, until its end or until it is lifted. What it has listed stays listed."""
        if any(each.is_ordered_by(order) for each in self._in_force()):
            return
        if self.status not in {"active", "restricted"}:
            raise self._wrong("party.not_active", "banned", "제재")
        order.must_end_in_time(at)
        number = len(self.bans) + 1
        self._shut_out(Ban(**order.model_dump(), number=number, at=at, by=by, principal=principal), at)

    def appeal(self, number: int, text: str, by: str, principal: str, at: datetime) -> None:
        """Let the party say once, in time, why a ban is wrong. It stays in force meanwhile."""
        appeal = Appeal(text=text, at=at, by=by, principal=principal)
        if self._ban(number).hear(appeal):
            self._record(PartyBanAppealed(at=at, party=self.id, ban=number, decide_by=appeal.decide_by))

    def decide(self, number: int, decision: Decision) -> None:
        """Uphold or lift a ban: another operator than the one who banned does, with a reason."""
        ban = self._ban(number)
        if not ban.decide(decision):
            return
        if decision.outcome == "upheld":
            self._record(PartyBanUpheld(at=decision.at, party=self.id, ban=number, reason=decision.reason))
        else:
            self._end(ban, decision.at, decision.reason)

    def belong_to(self, membership: Membership) -> None:
        """Be in these councils from now on. What was listed, certified or agreed before stays as it is."""
        if self.party_kind != "institution":
            raise Refused(
                "party.not_institution",
                "only institutions belong to councils",
                "협의회에는 공공기관만 소속될 수 있습니다",
            )
        if self.status == "closed":
            raise self._wrong("party.closed", "moved to other councils", "소속 협의회를 변경")
        former, at = self.councils, membership.at
        if {*former} == {*membership.councils}:
            return
        self.councils = membership.councils
        self.memberships.append(membership)
        told = membership.model_dump(include={"councils", "reason"})
        self._record(PartyCouncilsChanged(at=at, party=self.id, former=former, **told))

    def be_reached_by(self, contact: Contact) -> None:
        """Name whom to call, in place of who was named before. No event tells: it is personal."""
        if self.status == "closed":
            raise self._wrong("party.closed", "reached", "연락")
        self.contact = contact

    def erase_contact(self) -> None:
        """Forget whom to call, whatever became of the party."""
        self.contact = None

    def close(self, reason: str, at: datetime) -> None:
        """Leave for good. Its products are withdrawn by this event."""
        if self.status == "closed":
            return
        self.closed_at, self.check_after = at, None
        self._record(PartyClosed(at=at, party=self.id, reason=reason))

    def tick(self, at: datetime) -> None:
        """End bans and call for overdue decisions; announce the SME certificate's end at 90 and 30 days and afterwards.

        Each is told once. A clock that was away announces once, with the days that are left.
        """
        for ban in self._in_force():
            if ban.is_over(at):
                self._end(ban, at)
            elif late := ban.call_for_decision(at):
                self._record(PartyBanAppealOverdue(at=at, party=self.id, ban=ban.number, due=late))
        due, until = self._certificate_due(), self.sme_certificate_until
        if due is None or until is None or at < due:
            return
        left = (until - seoul_date(at)).days
        if left < 0:
            self.lapse_told = True
            self._record(PartySmeCertificateLapsed(at=at, party=self.id, until=until))
            return
        self.reminded = [days for days in REMINDERS if left <= days]
        self._record(PartySmeCertificateDue(at=at, party=self.id, until=until, days_left=left))

    def _note(self, found: Finding) -> None:
        self.findings = [*self.findings, found][-FINDINGS_KEPT:]

    def _is_certified_until(self, until: date | None, at: datetime) -> None:
        """Go by this date of the SME certificate from now on; its end is announced anew."""
        self.sme_certificate_until = until
        self.reminded, self.lapse_told = [], False
        self._record(PartyActivated(at=at, party=self.id, sme_certificate_until=until))

    def _tell_what_follows(self, was: PartyState, at: datetime) -> None:
        """Record what a finding has made of the party's standing."""
        now = self.public()
        if now.status == "restricted" and now.restriction != was.restriction:
            self._record(PartyRestricted(at=at, party=self.id, reason=now.restriction, until=now.restricted_until))
        elif (was.status, now.status) == ("restricted", "active"):
            self._record(PartyRestored(at=at, party=self.id))

    def _ban(self, number: int) -> Ban:
        if not 1 <= number <= len(self.bans):
            raise NotFound(
                "ban.unknown",
                f"{self.id} has no ban {number}",
                f"{self.id}에는 {number}번 제재가 없습니다",
                field="/ban",
            )
        if self.status == "closed":
            raise self._wrong("party.closed", "heard", "심의")
        return self.bans[number - 1]

    def _shut_out(self, ban: Ban, at: datetime) -> None:
        self.bans.append(ban)
        told = ban.model_dump(include={"reason", "until", "document"})
        self._record(PartyRestricted(at=at, party=self.id, ban=ban.number, appeal_by=ban.last_day_to_appeal, **told))

    def _end(self, ban: Ban, at: datetime, reason: str = "") -> None:
        ban.ended_at = at
        self._record(PartyBanEnded(at=at, party=self.id, ban=ban.number, reason=reason))
        if self.status == "active":
            self._record(PartyRestored(at=at, party=self.id))
