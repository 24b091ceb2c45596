"""What matching publishes: series, events, drafts, repairs, participations, requests and meetings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.catalog import Category
from shared.events.envelope import WHOLE, Event, State, Won

EventKind = Literal["consultation_day", "fair", "road_show"]
EventStatus = Literal[
    "planned", "registering", "requesting", "scheduling", "released", "running", "closed", "reported", "cancelled"
]
ParticipationStatus = Literal["applied", "confirmed", "waiting", "declined", "withdrawn", "checked_in"]
RequestStatus = Literal["filed", "accepted", "declined", "expired", "withdrawn", "placed", "unplaced"]
Session = Literal["any", "morning", "afternoon"]
RepairStatus = Literal["ready", "applying", "applied"]
DraftStatus = Literal["planning", "ready", "failed", "cancelled"]
PartKind = Literal["future_technology_talk", "purchasing_policy_talk", "award"]
PartStatus = Literal["planned", "withdrawn"]
MeetingStatus = Literal["booked", "in_progress", "held", "no_show", "cancelled", "reported", "converted", "closed"]


class SeriesOpened(Event):
    """There is a name for events that come back."""

    name: ClassVar[str] = "matching.series.opened"
    kind: ClassVar[str] = "matching.series"

    series: str
    title: str


class SeriesState(State):
    """Events that come back, as anybody may see them: what they are called together."""

    kind: ClassVar[str] = "matching.series"

    title: str


class Edition(BaseModel):
    """Which event of a series this is: the third of 2027, 2027년 제3회. A year's numbers begin at 1, without a gap."""

    model_config = ConfigDict(frozen=True)

    series: str
    year: int = Field(examples=[2027])
    number: int = Field(examples=[3])

    def __str__(self) -> str:
        return f"{self.year}년 제{self.number}회"


