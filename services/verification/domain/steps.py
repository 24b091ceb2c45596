"""What something waits for: whose move it is, which one, and by which day."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

Mover = Literal["institution", "committee", "chair", "firm", "market"]
"""Who moves: `market` is our own next step, the others are people."""

Move = Literal[
    "assign",
    "screen",
    "invite",
    "answer_invitations",
    "convene",
    "report_inspection",
    "vote",
    "decide",
    "answer",
    "appeal",
    "resume",
    "certify",
    "renew",
    "reconsider",
    "conclude",
]


class NextStep(BaseModel):
    """Nothing waits without one; `by` is the last day, in Seoul."""

    owner: Mover
    step: Move
    by: date
