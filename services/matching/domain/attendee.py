"""Who comes to an event for a party."""

from collections.abc import Collection, Sequence

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import NotFound


class Attendee(BaseModel):
    """A person who comes: personal data, never in an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["김하늘"])
    job: str = Field(default="", max_length=100, pattern=r"^$|\S", examples=["연구소장"])
    phone: str = Field(default="", max_length=30, examples=["02-555-0100"])


def erased(people: Sequence[Attendee | None], numbers: Collection[int]) -> list[Attendee | None]:
    """Return them with nothing known of these, numbered from 1, or of anybody where none is named. Raise NotFound."""
    for number in numbers:
        _must_be_one(people, number)
    return [None if at in numbers or not numbers else each for at, each in enumerate(people, start=1)]


def replaced(people: Sequence[Attendee | None], number: int, by: Attendee) -> list[Attendee | None]:
    """Return them with this one in the place of one, numbered from 1. Raise NotFound."""
    _must_be_one(people, number)
    return [by if at == number else each for at, each in enumerate(people, start=1)]


def _must_be_one(people: Sequence[Attendee | None], number: int) -> None:
    if not 1 <= number <= len(people):
        raise NotFound(
            "attendee.unknown",
            f"there is no attendee {number} of {len(people)}",
            f"참석자 {len(people)}명 중 {number}번 참석자가 없습니다",
            field="path/number",
        )
