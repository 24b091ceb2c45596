"""What came of a meeting: what each side says of it, and the contracts."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.envelope import Won

NextStep = Literal["none", "meet_again", "site_visit", "field_test", "quotation", "contract", "project", "problem"]


class Outcome(BaseModel):
    """What one side says came of a meeting. An amount counts once: in one of the three. The notes stay its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    discussed: Won = Field(examples=["30000000"])
    being_arranged: Won = Field(examples=["0"])
    contracted: Won = Field(examples=["0"])
    next_step: NextStep = Field(default="none", examples=["field_test"])
    notes: str = Field(default="", max_length=4000, examples=["시범 설치 후 재협의"])


class Deal(BaseModel):
    """A contract that came of a meeting, and its amount when both sides had signed."""

    contract: str
    amount: Won
    signed_at: AwareDatetime