class Hall(BaseModel):
    """Where so many of an event's tables stand; their numbers go on from the hall before."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["제1전시장"])
    name_en: str = Field(default="", max_length=100, examples=["Hall 1"])
    tables: Annotated[int, WHOLE] = Field(ge=0, le=500, examples=[12])


class MarketDayEvent(Event):
    """Something happened to a consultation day, fair or road show."""

    kind: ClassVar[str] = "matching.event"

    event: str


class EventPlanned(MarketDayEvent):
    """A day is planned, with its slots and tables."""

    name: ClassVar[str] = "matching.event.planned"

    event_kind: EventKind
    title: str
    edition: Edition | None = None


class EventAdvanced(MarketDayEvent):
    """A day moved on to its next status."""

    name: ClassVar[str] = "matching.event.advanced"

    status: EventStatus


class EventReleased(MarketDayEvent):
    """A timetable is released, numbered and with a title: nobody and no table is taken twice.

    `value` counts what is placed, with priorities; `gaps` the waits of parties between two meetings. No timetable has
    more than `most_value` or less than `least_gaps`. All four are missing where nothing was proven.

    With a `repair` it is the last one mended: `placed` meetings stand and `unplaced` ones lost their place to it.
    """

    name: ClassVar[str] = "matching.event.released"

    release: int
    title: str = ""
    placed: int
    unplaced: int
    value: int | None = None
    most_value: int | None = None
    gaps: int | None = None
    least_gaps: int | None = None
    repair: str = ""


class EventCancelled(MarketDayEvent):
    """A day will not take place."""

    name: ClassVar[str] = "matching.event.cancelled"

    reason: str


class EventTableClosed(MarketDayEvent):
    """A table is closed from this slot on, for the rest of the day."""

    name: ClassVar[str] = "matching.event.table_closed"

    table: int
    from_slot: int
    reason: str


class OnStage(BaseModel):
    """Who speaks or is honoured: a party, and which of its officers, by number. That one meets nobody meanwhile."""

    model_config = ConfigDict(frozen=True)

    party: str = Field(examples=["pty_8ax3mt"])
    officer: Annotated[int, WHOLE] = Field(default=1, ge=1, le=50, examples=[1])


class EventPart(BaseModel):
    """A talk or an award of a day, beside its consultations; by number from 1, which it keeps when it is changed."""

    model_config = ConfigDict(frozen=True)

    number: int
    part_kind: PartKind
    title: str = Field(examples=["2027년 물산업 구매 정책과 제품 선정 기준"])
    hall: str = Field(default="", description="Empty where the day has no halls", examples=["제1강연장"])
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    on_stage: list[OnStage] = Field(default_factory=list)
    document: str = Field(
        default="", examples=["fil_3m7k2p"], description="A file; of a talk on purchasing policy the buyer's criteria"
    )
    status: PartStatus = "planned"
    reason: str = ""
    changed_at: AwareDatetime
    changes: int = Field(default=0, description="How many times it was changed or withdrawn", examples=[0])
    left: list[str] = Field(
        default_factory=list, description="Parties that were on stage before it was changed", examples=[[]]
    )


class EventPartEvent(MarketDayEvent):
    """A part of a day is as told here; `former_document` is the file it no longer refers to."""

    part: EventPart
    former_document: str = Field(default="", examples=["fil_3m7k2p"])


class EventPartPlanned(EventPartEvent):
    """A talk or an award is in the programme of a day."""

    name: ClassVar[str] = "matching.event.part_planned"


class EventPartChanged(EventPartEvent):
    """A talk or an award is at another time, in another hall, of others, or about something else."""

    name: ClassVar[str] = "matching.event.part_changed"


class EventPartWithdrawn(EventPartEvent):
    """A talk or an award does not take place."""

    name: ClassVar[str] = "matching.event.part_withdrawn"


class Rest(BaseModel):
    """A pause of a day, lunch or coffee: the slots after this one begin so much later."""

    model_config = ConfigDict(frozen=True)

    after_slot: Annotated[int, WHOLE] = Field(ge=1, le=60, examples=[6])
    minutes: Annotated[int, WHOLE] = Field(ge=5, le=240, examples=[60])


def slots_of(session: Session, slots: int, rests: Sequence[Rest]) -> frozenset[int] | None:
    """Return the slots of a part of the day, None for all of it: the longest rest, of equal ones the first, parts it.

    Raise ValueError for a part of a day without a rest.
    """
    if session == "any":
        return None
    morning = frozenset(range(1, max(rests, key=lambda rest: rest.minutes).after_slot + 1))
    return morning if session == "morning" else frozenset(range(1, slots + 1)) - morning


def start_of(slot: int, starts_at: datetime, slot_minutes: int, rests: Sequence[Rest], buffer_minutes: int) -> datetime:
    """Return when a slot of a day begins: the buffer is after each slot before it, a rest in place of it."""
    rested = sum(max(rest.minutes - buffer_minutes, 0) for rest in rests if rest.after_slot < slot)
    return starts_at + timedelta(minutes=(slot_minutes + buffer_minutes) * (slot - 1) + rested)


class ClosedTable(BaseModel):
    """A table nobody sits at any more, from this slot on."""

    table: int
    from_slot: int
    reason: str = Field(examples=["정전"])


class EventState(State):
    """A day as anybody may see it: its slots follow one another, but for `rests` and the buffer between two."""

    kind: ClassVar[str] = "matching.event"

    event_kind: EventKind
    title: str
    edition: Edition | None = None
    status: EventStatus
    starts_at: AwareDatetime
    slots: int
    slot_minutes: int
    rests: list[Rest] = Field(default_factory=list)
    buffer_minutes: int = 0
    tables: int
    halls: list[Hall] = Field(default_factory=list)
    closed_tables: list[ClosedTable] = Field(default_factory=list)
    parts: list[EventPart] = Field(default_factory=list, description="Talks and awards, also the withdrawn")
    release: int = 0


class DraftEvent(Event):
    """Something happened to a timetable that is planned and not released."""

    kind: ClassVar[str] = "matching.draft"

    draft: str
    event: str


class DraftBegun(DraftEvent):
    """A timetable is being planned, for so many seconds once its turn comes."""

    name: ClassVar[str] = "matching.draft.begun"

    seconds: float


class DraftProgressed(DraftEvent):
    """Planning has come further: the fewest gaps found, and how few any timetable has at least."""

    name: ClassVar[str] = "matching.draft.progressed"

    best: int | None
    bound: int


class DraftReady(DraftEvent):
    """A draft is ready to be compared and released; the figures are those of a release."""

    name: ClassVar[str] = "matching.draft.ready"

    placed: int
    unplaced: int
    value: int | None = None
    most_value: int | None = None
    gaps: int | None = None
    least_gaps: int | None = None


class DraftEnded(DraftEvent):
    """A draft failed or was cancelled."""

    name: ClassVar[str] = "matching.draft.ended"

    status: DraftStatus
    reason: str


class DraftState(State):
    """A draft as anybody may see it: that there is one. What is in it is the operator's."""

    kind: ClassVar[str] = "matching.draft"

    event: str
    status: DraftStatus


