"""Matching's HTTP routes for participations: load, decide, save."""

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import ConfigDict, Field

from services.matching.commands import seat
from services.matching.domain.attendee import Attendee
from services.matching.domain.participation import Participation
from services.matching.domain.references import EventRef, PartyRef
from services.matching.domain.scan import Scan
from services.matching.domain.sides import side_of
from services.matching.routes import Body, Owned, Reason
from services.matching.views import ParticipationPage, ParticipationView, participation_view
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.envelope import WHOLE
from shared.events.matching import Demand, ParticipationStatus
from shared.web import api_router

participations = api_router("/v1/participations", "participations")

ParticipationId = Annotated[str, Path(pattern=r"^ptc_[a-z0-9]{1,40}$", examples=["ptc_9d3kq1"])]

AttendeeNumber = Annotated[int, Path(ge=1, le=50, examples=[1])]


class Application(Body):
    """Which event, and who comes. The operator may apply for a party; everybody else applies for their own."""

    event: EventRef
    party: PartyRef | None = None
    people: list[Attendee] = Field(min_length=1, max_length=50)
    officers: Annotated[int, WHOLE] = Field(
        default=1, ge=1, le=20, examples=[1], description="How many of the people, the first ones, meet at once"
    )


class Absences(Reason):
    """All slots the party cannot meet in; none takes back what was said before. A late party names those until then."""

    slots: list[Annotated[int, WHOLE]] = Field(max_length=60, examples=[[1, 2]])
    officer: Annotated[int, Field(ge=1), WHOLE] | None = Field(
        default=None,
        description="Which of its officers, by number from 1, when it is one alone; the others meet on",
        examples=[None],
    )


class Sought(Demand):
    """What is looked for, with nothing else to it."""

    model_config = ConfigDict(extra="forbid")


@participations.post("", response_model=ParticipationView, status_code=201)
async def apply_to_event(body: Application, call: Creating, matching: Owned) -> Response:
    """Apply for a place: confirmed at once while places last, else on the waiting list, the longest waiting first."""
    applicant = body.party or call.principal
    call.caller.must_act_for(applicant)
    participation_id = call.new_id("ptc")
    await matching.participations.refuse_repeat(participation_id, call.cause)
    event = await matching.events.load(body.event)
    event.must_take_applications()
    party = await matching.parties.require(applicant, call.seen(applicant))
    side_of(party.party_kind)
    party.must_be_active(call.at)

    def new() -> Participation:
        return Participation.apply(
            participation_id, event.id, party.id, party.party_kind, body.people, call.at, body.officers
        )

    return answer(await seat(matching, event, new, call.cause), 201)


@participations.get("", response_model=ParticipationPage)
async def list_participations(
    request: Request,
    call: Reading,
    matching: Owned,
    page: Listing,
    event: str | None = None,
    party: str | None = None,
    status: ParticipationStatus | None = None,
) -> ParticipationPage:
    """List participations, newest first."""
    filters = {"event": event, "party": party, "status": status}
    found = await listed(matching.participations, filters, page, request)
    return ParticipationPage(items=[_for(call, each) for each in found.items], next=found.next)


@participations.get("/{participation_id}", response_model=ParticipationView)
async def get_participation(
    participation_id: ParticipationId, request: Request, call: Reading, matching: Owned
) -> Response:
    """Show one participation; names of people only to their own party and the operator."""
    participation = await matching.participations.load(participation_id)
    return shown(_for(call, participation), participation.version, request)


@participations.post("/{participation_id}/withdrawal", response_model=ParticipationView)
async def withdraw_participation(
    participation_id: ParticipationId, body: Reason, call: Changing, matching: Owned
) -> Response:
    """Give the place up. Requests and booked meetings end with it, and whoever waits longest gets the place."""
    participation = await _own(participation_id, call, matching)
    participation.withdraw(body.reason, call.at)
    return answer(await matching.participations.save(participation, call.cause))


@participations.post("/{participation_id}/refusal", response_model=ParticipationView)
async def decline_participation(
    participation_id: ParticipationId, body: Reason, call: Changing, matching: Owned
) -> Response:
    """Refuse a party that waits or has a place."""
    participation = await matching.participations.load(participation_id, call.cause)
    participation.decline(body.reason, call.at)
    return answer(await matching.participations.save(participation, call.cause))


