"""Reviews: an institution's look at one product version, from opened to certified or final."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from services.verification.domain import clock
from services.verification.domain.case import AT_THE_INSTITUTION, ENDED
from services.verification.domain.certificate import Certificate
from services.verification.domain.committee import Decision, Ruling
from services.verification.domain.dossier import Application, Dossier
from services.verification.domain.facts import Actor, Appeal, EarlierAnswer, Question, Recognition
from services.verification.domain.recognition import RecognitionRule
from services.verification.domain.rules import Rules
from services.verification.domain.waiting import Waiting
from shared.errors import Refused
from shared.events import verification as published
from shared.events.days import end_of, seoul_date
from shared.events.verification import INSTITUTION_CLOSED, ReviewState, ReviewStatus
from shared.events.working_days import working_day_after

FIRM_CLOSED = "firm_closed"
DECIDED: frozenset[ReviewStatus] = ENDED | {"approved", "recognised"}


class Review(Waiting):
    """Once certified or final it stays so. The clock counts only the side whose turn it is."""

    kind: ClassVar[str] = "verification.review"

    @classmethod
    def open(
        cls, application: Application, dossier: Dossier, rules: Rules, answers: Sequence[EarlierAnswer], at: datetime
    ) -> "Review":
        """Return an institution's review of a dossier under the rules it was applied for; it has the first turn."""
        review = cls(
            id=application.review,
            institution=application.institution,
            dossier=dossier.id,
            rules=rules,
            rule_set=application.rule_set,
            rule_set_version=application.rule_set_version,
            earlier_answers=list(answers),
            **{name: getattr(dossier, name) for name in ("product", "owner", "title", "category", "council")},
            opened_at=at,
            turns=[clock.Turn(of="institution", since=at)],
        )
        review._happened("opened", at)
        review._record(published.ReviewOpened(at=at, **review._named()))
        return review

    def assign(self, officer: str, who: Actor, at: datetime) -> None:
        """Give the review to an officer without a conflict of interest, or later to another one."""
        self._must_be(*AT_THE_INSTITUTION)
        self._must_be_impartial(who)
        self._must_not_have_declared(officer)
        if officer == self.officer:
            return
        if self.involves(officer):
            raise Refused(
                "review.officer_on_committee",
                f"{officer} is asked to judge the case and does not handle it",
                f"{officer}은(는) 이 심사의 위원이므로 담당자가 될 수 없습니다",
                field="/officer",
            )
        self.officer, self.officers = officer, [*self.officers, officer]
        if self.status == "opened":
            self.status = "screening"
        self._happened("assigned", at, who, officer, inside=True)
        self._record(published.ReviewAssigned(at=at, **self._named()))

    def ask(self, text: str, answer_days: int, who: Actor, at: datetime) -> None:
        """Ask the firm; the institution's clock stands still until it answers."""
        self._must_be("screening")
        self._must_be_handled_by(who)
        if len(self.questions) >= self.rules.rounds:
            raise Refused(
                "review.rounds_used",
                f"there are {self.rules.rounds} rounds at most",
                f"보완 요청은 최대 {self.rules.rounds}회입니다",
            )
        answer_by = working_day_after(seoul_date(at), answer_days)
        number = len(self.questions) + 1
        self.questions.append(Question(round=number, text=text, asked_at=at, answer_by=answer_by))
        self.status = "awaiting_firm"
        self._turn("firm", at)
        self._happened("asked", at, who, f"round {number}")
        self._record(published.ReviewChangesRequested(at=at, round=number, due=answer_by, **self._named()))

    def answer(self, text: str, who: Actor, at: datetime) -> None:
        """Answer in time; the review is the institution's again."""
        self._must_be("awaiting_firm")
        question = self.questions[-1]
        if at >= end_of(question.answer_by):
            raise _too_late("review.answer_too_late", question.answer_by)
        question.answer, question.answered_at = text, at
        self.status = "screening"
        self._turn("institution", at)
        self._happened("answered", at, who, f"round {question.round}")
        self._record(published.ReviewAnswered(at=at, round=question.round, **self._named()))

    def recognise(self, certificate: Certificate, rule: RecognitionRule, who: Actor, at: datetime) -> None:
        """Adopt another institution's valid certificate for the same version, under a rule that a colleague declared.

        Nobody decides alone: one says whose certificates are adopted, another that this one is.
        """
        self._must_be("screening")
        self._must_be_handled_by(who)
        certificate.must_fit(self.product, at)
        rule.must_cover(self.institution, certificate.institution, self.category, self.council)
        rule.must_be_anothers(who.person)
        self.recognition = Recognition(certificate=certificate.id, rule=rule.id)
        self.status, self.reasons = "recognised", []
        self._turn("market", at)
        self._happened("recognised", at, who, certificate.id)
        self._record(
            published.ReviewRecognised(at=at, recognised_certificate=certificate.id, rule=rule.id, **self._named())
        )

    def decide(self, ruling: Ruling, who: Actor, at: datetime) -> None:
        """Decide as the chair: with the majority, or for a reason defer to another screening, at once or later.

        A second rejection is the last.
        """
        self._must_be("committee")
        self._must_be_impartial(who)
        if who.person in self.officers:
            raise Refused(
                "review.chair_is_reviewer",
                "who reviewed the case does not decide it",
                "심사 담당자는 의결할 수 없습니다",
            )
        self._must_not_have_sat_before_appeal(who.person)
        decision = self.panels[-1].decide(ruling, who.person, self._conflicted, self.rules, at)
        self._happened("decided", at, who, ruling.outcome)
        self._follow(decision, at)

    def appeal(self, grounds: str, who: Actor, at: datetime) -> None:
        """Ask for another panel, once, in time. The institution gets a new clock."""
        self._must_be("rejected")
        if self.appeal_by is not None and at >= end_of(self.appeal_by):
            raise _too_late("review.appeal_too_late", self.appeal_by)
        self.appeals.append(Appeal(grounds=grounds, at=at, panels=len(self.panels), turns=len(self.turns)))
        self.status, self.appeal_by = "appealed", None
        self._turn("institution", at)
        self._happened("appealed", at, who)
        self._record(published.ReviewAppealed(at=at, **self._named()))

    def certify(self, certificate: str, at: datetime) -> None:
        """Take the certificate that was issued for this review: its end."""
        if self.certificate == certificate:
            return
        self._must_be("approved", "recognised")
        self.status, self.certificate, self.reasons = "certified", certificate, []
        self._happened("certified", at, note=certificate)
        self._record(
            published.ReviewEnded(at=at, outcome="certified", reasons=[], certificate=certificate, **self._named())
        )

    def end_with_party(self, party: str, at: datetime) -> None:
        """End what is not decided: no firm is left to certify, or no institution to decide. A rejection stands."""
        if self.status in DECIDED:
            return
        if self.status != "rejected":
            self.reasons = [FIRM_CLOSED if party == self.owner else INSTITUTION_CLOSED]
        self._end_rejected(at)

    def end_for_closed_firm(self, at: datetime) -> None:
        """End without a certificate: there is no firm left to hold it."""
        if self.reasons == [FIRM_CLOSED]:
            return
        self._must_be("approved", "recognised")
        self.reasons = [FIRM_CLOSED]
        self._end_rejected(at)

    def tick(self, at: datetime) -> None:
        """Let invitations and deferrals end, end what nobody ended, and call for what nobody has done."""
        self._let_invitations_lapse(at)
        ends = self.ends_at()
        if ends is not None and at >= ends:
            self._end_unheard(at)
        elif self.deferred_until is not None and at >= end_of(self.deferred_until):
            self._resume(at)
        else:
            self._call_for_overdue(at)

    def public(self) -> ReviewState:
        return ReviewState(
            id=self.id, status=self.status, reasons=self.reasons, certificate=self.certificate, **self._subject()
        )

    def _follow(self, decision: Decision, at: datetime) -> None:
        """Go where a decision leads."""
        ruling = decision.ruling
        self._record(
            published.ReviewDecided(
                at=at,
                outcome=ruling.outcome,
                votes_for=decision.votes_for,
                votes_against=decision.votes_against,
                reasons=list(ruling.reasons),
                **self._named(),
            )
        )
        self.reasons = list(ruling.reasons) if ruling.outcome != "approved" else []
        if ruling.outcome == "deferred":
            self.status, self.deferred_until = "deferred" if ruling.until else "screening", ruling.until
        elif ruling.outcome == "approved":
            self.status = "approved"
            self._turn("market", at)
        else:
            self.status = "rejected"
            if self.appeals:
                self._end_rejected(at)
            else:
                self.appeal_by = working_day_after(seoul_date(at), self.rules.appeal_days)
                self._turn("firm", at)

    def _end_unheard(self, at: datetime) -> None:
        if self.status == "awaiting_firm":
            self.reasons = ["no_answer"]
        elif self.status in AT_THE_INSTITUTION:
            self.reasons = ["not_decided_in_time"]
        self._end_rejected(at)

    def _resume(self, at: datetime) -> None:
        self.status, self.deferred_until = "screening", None
        self._happened("resumed", at)
        self._record(published.ReviewResumed(at=at, **self._named()))

    def _end_rejected(self, at: datetime) -> None:
        self.status, self.appeal_by, self.deferred_until = "final", None, None
        self._turn("market", at)
        self._happened("ended", at, note=", ".join(self.reasons))
        self._record(published.ReviewEnded(at=at, outcome="rejected", reasons=self.reasons, **self._named()))


def _too_late(rule: str, last: date) -> Refused:
    return Refused(rule, f"the last day was {last}", f"기한({last})이 지났습니다")