class RepairEvent(Event):
    """Something happened to a repair of a released timetable."""

    kind: ClassVar[str] = "matching.repair"

    repair: str
    event: str


class RepairProposed(RepairEvent):
    """It is known which meetings would move, or lose their place, and nobody was told."""

    name: ClassVar[str] = "matching.repair.proposed"

    moved: int
    dropped: int


class RepairConfirmed(RepairEvent):
    """Its moves were compared with what every repair costs at least, whoever moves for it."""

    name: ClassVar[str] = "matching.repair.confirmed"

    price: int
    bound: int


class RepairApplied(RepairEvent):
    """It is decided: what moves leaves its place."""

    name: ClassVar[str] = "matching.repair.applied"


class RepairMadeRoom(RepairEvent):
    """What moves has left its place and goes to the new one."""

    name: ClassVar[str] = "matching.repair.made_room"


class RepairDone(RepairEvent):
    """Every meeting of it stands where it was to go, or has ended with a reason; the timetable is released anew."""

    name: ClassVar[str] = "matching.repair.done"


class RepairState(State):
    """A repair as anybody may see it: that there is one. What is in it is the operator's."""

    kind: ClassVar[str] = "matching.repair"

    event: str
    status: RepairStatus


class ParticipationEvent(Event):
    """Something happened to a party's place at an event."""

    kind: ClassVar[str] = "matching.participation"

    participation: str
    event: str
    party: str


class ParticipationApplied(ParticipationEvent):
    """A party wants to take part."""

    name: ClassVar[str] = "matching.participation.applied"


class ParticipationConfirmed(ParticipationEvent):
    """A party has a place."""

    name: ClassVar[str] = "matching.participation.confirmed"


class ParticipationWaitlisted(ParticipationEvent):
    """Every place is taken: the party waits, and whoever waits longest is served first."""

    name: ClassVar[str] = "matching.participation.waitlisted"


class ParticipationDeclined(ParticipationEvent):
    """A party has no place."""

    name: ClassVar[str] = "matching.participation.declined"

    reason: str


class ParticipationWithdrawn(ParticipationEvent):
    """A party gave its place up."""

    name: ClassVar[str] = "matching.participation.withdrawn"

    reason: str


class ParticipationCheckedIn(ParticipationEvent):
    """A party came through the gate, or came back; `scanned_at` by the device's own clock."""

    name: ClassVar[str] = "matching.participation.checked_in"

    scanned_at: AwareDatetime | None = None


class ParticipationAbsent(ParticipationEvent):
    """A party, or that one of its officers alone, says in which slots it cannot meet: these and no others."""

    name: ClassVar[str] = "matching.participation.absent"

    slots: list[int]
    reason: str
    officer: int | None = None


