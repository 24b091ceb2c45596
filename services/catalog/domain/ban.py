"""Bans: why, until when and on which document a party is shut out, its one appeal, and how it ended.

An appeal is the operators' to decide. Silence decides nothing: an overdue decision is called for until somebody takes
it, and the ban ends at its date all the same. Each fact has who said so (`by`) and for which party; of what was stored
before that was kept, only its event tells.
"""

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import Invalid, Refused
from shared.events.catalog import BanReason
from shared.events.days import end_of, seoul_date
from shared.events.working_days import next_call, working_day_after

BanOutcome = Literal["upheld", "lifted"]

LONGEST_BAN = timedelta(days=731)
"""Two years: public procurement shuts nobody out for longer.

국가를 당사자로 하는 계약에 관한 법률 제27조 제1항, 공공기관의 운영에 관한 법률 제39조 제2항.
"""


APPEAL_DAYS = 22
"""Working days after a ban in which it may be appealed against: never less than 30 days (행정기본법 제36조 제1항)."""

DECISION_DAYS = 10
"""Working days after an appeal in which it is to be decided: 14 days without holidays (제2항)."""


class BanOrder(BaseModel):
    """What an operator orders: a reason by code, the end, and the document it rests on."""

    model_config = ConfigDict(extra="forbid")

    reason: BanReason = Field(examples=["false_documents"])
    until: AwareDatetime = Field(examples=["2028-05-31T00:00:00+09:00"], description="At most two years from now")
    document: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["조달청 제재공고 2026-0417"])

    def must_end_in_time(self, at: datetime) -> None:
        """Raise Invalid for one that would be over before it begins, or last too long."""
        if not at < self.until <= at + LONGEST_BAN:
            raise Invalid(
                "party.ban_end_out_of_range",
                "a ban ends in the future, within two years",
                "제재 종료일은 지금부터 2년 이내의 미래여야 합니다",
                field="/until",
            )


class Appeal(BaseModel):
    """What a party says against its ban; `called` is the day on which its overdue decision was called for last."""

    text: str
    at: AwareDatetime
    by: str
    principal: str = ""
    called: date | None = None

    @property
    def decide_by(self) -> date:
        """The last day for its decision."""
        return working_day_after(seoul_date(self.at), DECISION_DAYS)

    def called_at(self) -> datetime:
        """Return when its decision is next called for."""
        return next_call(self.decide_by, self.called)


class Decision(BaseModel):
    """What another operator made of a ban."""

    outcome: BanOutcome
    reason: str
    at: AwareDatetime
    by: str
    principal: str = ""


class Ban(BaseModel):
    """One ban as dated facts: in force until it has ended, by the clock or lifted. Numbered within its party.

    One without an end was ordered before every ban had to have one; it is in force until it is lifted.
    """

    reason: BanReason
    until: AwareDatetime | None = None
    document: str
    number: int
    at: AwareDatetime
    by: str
    principal: str = ""
    appeal: Appeal | None = None
    decisions: list[Decision] = Field(default_factory=list)
    ended_at: AwareDatetime | None = None

    @property
    def last_day_to_appeal(self) -> date:
        """The last day on which its party may appeal against it."""
        return working_day_after(seoul_date(self.at), APPEAL_DAYS)

    @property
    def undecided(self) -> Appeal | None:
        """The appeal that waits for its decision; a ban that has ended leaves nothing to decide."""
        return None if self.decisions or self.ended_at else self.appeal

    def is_ordered_by(self, order: BanOrder) -> bool:
        """Whether this very ban is ordered again."""
        return self.model_dump(include=set(BanOrder.model_fields)) == order.model_dump()

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended, or ends without the clock having said so yet."""
        return self.ended_at is not None or (self.until is not None and self.until <= at)

    def must_be_in_force(self) -> None:
        """Raise Refused for one that has ended."""
        if self.ended_at is not None:
            raise Refused("party.ban_over", "this ban has ended", "이미 끝난 제재입니다")

    def hear(self, appeal: Appeal) -> bool:
        """Take the party's one appeal; False for a repeat of it."""
        if self.appeal is not None and self.appeal.text == appeal.text:
            return False
        self.must_be_in_force()
        if self.appeal is not None:
            raise Refused("party.ban_appealed", "one appeal against a ban", "제재에 대한 이의신청은 한 번만 가능합니다")
        if appeal.at >= end_of(self.last_day_to_appeal):
            raise Refused(
                "party.ban_appeal_late",
                f"an appeal against this ban was possible until {self.last_day_to_appeal}",
                f"이 제재에 대한 이의신청 기한은 {self.last_day_to_appeal}까지였습니다",
            )
        self.appeal = appeal
        return True

    def call_for_decision(self, at: datetime) -> date | None:
        """Return the day that is over when a decision is to be called for now: once, and again after some days."""
        waiting = self.undecided
        if waiting is None or at < waiting.called_at():
            return None
        waiting.called = seoul_date(at)
        return waiting.decide_by

    def decide(self, decision: Decision) -> bool:
        """Take what an operator decides, who is not the one who banned; False for a repeat of it."""
        if any((each.outcome, each.by) == (decision.outcome, decision.by) for each in self.decisions):
            return False
        if decision.by == self.by:
            raise Refused(
                "party.ban_own",
                "another operator than the one who banned decides",
                "제재를 내린 담당자가 아닌 다른 담당자가 결정해야 합니다",
            )
        self.must_be_in_force()
        if decision.outcome == "upheld" and self.undecided is None:
            raise Refused(
                "party.ban_not_appealed",
                "no appeal waits for a decision",
                "결정을 기다리는 이의신청이 없습니다",
                field="/outcome",
            )
        self.decisions.append(decision)
        if decision.outcome == "lifted":
            self.ended_at = decision.at
        return True
