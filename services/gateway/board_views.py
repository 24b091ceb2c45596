"""How the gateway shows a market day: its board, which names parties and tables and no people."""

from collections.abc import Collection
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.matching import EventStatus, MeetingStatus

Presence = Literal["expected", "here", "gone", "not_coming"]


class Cell(BaseModel):
    """A meeting in its slot at its table. `arrived` sit there; `late` do not, though the slot has begun."""

    meeting: str
    slot: int
    table: int
    starts_at: AwareDatetime
    firm: str
    institution: str
    walk_in: bool
    status: MeetingStatus
    arrived: list[str]
    late: list[str]


class Guest(BaseModel):
    """A party with a place at the event, and whether it came through the gate."""

    participation: str
    party: str
    party_kind: str
    presence: Presence


class Counts(BaseModel):
    """How many meetings are to come, go on, took place, were missed, were cancelled; how many of all walked in.

    `here` and `expected` count parties.
    """

    booked: int
    in_progress: int
    held: int
    no_show: int
    cancelled: int
    walk_in: int
    here: int
    expected: int


class Board(BaseModel):
    """A market day at a moment: `now` is the slot that is on, `next` the one after it, null where there is none.

    A table is free in a slot in which it is not closed and no meeting has it. In a change, `cells` and `guests` are
    those that changed, and `titles` those of parties in them; all else is always whole.
    """

    event: str
    title: str
    status: EventStatus
    at: AwareDatetime
    now: int | None
    next: int | None
    free_now: list[int]
    free_next: list[int]
    counts: Counts
    cells: list[Cell]
    guests: list[Guest]
    titles: dict[str, str] = Field(default_factory=dict)
    place: str = Field(default="", description="Where in the feed it stands: the Last-Event-ID of who goes on from it")

    def parties(self) -> list[str]:
        """Return whom it names."""
        sides = {side for cell in self.cells for side in (cell.firm, cell.institution)}
        return sorted(sides | {guest.party for guest in self.guests})

    def since(self, before: "Board", touched: Collection[str]) -> "Board":
        """Return this board with nothing but what was touched or is otherwise than before."""
        old_cells = {cell.meeting: cell for cell in before.cells}
        old_guests = {guest.participation: guest for guest in before.guests}
        cells = [each for each in self.cells if each.meeting in touched or old_cells.get(each.meeting) != each]
        guests = [
            each for each in self.guests if each.participation in touched or old_guests.get(each.participation) != each
        ]
        return self.model_copy(update={"cells": cells, "guests": guests})

    def says(self) -> dict[str, object]:
        """Return what it shows, whenever and wherever that is."""
        return self.model_dump(exclude={"at", "place", "titles"})

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "event": "evt_4k2qj4",
                "title": "2027년 상반기 기술마켓 상담회",
                "status": "running",
                "at": "2027-04-14T02:03:00Z",
                "now": 3,
                "next": 4,
                "free_now": [81, 82, 83],
                "free_next": [83],
                "counts": {
                    "booked": 612,
                    "in_progress": 40,
                    "held": 75,
                    "no_show": 2,
                    "cancelled": 1,
                    "walk_in": 6,
                    "here": 231,
                    "expected": 29,
                },
                "cells": [
                    {
                        "meeting": "mtg_2k9fm3",
                        "slot": 3,
                        "table": 12,
                        "starts_at": "2027-04-14T02:00:00Z",
                        "firm": "pty_5k2qj4",
                        "institution": "pty_kwater",
                        "walk_in": False,
                        "status": "booked",
                        "arrived": ["pty_kwater"],
                        "late": ["pty_5k2qj4"],
                    }
                ],
                "guests": [
                    {"participation": "ptc_9d3kq1", "party": "pty_5k2qj4", "party_kind": "sme", "presence": "here"}
                ],
                "titles": {"pty_5k2qj4": "한빛수처리", "pty_kwater": "가온수자원"},
                "place": "9f2c1a.0.14",
            }
        }
    )
