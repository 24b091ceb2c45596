"""From accepted requests to the day that a timetable is made for, and how a ledger of them reads."""

from collections.abc import Collection, Iterable
from datetime import datetime

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from services.matching.domain.plan import Unserved
from services.matching.domain.request import Request
from services.matching.timetable import day as timetable


def day_of(
    event: MarketEvent,
    requests: Iterable[Request],
    meetings: Iterable[Meeting],
    participations: Iterable[Participation],
    at: datetime,
) -> timetable.Day:
    """Return the day: the requests to place, round the meetings that stand, absences and closed tables.

    Institutions host. Released late, nobody is placed in a slot that is over by `at`.
    """
    booked = tuple(meeting.booked() for meeting in meetings if meeting.stands)
    return timetable.Day(
        tuple(
            timetable.Request(
                each.id,
                each.institution,
                each.firm,
                each.priority,
                int(each.filed_at.timestamp() * 1_000_000),
                event.plan.slots_of(each.session, at),
            )
            for each in requests
        ),
        event.plan.slots,
        event.plan.tables,
        booked,
        parties_of(event, participations),
        spare=event.plan.spare_tables,
        halves=event.plan.halves,
        closed=timetable.closed_from(
            (timetable.Place(each.from_slot, each.table) for each in event.closed_tables),
            event.plan.slots,
            {it.place for it in booked},
        ),
    )


def parties_of(event: MarketEvent, participations: Iterable[Participation]) -> dict[str, timetable.Party]:
    """Return what a day has to know of those who are not one person, always there, who may meet everybody."""
    known = {
        each.party: timetable.Party(event.away(each), event.plan.most_meetings(each.side)) for each in participations
    }
    return {party: it for party, it in known.items() if it != timetable.Party()}


def gate(
    requests: Iterable[Request], taking_part: Collection[str], active: Collection[str]
) -> tuple[list[Request], list[Unserved]]:
    """Part the requests that may be scheduled from those of parties that may not: eligibility is checked again here."""
    admitted: list[Request] = []
    turned_away: list[Unserved] = []
    for request in requests:
        pair = (request.firm, request.institution)
        away = [party for party in pair if party not in taking_part]
        inactive = [party for party in pair if party not in active]
        if away or inactive:
            reason = "not_taking_part" if away else "party_not_active"
            turned_away.append(Unserved(request=request.id, reason=reason, parties=away or inactive))
        else:
            admitted.append(request)
    return admitted, turned_away


def waiting_for_a_slot(requests: Iterable[Request]) -> list[Request]:
    """Return the requests that a timetable could not serve, those with the first claim to a freed slot first."""
    reasons = {reason.value for reason in timetable.Reason}
    unserved = [each for each in requests if each.status == "unplaced" and each.reason in reasons]
    return sorted(unserved, key=lambda each: (-each.priority, each.filed_at, each.id))
