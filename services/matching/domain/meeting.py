"""Meetings: booked for a slot and a table, held or not, reported by both sides, converted into a contract."""

from datetime import datetime, timedelta
from itertools import chain, compress
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from services.matching.domain.event import EARLY, MarketEvent
from services.matching.domain.outcome import Deal, Outcome
from services.matching.domain.release import Change
from services.matching.domain.seating import (
    Officers,
    Seating,
    Swap,
    pair_claim,
    party_claims,
    party_taken,
    person_of,
    table_claim,
    table_taken,
)
from services.matching.timetable.day import Booked, Place
from shared.aggregate import Aggregate
from shared.errors import Forbidden, Invalid, Refused, wrong_state
from shared.events.envelope import Event
from shared.events.matching import (
    ConsultationAwaited,
    ConsultationBooked,
    ConsultationCancelled,
    ConsultationClosed,
    ConsultationConverted,
    ConsultationGaveWay,
    ConsultationHeld,
    ConsultationMissed,
    ConsultationMoved,
    ConsultationReported,
    ConsultationStarted,
    ConsultationSteppedAside,
    MeetingState,
    MeetingStatus,
)

Origin = Literal["request", "onsite"]

GRACE = timedelta(minutes=30)
FOLLOWED_FOR = timedelta(days=365)


