"""What callers of matching must say, they say in words."""

import pytest
from pydantic import BaseModel, ValidationError

from services.matching.meeting_routes import Move
from services.matching.routes import Reason


@pytest.mark.parametrize(("body", "said"), [(Reason, {"reason": " "}), (Move, {"slot": 1, "table": 1, "reason": "\n"})])
def test_a_blank_is_no_reason(body: type[BaseModel], said: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="string_pattern_mismatch"):
        body.model_validate(said)