class OfficerAbsences(BaseModel):
    """In which slots one of a party's officers, by number from 1, cannot meet though the party can."""

    officer: int
    slots: list[int]


class Demand(BaseModel):
    """What an institution looks for at an event, in its own words and by fields; everybody there reads it."""

    text: str = Field(
        min_length=1,
        max_length=1000,
        pattern=r"\S",
        examples=["전력 소비가 낮은 수처리 분리막"],
        description="What is looked for; no names, phones or addresses of people",
    )
    fields: list[Category] = Field(default_factory=list, max_length=10, examples=[["water"]])


class ParticipationDemandStated(ParticipationEvent):
    """An institution says what it looks for: this, whatever it said before."""

    name: ClassVar[str] = "matching.participation.demand_stated"

    demand: Demand


class ParticipationLeft(ParticipationEvent):
    """A party is gone for the rest of the day."""

    name: ClassVar[str] = "matching.participation.left"

    reason: str


class ParticipationState(State):
    """A place at an event as anybody may see it: no names of people. So many `officers` meet at once.

    None of them can in the slots of `absences`; who of them cannot in others is in `officer_absences`.
    """

    kind: ClassVar[str] = "matching.participation"

    event: str
    party: str
    party_kind: str
    status: ParticipationStatus
    people: int
    officers: int = 1
    left: bool = False
    absences: list[int] = Field(default_factory=list)
    officer_absences: list[OfficerAbsences] = Field(default_factory=list)
    demand: Demand | None = None


class RequestEvent(Event):
    """Something happened to a wish to meet."""

    kind: ClassVar[str] = "matching.request"

    request: str
    event: str
    requester: str
    target: str


class RequestFiled(RequestEvent):
    """One side asked to meet the other."""

    name: ClassVar[str] = "matching.request.filed"

    product: str = ""
    priority: int
    session: Session = "any"


class RequestAccepted(RequestEvent):
    """The other side agreed."""

    name: ClassVar[str] = "matching.request.accepted"


class RequestDeclined(RequestEvent):
    """The other side refused."""

    name: ClassVar[str] = "matching.request.declined"

    reason: str


class RequestExpired(RequestEvent):
    """Nobody answered in time."""

    name: ClassVar[str] = "matching.request.expired"

    reason: str = ""


class RequestWithdrawn(RequestEvent):
    """The asking side took it back."""

    name: ClassVar[str] = "matching.request.withdrawn"

    reason: str


class RequestPlaced(RequestEvent):
    """The request has a slot and a table."""

    name: ClassVar[str] = "matching.request.placed"

    meeting: str
    slot: int
    table: int


class RequestUnplaced(RequestEvent):
    """The timetable could not serve the request; `reason` and `binding` say what stood in the way."""

    name: ClassVar[str] = "matching.request.unplaced"

    reason: str
    binding: list[str]


class RequestState(State):
    """A wish to meet as anybody may see it."""

    kind: ClassVar[str] = "matching.request"

    event: str
    requester: str
    target: str
    product: str = ""
    priority: int
    session: Session = "any"
    status: RequestStatus
    reason: str = ""
    meeting: str = ""


class MeetingEvent(Event):
    """Something happened to a booked consultation."""

    kind: ClassVar[str] = "matching.meeting"

    meeting: str
    event: str
    firm: str
    institution: str


class ConsultationBooked(MeetingEvent):
    """Two parties have a slot and a table: the headline event. Who of several officers meets is told by number."""

    name: ClassVar[str] = "matching.consultation.booked"

    request: str = ""
    product: str = ""
    slot: int
    table: int
    firm_officer: int = 1
    institution_officer: int = 1
    starts_at: AwareDatetime


class ConsultationMoved(MeetingEvent):
    """A booked consultation has another slot or table; the ones it had are free."""

    name: ClassVar[str] = "matching.consultation.moved"

    slot: int
    table: int
    firm_officer: int = 1
    institution_officer: int = 1
    starts_at: AwareDatetime
    reason: str
    from_slot: int = 0
    from_table: int = 0