class Meeting(Aggregate):
    """Two parties at one table in one slot. Unless cancelled, it holds the slot for an officer of both and the table.

    Two parties have one meeting at an event to come or under way: whoever books it, a second one is refused.
    `changed_at` is when its last event happened; `arrived` are who is at the table, `absent` who did not come;
    `outcomes` are by party; `changes` are the places it got, left and lost. With a
    `swap` it has left its place to others and is about to take the next.
    """

    kind: ClassVar[str] = "matching.meeting"

    event: str
    firm: str
    institution: str
    request: str = ""
    product: str = ""
    origin: Origin
    slot: int
    table: int
    firm_officer: int = 1
    institution_officer: int = 1
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    changed_at: AwareDatetime
    changes: list[Change] = Field(default_factory=list)
    status: MeetingStatus = "booked"
    arrived: list[str] = Field(default_factory=list)
    absent: list[str] = Field(default_factory=list)
    reason: str = ""
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    contract: str = ""
    deals: list[Deal] = Field(default_factory=list)
    swap: Swap | None = None

    @classmethod
    def book(
        cls,
        meeting_id: str,
        event: MarketEvent,
        firm: str,
        institution: str,
        place: Place,
        at: datetime,
        *,
        officers: Officers = (1, 1),
        request: str = "",
        product: str = "",
    ) -> "Meeting":
        """Book a slot and a table for two parties; without a request it is a walk-in."""
        event.must_meet()
        event.must_have(place)
        meeting = cls(
            id=meeting_id,
            event=event.id,
            firm=firm,
            institution=institution,
            request=request,
            product=product,
            origin="request" if request else "onsite",
            slot=place.slot,
            table=place.table,
            firm_officer=officers[0],
            institution_officer=officers[1],
            starts_at=event.plan.start_of(place.slot),
            ends_at=event.plan.end_of(place.slot),
            changed_at=at,
        )
        meeting._note(None, place, meeting.origin, at)
        meeting._record(
            ConsultationBooked(
                at=at,
                **meeting._who(),
                request=request,
                product=product,
                slot=place.slot,
                table=place.table,
                firm_officer=meeting.firm_officer,
                institution_officer=meeting.institution_officer,
                starts_at=meeting.starts_at,
            )
        )
        return meeting

    @property
    def parties(self) -> tuple[str, str]:
        return self.firm, self.institution

    @property
    def place(self) -> Place:
        return Place(self.slot, self.table)

    @property
    def officers(self) -> Officers:
        return self.firm_officer, self.institution_officer

    @property
    def people(self) -> list[str]:
        """Who meets: an officer of each party."""
        return [person_of(*each) for each in zip(self.parties, self.officers, strict=True)]

    @property
    def seating(self) -> Seating:
        return Seating(self.place, self.officers)

    @property
    def seatings(self) -> list[Seating]:
        """Where nobody else is to be booked: where it is, and in a swap where it goes to."""
        return [self.seating] if self.swap is None else [self.seating, self.swap.seating]

    @property
    def stands(self) -> bool:
        """Whether it takes its slot: all but a cancelled one do."""
        return self.status != "cancelled"

    @property
    def is_ahead(self) -> bool:
        """Whether it is to come or under way: until it is over, its two parties have no other one."""
        return self.status in {"booked", "in_progress"}

    def booked(self) -> Booked:
        """Return it as a timetable sees it."""
        return Booked(self.institution, self.firm, self.place)

    def move(
        self, event: MarketEvent, place: Place, reason: str, at: datetime, officers: Officers | None = None
    ) -> None:
        """Take another slot, table or officers before it begins; the same officers where no others are named."""
        self._must_be("booked")
        seating = Seating(place, officers or self.officers)
        if seating != self.seating:
            self._take(event, seating, reason, at)

    def officers_after(self, other: "Meeting", own: Officers) -> Officers:
        """Return who takes the other's place: of a party that sits there too the officer it leaves, else `own`."""
        left = dict(zip(other.parties, other.officers, strict=True))
        firm, institution = (left.get(party, officer) for party, officer in zip(self.parties, own, strict=True))
        return firm, institution

    def give_way(self, other: "Meeting", reason: str, at: datetime, officers: Officers | None = None) -> None:
        """Leave its place to another meeting and take that one's next: the first step of a swap.

        It keeps both slots for its own parties meanwhile, and leaves only what the other needs to come here. `officers`
        are who of them are free there, where those who meet now are not.
        """
        self._must_be("booked")
        other.must_be_booked()
        if other.event != self.event or other.id == self.id:
            raise Invalid(
                "meeting.swap_wrong",
                "a meeting changes places with another one of its event",
                "같은 행사의 다른 상담과만 자리를 바꿀 수 있습니다",
                field="/other",
            )
        shared = [party for party in self.parties if party in other.parties]
        self.swap = Swap(
            other=other.id,
            slot=other.slot,
            table=other.table,
            shared=shared,
            officers=self.officers_after(other, officers or self.officers),
            reason=reason,
        )
        self._record(
            ConsultationGaveWay(at=at, **self._who(), other=other.id, slot=other.slot, table=other.table, reason=reason)
        )

    def step_aside(self, to: Seating, shared: list[str], reason: str, at: datetime) -> None:
        """Leave its place in a repair and go to another one next: the first step of a move of several.

        Its own parties keep both slots meanwhile, but for those that other moves of the repair need too.
        """
        self._must_be("booked")
        slot, table = to.place.slot, to.place.table
        self.swap = Swap(slot=slot, table=table, shared=shared, officers=to.officers, reason=reason)
        self._record(ConsultationSteppedAside(at=at, **self._who(), slot=slot, table=table, reason=reason))

    def land(self, event: MarketEvent, seating: Seating, at: datetime) -> None:
        """End a swap at this place with these officers: where it was to go, its own, or wherever there is room."""
        if self.swap is None:
            return
        swap, self.swap = self.swap, None
        if seating != self.seating:
            self._take(event, seating, swap.reason, at)

    def _take(self, event: MarketEvent, seating: Seating, reason: str, at: datetime) -> None:
        place = seating.place
        event.must_have(place)
        self.firm_officer, self.institution_officer = seating.officers
        left, (self.slot, self.table) = self.place, (place.slot, place.table)
        self.starts_at, self.ends_at = event.plan.start_of(place.slot), event.plan.end_of(place.slot)
        self._note(left, place, reason, at)
        self._record(
            ConsultationMoved(
                at=at,
                **self._who(),
                slot=place.slot,
                table=place.table,
                firm_officer=self.firm_officer,
                institution_officer=self.institution_officer,
                starts_at=self.starts_at,
                reason=reason,
                from_slot=left.slot,
                from_table=left.table,
            )
        )

    def arrive(self, party: str, seen_at: datetime, at: datetime, *, by_gate: bool = False) -> None:
        """Take a seat. When both sides have, the meeting begins.

        A scan of the operator's device that comes in late corrects who was missed; a party's own word does not.
        """
        self._must_be_of(party)
        if party in self.arrived:
            return
        late = by_gate and self.status == "no_show" and seen_at <= self.ends_at
        if not late:
            self._must_be("booked")
        self.arrived = [*self.arrived, party]
        if late:
            self._correct(party, at)
        elif set(self.arrived) == set(self.parties):
            self._begin(at)
        else:
            self._record(ConsultationAwaited(at=at, **self._who(), party=party))

    def _correct(self, came: str, at: datetime) -> None:
        """Say anew who was missed; when nobody was, it was held."""
        self.absent = [party for party in self.absent if party != came]
        if self.absent:
            self._record(ConsultationMissed(at=at, **self._who(), absent=self.absent))
        else:
            self.status, self.arrived = "held", [*self.parties]
            self._record(ConsultationHeld(at=at, **self._who()))

    def start(self, at: datetime) -> None:
        """Begin on the operator's word: what was planned not long before its slot, a walk-in at once."""
        if self.status == "in_progress":
            return
        self._must_be("booked")
        if self.origin != "onsite" and at < self.starts_at - EARLY:
            raise Refused(
                "meeting.too_early",
                f"the meeting begins at {self.starts_at}",
                f"상담은 {self.starts_at}에 시작됩니다",
            )
        self._begin(at)

    def _begin(self, at: datetime) -> None:
        self.status, self.arrived = "in_progress", [*self.parties]
        self._record(ConsultationStarted(at=at, **self._who()))

    def hold(self, at: datetime) -> None:
        """Declare that it took place."""
        if self.status == "held":
            return
        self._must_be("in_progress")
        self.status = "held"
        self._record(ConsultationHeld(at=at, **self._who()))

    def cancel(self, reason: str, at: datetime) -> None:
        """Give the slot back before it begins."""
        if self.status == "cancelled":
            return
        self.swap = None
        self._must_be("booked")
        self.status, self.reason = "cancelled", reason
        self._note(self.place, None, reason, at)
        self._record(ConsultationCancelled(at=at, **self._who(), reason=reason))

    def give_back(self, reason: str, at: datetime) -> None:
        """Cancel on one side's word. Raise Refused once its slot is over: who did not come by then was missed."""
        if self.status == "booked" and self.ends_at <= at:
            raise Refused(
                "meeting.slot_over",
                f"its slot ended at {self.ends_at}: who did not come has missed it",
                f"상담 시간이 {self.ends_at}에 끝나 취소할 수 없으며, 오지 않은 당사자는 불참으로 처리됩니다",
            )
        self.cancel(reason, at)

    def miss(self, absent: list[str], at: datetime) -> None:
        """Declare who did not come."""
        if self.status == "no_show":
            return
        self._must_be("booked")
        if not absent or not set(absent) <= set(self.parties):
            raise Invalid(
                "meeting.absent_unknown",
                "absent are one or both of the two parties",
                "불참자는 두 당사자 중에서 지정합니다",
                field="/absent",
            )
        self.status, self.absent = "no_show", [party for party in self.parties if party in absent]
        self._record(ConsultationMissed(at=at, **self._who(), absent=self.absent))

    def report(self, party: str, outcome: Outcome, at: datetime) -> None:
        """Say what came of it, once for each side. Both in, the meeting is reported."""
        self._must_be_of(party)
        if self.outcomes.get(party) == outcome:
            return
        self._must_be("held", "converted")
        if party in self.outcomes:
            raise Refused(
                "meeting.reported_already",
                "this side has reported the outcome",
                "이 당사자는 이미 결과를 보고했습니다",
            )
        self.outcomes = self.outcomes | {party: outcome}
        if self.status == "held" and set(self.outcomes) == set(self.parties):
            self.status = "reported"
        figures = outcome.model_dump(exclude={"notes"})
        self._record(ConsultationReported(at=at, **self._who(), by=party, **figures))

    def convert(self, deal: Deal, at: datetime) -> None:
        """Become a contract: the first one that names this meeting; later ones add up with it, each counted once.

        Raise Refused for a meeting that did not take place.
        """
        if deal.contract in {each.contract for each in self.deals}:
            return
        self._must_be("converted", "held", "reported", "closed")
        self.deals = [*self.deals, deal]
        if self.status != "converted":
            self.status, self.contract = "converted", deal.contract
            self._record(ConsultationConverted(at=at, **self._who(), contract=deal.contract))

    def claims(self) -> list[str]:
        if not self.stands:
            return []
        pair = [pair_claim(self.event, *self.parties)] if self.is_ahead else []
        if self.swap is None:
            people = party_claims(self.event, self.slot, self.parties, self.officers)
            return [*people, table_claim(self.event, self.place), *pair]
        own = [party not in self.swap.shared for party in self.parties]
        both = sorted((it.place.slot, it.officers) for it in self.seatings)
        held = (compress(party_claims(self.event, slot, self.parties, officers), own) for slot, officers in both)
        return [*dict.fromkeys(chain.from_iterable(held)), *pair]

    def taken(self, claim: str) -> Refused:
        if claim == table_claim(self.event, self.place):
            return table_taken(self.place)
        if claim == pair_claim(self.event, *self.parties):
            return Refused(
                "meeting.pair_exists",
                "these two have a meeting at this event already",
                "이 행사에는 두 당사자의 상담이 이미 예약되어 있습니다",
                field="/firm",
            )
        _, slot, party, *_ = claim.split("|")
        return party_taken(party, int(slot))

    def due(self) -> datetime | None:
        if self.swap is not None:
            return None
        if self.status in {"booked", "in_progress"}:
            return self.ends_at + GRACE
        return self.ends_at + FOLLOWED_FOR if self.status in {"held", "reported"} else None

    def tick(self, at: datetime) -> None:
        """After its grace, what began was held and what did not was missed; without a contract it closes in a year."""
        while (due := self.due()) is not None and due <= at:
            if self.status == "booked":
                self.miss([party for party in self.parties if party not in self.arrived], at)
            elif self.status == "in_progress":
                self.hold(at)
            else:
                self.status = "closed"
                self._record(ConsultationClosed(at=at, **self._who()))

    def public(self) -> MeetingState:
        return MeetingState(**self.model_dump(include=set(MeetingState.model_fields)))

    def _note(self, before: Place | None, after: Place | None, reason: str, at: datetime) -> None:
        self.changes = [*self.changes, Change(at=at, before=before, after=after, reason=reason)]

    def _record(self, event: Event) -> None:
        self.changed_at = event.at
        super()._record(event)

    def _who(self) -> dict[str, Any]:
        return {"meeting": self.id, "event": self.event, "firm": self.firm, "institution": self.institution}

    def must_be_booked(self) -> None:
        """Raise Refused unless it has a place and has not begun."""
        self._must_be("booked")

    def _must_be_of(self, party: str) -> None:
        if party not in self.parties:
            raise Forbidden(
                "meeting.other_party",
                "only the two sides take a seat and report an outcome",
                "상담 당사자만 착석하고 결과를 보고합니다",
            )

    def _must_be(self, *statuses: MeetingStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("meeting", "상담이", self.status, statuses)
        if self.swap is not None:
            raise Refused(
                "meeting.swapping",
                f"{self.id} is about to change places; try again",
                f"{self.id}이(가) 자리를 바꾸는 중입니다. 다시 시도하십시오",
            )
