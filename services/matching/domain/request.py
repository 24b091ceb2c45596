"""Requests: one side's wish to meet the other. Each ends in a final state with a reason."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime, Field

from services.matching.domain.event import MarketEvent
from services.matching.domain.numbers import number_taken
from services.matching.domain.participation import Participation
from services.matching.domain.sides import must_be_let_ask
from services.matching.timetable.day import Place
from shared.aggregate import Aggregate
from shared.errors import Refused, wrong_state
from shared.events.matching import (
    RequestAccepted,
    RequestDeclined,
    RequestExpired,
    RequestFiled,
    RequestPlaced,
    RequestState,
    RequestStatus,
    RequestUnplaced,
    RequestWithdrawn,
    Session,
)

FINAL: frozenset[RequestStatus] = frozenset({"declined", "expired", "withdrawn", "placed", "unplaced"})


class Request(Aggregate):
    """A wish to meet at one event; a pair meets once there, whoever asked.

    `session` is the part of the day it is wanted in: nothing places it elsewhere but an operator who moves its meeting.
    `purpose` is what for, in the requester's words: for the two alone, in no event. `number` is which of its
    requester's quota it uses. What is unanswered at `answer_by` expires; what is accepted and
    in no timetable at `settle_by` is unplaced. Withdrawn, it gives its pair and its number back.
    """

    kind: ClassVar[str] = "matching.request"

    event: str
    requester: str
    target: str
    firm: str
    institution: str
    product: str = ""
    purpose: str = ""
    priority: int
    session: Session = "any"
    number: int
    filed_at: AwareDatetime
    answer_by: AwareDatetime
    settle_by: AwareDatetime
    status: RequestStatus = "filed"
    reason: str = ""
    binding: list[str] = Field(default_factory=list)
    meeting: str = ""

    @classmethod
    def file(
        cls,
        request_id: str,
        event: MarketEvent,
        requester: Participation,
        target: Participation,
        *,
        product: str,
        priority: int,
        purpose: str = "",
        session: Session = "any",
        number: int,
        at: datetime,
    ) -> "Request":
        """Ask to meet somebody of the other side. Raise Refused for whom the event lets nobody ask, or without places.

        Raise Invalid for a part of the day that the event does not know.
        """
        event.must_take_requests()
        event.plan.slots_of(session)
        requester.must_take_part()
        target.must_take_part()
        must_be_let_ask(event.plan.may_ask, requester.party_kind, target.party_kind)
        firm, institution = (requester, target) if requester.side == "firm" else (target, requester)
        request = cls(
            id=request_id,
            event=event.id,
            requester=requester.party,
            target=target.party,
            firm=firm.party,
            institution=institution.party,
            product=product,
            purpose=purpose,
            priority=priority,
            session=session,
            number=number,
            filed_at=at,
            answer_by=event.plan.answer_deadline,
            settle_by=event.plan.ends_at,
        )
        request._record(RequestFiled(at=at, **request._who(), product=product, priority=priority, session=session))
        return request

    @property
    def parties(self) -> tuple[str, str]:
        return self.firm, self.institution

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    def accept(self, at: datetime) -> None:
        """Agree to meet. Raise Refused after the deadline."""
        if self.status == "accepted":
            return
        self._must_be("filed")
        self._must_be_in_time(at)
        self.status = "accepted"
        self._record(RequestAccepted(at=at, **self._who()))

    def decline(self, reason: str, at: datetime) -> None:
        """Refuse to meet."""
        if self.status == "declined":
            return
        self._must_be("filed")
        self.status, self.reason = "declined", reason
        self._record(RequestDeclined(at=at, **self._who(), reason=reason))

    def withdraw(self, reason: str, at: datetime) -> None:
        """Take the request back before it has a place."""
        if self.status == "withdrawn":
            return
        self._must_be("filed", "accepted")
        self.status, self.reason = "withdrawn", reason
        self._record(RequestWithdrawn(at=at, **self._who(), reason=reason))

    def expire(self, reason: str, at: datetime) -> None:
        """End without an answer."""
        if self.status == "expired":
            return
        self._must_be("filed")
        self.status, self.reason = "expired", reason
        self._record(RequestExpired(at=at, **self._who(), reason=reason))

    def place(self, meeting: str, place: Place, at: datetime) -> None:
        """Take the slot and table of its meeting: by a timetable, or later when a slot is freed."""
        if self.status == "placed" and self.meeting == meeting:
            return
        self._must_be("accepted", "unplaced")
        self.status, self.reason, self.binding, self.meeting = "placed", "", [], meeting
        self._record(RequestPlaced(at=at, **self._who(), meeting=meeting, slot=place.slot, table=place.table))

    def unplace(self, reason: str, binding: list[str], at: datetime) -> None:
        """Find no place, and say what stood in the way."""
        if self.status == "unplaced":
            return
        self._must_be("accepted")
        self.status, self.reason, self.binding = "unplaced", reason, binding
        self._record(RequestUnplaced(at=at, **self._who(), reason=reason, binding=binding))

    def end_with_participation(self, at: datetime) -> None:
        """End because one of the two no longer takes part, unless it ended before."""
        if not self.is_final:
            self.withdraw("participation_ended", at)

    def end_with_event(self, at: datetime) -> None:
        """End because the event is called off, unless it ended before."""
        if self.status == "filed":
            self.expire("event_cancelled", at)
        elif self.status == "accepted":
            self.unplace("event_cancelled", [], at)

    def claims(self) -> list[str]:
        if self.status == "withdrawn":
            return []
        return [self._pair(), f"{self.event}|{self.requester}|quota|{self.number}"]

    def taken(self, claim: str) -> Refused:
        if claim != self._pair():
            return number_taken(claim)
        return Refused(
            "request.pair_exists",
            "these two have a request at this event already",
            "이 행사에는 두 당사자 사이의 신청이 이미 있습니다",
            field="/target",
        )

    def due(self) -> datetime | None:
        declared: dict[RequestStatus, datetime] = {"filed": self.answer_by, "accepted": self.settle_by}
        return declared.get(self.status)

    def tick(self, at: datetime) -> None:
        due = self.due()
        if due is None or due > at:
            return
        if self.status == "filed":
            self.expire("unanswered", at)
        else:
            self.unplace("never_scheduled", [], at)

    def public(self) -> RequestState:
        return RequestState(
            id=self.id,
            event=self.event,
            requester=self.requester,
            target=self.target,
            product=self.product,
            priority=self.priority,
            session=self.session,
            status=self.status,
            reason=self.reason,
            meeting=self.meeting,
        )

    def _who(self) -> dict[str, str]:
        return {"request": self.id, "event": self.event, "requester": self.requester, "target": self.target}

    def _pair(self) -> str:
        return f"{self.event}|pair|{self.firm}|{self.institution}"

    def _must_be_in_time(self, at: datetime) -> None:
        if at > self.answer_by:
            raise Refused(
                "request.too_late", f"answers ended at {self.answer_by}", f"회신 기한이 {self.answer_by}에 지났습니다"
            )

    def _must_be(self, *statuses: RequestStatus) -> None:
        if self.status not in statuses:
            raise wrong_state("request", "신청이", self.status, statuses)