@participations.post("/{participation_id}/check-in", response_model=ParticipationView)
async def check_in_participation(
    participation_id: ParticipationId, body: Scan, call: Changing, matching: Owned
) -> Response:
    """Let a party through the gate: its own people, or the operator's device, which may say so late and repeatedly."""
    participation = await _own(participation_id, call, matching)
    event = await matching.events.load(participation.event)
    event.must_be_out()
    participation.check_in(body.moment(call.at, event.plan.starts_at), call.at)
    return answer(await matching.participations.save(participation, call.cause))


@participations.post("/{participation_id}/absences", response_model=ParticipationView)
async def limit_participation(
    participation_id: ParticipationId, body: Absences, call: Changing, matching: Owned
) -> Response:
    """Say in which slots the party, or one of its officers, cannot meet.

    What is booked there goes to another officer, moves to where both can, or else is cancelled.
    """
    participation = await _own(participation_id, call, matching)
    event = await matching.events.load(participation.event)
    event.must_take_applications()
    event.must_have_slots(body.slots)
    participation.be_absent(body.slots, body.reason, call.at, body.officer)
    return answer(await matching.participations.save(participation, call.cause))


@participations.post("/{participation_id}/demand", response_model=ParticipationView)
async def state_demand_of_participation(
    participation_id: ParticipationId, body: Sought, call: Changing, matching: Owned
) -> Response:
    """Say what an institution looks for at the event, so that it and firms are suggested to each other."""
    participation = await _own(participation_id, call, matching)
    (await matching.events.load(participation.event)).must_take_applications()
    participation.state_demand(Demand(**body.model_dump()), call.at)
    return answer(await matching.participations.save(participation, call.cause))


@participations.post("/{participation_id}/departure", response_model=ParticipationView)
async def leave_participation(
    participation_id: ParticipationId, body: Reason, call: Changing, matching: Owned
) -> Response:
    """Be gone for the rest of the day: meetings not begun are cancelled, their slots go to requests that wait."""
    participation = await _own(participation_id, call, matching)
    (await matching.events.load(participation.event)).must_meet()
    participation.leave(body.reason, call.at)
    return answer(await matching.participations.save(participation, call.cause))


@participations.put("/{participation_id}/attendees/{number}", response_model=ParticipationView)
async def replace_attendee(
    participation_id: ParticipationId, number: AttendeeNumber, body: Attendee, call: Changing, matching: Owned
) -> Response:
    """Let somebody else come in the place of one of those who come, by number from 1, with the meetings of an officer.

    Who came before is erased, also from what a repeat of an earlier call is answered.
    """
    participation = await _own(participation_id, call, matching)
    (await matching.events.load(participation.event)).must_take_applications()
    participation.send_instead(number, body)
    return answer(await matching.participations.forget(participation, call.cause))


@participations.delete("/{participation_id}/attendees", response_model=ParticipationView)
async def erase_attendees(participation_id: ParticipationId, call: Changing, matching: Owned) -> Response:
    """Erase who comes, or came, for good: also from what a repeat of an earlier call is answered. They still count."""
    participation = await _own(participation_id, call, matching)
    participation.erase()
    return answer(await matching.participations.forget(participation, call.cause))


@participations.delete("/{participation_id}/attendees/{number}", response_model=ParticipationView)
async def erase_attendee(
    participation_id: ParticipationId, number: AttendeeNumber, call: Changing, matching: Owned
) -> Response:
    """Erase one of those who come, by their number from 1, as all of them are; the others keep theirs."""
    participation = await _own(participation_id, call, matching)
    participation.erase(number)
    return answer(await matching.participations.forget(participation, call.cause))


async def _own(participation_id: str, call: Call, matching: Owned) -> Participation:
    participation = await matching.participations.load(participation_id, call.cause)
    call.caller.must_act_for(participation.party)
    return participation


def _for(call: Call, participation: Participation) -> ParticipationView:
    view = participation_view(participation)
    own = call.caller.is_operator or call.principal == participation.party
    return view if own else view.model_copy(update={"attendees": None})
