"""Dossiers: one firm's application for one product version to one or more institutions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from services.verification.domain.eligibility import Addressee, Check, all_checks
from services.verification.domain.steps import NextStep
from shared.aggregate import Aggregate
from shared.errors import Refused
from shared.events.catalog import Council, PartyState, ProductRef, ProductState
from shared.events.days import seoul_date
from shared.events.verification import DossierClosed, DossierOverdue, DossierState, DossierStatus, DossierSubmitted

Result = Literal["certified", "rejected"]
YEAR = timedelta(days=365)


class Application(BaseModel):
    """What became of a dossier at one institution; `result` is None until its review has ended.

    Version `rule_set_version` of `rule_set` holds until then; version 0 of none are the market's common rules.
    """

    institution: str
    review: str
    rule_set: str = ""
    rule_set_version: int = 0
    result: Result | None = None
    reasons: list[str] = Field(default_factory=list)
    certificate: str = ""


class Dossier(Aggregate):
    """Open until each of its reviews has ended, each of which ends by itself if nobody ends it."""

    kind: ClassVar[str] = "verification.dossier"

    product: ProductRef
    owner: str
    title: str
    category: str
    council: Council
    applications: list[Application]
    checks: list[Check]
    submitted_at: AwareDatetime
    reuses_answers: bool = False
    status: DossierStatus = "submitted"
    years_told: int = 0

    @classmethod
    def submit(
        cls,
        dossier_id: str,
        product: ProductState,
        version: int,
        firm: PartyState,
        addressees: Sequence[Addressee],
        at: datetime,
        *,
        reuses_answers: bool = False,
    ) -> "Dossier":
        """Return a dossier to these institutions. Every entry rule of each is checked now, before anybody looks at it.

        Raise Refused with everything that is not met, so that the firm need not find out one by one.
        """
        checks = all_checks(product, version, firm, addressees, at)
        facts = product.facts(version)
        reference = ProductRef(id=product.id, version=version)
        dossier = cls(
            id=dossier_id,
            product=reference,
            owner=product.owner,
            title=product.title,
            category=facts.category,
            council=facts.council,
            applications=[_application(each) for each in addressees],
            checks=checks,
            submitted_at=at,
            reuses_answers=reuses_answers,
        )
        dossier._record(
            DossierSubmitted(
                at=at, dossier=dossier_id, product=reference, owner=product.owner, institutions=dossier.institutions
            )
        )
        return dossier

    @property
    def institutions(self) -> list[str]:
        return [each.institution for each in self.applications]

    def conclude(self, review: str, result: Result, reasons: list[str], certificate: str, at: datetime) -> None:
        """Take one review's end. The last one closes the dossier."""
        application = next(each for each in self.applications if each.review == review)
        if application.result is not None:
            return
        application.result, application.reasons, application.certificate = result, reasons, certificate
        if all(each.result is not None for each in self.applications):
            self.status = "closed"
            self._record(
                DossierClosed(
                    at=at,
                    dossier=self.id,
                    product=self.product,
                    owner=self.owner,
                    approved=self._with("certified"),
                    rejected=self._with("rejected"),
                    reasons=sorted({reason for each in self.applications for reason in each.reasons}),
                )
            )

    @property
    def next_step(self) -> NextStep | None:
        """Return what an open dossier waits for: its reviews, which have people and clocks of their own."""
        due = self.due()
        return None if due is None else NextStep(owner="market", step="conclude", by=seoul_date(due))

    def due(self) -> datetime | None:
        return None if self.status == "closed" else self.submitted_at + YEAR * (self.years_told + 1)

    def tick(self, at: datetime) -> None:
        """Tell the operator each year that it is open still."""
        years = (at - self.submitted_at) // YEAR
        if self.status == "closed" or years <= self.years_told:
            return
        self.years_told = years
        self._record(DossierOverdue(at=at, dossier=self.id, product=self.product, owner=self.owner, years=years))

    def claims(self) -> list[str]:
        """One version is under review at one institution once."""
        return [
            f"case:{self.product.id}|{self.product.version}|{each.institution}"
            for each in self.applications
            if each.result is None
        ]

    def taken(self, claim: str) -> Refused:
        institution = claim.rpartition("|")[2]
        return Refused(
            "dossier.under_review",
            f"{institution} is reviewing this version already",
            f"{institution}에서 이미 이 버전을 심사 중입니다",
            field="/institutions",
        )

    def public(self) -> DossierState:
        """Show results once all are in: only then does an event carry them."""
        closed = self.status == "closed"
        return DossierState(
            id=self.id,
            product=self.product,
            owner=self.owner,
            institutions=self.institutions,
            status=self.status,
            approved=self._with("certified") if closed else [],
            rejected=self._with("rejected") if closed else [],
        )

    def _with(self, result: Result) -> list[str]:
        return [each.institution for each in self.applications if each.result == result]


def _application(addressee: Addressee) -> Application:
    rule_set = addressee.rule_set
    if rule_set is None:
        return Application(institution=addressee.party.id, review=addressee.review)
    return Application(
        institution=addressee.party.id,
        review=addressee.review,
        rule_set=rule_set.id,
        rule_set_version=len(rule_set.versions),
    )
