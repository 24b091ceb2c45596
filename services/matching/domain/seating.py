"""Where two parties meet and who of them does, and what a meeting claims of it so that nobody else does."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from services.matching.timetable.day import Place
from shared.errors import Refused

TABLE_TAKEN, PARTY_TAKEN = "meeting.table_taken", "meeting.party_taken"
"""Spelled out once more where they are raised: the catalogue of rules is read from there."""

Officers = tuple[int, int]
"""Which of a firm's and of an institution's people meet, by number from 1."""


@dataclass(frozen=True, slots=True)
class Seating:
    """A slot and a table, and the officers who meet there."""

    place: Place
    officers: Officers = (1, 1)

    def people(self, parties: Sequence[str]) -> set[tuple[str, int, int]]:
        """Return which officer of these parties, a firm and an institution, meets in which slot."""
        return {(party, officer, self.place.slot) for party, officer in zip(parties, self.officers, strict=True)}


class Swap(BaseModel):
    """Where a meeting that left its place is about to go, with which officers, and who else of them has to move first.

    `other` is the meeting whose place that is, empty in a repair. `shared` are parties whose other meetings need either
    place.
    """

    other: str = ""
    slot: int
    table: int
    shared: list[str]
    officers: Officers = (1, 1)
    reason: str

    @property
    def seating(self) -> Seating:
        return Seating(Place(self.slot, self.table), self.officers)


def person_of(party: str, officer: int) -> str:
    """Return what an officer is called where people are told apart: a party's first one is the party itself."""
    return party if officer == 1 else f"{party}|{officer}"


def party_claims(event: str, slot: int, parties: Sequence[str], officers: Officers) -> list[str]:
    """Return what a meeting holds of its parties' people in a slot."""
    return [f"{event}|{slot}|{person_of(*each)}" for each in zip(parties, officers, strict=True)]


def table_claim(event: str, place: Place) -> str:
    """Return what a meeting holds of a table in its slot."""
    return f"{event}|{place.slot}|t{place.table}"


def pair_claim(event: str, firm: str, institution: str) -> str:
    """Return what two parties' only meeting to come or under way holds."""
    return f"{event}|pair|{firm}|{institution}"


def table_taken(place: Place) -> Refused:
    return Refused(
        "meeting.table_taken",
        f"in slot {place.slot} table {place.table} is taken",
        f"{place.slot}번 시간대에 {place.table}번 테이블은 이미 예약되어 있습니다",
        field="/table",
    )


def party_taken(party: str, slot: int) -> Refused:
    return Refused(
        "meeting.party_taken",
        f"in slot {slot} {party} is taken",
        f"{slot}번 시간대에 {party}은(는) 이미 예약되어 있습니다",
        field="/slot",
    )
