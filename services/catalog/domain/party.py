"""Parties: registered, confirmed after checks, banned for a time, closed; their status is what these facts say."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field, computed_field

from services.catalog.domain import business_number
from services.catalog.domain.ban import Appeal, Ban, BanOrder, Decision
from services.catalog.domain.description import Contact, Description
from shared.aggregate import Aggregate
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import (
    Council,
    PartyActivated,
    PartyBanAppealed,
    PartyBanEnded,
    PartyBanUpheld,
    PartyClosed,
    PartyKind,
    PartyRegistered,
    PartyRestored,
    PartyRestricted,
    PartySmeCertificateDue,
    PartySmeCertificateLapsed,
    PartyState,
    PartyStatus,
)
from shared.events.days import next_notice, seoul_date

REMINDERS = (90, 30)
"""Days before the end at which a renewal is announced, as for certificates (domain.md)."""

LONGEST_BAN = timedelta(days=36_525)


class Party(Aggregate):
    """An organisation in the market. Once closed, it never comes back; its business number is free again.

    Whether its SME certificate is valid is told by its date alone; `reminded` and `lapse_told` say what was announced.
    """

    kind: ClassVar[str] = "catalog.party"

    party_kind: PartyKind
    title: str
    title_en: str
    business_number: str
    councils: list[Council]
    region: str
    contact: Contact | None
    confirmed_at: AwareDatetime | None = None
    sme_certificate_until: date | None = None
    bans: list[Ban] = Field(default_factory=list)
    closed_at: AwareDatetime | None = None
    reminded: list[int] = Field(default_factory=list)
    lapse_told: bool = False

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
        party = cls(id=party_id, **(description.model_dump() | {"business_number": number}))
        party._record(
            PartyRegistered(at=at, party=party_id, party_kind=description.party_kind, title=description.title)
        )
        return party

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> PartyStatus:
        """What its facts say; stored, so that lists can ask for it."""
        if self.closed_at is not None:
            return "closed"
        if self.confirmed_at is None:
            return "registered"
        return "restricted" if self._in_force() else "active"

    def activate(self, at: datetime, *, tax_active: bool, sme_certificate_until: date | None) -> None:
        """Confirm the party after its checks: tax status active and, for a small firm, a current SME certificate.

        An active one is confirmed again when it has a new certificate: they lapse every year. So is a banned one,
        which stays so.
        """
        if self.status == "closed":
            raise self._wrong("party.not_registered", "activated", "확인")
        if not tax_active:
            raise Refused("party.tax_inactive", "its tax status is not active", "국세청 사업자 상태가 정상이 아닙니다")
        certified = sme_certificate_until is not None and sme_certificate_until >= seoul_date(at)
        lapsed = self.party_kind == "sme" and not self.public().is_certified(at)
        known = sme_certificate_until in {None, self.sme_certificate_until}
        if self.status in {"active", "restricted"} and known and not lapsed:
            return
        if self.party_kind == "sme" and not certified:
            raise Refused(
                "party.sme_certificate_missing",
                "a small firm needs an SME certificate that is valid today",
                "중소기업확인서가 유효하지 않습니다",
                field="/sme_certificate_until",
            )
        self.confirmed_at, self.sme_certificate_until = at, sme_certificate_until
        self.reminded, self.lapse_told = [], False
        self._record(PartyActivated(at=at, party=self.id, sme_certificate_until=sme_certificate_until))

    def ban(self, order: BanOrder, by: str, at: datetime) -> None:
        """Let the party start nothing new, until a time or until it is lifted. What it has listed stays listed."""
        if any(each.is_ordered_by(order) for each in self._in_force()):
            return
        if self.status not in {"active", "restricted"}:
            raise self._wrong("party.not_active", "banned", "제재")
        if order.until is not None and not at < order.until <= at + LONGEST_BAN:
            raise Invalid(
                "party.ban_past",
                "a ban ends in the future, within a hundred years",
                "제재 종료일은 지금부터 100년 이내의 미래여야 합니다",
                field="/until",
            )
        number = len(self.bans) + 1
        self.bans.append(Ban(**order.model_dump(), number=number, at=at, by=by))
        self._record(PartyRestricted(at=at, party=self.id, ban=number, **order.model_dump()))

    def appeal(self, number: int, text: str, by: str, at: datetime) -> None:
        """Let the party say once why a ban is wrong. It stays in force meanwhile."""
        if self._ban(number).hear(Appeal(text=text, at=at, by=by)):
            self._record(PartyBanAppealed(at=at, party=self.id, ban=number))

    def decide(self, number: int, decision: Decision) -> None:
        """Uphold or lift a ban: another operator than the one who banned does, with a reason."""
        ban = self._ban(number)
        if not ban.decide(decision):
            return
        if decision.outcome == "upheld":
            self._record(PartyBanUpheld(at=decision.at, party=self.id, ban=number, reason=decision.reason))
        else:
            self._end(ban, decision.at, decision.reason)

    def close(self, reason: str, at: datetime) -> None:
        """Leave for good. Its products are withdrawn by this event."""
        if self.status == "closed":
            return
        self.closed_at = at
        self._record(PartyClosed(at=at, party=self.id, reason=reason))

    def must_be_active(self, at: datetime) -> None:
        """Raise Refused unless the party may start something new at this moment, by its dated facts."""
        self.public().must_be_active(at)

    def claims(self) -> list[str]:
        return [] if self.status == "closed" else [f"brn:{self.business_number}"]

    def taken(self, claim: str) -> Refused:
        number = claim.partition(":")[2]
        return Refused(
            "party.business_number_taken",
            f"another party is registered under {number}",
            f"사업자등록번호 {number}은(는) 이미 등록되어 있습니다",
            field="/business_number",
        )

    def due(self) -> datetime | None:
        ends = [each.until for each in self._in_force()]
        return min(filter(None, (*ends, self._certificate_due())), default=None)

    def tick(self, at: datetime) -> None:
        """End bans; announce the SME certificate's end at 90 and 30 days, once each, and when it has ended.

        A clock that was away announces once, with the days that are left.
        """
        for ban in self._in_force():
            if ban.until is not None and ban.until <= at:
                self._end(ban, at)
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

    def _certificate_due(self) -> datetime | None:
        """Return when the end of its SME certificate is next announced."""
        until = self.sme_certificate_until
        if self.party_kind != "sme" or self.status not in {"active", "restricted"} or until is None or self.lapse_told:
            return None
        return next_notice(until, [days for days in REMINDERS if days not in self.reminded])

    def public(self) -> PartyState:
        last = max(self._in_force(), key=lambda ban: (ban.until is None, ban.until or ban.at), default=None)
        facts = self.model_dump(exclude={"contact", "bans", "reminded", "lapse_told"})
        return PartyState(
            **facts, restriction=last.reason if last else "", restricted_until=last.until if last else None
        )

    def _in_force(self) -> list[Ban]:
        """Return the bans that have not ended; those of a closed party count for nothing."""
        return [each for each in self.bans if each.ended_at is None and self.closed_at is None]

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

    def _end(self, ban: Ban, at: datetime, reason: str = "") -> None:
        ban.ended_at = at
        self._record(PartyBanEnded(at=at, party=self.id, ban=ban.number, reason=reason))
        if self.status == "active":
            self._record(PartyRestored(at=at, party=self.id))

    def _wrong(self, rule: str, verb: str, verb_ko: str) -> Refused:
        return Refused(
            rule, f"a {self.status} party cannot be {verb}", f"{self.status} 상태의 당사자는 {verb_ko}할 수 없습니다"
        )
