"""What people say and do in a review, kept as facts."""

from dataclasses import dataclass
from datetime import date

from pydantic import AwareDatetime, BaseModel


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the person, the party they act for, and every party their token names."""

    person: str
    party: str
    parties: frozenset[str] = frozenset()


class Conflict(BaseModel):
    """A person's own word that they have an interest in the case."""

    person: str
    reason: str
    at: AwareDatetime


class Question(BaseModel):
    """What the institution asked, until when the firm may answer, and the answer."""

    round: int
    text: str
    asked_at: AwareDatetime
    answer_by: date
    answer: str = ""
    answered_at: AwareDatetime | None = None


class EarlierAnswer(BaseModel):
    """What the firm answered in another review of the same product, brought along at its wish (V8)."""

    review: str
    institution: str
    text: str
    answer: str
    answered_at: AwareDatetime


class Appeal(BaseModel):
    """The firm's appeal. `panels` and `turns` came before it: no person sits again, and no day of those counts."""

    grounds: str
    at: AwareDatetime
    panels: int
    turns: int


class Recognition(BaseModel):
    """Another institution's certificate, adopted under a rule."""

    certificate: str
    rule: str


class Entry(BaseModel):
    """A line of the review's trail: who did what, for whom. `inside` is for the institution's eyes only."""

    at: AwareDatetime
    fact: str
    person: str = ""
    party: str = ""
    note: str = ""
    inside: bool = False
