"""A party's dated facts, and what they say of its standing at any moment."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import AwareDatetime, Field, computed_field

from services.catalog.domain.ban import Ban
from services.catalog.domain.description import Contact
from services.catalog.domain.finding import Finding, FindingSource
from services.catalog.domain.membership import Membership
from shared.aggregate import Aggregate
from shared.errors import Refused
from shared.events.catalog import Council, PartyKind, PartyState, PartyStatus, TaxStatus
from shared.events.days import next_notice

REMINDERS = (90, 30)
"""Days before the end at which a renewal is announced, as for certificates (domain.md)."""


class Standing(Aggregate):
    """The facts of a party and what can be told from them; the commands are the party's.

    Whether its SME certificate is valid is told by its date alone; `reminded` and `lapse_told` say what was announced.
    """

    kind: ClassVar[str] = "catalog.party"
    personal: ClassVar[frozenset[str]] = frozenset({"contact"})

    party_kind: PartyKind
    title: str
    title_en: str
    business_number: str
    councils: list[Council]
    region: str
    contact: Contact | None
    confirmed_at: AwareDatetime | None = None
    sme_certificate_until: date | None = None
    findings: list[Finding] = Field(default_factory=list)
    check_after: AwareDatetime | None = None
    bans: list[Ban] = Field(default_factory=list)
    memberships: list[Membership] = Field(default_factory=list)
    closed_at: AwareDatetime | None = None
    reminded: list[int] = Field(default_factory=list)
    lapse_told: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> PartyStatus:
        """What its facts say; stored, so that lists can ask for it."""
        if self.closed_at is not None:
            return "closed"
        if self.confirmed_at is None:
            return "registered"
        return "restricted" if self._in_force() or self._tax_status != "active" else "active"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def decision_due(self) -> date | None:
        """The last day for the next decision of an appeal; stored, so that the operators' queue goes by it."""
        return min((each.undecided.decide_by for each in self._in_force() if each.undecided), default=None)

    def appealed(self) -> list[Ban]:
        """Return the bans that wait for the decision of an appeal."""
        return [each for each in self._in_force() if each.undecided]

    def must_be_active(self, at: datetime) -> None:
        """Raise Refused unless the party may start something new at this moment, by its dated facts."""
        self.public().must_be_active(at)

    def claims(self) -> list[str]:
        return [] if self.status == "closed" else [number_claim(self.business_number)]

    def taken(self, claim: str) -> Refused:
        number = claim.partition(":")[2]
        return Refused(
            "party.business_number_taken",
            f"another party is registered under {number}",
            f"사업자등록번호 {number}은(는) 이미 등록되어 있습니다",
            field="/business_number",
        )

    def due(self) -> datetime | None:
        moments = [self._certificate_due()]
        for ban in self._in_force():
            moments += [ban.until, ban.undecided.called_at() if ban.undecided else None]
        return min(filter(None, moments), default=None)

    def public(self) -> PartyState:
        last = max(self._in_force(), key=lambda ban: (ban.until is None, ban.until or ban.at), default=None)
        restriction, until = (last.reason, last.until) if last else ("", None)
        if self.status == "restricted" and self._tax_status != "active":
            restriction, until = f"tax_{self._tax_status}", None
        facts = self.model_dump(exclude={"contact", "findings", "bans", "memberships", "reminded", "lapse_told"})
        return PartyState(**facts, restriction=restriction, restricted_until=until)

    @property
    def _tax_status(self) -> TaxStatus:
        return self.findings[-1].tax_status if self.findings else "active"

    def _certificate_by(self, source: FindingSource) -> date | None:
        """Return the day that this source said last of the certificate."""
        said = (each.sme_certificate_until for each in reversed(self.findings) if each.source == source)
        return next(filter(None, said), None)

    def _certificate_due(self) -> datetime | None:
        """Return when the end of its SME certificate is next announced."""
        until = self.sme_certificate_until
        if self.party_kind != "sme" or self.status not in {"active", "restricted"} or until is None or self.lapse_told:
            return None
        return next_notice(until, [days for days in REMINDERS if days not in self.reminded])

    def _in_force(self) -> list[Ban]:
        """Return the bans that have not ended; those of a closed party count for nothing."""
        return [each for each in self.bans if each.ended_at is None and self.closed_at is None]

    def _wrong(self, rule: str, verb: str, verb_ko: str) -> Refused:
        return Refused(
            rule, f"a {self.status} party cannot be {verb}", f"{self.status} 상태의 당사자는 {verb_ko}할 수 없습니다"
        )


def number_claim(business_number: str) -> str:
    """Return the claim of the live party that has this number."""
    return f"brn:{business_number}"
