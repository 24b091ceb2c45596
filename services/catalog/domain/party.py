"""Parties: registered, confirmed after checks, restricted and restored, closed."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain import business_number
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused
from shared.events.catalog import (
    Council,
    PartyActivated,
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


LONGEST_RESTRICTION = timedelta(days=36_525)


class Contact(BaseModel):
    """Whom to call: personal data, never in an event."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, pattern=r"\S", examples=["김하늘"])
    phone: str = Field(max_length=30, pattern=r"^$|\S", examples=["02-555-0100"])
    mail: str = Field(max_length=200, pattern=r"^$|\S", examples=["sky@example.kr"])


class Description(BaseModel):
    """What a party says of itself on registering."""

    model_config = ConfigDict(extra="forbid")

    party_kind: PartyKind
    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["한빛수처리"])
    title_en: str = Field(default="", max_length=200, pattern=r"^$|\S", examples=["Hanbit Water"])
    business_number: str = Field(max_length=20, examples=["1248100998"])
    councils: list[Council] = Field(default_factory=list, max_length=3)
    region: str = Field(default="", max_length=50, pattern=r"^$|\S", examples=["대전"])
    contact: Contact | None = None


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
    status: PartyStatus = "registered"
    sme_certificate_until: date | None = None
    restriction: str = ""
    restricted_until: datetime | None = None
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

    def activate(self, at: datetime, *, tax_active: bool, sme_certificate_until: date | None) -> None:
        """Confirm the party after its checks: tax status active and, for a small firm, a current SME certificate.

        An active one is confirmed again when it has a new certificate: they lapse every year. So is a restricted one,
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
        self.status = "restricted" if self.status == "restricted" else "active"
        self.sme_certificate_until = sme_certificate_until
        self.reminded, self.lapse_told = [], False
        self._record(PartyActivated(at=at, party=self.id, sme_certificate_until=sme_certificate_until))

    def restrict(self, reason: str, until: datetime | None, at: datetime) -> None:
        """Let the party start nothing new, until a time or until it is restored. What it has listed stays listed."""
        if self.status == "restricted" and (self.restriction, self.restricted_until) == (reason, until):
            return
        if self.status not in {"active", "restricted"}:
            raise self._wrong("party.not_active", "restricted", "제한")
        if until is not None and not at < until <= at + LONGEST_RESTRICTION:
            raise Invalid(
                "party.restriction_past",
                "a restriction ends in the future, within a hundred years",
                "제한 종료일은 지금부터 100년 이내의 미래여야 합니다",
                field="/until",
            )
        self.status, self.restriction, self.restricted_until = "restricted", reason, until
        self._record(PartyRestricted(at=at, party=self.id, reason=reason, until=until))

    def restore(self, at: datetime) -> None:
        """End a restriction."""
        if self.status == "active":
            return
        if self.status != "restricted":
            raise self._wrong("party.not_restricted", "restored", "해제")
        self.status, self.restriction, self.restricted_until = "active", "", None
        self._record(PartyRestored(at=at, party=self.id))

    def close(self, reason: str, at: datetime) -> None:
        """Leave for good. Its products are withdrawn by this event."""
        if self.status == "closed":
            return
        self.status = "closed"
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
        restricted_until = self.restricted_until if self.status == "restricted" else None
        return min(filter(None, (restricted_until, self._certificate_due())), default=None)

    def tick(self, at: datetime) -> None:
        """End a restriction; announce the SME certificate's end at 90 and 30 days, once each, and when it has ended.

        A clock that was away announces once, with the days that are left.
        """
        if self.status == "restricted" and self.restricted_until is not None and self.restricted_until <= at:
            self.restore(at)
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
        return PartyState(**self.model_dump(exclude={"contact", "reminded", "lapse_told"}))

    def _wrong(self, rule: str, verb: str, verb_ko: str) -> Refused:
        return Refused(
            rule, f"a {self.status} party cannot be {verb}", f"{self.status} 상태의 당사자는 {verb_ko}할 수 없습니다"
        )
