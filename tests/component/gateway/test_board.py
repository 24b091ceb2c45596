"""The board of a market day on real servers: followed, left and come back to, through two gateways and after a kill."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.events.catalog import PartyState
from shared.events.envelope import Published
from shared.events.matching import (
    ConsultationAwaited,
    ConsultationStarted,
    EventState,
    MeetingState,
    ParticipationCheckedIn,
    ParticipationState,
)
from tests.component.gateway.door import Door, Event, taken
from tests.component.records import record_of, tell
from tests.component.serving import a_second_replica

SOON = 2.0
"""Within so many seconds of its event a change is on every board."""


@dataclass(frozen=True)
class Day:
    """A market day that matching tells of: two meetings of one firm in the slot that is on, two tables."""

    door: Door
    event: str
    firm: str
    buyers: tuple[str, str]
    meetings: tuple[str, str]

    @property
    def path(self) -> str:
        return f"/v1/boards/{self.event}"

    async def tell(self, *said: tuple[str, int, Published]) -> None:
        await tell(self.door.kafka.bootstrap, [record_of(each, about, sequence) for about, sequence, each in said])

    def meeting(self, number: int, **changed: Any) -> MeetingState:
        state: dict[str, Any] = {
            "id": self.meetings[number],
            "event": self.event,
            "firm": self.firm,
            "institution": self.buyers[number],
            "origin": "request",
            "slot": number + 1,
            "table": 1,
            "starts_at": datetime.now(UTC) - timedelta(minutes=5 - 30 * number),
            "status": "booked",
        }
        return MeetingState(**state | changed)

    async def sits_down(self, number: int, party: str, sequence: int = 2) -> None:
        """Say that a party took its seat: first the event, as matching's relay does, then the state."""
        who = {"meeting": self.meetings[number], "event": self.event, "firm": self.firm}
        awaited = ConsultationAwaited(at=datetime.now(UTC), institution=self.buyers[number], party=party, **who)
        meeting = self.meeting(number, arrived=[party])
        await self.tell((meeting.id, sequence, awaited), (meeting.id, sequence, meeting))

    async def begins(self, number: int, sequence: int = 3) -> None:
        who = {"meeting": self.meetings[number], "event": self.event, "firm": self.firm}
        started = ConsultationStarted(at=datetime.now(UTC), institution=self.buyers[number], **who)
        meeting = self.meeting(number, arrived=[self.firm, self.buyers[number]], status="in_progress")
        await self.tell((meeting.id, sequence, started), (meeting.id, sequence, meeting))

    @asynccontextmanager
    async def followed(self, last_event_id: str = "", door: Door | None = None) -> AsyncIterator[AsyncIterator[Event]]:
        async with (door or self.door).streaming(f"{self.path}/live", last_event_id, by="prs_newcomer") as events:
            yield events


def new(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(6)}"


@pytest.fixture
async def day(door: Door) -> Day:
    day = Day(door, new("evt"), new("pty"), (new("pty"), new("pty")), (new("mtg"), new("mtg")))
    event = EventState(
        id=day.event,
        event_kind="consultation_day",
        title="상담회",
        status="running",
        starts_at=datetime.now(UTC) - timedelta(minutes=5),
        slots=2,
        slot_minutes=30,
        tables=2,
    )
    party = PartyState(
        id=day.firm,
        party_kind="sme",
        title="한빛수처리",
        title_en="",
        business_number="1248100998",
        councils=[],
        region="",
        status="active",
    )
    participation = ParticipationState(
        id=day.event.replace("evt", "ptc"),
        event=day.event,
        party=day.firm,
        party_kind="sme",
        status="confirmed",
        people=1,
    )
    meetings = [day.meeting(number) for number in (0, 1)]
    await day.tell(
        (event.id, 5, event),
        (party.id, 1, party),
        (participation.id, 2, participation),
        *((m.id, 1, m) for m in meetings),
    )
    seen = f"{event.id}:5,{party.id}:1,{participation.id}:2," + ",".join(f"{each.id}:1" for each in meetings)
    view = await door.call("GET", "/v1/views/product/prd_none", market_position=seen)
    assert view.status == 404
    return day


async def test_the_board_shows_parties_and_tables_and_no_people(day: Day) -> None:
    board = await day.door.call("GET", day.path, by="prs_newcomer")

    assert board.status == 200, board
    assert (board.body["now"], board.body["next"]) == (1, 2)
    assert (board.body["free_now"], board.body["free_next"]) == ([2], [2])
    assert [(cell["meeting"], cell["late"]) for cell in board.body["cells"]] == [
        (day.meetings[0], [day.firm, day.buyers[0]]),
        (day.meetings[1], []),
    ]
    assert board.body["titles"] == {day.firm: "한빛수처리"}
    assert [guest["presence"] for guest in board.body["guests"]] == ["expected"]
    assert "prs_" not in str(board.body)


