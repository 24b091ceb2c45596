"""How matching shows its requests."""

from pydantic import BaseModel, ConfigDict

from services.matching.domain.request import Request
from shared.events.matching import RequestState


class RequestView(RequestState):
    """A wish to meet; `binding` names the parties and slots that stood in the way.

    What for is shown to its two parties and the operator.
    """

    version: int
    firm: str
    institution: str
    purpose: str
    binding: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "req_8s1kd0",
                "event": "evt_4k2qj4",
                "requester": "pty_5k2qj4",
                "target": "pty_kwater",
                "product": "prd_7dk3m2",
                "priority": 5,
                "session": "any",
                "status": "unplaced",
                "reason": "over_slots",
                "meeting": "",
                "version": 3,
                "firm": "pty_5k2qj4",
                "institution": "pty_kwater",
                "purpose": "노후 관로 누수 탐지 시범 적용 협의",
                "binding": ["pty_kwater"],
            }
        }
    )


class RequestPage(BaseModel):
    """Requests, newest first; `next` is the cursor of the next page."""

    items: list[RequestView]
    next: str | None = None


def request_view(request: Request) -> RequestView:
    """Show a request whole: commands are for its two parties and the operator only."""
    return RequestView(
        **request.public().model_dump(),
        version=request.version,
        firm=request.firm,
        institution=request.institution,
        purpose=request.purpose,
        binding=request.binding,
    )
