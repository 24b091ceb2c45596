"""Days with few slots and tables, and a crowd that wants them: many try the same place at the same moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

from tests.faults.calling import OPERATOR, Callers, Json, Person
from tests.faults.cast import Cast, Institution, must

SLOTS = 4
TABLES = 3
TRIES = 4
CANCELLED = 0.5
MOVED = 0.2
HELD_AND_FULL = 6
"""Meetings that took place keep their slot for good: after so many the next day is planned."""


class Days:
    """The day that is on now."""

    def __init__(self, callers: Callers, cast: Cast) -> None:
        self._callers = callers
        self._cast = cast
        self._event = ""
        self._held = 0
        self._planning = asyncio.Lock()

    async def event(self) -> str:
        """Return the day that is on, a new one when the last is nearly full."""
        async with self._planning:
            if not self._event or self._held >= HELD_AND_FULL:
                self._event, self._held = await self._planned(), 0
            return self._event

    async def book(self, chance: Random) -> None:
        """Try for a place, as one of the crowd; give it back, move or keep it for a while."""
        institution = chance.choice(self._cast.institutions)
        body = self._wish(await self.event(), institution, chance.choice(self._cast.firms).party, chance)
        booked = await self._callers.command(institution.buyer, "/v1/meetings", body)
        if not booked.good:
            return
        path = f"/v1/meetings/{booked.json['id']}"
        if chance.random() < MOVED:
            move = {"slot": chance.randint(1, SLOTS), "table": chance.randint(1, TABLES), "reason": "일정 조정"}
            if (move["slot"], move["table"]) != (body["slot"], body["table"]):
                await self._callers.command(OPERATOR, f"{path}/move", move)
        if chance.random() < CANCELLED:
            must(await self._callers.command(institution.buyer, f"{path}/cancellation", {"reason": "일정 중복"}))
        else:
            await self._hold(path)

    async def meet(self, institution: Institution, firm: Person, product: str, chance: Random) -> str:
        """Book a meeting about a product and hold it; return its id, empty when no place was to be had."""
        for _ in range(TRIES):
            body = self._wish(await self.event(), institution, firm.party, chance) | {"product": product}
            booked = await self._callers.command(institution.buyer, "/v1/meetings", body)
            if booked.good:
                await self._hold(f"/v1/meetings/{booked.json['id']}")
                return str(booked.json["id"])
        return ""

    async def _hold(self, path: str) -> None:
        self._held += 1
        must(await self._callers.command(OPERATOR, f"{path}/start"))
        must(await self._callers.command(OPERATOR, f"{path}/end"))

    def _wish(self, event: str, institution: Institution, firm: str, chance: Random) -> Json:
        slot, table = chance.randint(1, SLOTS), chance.randint(1, TABLES)
        return {"event": event, "firm": firm, "institution": institution.id, "slot": slot, "table": table}

    async def _planned(self) -> str:
        """Plan a day, let everybody in and release its timetable, which is empty: all meetings are walk-ins."""
        begins = datetime.now(UTC) + timedelta(hours=6)
        plan = {
            "event_kind": "consultation_day",
            "title": "기술마켓 상담회",
            "starts_at": begins.isoformat(),
            "slots": SLOTS,
            "slot_minutes": 30,
            "tables": TABLES,
            "quota": 10,
            "answer_deadline": (begins - timedelta(hours=1)).isoformat(),
        }
        event: str = must(await self._callers.command(OPERATOR, "/v1/events", plan)).json["id"]
        await self._advance(event, "registering")
        people = [*self._cast.firms, *(each.buyer for each in self._cast.institutions)]
        attendee = {"name": "김하늘", "job": "담당자", "phone": "02-555-0100"}
        application = {"event": event, "people": [attendee]}
        for answer in await asyncio.gather(
            *(self._callers.command(person, "/v1/participations", application) for person in people)
        ):
            must(answer)
        await self._advance(event, "requesting")
        await self._advance(event, "scheduling")
        must(await self._callers.command(OPERATOR, f"/v1/events/{event}/timetable"))
        await self._advance(event, "running")
        return event

    async def _advance(self, event: str, status: str) -> None:
        must(await self._callers.command(OPERATOR, f"/v1/events/{event}/advancement", {"status": status}))
