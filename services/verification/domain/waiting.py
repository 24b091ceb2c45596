"""Whose move a review waits for, and what the clock does about it: it ends what may end, and calls for the rest."""

from contextlib import suppress
from datetime import date, datetime

from pydantic import BaseModel, computed_field

from services.verification.domain import clock
from services.verification.domain.committee import Member, must_be_composed
from services.verification.domain.hearing import Hearing
from services.verification.domain.steps import Move, NextStep
from shared.errors import Refused
from shared.events import verification as published
from shared.events.days import end_of, seoul_date
from shared.events.working_days import next_call, working_day_after

LEFT_TO_TIME: frozenset[Move] = frozenset({"answer", "appeal", "answer_invitations", "resume"})
"""Steps whose day ends them: nobody is called."""


class Called(BaseModel):
    """The overdue step that was called for last, and on which day."""

    step: Move
    on: date


class Waiting(Hearing):
    """A hearing that always knows what comes next."""

    called: Called | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def next_step(self) -> NextStep | None:
        """What it waits for; nothing once it has ended. Kept with the state, so that queues are sorted by it."""
        match self.status:
            case "awaiting_firm":
                return NextStep(owner="firm", step="answer", by=self.questions[-1].answer_by)
            case "rejected" if self.appeal_by:
                return NextStep(owner="firm", step="appeal", by=self.appeal_by)
            case "deferred" if self.deferred_until:
                return NextStep(owner="market", step="resume", by=self.deferred_until)
            case "approved" | "recognised":
                return NextStep(owner="market", step="certify", by=seoul_date(self.turns[-1].since))
            case "opened" | "screening" | "committee" | "inspection" | "appealed":
                return self._step_at_institution(clock.last_day(self._turns_counted(), self.rules.review_days))
            case _:
                return None

    def due(self) -> datetime | None:
        """Return when the clock acts next: an invitation lapses, a step is called for, a state ends."""
        days = [each.answer_by for each in self._unanswered] + ([self.deferred_until] if self.deferred_until else [])
        moments = [end_of(each) for each in days]
        moments += [each for each in (self._called_at(), self.ends_at()) if each is not None]
        return min(moments, default=None)

    def _call_for_overdue(self, at: datetime) -> None:
        """Tell the institution and the operator what nobody has done in time, once, and again after some days."""
        step, moment = self.next_step, self._called_at()
        if step is None or moment is None or at < moment:
            return
        self.called = Called(step=step.step, on=seoul_date(at))
        self._record(published.ReviewOverdue(at=at, waits_for=step.owner, step=step.step, due=step.by, **self._named()))

    def _called_at(self) -> datetime | None:
        step = self.next_step
        if step is None or step.step in LEFT_TO_TIME:
            return None
        last = self.called.on if self.called and self.called.step == step.step else None
        return next_call(step.by, last)

    def _step_at_institution(self, last: date) -> NextStep:
        if not self.officer:
            since = self.conflicts[-1].at if self.officers else self.opened_at
            assigned = working_day_after(seoul_date(since), self.rules.assignment_days)
            return NextStep(owner="institution", step="assign", by=min(assigned, last))
        if self.status == "inspection":
            return NextStep(owner="institution", step="report_inspection", by=last)
        if self.status == "committee" and self._composed(self._sitting()):
            voted = {vote.person for vote in self.panels[-1].votes}
            if all(member.person in voted for member in self._sitting()):
                return NextStep(owner="chair", step="decide", by=last)
            return NextStep(owner="committee", step="vote", by=last)
        return self._step_to_committee(last)

    def _step_to_committee(self, last: date) -> NextStep:
        if unanswered := self._unanswered:
            first = min(each.answer_by for each in unanswered)
            return NextStep(owner="committee", step="answer_invitations", by=first)
        if self._composed(self._ready_to_sit()):
            return NextStep(owner="institution", step="convene", by=last)
        asked = self.invitations or self.status == "appealed"
        return NextStep(owner="institution", step="invite" if asked else "screen", by=last)

    def _sitting(self) -> list[Member]:
        return [member for member in self.panels[-1].members if member.person not in self._conflicted]

    def _composed(self, members: list[Member]) -> bool:
        with suppress(Refused):
            must_be_composed(members, self.rules)
            return True
        return False
