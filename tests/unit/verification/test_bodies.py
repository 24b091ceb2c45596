"""What callers of verification must say, they say in words."""

import pytest
from pydantic import BaseModel, ValidationError

from services.verification.certificate_routes import Keeping, Revocation
from services.verification.reviews.bodies import (
    AnswerText,
    AppealGrounds,
    ConflictDeclaration,
    InspectionOrder,
    InspectionReport,
    QuestionText,
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (ConflictDeclaration, {"reason": " "}),
        (QuestionText, {"text": " "}),
        (AnswerText, {"text": "\n\t"}),
        (InspectionOrder, {"place": " ", "planned_for": "2026-12-15"}),
        (InspectionReport, {"passed": True, "report": " "}),
        (AppealGrounds, {"grounds": "\u3000"}),
        (Revocation, {"reason": " "}),
        (Keeping, {"reason": " "}),
    ],
)
def test_blanks_say_nothing(body: type[BaseModel], said: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="string_pattern_mismatch"):
        body.model_validate(said)
