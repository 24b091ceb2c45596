"""What the board of a market day shows at a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.board import Hall
from shared.events.matching import ClosedTable, EventState, MeetingState, ParticipationState, Rest

TEN = datetime(2027, 4, 14, 1, tzinfo=UTC)


def an_event(**changed: Any) -> EventState:
    """Return a running day of three slots of half an hour, an hour's rest after the second, and four tables."""
    state: dict[str, Any] = {
        "id": "evt_1",
        "event_kind": "consultation_day",
        "title": "상담회",
        "status": "running",
        "starts_at": TEN,
        "slots": 3,
        "slot_minutes": 30,
        "rests": [Rest(after_slot=2, minutes=60)],
        "tables": 4,
    }
    return EventState(**state | changed)


def a_meeting(meeting: str, **changed: Any) -> MeetingState:
    state: dict[str, Any] = {
        "id": meeting,
        "event": "evt_1",
        "firm": "pty_f",
        "institution": "pty_i",
        "origin": "request",
        "slot": 1,
        "table": 1,
        "starts_at": TEN,
        "status": "booked",
    }
    return MeetingState(**state | changed)


def a_participation(party: str, status: Any, **changed: Any) -> ParticipationState:
    return ParticipationState(
        id=f"ptc_{party}", event="evt_1", party=party, party_kind="sme", status=status, people=1, **changed
    )


def at(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "now", "coming"),
    [
        (-1, None, 1),
        (0, 1, 2),
        (29, 1, 2),
        (30, 2, 3),
        (60, None, 3),
        (119, None, 3),
        (120, 3, None),
        (150, None, None),
    ],
)
def test_which_slots_are_on_and_next_follows_the_clock(minutes: int, now: int | None, coming: int | None) -> None:
    board = Hall(an_event(), []).board(at(minutes))

    assert (board.now, board.next) == (now, coming)


def test_between_two_slots_is_none_where_the_day_has_a_buffer() -> None:
    hall = Hall(an_event(buffer_minutes=5), [])

    shown = [(board.now, board.next) for board in map(hall.board, (at(29), at(30), at(34), at(35)))]

    assert shown == [(1, 2), (None, 2), (None, 2), (2, 3)]


def test_a_table_is_free_where_it_is_open_and_nobody_has_it() -> None:
    event = an_event(closed_tables=[ClosedTable(table=4, from_slot=2, reason="정전")])
    meetings = [
        a_meeting("mtg_1", table=1, status="held"),
        a_meeting("mtg_2", table=2, status="cancelled"),
        a_meeting("mtg_3", table=3, slot=2),
    ]

    board = Hall(event, meetings).board(at(10))

    assert (board.free_now, board.free_next) == ([2, 3, 4], [1, 2])


def test_late_is_who_has_no_seat_once_the_slot_has_begun() -> None:
    hall = Hall(an_event(), [a_meeting("mtg_1", arrived=["pty_i"])])

    before, after = hall.board(at(-1)), hall.board(at(0))
    hall.learn([a_meeting("mtg_1", arrived=["pty_i", "pty_f"], status="in_progress")])
    begun = hall.board(at(1))

    assert [board.cells[0].late for board in (before, after, begun)] == [[], ["pty_f"], []]


def test_counts_are_of_what_is_on_the_board() -> None:
    statuses = ["booked", "in_progress", "held", "reported", "converted", "no_show", "cancelled"]
    meetings = [a_meeting(f"mtg_{number}", table=number, status=each) for number, each in enumerate(statuses, 1)]
    walk_in = a_meeting("mtg_w", slot=2, origin="onsite")
    parties = [
        a_participation("pty_1", "checked_in"),
        a_participation("pty_2", "checked_in", left=True),
        a_participation("pty_3", "confirmed"),
        a_participation("pty_4", "withdrawn"),
        a_participation("pty_5", "waiting"),
    ]

    board = Hall(an_event(), [*meetings, walk_in, *parties]).board(at(5))

    assert board.counts.model_dump() == {
        "booked": 2,
        "in_progress": 1,
        "held": 3,
        "no_show": 1,
        "cancelled": 1,
        "walk_in": 1,
        "here": 1,
        "expected": 1,
    }
    assert [(each.party, each.presence) for each in board.guests] == [
        ("pty_1", "here"),
        ("pty_2", "gone"),
        ("pty_3", "expected"),
        ("pty_4", "not_coming"),
    ]


def test_a_change_has_what_was_touched_and_what_is_otherwise_and_nothing_else() -> None:
    second, third = (
        a_meeting(f"mtg_{slot}", slot=slot, starts_at=at(minutes)) for slot, minutes in ((2, 30), (3, 120))
    )
    hall = Hall(an_event(), [a_meeting("mtg_1"), second, third])
    before = hall.board(at(-1))
    hall.learn([third.model_copy(update={"status": "cancelled"}), an_event(status="closed")])

    change = hall.board(at(10)).since(before, {"mtg_2"})
    only_rows = hall.board(at(-1)).since(before, ())

    assert [cell.meeting for cell in change.cells] == ["mtg_1", "mtg_2", "mtg_3"]
    assert change.status == "closed"
    assert [cell.meeting for cell in only_rows.cells] == ["mtg_3"]
