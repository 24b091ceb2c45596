"""Matching's HTTP routes for meetings: load, decide, save."""

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field

from services.matching.commands import eligible, participant, room_at, seat_walk_in
from services.matching.domain.meeting import Meeting
from services.matching.domain.outcome import Outcome
from services.matching.domain.references import EventRef, PartyRef, ProductRef
from services.matching.domain.scan import Scan
from services.matching.domain.seating import Seating
from services.matching.domain.sides import must_be_offered, must_face
from services.matching.routes import Body, Owned, Reason
from services.matching.timetable.day import Place
from services.matching.views import MeetingPage, MeetingView, meeting_view
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.envelope import WHOLE
from shared.events.matching import MeetingStatus
from shared.web import api_router

meetings = api_router("/v1/meetings", "meetings")

MEETING = r"^mtg_[a-z0-9]{1,40}$"
MeetingId = Annotated[str, Path(pattern=MEETING, examples=["mtg_2k9fm3"])]


class WalkIn(Body):
    """A meeting made on the day: in the slot that is on and at any free table, when none is said."""

    event: EventRef
    firm: PartyRef
    institution: PartyRef
    slot: Annotated[int, Field(ge=1), WHOLE] | None = Field(default=None, examples=[3])
    table: Annotated[int, Field(ge=1), WHOLE] | None = Field(default=None, examples=[12])
    product: ProductRef | None = None


class Seat(Scan):
    """Who sits down. The operator's device names the party; a party's own people need not."""

    party: PartyRef | None = None


class Move(Body):
    """Where to, and why."""

    slot: Annotated[int, WHOLE] = Field(ge=1, examples=[4])
    table: Annotated[int, WHOLE] = Field(ge=1, examples=[12])
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["기관 담당자 지각"])


class Exchange(Reason):
    """With which meeting, and why."""

    other: str = Field(pattern=MEETING, examples=["mtg_7x4bw2"])


class Absence(Body):
    """Who did not come."""

    absent: list[PartyRef] = Field(min_length=1, max_length=2)


@meetings.post("", response_model=MeetingView, status_code=201)
async def book_walk_in(body: WalkIn, call: Creating, matching: Owned) -> Response:
    """Let two active parties that take part meet at once or in a later slot. Nobody, no table, no pair twice."""
    call.caller.must_act_for(body.institution)
    meeting_id = call.new_id("mtg")
    await matching.meetings.refuse_repeat(meeting_id, call.cause)
    event = await matching.events.load(body.event)
    firm = await eligible(matching, event.id, body.firm, call)
    institution = await eligible(matching, event.id, body.institution, call)
    must_face(firm.side, institution.side)
    if body.product:
        must_be_offered(await matching.products.require(body.product, call.seen(body.product)), body.firm)
    slot = body.slot or event.slot_at(call.at)
    event.must_not_be_over(slot, call.at)
    for party in (firm, institution):
        party.must_meet_in(slot, event.away(party))

    def new(seating: Seating) -> Meeting:
        return Meeting.book(
            meeting_id,
            event,
            body.firm,
            body.institution,
            seating.place,
            call.at,
            officers=seating.officers,
            product=body.product or "",
        )

    return answer(await seat_walk_in(matching, event, (firm, institution), slot, body.table, new, call.cause), 201)


@meetings.get("", response_model=MeetingPage)
async def list_meetings(
    request: Request,
    call: Reading,
    matching: Owned,
    page: Listing,
    event: str | None = None,
    firm: str | None = None,
    institution: str | None = None,
    status: MeetingStatus | None = None,
) -> MeetingPage:
    """List meetings, newest first."""
    filters = {"event": event, "firm": firm, "institution": institution, "status": status}
    found = await listed(matching.meetings, filters, page, request)
    return MeetingPage(items=[_for(call, each) for each in found.items], next=found.next)


@meetings.get("/{meeting_id}", response_model=MeetingView)
async def get_meeting(meeting_id: MeetingId, request: Request, call: Reading, matching: Owned) -> Response:
    """Show one meeting; notes on its outcome only to the party that wrote them and the operator."""
    meeting = await matching.meetings.load(meeting_id)
    return shown(_for(call, meeting), meeting.version, request)


