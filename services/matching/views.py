"""How matching shows its events, participations and meetings."""

from collections.abc import Iterable

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.matching.domain.attendee import Attendee
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.outcome import Outcome
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Score
from services.matching.domain.sides import MayAsk
from shared.events.matching import EventState, MeetingState, ParticipationState


class EventView(EventState):
    """An event; `firms` and `institutions` are the places of each side, null for as many as come.

    `score` is how good its timetable is; null before there is one, and where nothing was proven of it.
    """

    version: int
    spare_tables: int
    may_ask: list[MayAsk]
    quota: int
    firm_meetings: int | None
    institution_meetings: int | None
    firms: int | None
    institutions: int | None
    answer_deadline: AwareDatetime
    ends_at: AwareDatetime
    score: Score | None
    reason: str

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "evt_4k2qj4",
                "event_kind": "consultation_day",
                "title": "2027년 상반기 기술마켓 상담회",
                "status": "requesting",
                "starts_at": "2027-04-14T01:00:00Z",
                "slots": 12,
                "slot_minutes": 30,
                "rests": [{"after_slot": 6, "minutes": 60}],
                "buffer_minutes": 5,
                "edition": {"series": "ser_6w1n4b", "year": 2027, "number": 1},
                "tables": 83,
                "halls": [{"name": "제1전시장", "name_en": "Hall 1", "tables": 83}],
                "release": 0,
                "version": 3,
                "spare_tables": 4,
                "may_ask": [{"requester": "sme", "target": "institution"}],
                "quota": 10,
                "firm_meetings": 8,
                "institution_meetings": None,
                "firms": 177,
                "institutions": 83,
                "answer_deadline": "2027-04-07T09:00:00Z",
                "ends_at": "2027-04-14T08:00:00Z",
                "closed_tables": [],
                "score": None,
                "reason": "",
            }
        }
    )


class ParticipationView(ParticipationState):
    """A party's place at an event; `attendees` only for its own people and the operator, null where erased."""

    version: int
    reason: str
    arrived_at: AwareDatetime | None
    left_at: AwareDatetime | None
    attendees: list[Attendee | None] | None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "ptc_9d3kq1",
                "event": "evt_4k2qj4",
                "party": "pty_5k2qj4",
                "party_kind": "sme",
                "status": "checked_in",
                "people": 1,
                "officers": 1,
                "left": False,
                "absences": [1, 2],
                "demand": None,
                "version": 3,
                "reason": "",
                "arrived_at": "2027-04-14T00:52:00Z",
                "left_at": None,
                "attendees": [{"name": "김하늘", "job": "연구소장", "phone": "02-555-0100"}],
            }
        }
    )


class MeetingView(MeetingState):
    """A consultation; `outcomes` by party, each with its notes only for that party and the operator.

    Which of the officers that its participation sends meets is told by number, from 1, for both sides.
    """

    version: int
    ends_at: AwareDatetime
    absent: list[str]
    reason: str
    swapping: str
    outcomes: dict[str, Outcome]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "mtg_2k9fm3",
                "event": "evt_4k2qj4",
                "firm": "pty_5k2qj4",
                "institution": "pty_kwater",
                "request": "req_8s1kd0",
                "product": "prd_7dk3m2",
                "origin": "request",
                "slot": 3,
                "table": 12,
                "firm_officer": 1,
                "institution_officer": 2,
                "starts_at": "2027-04-14T02:00:00Z",
                "status": "booked",
                "contract": "",
                "version": 1,
                "ends_at": "2027-04-14T02:30:00Z",
                "arrived": [],
                "absent": [],
                "reason": "",
                "swapping": "",
                "outcomes": {},
            }
        }
    )


class EventPage(BaseModel):
    """Events, newest first; `next` is the cursor of the next page."""

    items: list[EventView]
    next: str | None = None


class ParticipationPage(BaseModel):
    """Participations, newest first; `next` is the cursor of the next page."""

    items: list[ParticipationView]
    next: str | None = None


class MeetingPage(BaseModel):
    """Meetings, newest first; `next` is the cursor of the next page."""

    items: list[MeetingView]
    next: str | None = None


def event_view(event: MarketEvent) -> EventView:
    planned = event.plan.model_dump(include=set(EventView.model_fields))
    return EventView(
        **planned | event.public().model_dump(),
        version=event.version,
        ends_at=event.plan.ends_at,
        score=event.score,
        reason=event.reason,
    )


def participation_view(participation: Participation) -> ParticipationView:
    """Show a participation whole: commands are for its own people and the operator only."""
    return ParticipationView(
        **participation.public().model_dump(),
        version=participation.version,
        reason=participation.reason,
        arrived_at=participation.arrived_at,
        left_at=participation.left_at,
        attendees=participation.people,
    )


def meeting_view(meeting: Meeting, notes_of: Iterable[str] = ()) -> MeetingView:
    """Show a meeting with the notes of these parties only."""
    outcomes = {
        party: outcome if party in notes_of else outcome.model_copy(update={"notes": ""})
        for party, outcome in meeting.outcomes.items()
    }
    return MeetingView(
        **meeting.public().model_dump(),
        version=meeting.version,
        ends_at=meeting.ends_at,
        absent=meeting.absent,
        reason=meeting.reason,
        swapping=meeting.swap.other if meeting.swap else "",
        outcomes=outcomes,
    )
