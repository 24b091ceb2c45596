"""What matching does when others, or its own aggregates, have decided something."""

from services.matching.commands import EVERY, absences_at, promote
from services.matching.domain.outcome import Deal
from services.matching.domain.participation import Participation, party_claim
from services.matching.ground import Matching
from services.matching.mending import carry_out, make_room
from services.matching.placement import cancel, exchange, settle
from services.matching.rearranging import cancel_meetings, fill_place, look_again_at, rearrange_all, rearrange_for
from services.matching.steps import all_of
from services.matching.timetable.day import Place
from shared.aggregate import Cause
from shared.events.catalog import PartyActivated, PartyClosed, PartyEvent, PartyRestored
from shared.events.contracts import ContractSigned
from shared.events.matching import (
    ConsultationBooked,
    ConsultationCancelled,
    ConsultationGaveWay,
    ConsultationMoved,
    EventCancelled,
    EventPartChanged,
    EventPartEvent,
    EventPartPlanned,
    EventReleased,
    EventTableClosed,
    ParticipationAbsent,
    ParticipationDeclined,
    ParticipationEvent,
    ParticipationLeft,
    ParticipationWaitlisted,
    ParticipationWithdrawn,
    RepairApplied,
    RepairMadeRoom,
    RequestAccepted,
)
from shared.messaging import Subscriptions

subscriptions: Subscriptions[Matching] = Subscriptions()


@subscriptions.on(EventReleased)
async def place_requests(released: EventReleased, cause: Cause, matching: Matching) -> None:
    """Book what the release placed, tell the others why not, and settle what was answered too late for it.

    A mended timetable is released when its meetings have moved.
    """
    if released.repair:
        return
    event = await matching.events.load(released.event)
    if not event.meets:
        return
    absences = await absences_at(matching, event)
    await all_of(
        settle(request, wanted, event, absences, cause, matching) for request, wanted in event.released.items()
    )
    for status in ("filed", "accepted"):
        late = await matching.requests.where({"event": event.id, "status": status}, EVERY)
        await all_of((settle(each.id, None, event, absences, cause, matching) for each in late), at_once=1)


@subscriptions.on(RequestAccepted)
async def place_late_request(accepted: RequestAccepted, cause: Cause, matching: Matching) -> None:
    """Settle a request that was accepted while the timetable was being released: nobody else will.

    As long as requests of the release are still to be placed, that step goes on, and it looks for late ones at its end.
    """
    event = await matching.events.load(accepted.event)
    if not event.meets or accepted.request in event.released:
        return
    accepted_ones = await matching.requests.where({"event": event.id, "status": "accepted"}, EVERY)
    if not any(each.id in event.released for each in accepted_ones):
        await settle(accepted.request, None, event, frozenset(), cause, matching)


@subscriptions.on(EventCancelled)
async def end_with_event(cancelled: EventCancelled, cause: Cause, matching: Matching) -> None:
    """A cancelled event ends every request and every booked meeting."""
    here = {"event": cancelled.event}
    requests = await matching.requests.where(here, EVERY)
    await all_of(_end_request(each.id, cause, matching) for each in requests if not each.is_final)
    meetings = await matching.meetings.where(here | {"status": "booked"}, EVERY)
    await all_of(cancel(each.id, "event_cancelled", cause, matching) for each in meetings)


@subscriptions.on(ParticipationWaitlisted)
async def serve_waiting_list(waitlisted: ParticipationWaitlisted, cause: Cause, matching: Matching) -> None:
    """A place may have been given back just before somebody began to wait."""
    participation = await matching.participations.load(waitlisted.participation)
    await _promote(participation, cause, matching)


@subscriptions.on(PartyRestored, PartyActivated)
async def serve_active_again(event: PartyEvent, cause: Cause, matching: Matching) -> None:
    """A party that was passed over on the waiting list, restricted or without its SME certificate, may have a place.

    Each list it waits on is served once its state is known to be as new as what happened to it. Raise NotKnownYet until
    then: events and states travel apart.
    """
    if waiting := await matching.participations.where({"party": event.party, "status": "waiting"}, EVERY):
        await matching.parties.require(event.party, cause.sequence, patience=0)
        for participation in waiting:
            await _promote(participation, cause, matching)


@subscriptions.on(PartyClosed)
async def end_with_party(closed: PartyClosed, cause: Cause, matching: Matching) -> None:
    """A party that leaves the market takes part in nothing that is still to come: its places go to others."""
    participations = await matching.participations.where({"party": closed.party}, EVERY)
    await all_of(_end_participation(each.id, cause, matching) for each in participations)


@subscriptions.on(ParticipationWithdrawn, ParticipationDeclined)
async def let_go(event: ParticipationEvent, cause: Cause, matching: Matching) -> None:
    """A party that withdraws or is declined leaves its requests, meetings and talks, and its place to the next.

    Requests before meetings: what is placed in between is then found as a meeting.
    """
    participation = await matching.participations.load(event.participation)
    here = {"event": participation.event, participation.side: participation.party}
    requests = await matching.requests.where(here, EVERY)
    await all_of(_withdraw_request(each.id, cause, matching) for each in requests if not each.is_final)
    await cancel_meetings(participation, "participation_ended", cause, matching)
    await all_of([_leave_stage(participation, cause, matching)])
    await _promote(participation, cause, matching)