@meetings.post("/{meeting_id}/check-in", response_model=MeetingView)
async def check_in_meeting(meeting_id: MeetingId, body: Seat, call: Changing, matching: Owned) -> Response:
    """Take a seat: a party's own people, or the operator's device for them. Begins when both sides have."""
    meeting = await _own(meeting_id, call, matching)
    party = body.party or call.principal
    call.caller.must_act_for(party)
    event = await matching.events.load(meeting.event)
    event.must_be_at_its_tables(call.at)
    meeting.arrive(party, body.moment(call.at, event.plan.starts_at), call.at, by_gate=call.caller.is_operator)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/start", response_model=MeetingView)
async def start_meeting(meeting_id: MeetingId, call: Changing, matching: Owned) -> Response:
    """Begin a meeting whose two sides the operator sees at the table, at most 15 minutes before its slot."""
    meeting = await matching.meetings.load(meeting_id, call.cause)
    (await matching.events.load(meeting.event)).must_be_at_its_tables(call.at)
    meeting.start(call.at)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/end", response_model=MeetingView)
async def hold_meeting(meeting_id: MeetingId, call: Changing, matching: Owned) -> Response:
    """Declare that the meeting took place."""
    meeting = await _own(meeting_id, call, matching)
    meeting.hold(call.at)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/cancellation", response_model=MeetingView)
async def cancel_meeting(meeting_id: MeetingId, body: Reason, call: Changing, matching: Owned) -> Response:
    """Give the slot back before the meeting begins, or is missed; a request that found no place may get it."""
    meeting = await _own(meeting_id, call, matching)
    meeting.give_back(body.reason, call.at)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/absence", response_model=MeetingView)
async def report_absence(meeting_id: MeetingId, body: Absence, call: Changing, matching: Owned) -> Response:
    """Declare who did not come. Without it, a meeting that has not begun 30 minutes after its end was missed."""
    meeting = await matching.meetings.load(meeting_id, call.cause)
    (await matching.events.load(meeting.event)).must_be_at_its_tables(call.at)
    meeting.miss(body.absent, call.at)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/move", response_model=MeetingView)
async def move_meeting(meeting_id: MeetingId, body: Move, call: Changing, matching: Owned) -> Response:
    """Move a booked meeting to another slot or table where both parties and the table are free."""
    meeting = await matching.meetings.load(meeting_id, call.cause)
    event = await matching.events.load(meeting.event)
    event.must_meet()
    event.must_not_be_over(body.slot, call.at)
    for party in meeting.parties:
        present = await participant(matching, event.id, party)
        present.must_meet_in(body.slot, event.away(present))
    room = await room_at(matching, event, call.at, leaving=meeting.id)
    officers = room.officers_in(meeting, body.slot)
    meeting.move(event, Place(body.slot, body.table), body.reason, call.at, officers)
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/swap", response_model=MeetingView)
async def swap_meeting(meeting_id: MeetingId, body: Exchange, call: Changing, matching: Owned) -> Response:
    """Let two booked meetings change places. `swapping` names the other one until both are there, right after."""
    meeting = await matching.meetings.load(meeting_id, call.cause)
    other = await matching.meetings.load(body.other)
    event = await matching.events.load(meeting.event)
    event.must_meet()
    event.must_not_be_over(meeting.slot, call.at, "path/meeting_id")
    event.must_not_be_over(other.slot, call.at, "/other")
    here = await room_at(matching, event, call.at, leaving=other.id)
    there = await room_at(matching, event, call.at, leaving=meeting.id)
    here.must_be_free((party for party in other.parties if party not in meeting.parties), meeting.slot)
    there.must_be_free((party for party in meeting.parties if party not in other.parties), other.slot)
    meeting.give_way(other, body.reason, call.at, there.officers_in(meeting, other.slot))
    return answer(await matching.meetings.save(meeting, call.cause))


@meetings.post("/{meeting_id}/outcome", response_model=MeetingView)
async def report_outcome(meeting_id: MeetingId, body: Outcome, call: Changing, matching: Owned) -> Response:
    """Report what came of a meeting, once for each side: three figures, each amount in one of them."""
    meeting = await matching.meetings.load(meeting_id, call.cause)
    meeting.report(call.principal, body, call.at)
    return answer(await matching.meetings.save(meeting, call.cause))


async def _own(meeting_id: str, call: Call, matching: Owned) -> Meeting:
    meeting = await matching.meetings.load(meeting_id, call.cause)
    call.caller.must_act_for(*meeting.parties)
    return meeting


def _for(call: Call, meeting: Meeting) -> MeetingView:
    return meeting_view(meeting, meeting.parties if call.caller.is_operator else (call.principal,))
