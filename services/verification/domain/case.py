"""A review's case file: what it is about, who has it, whose turn it is, and who may not touch it."""

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, Field

from services.verification.domain import clock
from services.verification.domain.committee import Panel
from services.verification.domain.facts import (
    Actor,
    Appeal,
    Conflict,
    EarlierAnswer,
    Entry,
    Question,
    Recognition,
)
from services.verification.domain.inspection import Inspection
from services.verification.domain.rules import COMMON, Rules
from shared.aggregate import Aggregate
from shared.errors import Refused, wrong_state
from shared.events.catalog import Council, ProductRef
from shared.events.days import end_of
from shared.events.verification import ReviewStatus

AT_THE_INSTITUTION: tuple[ReviewStatus, ...] = (
    "opened",
    "screening",
    "committee",
    "inspection",
    "deferred",
    "appealed",
)
ENDED: frozenset[ReviewStatus] = frozenset({"certified", "final"})


class Case(Aggregate):
    """The facts of a review and what can be told from them; the commands are the review's."""

    dossier: str
    institution: str
    product: ProductRef
    owner: str
    title: str
    category: str
    council: Council
    opened_at: AwareDatetime
    rules: Rules = COMMON
    rule_set: str = ""
    rule_set_version: int = 0
    earlier_answers: list[EarlierAnswer] = Field(default_factory=list)
    status: ReviewStatus = "opened"
    officers: list[str] = Field(default_factory=list)
    officer: str = ""
    turns: list[clock.Turn]
    conflicts: list[Conflict] = Field(default_factory=list)
    questions: list[Question] = Field(default_factory=list)
    panels: list[Panel] = Field(default_factory=list)
    inspections: list[Inspection] = Field(default_factory=list)
    appeals: list[Appeal] = Field(default_factory=list, max_length=1)
    appeal_by: date | None = None
    deferred_until: date | None = None
    recognition: Recognition | None = None
    reasons: list[str] = Field(default_factory=list)
    certificate: str = ""
    trail: list[Entry] = Field(default_factory=list)

    @property
    def turn(self) -> clock.Turn | None:
        """Whose turn it is; nobody's once the review has ended."""
        return None if self.status in ENDED else self.turns[-1]

    def days_at_institution(self, at: datetime) -> int:
        """Return the working days counted against the institution, since the appeal if there was one."""
        return clock.days_used(self._turns_counted(), "institution", at)

    def answers_given(self) -> list[EarlierAnswer]:
        """Return what the firm answered here, for another review."""
        return [
            EarlierAnswer(
                review=self.id,
                institution=self.institution,
                text=each.text,
                answer=each.answer,
                answered_at=each.answered_at,
            )
            for each in self.questions
            if each.answered_at is not None
        ]

    @property
    def recognised_by(self) -> str:
        """Who adopted another's certificate here; empty while nobody has."""
        return next((each.person for each in self.trail if each.fact == "recognised"), "")

    def due_on(self) -> date | None:
        """Return the last day of whoever must act now; afterwards the review is overdue, or ended by the timer."""
        if self.status == "awaiting_firm":
            return self.questions[-1].answer_by
        if self.status == "rejected":
            return self.appeal_by
        if self.status in AT_THE_INSTITUTION:
            return clock.last_day(self._turns_counted(), self.rules.review_days)
        return None

    def ends_at(self) -> datetime | None:
        """Return when time alone ends this state: a firm's date, or the institution's last day."""
        if self.status in AT_THE_INSTITUTION:
            return end_of(clock.last_day(self._turns_counted(), self.rules.longest_days))
        until = self.due_on()
        return None if until is None else end_of(until)

    def _turns_counted(self) -> list[clock.Turn]:
        return self.turns[self.appeals[-1].turns :] if self.appeals else self.turns

    def _turn(self, side: clock.Side, at: datetime) -> None:
        self.turns.append(clock.Turn(of=side, since=at))

    def _happened(
        self, fact: str, at: datetime, who: Actor | None = None, note: str = "", *, inside: bool = False
    ) -> None:
        person, party = (who.person, who.party) if who else ("", "")
        self.trail.append(Entry(at=at, fact=fact, person=person, party=party, note=note, inside=inside))

    def _must_be(self, *statuses: ReviewStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("review", "심사가", self.status, statuses)

    def _must_be_handled_by(self, who: Actor) -> None:
        self._must_be_impartial(who)
        if not self.officer:
            raise Refused(
                "review.unassigned", "nobody is assigned; assign an officer first", "담당자가 배정되지 않았습니다"
            )

    def _must_be_impartial(self, who: Actor) -> None:
        self._must_not_have_declared(who.person)
        if self.owner in who.parties:
            raise Refused(
                "review.conflict_of_interest",
                f"{who.person} is of the firm",
                "신청 기업 소속이므로 이해충돌에 해당합니다",
            )

    def _must_not_have_declared(self, person: str) -> None:
        if any(conflict.person == person for conflict in self.conflicts):
            raise Refused(
                "review.conflict_of_interest",
                f"{person} has declared a conflict of interest",
                f"{person}은(는) 이해충돌을 신고했습니다",
            )

    def _sat_before_appeal(self) -> set[str]:
        """Return everybody who had a part in the decision that was appealed against."""
        before = self.panels[: self.appeals[-1].panels] if self.appeals else []
        return {person for panel in before for person in panel.people}

    def _must_not_have_sat_before_appeal(self, person: str) -> None:
        if person in self._sat_before_appeal():
            raise Refused(
                "appeal.same_panel",
                f"{person} had a part in the first decision",
                f"{person}은(는) 최초 심의에 참여했습니다",
            )

    def _subject(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("dossier", "institution", "product", "owner")}

    def _named(self) -> dict[str, Any]:
        return {"review": self.id} | self._subject()
