"""What a meeting became: request, meeting and contracts of several services as one read."""

from datetime import UTC, datetime
from decimal import Decimal

from shared.events.matching import EventState, RequestState
from tests.component.gateway.door import Door
from tests.component.gateway.test_product_view import _contract, _meeting, _new, _party, _published, _record


def an_event() -> EventState:
    return EventState(
        id=_new("evt"),
        event_kind="consultation_day",
        title="상담회",
        status="reported",
        starts_at=datetime(2027, 4, 14, 1, tzinfo=UTC),
        slots=4,
        slot_minutes=30,
        tables=4,
        release=1,
    )


async def test_a_meeting_is_shown_with_its_request_and_with_what_came_of_it(door: Door) -> None:
    event, institution = an_event(), _new("pty")
    request = RequestState(
        id=_new("req"),
        event=event.id,
        requester="pty_firm",
        target=institution,
        priority=5,
        status="placed",
    )
    meeting = _meeting("", institution).model_copy(update={"event": event.id, "request": request.id})
    request = request.model_copy(update={"meeting": meeting.id})
    signed, later, drafted = (
        _contract("prd_x", institution).model_copy(update={"meeting": meeting.id} | more)
        for more in ({}, {"status": "completed", "amount": Decimal(7)}, {"status": "drafted", "amount": None})
    )
    elsewhere = _contract("prd_x", institution).model_copy(update={"meeting": "mtg_other"})
    states = [_party(institution, "가온도로공사"), event, request, meeting, signed, later, drafted, elsewhere]
    await _published(door, *(_record(each, 1) for each in states))
    path, seen = f"/v1/views/meeting/{meeting.id}", ",".join(f"{each.id}:1" for each in states)

    view = await door.call("GET", path, market_position=seen)
    stranger = await door.call("GET", path, by="prs_newcomer")

    assert view.headers["market-position-reached"] == "true"
    assert (view.body["event"]["title"], view.body["request"]["id"]) == ("상담회", request.id)
    assert view.body["meeting"]["id"] == meeting.id
    assert {each["id"] for each in view.body["contracts"]} == {signed.id, later.id, drafted.id}
    assert (view.body["contracted"], view.body["names"][institution]) == ("5000007", "가온도로공사")
    assert {each["id"] for each in stranger.body["contracts"]} == {signed.id, later.id}
    assert stranger.body["contracted"] == "5000007"


async def test_a_walk_in_has_no_request_and_may_have_led_to_nothing(door: Door) -> None:
    meeting = _meeting("", "pty_x").model_copy(update={"origin": "onsite"})
    await _published(door, _record(meeting, 1))

    view = await door.call("GET", f"/v1/views/meeting/{meeting.id}", market_position=f"{meeting.id}:1")

    assert (view.body["request"], view.body["event"], view.body["contracts"]) == (None, None, [])
    assert view.body["contracted"] == "0"


async def test_a_meeting_nobody_heard_of_is_unknown(door: Door) -> None:
    unknown = await door.call("GET", "/v1/views/meeting/mtg_nobody")
    malformed = await door.call("GET", "/v1/views/meeting/evt_1")

    assert (unknown.status, unknown.rule) == (404, "meeting.unknown")
    assert malformed.status == 422
