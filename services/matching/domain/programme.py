"""The programme of an event: its talks and awards, beside the consultations."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.matching.domain.participation import Participation
from services.matching.domain.plan import Plan
from services.matching.domain.references import FileRef, PartyRef
from services.matching.domain.sides import not_taking_part
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import FileState
from shared.events.envelope import WHOLE
from shared.events.matching import EventPart, OnStage, PartKind

BESIDE = timedelta(hours=12)
"""How long before the first slot and after the last there may be parts."""
MOST_PARTS = 100
"""All of them ride in every public state of their event, and a record in Kafka holds a megabyte."""


class PlannedOnStage(OnStage):
    """Who speaks or is honoured, as it is planned: with nothing else to it."""

    model_config = ConfigDict(extra="forbid")

    party: PartyRef


class PlannedPart(BaseModel):
    """What a talk or an award is to be. Who speaks at it, or is honoured, takes part in the event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part_kind: PartKind = Field(examples=["future_technology_talk"])
    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["저전력 수처리 분리막의 미래"])
    hall: str = Field(
        default="", max_length=100, description="One of the event's halls; empty where it has none", examples=["강연장"]
    )
    starts_at: AwareDatetime = Field(examples=["2027-04-14T13:00:00+09:00"])
    minutes: Annotated[int, WHOLE] = Field(ge=5, le=480, examples=[40])
    on_stage: tuple[PlannedOnStage, ...] = Field(min_length=1, max_length=50)
    document: FileRef | None = Field(
        default=None,
        description="For everybody to read; a talk on purchasing policy needs it: the buyer's criteria",
        examples=[None],
    )

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def must_suit(self, plan: Plan, at: datetime) -> None:
        """Raise Invalid unless it lies ahead, close to the slots of the event, and in one of its halls."""
        if self.starts_at < plan.starts_at - BESIDE or self.ends_at > plan.ends_at + BESIDE:
            raise Invalid(
                "part.not_on_the_day",
                "a part begins within 12 hours before the first slot, and ends within 12 hours after the last",
                "프로그램은 첫 시간대 12시간 전부터 마지막 시간대 12시간 후까지 둘 수 있습니다",
                field="/starts_at",
            )
        if self.starts_at <= at:
            raise Invalid(
                "part.in_the_past",
                "a part is planned before it begins",
                "프로그램은 시작 시각 전에 등록합니다",
                field="/starts_at",
            )
        halls = [hall.name for hall in plan.halls] or [""]
        if self.hall not in halls:
            raise Invalid(
                "part.hall_unknown",
                f"the event has the halls {', '.join(halls)}"
                if plan.halls
                else "the event has no halls: leave it empty",
                f"이 행사의 전시장은 {', '.join(halls)}입니다"
                if plan.halls
                else "이 행사에는 전시장이 없습니다. 비워 두십시오",
                field="/hall",
            )

    def must_be_presented(self, by: Sequence[Participation | None], document: FileState | None) -> None:
        """Raise Invalid for people on stage who are not there, or a document that is not theirs; Refused as below."""
        if len({*self.on_stage}) < len(self.on_stage):
            raise Invalid(
                "part.named_twice",
                "somebody is named twice",
                "같은 사람을 두 번 지정했습니다",
                field="/on_stage",
            )
        policy = self.part_kind == "purchasing_policy_talk"
        owners: set[str] = set()
        for number, (participation, one) in enumerate(zip(by, self.on_stage, strict=True)):
            if participation is None or not participation.takes_part:
                raise not_taking_part(one.party, f"/on_stage/{number}/party")
            participation.must_have_officer(one.officer, f"/on_stage/{number}/officer")
            if participation.side == "institution" or not policy:
                owners.add(one.party)
        if document is None and not policy:
            return
        if document is None or document.status == "removed" or document.owner not in owners:
            who_en, who_ko = (
                ("the buying institution", "구매 기관이") if policy else ("who is on stage", "발표자·수상자가")
            )
            raise Invalid(
                "part.document_missing" if document is None else "part.document_not_theirs",
                f"the document of this part is a file of {who_en}",
                f"이 프로그램의 자료는 {who_ko} 올린 파일이어야 합니다",
                field="/document",
            )

    def as_part(self, number: int, at: datetime, changes: int = 0) -> EventPart:
        """Return the part that this is the plan of."""
        return EventPart(
            number=number,
            part_kind=self.part_kind,
            title=self.title,
            hall=self.hall,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            on_stage=[OnStage(party=each.party, officer=each.officer) for each in self.on_stage],
            document=self.document or "",
            changed_at=at,
            changes=changes,
        )


def must_have_room(part: EventPart, others: Sequence[EventPart]) -> None:
    """Raise Refused when its hall, or somebody on stage, is taken by another part of the programme meanwhile."""
    for other in others:
        apart = other.ends_at <= part.starts_at or part.ends_at <= other.starts_at
        if other.number == part.number or other.status == "withdrawn" or apart:
            continue
        if other.hall == part.hall:
            raise Refused(
                "part.hall_taken",
                f"part {other.number} is there from {other.starts_at} to {other.ends_at}",
                f"그 시간에는 같은 곳에서 {other.number}번 프로그램이 진행됩니다",
                field="/starts_at",
            )
        if both := [each.party for each in part.on_stage if each in other.on_stage]:
            raise Refused(
                "part.party_taken",
                f"{both[0]} is on stage in part {other.number} from {other.starts_at} to {other.ends_at}",
                f"{both[0]}은(는) 그 시간에 {other.number}번 프로그램에 참여합니다",
                field="/on_stage",
            )


def part_of(parts: Sequence[EventPart], number: int) -> EventPart:
    """Return the part of this number. Raise NotFound for one there is not."""
    part = next((each for each in parts if each.number == number), None)
    if part is None:
        raise NotFound("part.unknown", f"the event has no part {number}", f"이 행사에 {number}번 프로그램이 없습니다")
    return part


def must_be_ahead(part: EventPart, at: datetime) -> None:
    """Raise Refused for a part that is withdrawn, or has begun."""
    number = part.number
    if part.status == "withdrawn":
        raise Refused("part.withdrawn", f"part {number} is withdrawn", f"{number}번 프로그램은 취소되었습니다")
    if part.starts_at <= at:
        raise Refused("part.begun", f"part {number} has begun", f"{number}번 프로그램은 이미 시작되었습니다")


def slots_on_stage(parts: Sequence[EventPart], plan: Plan, party: str, officer: int) -> frozenset[int]:
    """Return the slots in which an officer of a party is on stage, for a part of them or all."""
    return frozenset(
        slot
        for part in parts
        if part.status == "planned" and OnStage(party=party, officer=officer) in part.on_stage
        for slot in range(1, plan.slots + 1)
        if plan.start_of(slot) < part.ends_at and part.starts_at < plan.end_of(slot)
    )
