"""What an event is to be, and what its timetable gives each request."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.matching.domain.references import SeriesRef
from services.matching.domain.seating import Seating
from services.matching.domain.sides import EVERYBODY, MayAsk, Side, must_cross
from services.matching.timetable.day import Place, Reason, Timetable, Unplaced
from shared.errors import Invalid
from shared.events.days import SEOUL
from shared.events.envelope import WHOLE
from shared.events.matching import EventKind, Hall, Rest, Session, slots_of, start_of


class Pause(Rest):
    """A rest as it is planned: with nothing else to it."""

    model_config = ConfigDict(extra="forbid")


class PlannedHall(Hall):
    """A hall as it is planned: with nothing else to it."""

    model_config = ConfigDict(extra="forbid")


class Plan(BaseModel):
    """What an event is to be: its slots and tables, how many may come, how much each may ask for, and by when.

    `firms` and `institutions` are the places for each side, None for as many as come. `spare_tables` are for who walks
    in: no request is given one, neither by a release nor later, so that in every slot so many are left. A meeting that
    was told its place and loses it may still be moved to one. `firm_meetings` and `institution_meetings` are how many
    meetings a party of that side has before no request gives it one more. Who walks in is never refused for it: on the
    day itself, a place that stays empty for a limit serves nobody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_kind: EventKind
    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["2027년 상반기 기술마켓 상담회"])
    series: SeriesRef | None = Field(default=None, description="In which it gets the next number of its year")
    starts_at: AwareDatetime = Field(examples=["2027-04-14T10:00:00+09:00"])
    slots: Annotated[int, WHOLE] = Field(ge=1, le=60, examples=[12])
    slot_minutes: Annotated[int, WHOLE] = Field(ge=5, le=240, examples=[30])
    rests: tuple[Pause, ...] = Field(
        default=(), max_length=59, description="In order; after the last slot there is none"
    )
    buffer_minutes: Annotated[int, WHOLE] = Field(
        default=0, ge=0, le=60, examples=[5], description="From the end of a slot to the next, where no rest is longer"
    )
    tables: Annotated[int, WHOLE] = Field(ge=1, le=500, examples=[83])
    halls: tuple[PlannedHall, ...] = Field(
        default=(), max_length=30, description="In the order of their tables' numbers; without any, all are in one"
    )
    spare_tables: Annotated[int, WHOLE] = Field(
        default=0, ge=0, le=499, examples=[4], description="How many of the tables requests leave to walk-ins"
    )
    quota: Annotated[int, WHOLE] = Field(
        ge=1, le=500, examples=[10], description="How many requests each party may file"
    )
    may_ask: tuple[MayAsk, ...] = Field(
        default=EVERYBODY, min_length=1, max_length=20, description="Which kinds of party file requests, and to whom"
    )
    firm_meetings: Annotated[int, Field(ge=1, le=500), WHOLE] | None = Field(
        default=None, examples=[8], description="With how many meetings a firm has enough"
    )
    institution_meetings: Annotated[int, Field(ge=1, le=500), WHOLE] | None = Field(
        default=None, examples=[10], description="The same for an institution"
    )
    firms: Annotated[int, Field(ge=1, le=10_000), WHOLE] | None = Field(default=None, examples=[177])
    institutions: Annotated[int, Field(ge=1, le=10_000), WHOLE] | None = Field(default=None, examples=[83])
    answer_deadline: AwareDatetime = Field(examples=["2027-04-07T18:00:00+09:00"])

    def must_be_possible(self, at: datetime) -> None:
        """Raise Invalid unless answers end ahead of the start, rests lie between slots, and requests have tables."""
        if not at < self.answer_deadline <= self.starts_at:
            raise Invalid(
                "event.times_out_of_order",
                "the answer deadline lies in the future and not after the start",
                "회신 기한은 현재 이후, 시작 시각 이전이어야 합니다",
                field="/answer_deadline",
            )
        pauses = [rest.after_slot for rest in self.rests]
        if pauses != sorted(set(pauses)) or any(slot >= self.slots for slot in pauses):
            raise Invalid(
                "event.rests_wrong",
                f"rests are after different slots from 1 to {self.slots - 1}, in order",
                f"휴식은 1번부터 {self.slots - 1}번까지의 서로 다른 시간대 뒤에 순서대로 둡니다",
                field="/rests",
            )
        if self.spare_tables >= self.tables:
            raise Invalid(
                "event.all_tables_spare",
                f"of {self.tables} tables at most {self.tables - 1} may be spare",
                f"테이블 {self.tables}개 중 예비 테이블은 {self.tables - 1}개까지 둘 수 있습니다",
                field="/spare_tables",
            )
        must_cross(self.may_ask)
        names = [hall.name for hall in self.halls]
        if self.halls and (sum(hall.tables for hall in self.halls) != self.tables or len({*names}) < len(names)):
            raise Invalid(
                "event.halls_wrong",
                f"halls have different names, and {self.tables} tables between them",
                f"전시장은 이름이 서로 다르고 테이블 수의 합이 {self.tables}개여야 합니다",
                field="/halls",
            )

    def hall_of(self, table: int) -> str:
        """Return the name of the hall a table stands in, an empty text where there are no halls."""
        last = accumulate(hall.tables for hall in self.halls)
        return next((hall.name for hall, number in zip(self.halls, last, strict=True) if table <= number), "")

    @property
    def year(self) -> int:
        """The year it is held in, by Seoul's calendar."""
        return self.starts_at.astimezone(SEOUL).year

    @property
    def ends_at(self) -> datetime:
        return self.end_of(self.slots)

    def start_of(self, slot: int) -> datetime:
        return start_of(slot, self.starts_at, self.slot_minutes, self.rests, self.buffer_minutes)

    def end_of(self, slot: int) -> datetime:
        return self.start_of(slot) + timedelta(minutes=self.slot_minutes)

    @property
    def halves(self) -> tuple[int, ...]:
        """The slots that begin after a rest."""
        return tuple(rest.after_slot + 1 for rest in self.rests)

    def slots_of(self, session: Session, at: datetime | None = None) -> frozenset[int] | None:
        """Return the slots of a part of the day, with `at` only those not over; None for all of the day's.

        Raise Invalid where no rest parts the day.
        """
        if session != "any" and not self.rests:
            raise Invalid(
                "event.day_not_parted",
                "this event has no rest that parts morning and afternoon",
                "이 행사에는 오전과 오후를 나누는 휴식이 없습니다",
                field="/session",
            )
        wanted = slots_of(session, self.slots, self.rests)
        left = frozenset(self.slots_left(at)) if at else None
        if left is None or len(left) == self.slots:
            return wanted
        return left if wanted is None else wanted & left

    def slots_left(self, at: datetime) -> range:
        """Return the slots that are not over."""
        over = sum(self.end_of(slot) <= at for slot in range(1, self.slots + 1))
        return range(over + 1, self.slots + 1)

    def must_have_place(self, place: Place, field_of_slot: str = "/slot") -> None:
        """Raise Invalid for a slot or table that the event does not have."""
        numbers = (("slot", "시간대", place.slot, self.slots), ("table", "테이블", place.table, self.tables))
        for field, korean, number, limit in numbers:
            if not 1 <= number <= limit:
                raise Invalid(
                    f"event.{field}_unknown",
                    f"this event has {field}s 1 to {limit}",
                    f"이 행사의 {korean} 번호는 1부터 {limit}까지입니다",
                    field=field_of_slot if field == "slot" else "/table",
                )

    def capacity(self, side: Side) -> int | None:
        """Return how many parties of a side have a place; None for as many as come."""
        return self.firms if side == "firm" else self.institutions

    def most_meetings(self, side: Side) -> int | None:
        """Return with how many meetings a party of a side has enough; None for as many as come."""
        return self.firm_meetings if side == "firm" else self.institution_meetings