async def test_who_follows_has_the_whole_board_and_each_change_within_two_seconds(day: Day) -> None:
    async with day.followed() as events:
        [whole] = await taken(events, 1)
        took, changes = [], []
        for step in (day.sits_down(0, day.firm), day.begins(0)):
            await step
            began = time.monotonic()
            changes += await taken(events, 1)
            took.append(time.monotonic() - began)

    assert (whole.type, len(whole.data["cells"])) == ("board", 2)
    assert [each.type for each in changes] == ["board.changed"] * 2
    cells = [each.data["cells"] for each in changes]
    assert [(cell["meeting"], cell["status"], cell["late"]) for [cell] in cells] == [
        (day.meetings[0], "booked", [day.buyers[0]]),
        (day.meetings[0], "in_progress", []),
    ]
    assert changes[-1].data["counts"]["in_progress"] == 1
    assert max(took) < SOON, took


async def test_a_gate_scan_changes_who_is_here(day: Day) -> None:
    participation = day.event.replace("evt", "ptc")
    about = {"participation": participation, "event": day.event, "party": day.firm}
    here = ParticipationState(
        id=participation, event=day.event, party=day.firm, party_kind="sme", status="checked_in", people=1
    )
    async with day.followed() as events:
        await taken(events, 1)
        await day.tell((participation, 3, ParticipationCheckedIn(at=datetime.now(UTC), **about)))
        await day.tell((participation, 3, here))

        [change] = await taken(events, 1)

    assert [(each["party"], each["presence"]) for each in change.data["guests"]] == [(day.firm, "here")]
    assert (change.data["counts"]["here"], change.data["cells"]) == (1, [])


async def test_who_comes_back_has_what_changed_meanwhile_and_not_the_rest(day: Day) -> None:
    async with day.followed() as events:
        [whole] = await taken(events, 1)
    await day.sits_down(1, day.firm)

    async with day.followed(whole.place) as events:
        [missed] = await taken(events, 1)
        await day.begins(1)
        [next_one] = await taken(events, 1)

    statuses = {
        cell["meeting"]: (cell["status"], cell["arrived"]) for each in (missed, next_one) for cell in each.data["cells"]
    }
    assert missed.type == "board.changed"
    assert [cell["arrived"] for cell in missed.data["cells"] if cell["meeting"] == day.meetings[1]] == [[day.firm]]
    assert statuses[day.meetings[1]] == ("in_progress", [day.firm, day.buyers[1]])


async def test_a_snapshot_is_gone_on_from_without_a_gap(day: Day) -> None:
    snapshot = (await day.door.call("GET", day.path)).body
    await day.sits_down(0, day.buyers[0])

    async with day.followed(snapshot["place"]) as events:
        [change] = await taken(events, 1)

    [cell] = [cell for cell in change.data["cells"] if cell["meeting"] == day.meetings[0]]
    assert cell["arrived"] == [day.buyers[0]]


@pytest.mark.usefixtures("killable")
async def test_two_gateways_tell_the_same_and_one_goes_on_where_the_other_was(day: Day) -> None:
    with a_second_replica("gateway", day.door.gateway, day.door.kafka) as second:
        other = replace(day.door, gateway=second)
        async with day.followed() as here, day.followed(door=other) as there:
            boards = await taken(here, 1) + await taken(there, 1)
            await day.sits_down(0, day.firm)
            began = time.monotonic()
            changes = await taken(here, 1) + await taken(there, 1)
            took = time.monotonic() - began
        await day.begins(0)
        async with day.followed(changes[0].place, door=other) as there:
            [missed] = await taken(there, 1)

    assert boards[0].data["cells"] == boards[1].data["cells"]
    assert changes[0].data["cells"] == changes[1].data["cells"]
    assert [cell["status"] for cell in missed.data["cells"]] == ["in_progress"]
    assert took < SOON


@pytest.mark.usefixtures("killable")
async def test_a_killed_gateway_goes_on_where_its_listener_was(day: Day) -> None:
    async with day.followed() as events:
        [whole] = await taken(events, 1)
    day.door.gateway.kill()
    await day.sits_down(0, day.firm)
    await asyncio.to_thread(day.door.gateway.restart)

    async with day.followed(whole.place) as events:
        [missed] = await taken(events, 1)

    [cell] = [cell for cell in missed.data["cells"] if cell["meeting"] == day.meetings[0]]
    assert cell["arrived"] == [day.firm]


async def test_late_is_told_by_the_clock_alone(day: Day) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    about_to_begin = day.meeting(1, starts_at=soon)
    await day.tell((about_to_begin.id, 2, about_to_begin))
    await day.door.call("GET", "/v1/views/product/prd_none", market_position=f"{about_to_begin.id}:2")

    async with day.followed() as events:
        await taken(events, 1)
        [change] = await taken(events, 1)

    assert [(cell["meeting"], cell["late"]) for cell in change.data["cells"]] == [
        (day.meetings[1], [day.firm, day.buyers[1]])
    ]


async def test_a_day_nobody_told_of_has_no_board(door: Door) -> None:
    for path in ("/v1/boards/evt_nobody", "/v1/boards/evt_nobody/live"):
        unknown = await door.call("GET", path)
        assert (unknown.status, unknown.rule) == (404, "event.unknown")
    assert (await door.call("GET", "/v1/boards/evt_nobody/live", last_event_id="x")).rule == "live.unknown_place"
