"""Participations: a party's place at an event, or its turn on the waiting list."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from services.matching.domain.attendee import Attendee, erased, replaced
from services.matching.domain.numbers import number_taken
from services.matching.domain.sides import Side, not_taking_part, side_of
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused, wrong_state
from shared.events.catalog import PartyKind
from shared.events.matching import (
    Demand,
    OfficerAbsences,
    ParticipationAbsent,
    ParticipationApplied,
    ParticipationCheckedIn,
    ParticipationConfirmed,
    ParticipationDeclined,
    ParticipationDemandStated,
    ParticipationEvent,
    ParticipationLeft,
    ParticipationState,
    ParticipationStatus,
    ParticipationWaitlisted,
    ParticipationWithdrawn,
)


class Participation(Aggregate):
    """A party at an event: confirmed while places last, else waiting, the longest first.

    `place` is the number of its place where places are counted, else 0. A withdrawn party may apply again; a declined
    one may not. `arrived_at` is its first scan and `seen_at` its last, by the devices' clocks, in whatever order they
    came in: who was seen after `left_at` is back. Its `officers` are the first of its people, who meet at tables of
    their own at once; `absences` are the slots in which none of them can, `officer_absences` those in which one of them
    cannot. `calendar` is the number of the key its calendar is read by: the version that made it, 0 while there is
    none. Who was erased is None among `people`, and counts as before.
    """

    kind: ClassVar[str] = "matching.participation"
    personal: ClassVar[frozenset[str]] = frozenset({"attendees"})

    event: str
    party: str
    party_kind: PartyKind
    side: Side
    people: list[Attendee | None]
    officers: int = 1
    status: ParticipationStatus = "applied"
    place: int = 0
    reason: str = ""
    absences: list[int] = Field(default_factory=list)
    officer_absences: list[OfficerAbsences] = Field(default_factory=list)
    demand: Demand | None = None
    arrived_at: AwareDatetime | None = None
    seen_at: AwareDatetime | None = None
    left_at: AwareDatetime | None = None
    calendar: int = 0

    @classmethod
    def apply(
        cls,
        participation_id: str,
        event: str,
        party: str,
        party_kind: PartyKind,
        people: list[Attendee],
        at: datetime,
        officers: int = 1,
    ) -> "Participation":
        """Return an application, to be confirmed or set on the waiting list in the same write.

        Raise Invalid for more officers than people.
        """
        if officers > len(people):
            raise Invalid(
                "participation.officers_not_named",
                f"of {len(people)} people at most {len(people)} meet at once",
                f"참석자 {len(people)}명 중 동시에 상담하는 담당자는 {len(people)}명까지입니다",
                field="/officers",
            )
        it = cls(
            id=participation_id,
            event=event,
            party=party,
            party_kind=party_kind,
            side=side_of(party_kind),
            people=[*people],
            officers=officers,
        )
        it._note(ParticipationApplied, at)
        return it

    @property
    def takes_part(self) -> bool:
        return self.status in {"confirmed", "checked_in"} and not self.left

    @property
    def left(self) -> bool:
        """Whether the party is gone for the day: nobody saw it since."""
        return self.left_at is not None and (self.seen_at is None or self.seen_at <= self.left_at)

    def confirm(self, at: datetime, place: int = 0) -> None:
        """Give the party a place, numbered where places are counted."""
        self._must_be("applied", "waiting")
        self.status, self.place = "confirmed", place
        self._note(ParticipationConfirmed, at)

    def wait(self, at: datetime) -> None:
        """Set the party on the waiting list."""
        self._must_be("applied")
        self.status = "waiting"
        self._note(ParticipationWaitlisted, at)

    def decline(self, reason: str, at: datetime) -> None:
        """Refuse the party for good."""
        if self.status == "declined":
            return
        self._must_be("waiting", "confirmed")
        self.status, self.reason, self.place = "declined", reason, 0
        self._note(ParticipationDeclined, at, reason=reason)

    def withdraw(self, reason: str, at: datetime) -> None:
        """Give the place, or the turn, up."""
        if self.status == "withdrawn":
            return
        self._must_be("waiting", "confirmed")
        self.status, self.reason, self.place = "withdrawn", reason, 0
        self._note(ParticipationWithdrawn, at, reason=reason)

    def check_in(self, seen_at: datetime, at: datetime) -> None:
        """Let the party through the gate. A repeated scan, or one of before it left, lets nobody in again."""
        self._must_be("checked_in", "confirmed")
        came, was_left = self.status != "checked_in", self.left
        self.status = "checked_in"
        self.arrived_at = min(seen_at, self.arrived_at or seen_at)
        self.seen_at = max(seen_at, self.seen_at or seen_at)
        if came or (was_left and not self.left):
            self._note(ParticipationCheckedIn, at, scanned_at=seen_at)

    @property
    def away(self) -> tuple[frozenset[int], ...]:
        """The slots in which each of its officers cannot meet."""
        return tuple(self.away_of(officer) for officer in range(1, self.officers + 1))

    def away_of(self, officer: int) -> frozenset[int]:
        """Return the slots in which this officer cannot meet."""
        return frozenset(self.absences).union(self.absences_of(officer))

    def be_absent(self, slots: Collection[int], reason: str, at: datetime, officer: int | None = None) -> None:
        """Say in which slots the party cannot meet: these, whatever it said before. Who is late is absent till then.

        With an `officer` it is that one alone. Raise Invalid for one that the party does not have.
        """
        if officer is not None:
            self.must_have_officer(officer)
        now = sorted(set(slots))
        if now == (self.absences if officer is None else self.absences_of(officer)):
            return
        self._must_be("waiting", "checked_in", "confirmed")
        if officer is None:
            self.absences = now
        else:
            others = [each for each in self.officer_absences if each.officer != officer]
            own = [OfficerAbsences(officer=officer, slots=now)] if now else []
            self.officer_absences = sorted([*others, *own], key=lambda each: each.officer)
        self._note(ParticipationAbsent, at, slots=now, reason=reason, officer=officer)

    def must_have_officer(self, officer: int, field: str = "/officer") -> None:
        """Raise Invalid for a number that none of its officers has."""
        if officer > self.officers:
            raise Invalid(
                "participation.officer_unknown",
                f"{self.party} has {self.officers} officers at this event, none with number {officer}",
                f"{self.party}의 상담 담당자는 {self.officers}명이며 {officer}번 담당자는 없습니다",
                field=field,
            )

    def absences_of(self, officer: int) -> list[int]:
        """Return the slots that this officer alone said."""
        return next((each.slots for each in self.officer_absences if each.officer == officer), [])

    def state_demand(self, demand: Demand, at: datetime) -> None:
        """Say what the institution looks for: this, whatever it said before. What a firm offers, it lists."""
        if demand == self.demand:
            return
        if self.side != "institution":
            raise Refused(
                "participation.demand_of_firm",
                "an institution states its demand; what a firm offers is what it has listed",
                "수요는 기관이 등록합니다. 기업은 등재한 제품으로 제안합니다",
            )
        self._must_be("waiting", "checked_in", "confirmed")
        self.demand = demand
        self._note(ParticipationDemandStated, at, demand=demand)

    def leave(self, reason: str, at: datetime) -> None:
        """Be gone for the rest of the day. A scan of later brings the party back."""
        if self.left:
            return
        self._must_be("checked_in", "confirmed")
        self.left_at, self.reason = at, reason
        self._note(ParticipationLeft, at, reason=reason)

    def end_with_party(self, at: datetime) -> None:
        """End because the party left the market: who was let in is gone, who has a place or waits withdraws."""
        if self.status == "checked_in":
            self.leave("party_closed", at)
        elif self.status in {"waiting", "confirmed"}:
            self.withdraw("party_closed", at)

    def change_calendar_key(self) -> None:
        """Let its calendar be read by a new key and by none before. No event tells: it is nobody else's business."""
        self.calendar = self.version + 1

    def erase(self, *numbers: int) -> None:
        """Forget these of the people, numbered from 1; all without any. How many came is kept. Raise NotFound."""
        self.people = erased(self.people, numbers)

    def send_instead(self, number: int, person: Attendee) -> None:
        """Let another one come in the place of one of the people, with the meetings of an officer. No event says it."""
        self._must_be("waiting", "checked_in", "confirmed")
        self.people = replaced(self.people, number, person)

    def must_take_part(self) -> None:
        """Raise Refused unless the party has a place."""
        if not self.takes_part:
            raise not_taking_part(self.party)

    def must_meet_in(self, slot: int, away: Iterable[Collection[int]]) -> None:
        """Raise Refused unless the party has a place and one of its officers, so long `away`, can meet in this slot."""
        self.must_take_part()
        if all(slot in each for each in away):
            raise Refused(
                "participation.absent",
                f"{self.party} cannot meet in slot {slot}",
                f"{self.party}은(는) {slot}번 시간대에 상담할 수 없습니다",
                field="/slot",
            )

    def claims(self) -> list[str]:
        if self.status == "withdrawn":
            return []
        party = party_claim(self.event, self.party)
        return [party, f"{self.event}|{self.side}|place|{self.place}"] if self.place else [party]

    def taken(self, claim: str) -> Refused:
        if claim != party_claim(self.event, self.party):
            return number_taken(claim)
        return Refused(
            "participation.exists",
            f"{self.party} has applied to this event already",
            f"{self.party}은(는) 이미 이 행사에 신청했습니다",
        )

    def public(self) -> ParticipationState:
        return ParticipationState(
            id=self.id,
            event=self.event,
            party=self.party,
            party_kind=self.party_kind,
            status=self.status,
            people=len(self.people),
            officers=self.officers,
            left=self.left,
            absences=self.absences,
            officer_absences=self.officer_absences,
            demand=self.demand,
        )

    def _note(self, happened: type[ParticipationEvent], at: datetime, **told: Any) -> None:
        self._record(happened(at=at, participation=self.id, event=self.event, party=self.party, **told))

    def _must_be(self, *statuses: ParticipationStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("participation", "참가가", self.status, statuses[::-1])


def party_claim(event: str, party: str) -> str:
    """Return what a party's only participation in an event holds."""
    return f"{event}|party|{party}"
