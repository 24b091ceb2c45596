"""A valid event, participation, request or meeting, with one word changed."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from services.matching.domain.attendee import Attendee
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Plan
from services.matching.domain.request import Request
from services.matching.timetable.day import Day, Place, Timetable
from shared.aggregate import Aggregate
from shared.events.catalog import PartyKind, PartyState, ProductState
from shared.events.matching import EventStatus

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Seoul on 23 November 2026."""
DEADLINE = NOON + timedelta(days=20)
START = NOON + timedelta(days=30)
HOUR = timedelta(hours=1)
FIRM = "pty_hanbit"
INSTITUTION = "pty_kwater"

A = TypeVar("A", bound=Aggregate)

WAY: tuple[EventStatus, ...] = ("registering", "requesting", "scheduling", "released", "running", "closed", "reported")


def a_plan(**changed: Any) -> Plan:
    plan = {
        "event_kind": "consultation_day",
        "title": "2027년 상반기 기술마켓 상담회",
        "starts_at": START,
        "slots": 4,
        "slot_minutes": 30,
        "tables": 3,
        "quota": 5,
        "answer_deadline": DEADLINE,
    }
    return Plan.model_validate(plan | changed)


def a_rest(after_slot: int, minutes: int = 60) -> dict[str, int]:
    return {"after_slot": after_slot, "minutes": minutes}


def an_event(status: EventStatus = "planned", **changed: Any) -> MarketEvent:
    event = MarketEvent.of_plan("evt_1", a_plan(**changed), NOON)
    for step in WAY if status == "reported" else WAY[: WAY.index(status) + 1] if status in WAY else ():
        if step == "released":
            event.release_timetable(Day((), event.plan.slots, event.plan.tables), Timetable(), [], NOON)
        else:
            event.advance(step, NOON)
    if status == "cancelled":
        event.cancel("태풍", NOON)
    return settled(event)


def a_participation(party: str = FIRM, kind: PartyKind = "sme", place: int = 0, officers: int = 1) -> Participation:
    people = [Attendee(name="김하늘")] * officers
    participation = Participation.apply(f"ptc_{party}", "evt_1", party, kind, people, NOON, officers)
    participation.confirm(NOON, place)
    return settled(participation)


def a_request(request_id: str = "req_1", firm: str = FIRM, institution: str = INSTITUTION, **changed: Any) -> Request:
    more: dict[str, Any] = {"product": "", "priority": 5, "number": 1, "at": NOON} | changed
    event, requester = an_event("requesting", rests=[a_rest(2)]), a_participation(firm)
    return settled(Request.file(request_id, event, requester, a_participation(institution, "institution"), **more))


def an_accepted_request(**changed: Any) -> Request:
    request = a_request(**changed)
    request.accept(NOON)
    return settled(request)


def a_meeting(place: Place | None = None, **changed: Any) -> Meeting:
    where = place or Place(2, 3)
    return settled(Meeting.book("mtg_1", an_event("running"), FIRM, INSTITUTION, where, NOON, **changed))


def a_party(party_id: str = FIRM, **changed: Any) -> PartyState:
    party = {
        "id": party_id,
        "party_kind": "sme",
        "title": "한빛수처리",
        "title_en": "Hanbit Water",
        "business_number": "1248100998",
        "councils": ["soc"],
        "region": "대전",
        "status": "active",
        "sme_certificate_until": "2027-03-31",
    }
    return PartyState.model_validate(party | changed)


def a_product(**changed: Any) -> ProductState:
    product = {
        "id": "prd_1",
        "owner": FIRM,
        "product_kind": "technology",
        "status": "listed",
        "version": 1,
        "certified_version": 1,
        "proposed_version": None,
        "title": "분리막",
        "title_en": "Membrane",
        "summary": "요약",
        "category": "water",
        "council": "soc",
        "price": None,
        "readiness_level": 8,
        "certificates": [],
    }
    return ProductState.model_validate(product | changed)


def settled(aggregate: A) -> A:
    """Forget what was recorded so far, as a save does."""
    aggregate.recorded.clear()
    return aggregate


def said(aggregate: Aggregate) -> list[str]:
    """Return the last part of each recorded event's name, in order."""
    return [event.name.rpartition(".")[2] for event in aggregate.recorded]
