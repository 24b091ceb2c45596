"""What callers send about a review."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.verification.domain.committee import Member, Reply
from services.verification.domain.inspection import MOST_CRITERIA, FieldCriterion, Measure
from shared.events.days import FullDate
from shared.events.envelope import WHOLE

PersonId = Annotated[str, Field(pattern=r"^[a-z]{3}_[A-Za-z0-9_-]{1,60}$", examples=["prs_8kq2"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Assignment(_Body):
    """Who looks at the case; without a name, the caller."""

    officer: PersonId | None = None


class ConflictDeclaration(_Body):
    """The interest the caller has in the case."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["신청 기업의 주주입니다"])


class QuestionText(_Body):
    """What the firm should answer, within so many Korean working days."""

    text: str = Field(min_length=1, max_length=5000, pattern=r"\S", examples=["시험성적서를 제출하십시오"])
    answer_days: Annotated[int, WHOLE] = Field(default=10, ge=1, le=60, examples=[10])


class AnswerText(_Body):
    """The firm's answer."""

    text: str = Field(min_length=1, max_length=20_000, pattern=r"\S", examples=["공인 시험성적서를 첨부했습니다"])


class Invited(_Body):
    """Who is asked to sit; more than needed may be asked."""

    members: list[Member] = Field(min_length=1, max_length=30)


class InvitationAnswer(_Body):
    """`accepted` declares that you have no interest in the case; `conflict` declares the one you have, for good."""

    answer: Reply = Field(examples=["accepted"])
    reason: str = Field(
        default="", max_length=500, description="With `conflict`: the interest", examples=["신청 기업의 주주입니다"]
    )


class Committee(_Body):
    """Who votes, of those who accepted: as many, and as many of them from outside, as the institution's rules ask."""

    members: list[Member] = Field(min_length=1, max_length=30)


class InspectionOrder(_Body):
    """Where and when a field test takes place."""

    place: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["대전 정수장"])
    planned_for: FullDate = Field(examples=["2026-12-15"])
    criteria: list[FieldCriterion] = Field(
        default_factory=list, max_length=MOST_CRITERIA, description="What it has to show, said before it is measured"
    )


class InspectionReport(_Body):
    """What a field test found: the value of each criterion it was ordered with. Who misses one has not passed."""

    passed: StrictBool = Field(examples=[True])
    measured: dict[str, Measure] = Field(
        default_factory=dict, max_length=MOST_CRITERIA, description="By criterion", examples=[{"turbidity": 0.31}]
    )
    report: str = Field(min_length=1, max_length=5000, pattern=r"\S", examples=["처리 수질이 기준을 만족함"])


class Ballot(_Body):
    """One member's vote."""

    approve: StrictBool = Field(examples=[True])
    score: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(
        default=None, description="Without a scoring sheet", examples=[87]
    )
    points: dict[str, Annotated[int, Field(ge=0, le=100), WHOLE]] = Field(
        default_factory=dict, max_length=20, description="For each line of the rules' scoring sheet", examples=[{}]
    )
    comment: str = Field(default="", max_length=2000, examples=["기술 성숙도가 높음"])


class AppealGrounds(_Body):
    """Why the firm thinks the decision is wrong."""

    grounds: str = Field(min_length=1, max_length=5000, pattern=r"\S", examples=["실증 결과가 반영되지 않았습니다"])


class RecognitionChoice(_Body):
    """Which certificate is adopted under which of the institution's rules."""

    certificate: str = Field(pattern=r"^crt_[a-z0-9]{1,40}$", examples=["crt_2b7f0a"])
    rule: str = Field(pattern=r"^rul_[a-z0-9]{1,40}$", examples=["rul_6h3w8e"])