@subscriptions.on(ParticipationLeft)
async def cancel_for_left(left: ParticipationLeft, cause: Cause, matching: Matching) -> None:
    """A party that is gone meets nobody any more, unless it came back meanwhile."""
    participation = await matching.participations.load(left.participation)
    if participation.left:
        await cancel_meetings(participation, "party_left", cause, matching)


@subscriptions.on(ParticipationAbsent)
async def rearrange_for_absent(absent: ParticipationAbsent, cause: Cause, matching: Matching) -> None:
    """What a party has in slots in which it, or the officer who meets, cannot goes elsewhere or to another officer."""
    participation = await matching.participations.load(absent.participation)
    await rearrange_for(participation, participation.away, "party_absent", cause, matching)


@subscriptions.on(EventPartPlanned, EventPartChanged)
async def rearrange_for_stage(planned: EventPartEvent, cause: Cause, matching: Matching) -> None:
    """Who is on stage meets nobody meanwhile. The newest programme decides when that is."""
    event = await matching.events.load(planned.event)
    for party in {each.party for part in event.parts for each in part.on_stage}:
        if present := await matching.participations.holding(party_claim(event.id, party)):
            away = [event.on_stage(party, officer) for officer in range(1, present.officers + 1)]
            await rearrange_for(present, away, "party_on_stage", cause, matching)


@subscriptions.on(EventTableClosed)
async def clear_table(closed: EventTableClosed, cause: Cause, matching: Matching) -> None:
    """What is booked at a closed table goes elsewhere."""
    here = {"event": closed.event, "table": closed.table, "slot": {"$gte": closed.from_slot}}
    await rearrange_all(here, "table_closed", cause, matching)


@subscriptions.on(ConsultationBooked)
async def check_booked(booked: ConsultationBooked, cause: Cause, matching: Matching) -> None:
    """Somebody may have left, a table been closed or the event called off while a meeting was being booked."""
    await look_again_at(booked, cause, matching)


@subscriptions.on(ConsultationCancelled)
async def fill_freed_slot(cancelled: ConsultationCancelled, cause: Cause, matching: Matching) -> None:
    """A slot that is freed before it begins goes to a request that the timetable could not serve."""
    await fill_place(cancelled.event, (await matching.meetings.load(cancelled.meeting)).place, cause, matching)


@subscriptions.on(ConsultationMoved)
async def fill_left_slot(moved: ConsultationMoved, cause: Cause, matching: Matching) -> None:
    """So does a slot that a meeting left for another, and where it went is looked at like where one is booked."""
    await fill_place(moved.event, Place(moved.from_slot, moved.from_table), cause, matching)
    await look_again_at(moved, cause, matching)


@subscriptions.on(ConsultationGaveWay)
async def swap_meetings(gave_way: ConsultationGaveWay, cause: Cause, matching: Matching) -> None:
    """Two meetings change places: one left its own in the call, the rest happens here."""
    await all_of([exchange(gave_way, await matching.events.load(gave_way.event), cause, matching)])


@subscriptions.on(RepairApplied)
async def leave_places(applied: RepairApplied, cause: Cause, matching: Matching) -> None:
    """What a repair moves leaves its place first."""
    await make_room(await matching.repairs.load(applied.repair, cause), cause, matching)


@subscriptions.on(RepairMadeRoom)
async def take_places(made_room: RepairMadeRoom, cause: Cause, matching: Matching) -> None:
    """Then it takes the new one."""
    await carry_out(await matching.repairs.load(made_room.repair, cause), cause, matching)


@subscriptions.on(ContractSigned)
async def convert_meeting(signed: ContractSigned, cause: Cause, matching: Matching) -> None:
    """A contract that names a meeting is what became of it."""
    if signed.meeting:
        meeting = await matching.meetings.load(signed.meeting, cause)
        meeting.convert(Deal(contract=signed.contract, amount=signed.amount, signed_at=signed.at), cause.at)
        await matching.meetings.save(meeting, cause)


async def _promote(participation: Participation, cause: Cause, matching: Matching) -> None:
    event = await matching.events.load(participation.event)
    if event.takes_applications:
        await promote(matching, event, participation.side, cause)


async def _leave_stage(participation: Participation, cause: Cause, matching: Matching) -> None:
    """Who takes part no more is on no stage, unless it has come back meanwhile."""
    event = await matching.events.load(participation.event, cause)
    here = await matching.participations.holding(party_claim(event.id, participation.party))
    if event.takes_applications and (here is None or not here.takes_part):
        event.leave_stage(participation.party, cause.at)
        if event.recorded:
            await matching.events.save(event, cause)


async def _end_participation(participation_id: str, cause: Cause, matching: Matching) -> None:
    """End what an open event holds for a party; one that is over stays as it was."""
    participation = await matching.participations.load(participation_id, cause)
    if (await matching.events.load(participation.event)).takes_applications:
        participation.end_with_party(cause.at)
        await matching.participations.save(participation, cause)


async def _end_request(request_id: str, cause: Cause, matching: Matching) -> None:
    request = await matching.requests.load(request_id, cause)
    request.end_with_event(cause.at)
    await matching.requests.save(request, cause)


async def _withdraw_request(request_id: str, cause: Cause, matching: Matching) -> None:
    request = await matching.requests.load(request_id, cause)
    request.end_with_participation(cause.at)
    await matching.requests.save(request, cause)