class Score(BaseModel):
    """How good a timetable is, and a bound beside each figure that no timetable of the day surpasses.

    `value` counts every request that has a place, and its priority beside it: one request more outweighs all
    priorities. `gaps` are the waits of parties between two meetings of theirs.
    """

    value: int
    most_value: int
    gaps: int
    least_gaps: int


class Placement(BaseModel):
    """A request that has a slot and a table in the release, and which officers meet."""

    request: str
    slot: int
    table: int
    firm_officer: int = 1
    institution_officer: int = 1

    @property
    def place(self) -> Place:
        return Place(self.slot, self.table)

    @property
    def seating(self) -> Seating:
        return Seating(self.place, (self.firm_officer, self.institution_officer))


class Unserved(BaseModel):
    """A request that has none, why, and which parties and full slots stand in the way."""

    request: str
    reason: str
    parties: list[str] = Field(default_factory=list)
    full_slots: list[int] = Field(default_factory=list)

    @property
    def binding(self) -> list[str]:
        return [*self.parties, *(f"slot:{slot}" for slot in self.full_slots)]


def answers_in(timetable: Timetable) -> tuple[list[Placement], list[Unserved]]:
    """Return what a timetable says of its requests: who has a place, and who has none and why. Institutions host."""
    placed = []
    for request, place in timetable.placed.items():
        host, guest = timetable.people.get(request, (1, 1))
        placed.append(
            Placement(request=request, slot=place.slot, table=place.table, firm_officer=guest, institution_officer=host)
        )
    unserved = [
        Unserved(request=request, reason=why.reason, parties=[*why.parties], full_slots=[*why.full_slots])
        for request, why in timetable.unplaced.items()
    ]
    return placed, unserved


def timetable_in(placements: Iterable[Placement], unserved: Iterable[Unserved]) -> Timetable:
    """Return the timetable that these are the answers of."""
    placed = {each.request: each for each in placements}
    return Timetable(
        {request: each.place for request, each in placed.items()},
        {each.request: Unplaced(Reason(each.reason), tuple(each.parties), tuple(each.full_slots)) for each in unserved},
        {request: (each.institution_officer, each.firm_officer) for request, each in placed.items()},
    )
