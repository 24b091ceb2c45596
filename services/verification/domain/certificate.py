"""Certificates: issued once for a review, renewed near their end, expired or revoked; kept or not when in question."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from services.verification.domain.steps import NextStep
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused
from shared.events.catalog import ProductRef
from shared.events.days import end_of, next_notice, seoul_date
from shared.events.verification import Certificate as PublishedCertificate
from shared.events.verification import (
    CertificateExpired,
    CertificateKept,
    CertificateQuestioned,
    CertificateRenewalDue,
    CertificateRenewed,
    CertificateRevoked,
    CertificateState,
    CertificateStatus,
    ProductVerified,
)
from shared.events.working_days import working_day_after

USUAL_YEARS = 3
"""The usual period of a public technology certification."""

REMINDERS = (90, 30)
"""Days before the end at which a renewal is announced (domain.md)."""

RECONSIDER_DAYS = 10
"""Working days an institution has for a certificate in question: the market's own, as what others rely on waits."""

ORIGINAL_REVOKED = "original_revoked"

CertificateWord = Literal["issued", "renewal_due", "renewed", "expired", "revoked", "questioned", "kept"]


class CertificateFact(BaseModel):
    """What became of a certificate: its last day then, or the reason; `party` did it, the clock without one.

    With `questioned` it is the certificate that was revoked.
    """

    at: AwareDatetime
    fact: CertificateWord
    party: str
    note: str


