"""How reviews are shown: to the firm what was asked and decided, to the institution also who did it."""

from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.verification.domain.case import AT_THE_INSTITUTION
from services.verification.domain.clock import Side
from services.verification.domain.committee import Decision, Invitation, Outcome, Panel, ReasonCode
from services.verification.domain.facts import Appeal, Conflict, EarlierAnswer, Entry, Question, Recognition
from services.verification.domain.inspection import Inspection
from services.verification.domain.review import Review
from services.verification.domain.rules import COMMON, Rules
from services.verification.domain.steps import NextStep
from shared.events.catalog import Council
from shared.events.days import seoul_date
from shared.events.verification import ReviewState, ReviewStatus
from shared.events.working_days import working_days


class DecisionView(BaseModel):
    """What a committee decided, without who voted how."""

    outcome: Outcome
    votes_for: int
    votes_against: int
    mean_score: float | None
    reasons: list[ReasonCode]
    note: str
    document_sha256: str
    until: date | None = None
    at: AwareDatetime


class FactView(BaseModel):
    """A step of the review, without the person who took it."""

    at: AwareDatetime
    fact: str
    party: str
    note: str


class ClockView(BaseModel):
    """The review's clock at the time of the answer, in Korean working days."""

    as_of: AwareDatetime
    age_days: int = Field(description="Working days since the review was opened")
    institution_days: int = Field(description="Those counted against the institution: the firm's own are not")
    overdue: bool = Field(description="The institution has used more than its time")


class InsideView(BaseModel):
    """What only the institution and the operator see: people, their votes and their conflicts."""

    officer: str
    officers: list[str]
    conflicts: list[Conflict]
    invitations: list[Invitation]
    panels: list[Panel]
    trail: list[Entry]


class ReviewView(ReviewState):
    """A review; `clock` and `earlier_answers` only in reads, `inside` only for the institution and the operator."""

    document_version: int
    title: str
    category: str
    council: Council
    opened_at: AwareDatetime
    rule_set: str
    rule_set_version: int
    rules: Rules
    earlier_answers: list[EarlierAnswer] = Field(default_factory=list)
    waiting_for: Side | None
    due_on: date | None
    next_step: NextStep | None = None
    questions: list[Question]
    inspections: list[Inspection]
    appeals: list[Appeal]
    recognition: Recognition | None
    decisions: list[DecisionView]
    facts: list[FactView]
    clock: ClockView | None = None
    inside: InsideView | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rev_9s0d2k",
                "dossier": "dos_4m1x9c",
                "institution": "pty_kwater",
                "product": {"id": "prd_7dk3m2", "version": 1},
                "owner": "pty_5k2qj4",
                "status": "awaiting_firm",
                "reasons": [],
                "certificate": "",
                "document_version": 3,
                "title": "저전력 수처리 분리막",
                "category": "water",
                "council": "soc",
                "opened_at": "2026-11-23T01:00:00Z",
                "rule_set": "",
                "rule_set_version": 0,
                "rules": COMMON.model_dump(),
                "earlier_answers": [],
                "waiting_for": "firm",
                "due_on": "2026-12-07",
                "next_step": {"owner": "firm", "step": "answer", "by": "2026-12-07"},
                "questions": [
                    {
                        "round": 1,
                        "text": "시험성적서를 제출하십시오",
                        "asked_at": "2026-11-23T02:00:00Z",
                        "answer_by": "2026-12-07",
                        "answer": "",
                        "answered_at": None,
                    }
                ],
                "inspections": [],
                "appeals": [],
                "recognition": None,
                "decisions": [],
                "facts": [{"at": "2026-11-23T01:00:00Z", "fact": "opened", "party": "", "note": ""}],
                "clock": None,
                "inside": None,
            }
        }
    )


class ReviewPage(BaseModel):
    """Reviews, newest first; `next` is the cursor of the next page."""

    items: list[ReviewView]
    next: str | None = None


class QueueEntry(ReviewState):
    """A review in a queue: what it waits for, and how long it has been there, in Korean working days."""

    document_version: int
    title: str
    opened_at: AwareDatetime
    next_step: NextStep
    clock: ClockView

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rev_9s0d2k",
                "dossier": "dos_4m1x9c",
                "institution": "pty_kwater",
                "product": {"id": "prd_7dk3m2", "version": 1},
                "owner": "pty_5k2qj4",
                "status": "committee",
                "reasons": [],
                "certificate": "",
                "document_version": 9,
                "title": "저전력 수처리 분리막",
                "opened_at": "2026-11-23T01:00:00Z",
                "next_step": {"owner": "chair", "step": "decide", "by": "2027-01-06"},
                "clock": {
                    "as_of": "2026-12-10T01:00:00Z",
                    "age_days": 13,
                    "institution_days": 11,
                    "overdue": False,
                },
            }
        }
    )


class Queue(BaseModel):
    """Reviews that wait, what is due first in front, and how many are in each state; `next` is a cursor."""

    items: list[QueueEntry]
    counts: dict[ReviewStatus, int] = Field(examples=[{"screening": 12, "committee": 3}])
    next: str | None = None


def queue_entry(review: Review, at: datetime) -> QueueEntry:
    """Return a review as it waits now."""
    view = review_read(review, at, inside=False)
    return QueueEntry.model_validate(view.model_dump())


def review_view(review: Review) -> ReviewView:
    """Return what everybody concerned may see; commands of either side are answered with it."""
    return ReviewView(
        **review.public().model_dump(),
        **review.model_dump(
            include={
                "title",
                "category",
                "council",
                "opened_at",
                "rule_set",
                "rule_set_version",
                "rules",
                "questions",
                "inspections",
                "appeals",
                "recognition",
            }
        ),
        document_version=review.version,
        waiting_for=review.turn.of if review.turn else None,
        due_on=review.due_on(),
        next_step=review.next_step,
        decisions=[_decision(panel.decision) for panel in review.panels if panel.decision],
        facts=[FactView(**entry.model_dump()) for entry in review.trail if not entry.inside],
    )


def review_read(review: Review, at: datetime, *, inside: bool) -> ReviewView:
    """Return a review as it is read now, with its clock; `inside` adds what only the institution sees."""
    due = review.due_on()
    clock = ClockView(
        as_of=at,
        age_days=working_days(seoul_date(review.opened_at), seoul_date(at)),
        institution_days=review.days_at_institution(at),
        overdue=review.status in AT_THE_INSTITUTION and due is not None and seoul_date(at) > due,
    )
    people = InsideView(**review.model_dump(include=set(InsideView.model_fields))) if inside else None
    return review_view(review).model_copy(
        update={"clock": clock, "inside": people, "earlier_answers": review.earlier_answers}
    )


def _decision(decision: Decision) -> DecisionView:
    return DecisionView(**decision.ruling.model_dump(), **decision.model_dump(exclude={"ruling", "chair"}))
