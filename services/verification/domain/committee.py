"""A committee: people who vote on a review, some of them from outside the institution, none with an interest."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from statistics import fmean
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from services.verification.domain.rules import Rules
from shared.errors import Forbidden, Invalid, Refused
from shared.events.days import FullDate, seoul_date

Reply = Literal["accepted", "declined", "conflict"]
Outcome = Literal["approved", "rejected", "deferred"]
ReasonCode = Literal[
    "documents_missing",
    "performance_unproven",
    "standard_unmet",
    "not_innovative",
    "unsafe",
    "too_expensive",
    "out_of_scope",
    "other",
]


class Member(BaseModel):
    """A person on a committee; `outside` for those who do not work for the institution."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str = Field(pattern=r"^[a-z]{3}_[A-Za-z0-9_-]{1,60}$", examples=["prs_8kq2"])
    outside: StrictBool = Field(default=False, examples=[True])


class Invitation(BaseModel):
    """A person asked to sit, until when they may answer, and what they said; `answer` is None until then."""

    member: Member
    invited_at: AwareDatetime
    answer_by: date
    answer: Reply | Literal["no_answer"] | None = None
    answered_at: AwareDatetime | None = None

    @property
    def person(self) -> str:
        return self.member.person

    @property
    def stands(self) -> bool:
        """Return whether this person sits or may still say that they will."""
        return self.answer in {None, "accepted"}


class Vote(BaseModel):
    """One member's vote. Given once; who gave which stays inside the institution.

    `points` are those of the scoring sheet's lines, and then `score` is their sum.
    """

    person: str
    approve: bool
    score: int | None
    comment: str
    points: dict[str, int] = Field(default_factory=dict)
    at: AwareDatetime


class Ruling(BaseModel):
    """What a chair decides: for or against with the majority, or that it cannot be said yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Outcome
    reasons: list[ReasonCode] = Field(
        default_factory=list,
        max_length=8,
        description="With `rejected` and `deferred`: at least one",
        examples=[["performance_unproven"]],
    )
    note: str = Field(default="", max_length=2000, examples=["실증 결과가 기준에 미달합니다"])
    document_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", examples=["ab" * 32])
    until: FullDate | None = Field(
        default=None, description="With `deferred`: it rests until this day has ended", examples=[None]
    )

    def must_make_sense(self, at: datetime) -> None:
        """Raise Invalid for anything but an approval without reasons, and for a day that is past or no deferral's."""
        if self.outcome != "approved" and not self.reasons:
            raise Invalid(
                "decision.reasons_missing",
                "a rejection or a deferral needs at least one reason code",
                "반려 또는 보류에는 사유 코드가 하나 이상 필요합니다",
                field="/reasons",
            )
        if self.until is not None and (self.outcome != "deferred" or self.until <= seoul_date(at)):
            raise Invalid(
                "decision.until",
                "a deferral alone has a day it rests until, and that is still to come",
                "재심의일은 보류 결정에만, 오늘 이후의 날짜로 지정합니다",
                field="/until",
            )


class Decision(BaseModel):
    """A ruling with the votes it rests on; `mean_score` only with a scoring sheet, as the members' mean."""

    ruling: Ruling
    votes_for: int
    votes_against: int
    mean_score: float | None = None
    chair: str
    at: AwareDatetime


class Panel(BaseModel):
    """One convened committee; it decides at most once."""

    members: list[Member]
    convened_at: AwareDatetime
    votes: list[Vote] = Field(default_factory=list)
    decision: Decision | None = None

    @property
    def people(self) -> set[str]:
        """Everybody who had a part in it, the chair who decided included."""
        chair = {self.decision.chair} if self.decision else set()
        return {member.person for member in self.members} | chair

    def seat_of(self, person: str) -> Member:
        """Return this person's seat. Raise Forbidden if they have none."""
        for member in self.members:
            if member.person == person:
                return member
        raise Forbidden("committee.not_member", "you are not on this committee", "이 위원회의 위원이 아닙니다")

    def votes_kept(self, members: Sequence[Member], conflicted: Collection[str]) -> list[Vote]:
        """Return the votes that count on when these sit instead. Raise Refused if somebody who voted is left out."""
        kept = [vote for vote in self.votes if vote.person not in conflicted]
        left_out = {vote.person for vote in kept} - {member.person for member in members}
        if left_out:
            raise Refused(
                "committee.voter_left_out",
                f"{', '.join(sorted(left_out))} voted: a vote does not end with a seat",
                f"이미 투표한 위원({', '.join(sorted(left_out))})은 제외할 수 없습니다",
                field="/members",
            )
        return kept

    def vote(self, vote: Vote) -> None:
        """Take one vote of a member. The same vote again changes nothing, another one is refused."""
        given = next((each for each in self.votes if each.person == vote.person), None)
        if given is None:
            self.votes.append(vote)
        elif given.model_dump(exclude={"at"}) != vote.model_dump(exclude={"at"}):
            raise Refused("committee.voted", "your vote is given and stands", "이미 투표했으며 변경할 수 없습니다")

    def decide(
        self, ruling: Ruling, chair: str, conflicted: Collection[str], rules: Rules, at: AwareDatetime
    ) -> Decision:
        """Decide with the majority of the votes of those without a conflict; a deferral needs no votes.

        Where the rules have a scoring sheet, an approval also needs the pass mark in the mean of those votes.
        """
        ruling.must_make_sense(at)
        counted = [vote for vote in self.votes if vote.person not in conflicted]
        votes_for = sum(vote.approve for vote in counted)
        votes_against = len(counted) - votes_for
        mean = fmean(vote.score or 0 for vote in counted) if rules.sheet and counted else None
        if ruling.outcome != "deferred":
            voters = {vote.person for vote in counted}
            must_be_composed([member for member in self.members if member.person in voters], rules)
            passed = mean is None or mean >= rules.pass_mark
            result = "approved" if votes_for > votes_against and passed else "rejected"
            if ruling.outcome != result:
                scored = "" if mean is None else f", {mean:.2f} / {rules.pass_mark}"
                raise Refused(
                    "committee.against_majority",
                    f"{votes_for} for and {votes_against} against{scored}: the committee has {result} it",
                    f"찬성 {votes_for}, 반대 {votes_against}{scored}: 위원회의 의결은 {result}입니다",
                    field="/outcome",
                )
        self.decision = Decision(
            ruling=ruling, votes_for=votes_for, votes_against=votes_against, mean_score=mean, chair=chair, at=at
        )
        return self.decision


def must_be_composed(members: Sequence[Member], rules: Rules) -> None:
    """Raise Refused unless these are enough people and enough of them are from outside, as the rules have it."""
    outside = sum(member.outside for member in members)
    if len(members) < rules.quorum:
        raise Refused(
            "committee.quorum",
            f"{len(members)} of at least {rules.quorum} members without a conflict of interest",
            f"이해충돌이 없는 위원이 {len(members)}명입니다(최소 {rules.quorum}명)",
            field="/members",
        )
    if outside * 100 < len(members) * rules.outside_percent:
        raise Refused(
            "committee.outside_share",
            f"{outside} of {len(members)} are from outside; at least {rules.outside_percent} % must be",
            f"위원 {len(members)}명 중 외부 위원이 {outside}명입니다(최소 {rules.outside_percent}%)",
            field="/members",
        )


def must_be_distinct(members: Sequence[Member]) -> None:
    """Raise Invalid when a person is named twice."""
    if len({member.person for member in members}) < len(members):
        raise Invalid(
            "committee.member_twice",
            "each member is named once",
            "같은 위원이 두 번 지정되었습니다",
            field="/members",
        )