class ConsultationGaveWay(MeetingEvent):
    """A booked consultation leaves its place to another one and is about to take that one's: `slot` and `table`."""

    name: ClassVar[str] = "matching.consultation.gave_way"

    other: str
    slot: int
    table: int
    reason: str


class ConsultationAwaited(MeetingEvent):
    """One party has a seat and waits for the other."""

    name: ClassVar[str] = "matching.consultation.awaited"

    party: str


class ConsultationSteppedAside(MeetingEvent):
    """A booked consultation leaves its place in a repair and is about to go to this one."""

    name: ClassVar[str] = "matching.consultation.stepped_aside"

    slot: int
    table: int
    reason: str


class ConsultationStarted(MeetingEvent):
    """Both sides are at the table."""

    name: ClassVar[str] = "matching.consultation.started"


class ConsultationHeld(MeetingEvent):
    """The consultation took place."""

    name: ClassVar[str] = "matching.consultation.held"


class ConsultationMissed(MeetingEvent):
    """Somebody did not come."""

    name: ClassVar[str] = "matching.consultation.missed"

    absent: list[str]


class ConsultationCancelled(MeetingEvent):
    """The consultation will not take place."""

    name: ClassVar[str] = "matching.consultation.cancelled"

    reason: str


class ConsultationReported(MeetingEvent):
    """One side reported the outcome; three figures, an amount counts once."""

    name: ClassVar[str] = "matching.consultation.reported"

    by: str
    discussed: Won
    being_arranged: Won
    contracted: Won
    next_step: str = "none"


class ConsultationConverted(MeetingEvent):
    """A consultation became a contract."""

    name: ClassVar[str] = "matching.consultation.converted"

    contract: str


class ConsultationClosed(MeetingEvent):
    """Twelve months passed without a contract."""

    name: ClassVar[str] = "matching.consultation.closed"


class MeetingState(State):
    """A consultation as anybody may see it. Which officers meet is told by number, from 1, for both sides."""

    kind: ClassVar[str] = "matching.meeting"

    event: str
    firm: str
    institution: str
    request: str = ""
    product: str = ""
    origin: Literal["request", "onsite"]
    slot: int
    table: int
    firm_officer: int = 1
    institution_officer: int = 1
    starts_at: AwareDatetime
    status: MeetingStatus
    arrived: list[str] = Field(default_factory=list, examples=[["pty_8ax3mt"]])
    contract: str = ""


PUBLISHED: tuple[type[Event], ...] = (
    SeriesOpened,
    EventPlanned,
    EventAdvanced,
    EventReleased,
    EventCancelled,
    EventTableClosed,
    EventPartPlanned,
    EventPartChanged,
    EventPartWithdrawn,
    DraftBegun,
    DraftProgressed,
    DraftReady,
    DraftEnded,
    RepairProposed,
    RepairConfirmed,
    RepairApplied,
    RepairMadeRoom,
    RepairDone,
    ParticipationApplied,
    ParticipationConfirmed,
    ParticipationWaitlisted,
    ParticipationDeclined,
    ParticipationWithdrawn,
    ParticipationCheckedIn,
    ParticipationAbsent,
    ParticipationDemandStated,
    ParticipationLeft,
    RequestFiled,
    RequestAccepted,
    RequestDeclined,
    RequestExpired,
    RequestWithdrawn,
    RequestPlaced,
    RequestUnplaced,
    ConsultationBooked,
    ConsultationMoved,
    ConsultationGaveWay,
    ConsultationAwaited,
    ConsultationSteppedAside,
    ConsultationStarted,
    ConsultationHeld,
    ConsultationMissed,
    ConsultationCancelled,
    ConsultationReported,
    ConsultationConverted,
    ConsultationClosed,
)
STATES: tuple[type[State], ...] = (
    SeriesState,
    EventState,
    DraftState,
    RepairState,
    ParticipationState,
    RequestState,
    MeetingState,
)
