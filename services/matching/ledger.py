"""What an event's records add up to: how each request ended, and which meetings stand."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, Field

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting, Origin
from services.matching.domain.outcome import Deal, Outcome
from services.matching.domain.request import Request
from shared.events.envelope import Won
from shared.events.matching import MeetingState, MeetingStatus, RequestStatus


class LedgerLine(BaseModel):
    """How one request ended, or `final` false where it is still under way."""

    request: str = Field(examples=["req_8s1kd0"])
    requester: str
    target: str
    status: RequestStatus
    reason: str
    binding: list[str]
    meeting: str
    final: bool


class Ledger(BaseModel):
    """Every request of an event and how it ended; the counts are of these lines."""

    event: str = Field(examples=["evt_4k2qj4"])
    requests: int
    under_way: int
    by_status: dict[RequestStatus, int]
    by_reason: dict[str, int]
    lines: list[LedgerLine]


class Figures(BaseModel):
    """What one side of the meetings reported, added up."""

    reports: int
    discussed: Won
    being_arranged: Won
    contracted: Won


class LineageLine(Deal):
    """A contract and the meeting it came of."""

    meeting: str = Field(examples=["mtg_2k9fm3"])
    firm: str
    institution: str
    product: str
    origin: Origin


class Lineage(BaseModel):
    """What came of an event: how its meetings ended, what each side reported, and the contracts signed since.

    `contracted` is the sum of the lines; each contract is in one of them.
    """

    event: str = Field(examples=["evt_4k2qj4"])
    meetings: dict[MeetingStatus, int]
    reported_by_firms: Figures
    reported_by_institutions: Figures
    contracts: int
    contracted: Won
    lines: list[LineageLine]


class EventWon(BaseModel):
    """The contracts signed since that name a meeting of an event, added up."""

    event: str = Field(examples=["evt_4k2qj4"])
    title: str
    starts_at: AwareDatetime
    contracts: int
    contracted: Won


class WonFromEvents(BaseModel):
    """What was won from events: of each one with a contract, and in all. `contracted` is the sum of the lines."""

    contracts: int
    contracted: Won
    lines: list[EventWon]


class TimetableView(BaseModel):
    """The meetings that stand, by slot and table. A release is all `settled` when no request of it is left to place."""

    event: str = Field(examples=["evt_4k2qj4"])
    release: int
    settled: bool
    meetings: list[MeetingState]


def ledger_of(event: MarketEvent, requests: list[Request]) -> Ledger:
    """Count from the requests themselves: no figure here was typed in or added up elsewhere."""
    return Ledger(
        event=event.id,
        requests=len(requests),
        under_way=sum(not request.is_final for request in requests),
        by_status=Counter(request.status for request in requests),
        by_reason=Counter(request.reason for request in requests if request.reason),
        lines=[
            LedgerLine(
                request=request.id,
                requester=request.requester,
                target=request.target,
                status=request.status,
                reason=request.reason,
                binding=request.binding,
                meeting=request.meeting,
                final=request.is_final,
            )
            for request in requests
        ],
    )


def timetable_of(event: MarketEvent, meetings: list[Meeting], accepted: int) -> TimetableView:
    """Show the meetings that stand; `accepted` requests wait for the release to reach them."""
    standing = sorted((each for each in meetings if each.stands), key=lambda each: (each.slot, each.table))
    return TimetableView(
        event=event.id,
        release=event.release,
        settled=event.release > 0 and accepted == 0,
        meetings=[meeting.public() for meeting in standing],
    )


def lineage_of(event: MarketEvent, meetings: list[Meeting]) -> Lineage:
    """Add up from the meetings themselves: no figure here was typed in or added up elsewhere."""
    lines = [
        LineageLine(
            **deal.model_dump(),
            meeting=each.id,
            firm=each.firm,
            institution=each.institution,
            product=each.product,
            origin=each.origin,
        )
        for each in meetings
        for deal in each.deals
    ]
    return Lineage(
        event=event.id,
        meetings=Counter(each.status for each in meetings),
        reported_by_firms=_figures(each.outcomes.get(each.firm) for each in meetings),
        reported_by_institutions=_figures(each.outcomes.get(each.institution) for each in meetings),
        contracts=len(lines),
        contracted=sum((line.amount for line in lines), Decimal(0)),
        lines=lines,
    )


def won_from(events: Iterable[MarketEvent], meetings: Iterable[Meeting]) -> WonFromEvents:
    """Add up from the meetings themselves, event by event."""
    deals: defaultdict[str, list[Decimal]] = defaultdict(list)
    for meeting in meetings:
        deals[meeting.event] += [deal.amount for deal in meeting.deals]
    lines = [
        EventWon(
            event=each.id,
            title=each.plan.title,
            starts_at=each.plan.starts_at,
            contracts=len(deals[each.id]),
            contracted=sum(deals[each.id], Decimal(0)),
        )
        for each in events
    ]
    return WonFromEvents(
        contracts=sum(line.contracts for line in lines),
        contracted=sum((line.contracted for line in lines), Decimal(0)),
        lines=lines,
    )


def _figures(outcomes: Iterable[Outcome | None]) -> Figures:
    reports = [each for each in outcomes if each is not None]
    return Figures(
        reports=len(reports),
        discussed=sum((each.discussed for each in reports), Decimal(0)),
        being_arranged=sum((each.being_arranged for each in reports), Decimal(0)),
        contracted=sum((each.contracted for each in reports), Decimal(0)),
    )