class Certificate(Aggregate):
    """An institution's positive result for one product version. Expired and revoked are for good.

    One that rests on another's is in question once that is revoked: valid still, until its institution keeps or revokes
    it, or the clock does the latter.
    """

    kind: ClassVar[str] = "verification.certificate"

    number: str
    institution: str
    product: ProductRef
    owner: str
    review: str
    valid_from: date
    valid_until: date
    period_years: int = USUAL_YEARS
    recognised_certificate: str = ""
    status: CertificateStatus = "certified"
    reminded: list[int] = Field(default_factory=list)
    revocation: str = ""
    in_question_until: date | None = None
    facts: list[CertificateFact] = Field(default_factory=list)

    def issue(self, at: datetime) -> None:
        """Make the product version verified."""
        self._happened("issued", at, self.institution)
        self._record(ProductVerified(at=at, review=self.review, **self._named()))

    def renew(self, years: int | None, at: datetime) -> None:
        """Extend the certificate, once its end is near, by its period or by fewer years.

        One that rests on another's is not: renewed there, it is recognised here again.
        """
        if self.recognised_certificate:
            raise Refused(
                "certificate.recognised",
                f"it rests on {self.recognised_certificate}: that is renewed, and then recognised again",
                f"{self.recognised_certificate} 인증서를 인정한 것입니다. 원 인증서를 갱신한 뒤 다시 인정하십시오",
            )
        if years is not None and years > self.period_years:
            raise Invalid(
                "certificate.period",
                f"the rules give {self.period_years} years at most",
                f"유효기간은 최대 {self.period_years}년입니다",
                field="/years",
            )
        if self.status != "renewal_due" or self.has_ended(at):
            raise Refused(
                "certificate.not_renewal_due",
                f"the certificate is {self.status}; it is renewed in its last {max(REMINDERS)} days",
                f"인증서가 {self.status} 상태입니다. 갱신은 만료 {max(REMINDERS)}일 전부터 가능합니다",
            )
        self.valid_until = last_valid_day(self.valid_until + timedelta(days=1), years or self.period_years)
        self.status, self.reminded = "certified", []
        self._happened("renewed", at, self.institution)
        self._record(CertificateRenewed(at=at, **self._named()))

    def revoke(self, reason: str, at: datetime) -> None:
        """Take the certificate back."""
        if self.status == "revoked":
            return
        if self.status == "expired":
            raise Refused("certificate.expired", "the certificate has expired", "이미 만료된 인증서입니다")
        self._end_revoked(reason, at, self.institution)

    def put_in_question(self, at: datetime) -> None:
        """Ask the institution whether it holds, as what it rests on was revoked. Once: that is revoked only once."""
        if not self.is_valid(at) or self._has_been("questioned"):
            return
        self.in_question_until = min(working_day_after(seoul_date(at), RECONSIDER_DAYS), self.valid_until)
        self._happened("questioned", at, note=self.recognised_certificate)
        self._record(
            CertificateQuestioned(
                at=at, revoked_certificate=self.recognised_certificate, due=self.in_question_until, **self._named()
            )
        )

    def keep(self, reason: str, person: str, recognised_by: str, at: datetime) -> None:
        """Let it stand on its institution's own word. Nobody decides alone: who recognised it leaves this to others."""
        if self._has_been("kept") and self.is_valid(at):
            return
        if self.in_question_until is None or at >= end_of(self.in_question_until):
            raise Refused(
                "certificate.not_in_question",
                "the certificate is not in question, or was for too long",
                "재검토 대상이 아니거나 재검토 기한이 지난 인증서입니다",
            )
        if person == recognised_by:
            raise Refused(
                "certificate.own_recognition",
                f"{person} recognised it: somebody else of the institution decides that it stays",
                f"{person}은(는) 이 인증을 인정한 사람입니다. 같은 기관의 다른 담당자가 유지를 결정해야 합니다",
            )
        self.in_question_until = None
        self._happened("kept", at, self.institution, reason)
        self._record(
            CertificateKept(at=at, revoked_certificate=self.recognised_certificate, reason=reason, **self._named())
        )

    def is_valid(self, at: datetime) -> bool:
        """Return whether somebody may rely on it at this moment, by its dated facts."""
        return self.status in {"certified", "renewal_due"} and not self.has_ended(at)

    def must_fit(self, product: ProductRef, at: datetime) -> None:
        """Raise Refused unless it is valid at this moment for exactly this product version, and not in question."""
        if self.product != product or not self.is_valid(at) or self.in_question_until is not None:
            raise Refused(
                "recognition.certificate_unfit",
                "the certificate is not valid today for this product version, or it is in question",
                "이 제품 버전에 대해 오늘 유효한 인증서가 아니거나 재검토 중인 인증서입니다",
                field="/certificate",
            )

    def has_ended(self, at: datetime) -> bool:
        """Return whether its last day is over in Seoul."""
        return at >= end_of(self.valid_until)

    @property
    def next_step(self) -> NextStep | None:
        """Return what keeps it from ending; one that has ended waits for nothing."""
        if self.status in {"expired", "revoked"}:
            return None
        if self.in_question_until is not None:
            return NextStep(owner="institution", step="reconsider", by=self.in_question_until)
        return NextStep(owner="institution", step="renew", by=self.valid_until)

    def due(self) -> datetime | None:
        if self.status in {"expired", "revoked"}:
            return None
        notice = next_notice(self.valid_until, [days for days in REMINDERS if days not in self.reminded])
        return notice if self.in_question_until is None else min(notice, end_of(self.in_question_until))

    def tick(self, at: datetime) -> None:
        """Announce the end at 90 and at 30 days, once each, and end it after its last day.

        A clock that was away announces once, with the days that are left. What is in question too long is revoked.
        """
        if self.status in {"expired", "revoked"}:
            return
        until = self.in_question_until
        if until is not None and until < self.valid_until and at >= end_of(until):
            self._end_revoked(ORIGINAL_REVOKED, at)
            return
        if self.has_ended(at):
            self.status, self.in_question_until = "expired", None
            self._happened("expired", at)
            self._record(CertificateExpired(at=at, **self._named()))
            return
        left = (self.valid_until - seoul_date(at)).days
        reached = [days for days in REMINDERS if left <= days]
        if reached != self.reminded:
            self.status, self.reminded = "renewal_due", reached
            self._happened("renewal_due", at)
            self._record(CertificateRenewalDue(at=at, days_left=left, **self._named()))

    def claims(self) -> list[str]:
        """A number is never given twice, also not after its certificate ended."""
        return [f"number:{self.number}"]

    def taken(self, claim: str) -> Refused:
        return Refused("certificate.number_taken", f"{claim} is taken", f"{claim}은(는) 이미 사용 중입니다")

    def public(self) -> CertificateState:
        return CertificateState(**self.model_dump(exclude={"reminded", "revocation", "period_years", "facts"}))

    def _end_revoked(self, reason: str, at: datetime, party: str = "") -> None:
        self.status, self.revocation, self.in_question_until = "revoked", reason, None
        self._happened("revoked", at, party, reason)
        self._record(CertificateRevoked(at=at, reason=reason, **self._named()))

    def _has_been(self, word: CertificateWord) -> bool:
        return any(each.fact == word for each in self.facts)

    def _happened(self, fact: CertificateWord, at: datetime, party: str = "", note: str = "") -> None:
        note = note or self.valid_until.isoformat()
        self.facts.append(CertificateFact(at=at, fact=fact, party=party, note=note))

    def _named(self) -> dict[str, Any]:
        published = PublishedCertificate(
            id=self.id,
            number=self.number,
            institution=self.institution,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )
        return {"certificate": published, "product": self.product, "owner": self.owner}


def last_valid_day(first: date, years: int) -> date:
    """Return the last day of a period that begins on `first`."""
    try:
        return first.replace(year=first.year + years) - timedelta(days=1)
    except ValueError:  # 29 February, in a year without one
        return date(first.year + years, 2, 28)
