"""The day as it runs in the demo: a gate that sends late, walk-ins, hosts at their tables, and what goes wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from cli.api import OPERATOR, Json, Person
from cli.demo.mending import booked_at, disturb
from cli.demo.programme import on_stage
from cli.enrolling import Cast
from cli.stage import Stage, share

OFFLINE = timedelta(minutes=20)
"""How late a device at the gate sends what it read."""
SENT_AGAIN = 0.2
"""Share of the parties that a second device has read as well, and earlier."""
WALK_INS = 0.3
"""Walk-ins, as a share of the firms."""


async def run(stage: Stage, cast: Cast, event: str, participations: Sequence[Json], people: dict[str, Person]) -> None:
    """Let everybody in, let some meet who never asked, and mend the timetable for what cannot stay."""
    await _let_in(stage, cast, participations)
    await _walk_in(stage, cast, event, people)
    await _sit_down(stage, cast, event, people)
    await disturb(stage, cast, event, people)


async def _let_in(stage: Stage, cast: Cast, participations: Sequence[Json]) -> None:
    now = datetime.now(UTC)

    async def check_in(scanned: tuple[int, Json]) -> None:
        device, participation = scanned
        path = f"/v1/participations/{participation['id']}/check-in"
        scan = {"scanned_at": (now - device * OFFLINE).isoformat()}
        await stage.market.post(OPERATOR, path, scan, key=cast.key("scan", device))

    again = share(participations, SENT_AGAIN)
    await stage.each("check-ins", [*((1, each) for each in participations), *((2, each) for each in again)], check_in)


async def _walk_in(stage: Stage, cast: Cast, event: str, people: dict[str, Person]) -> None:
    """Let firms meet institutions they never asked: the market finds the table."""
    day = await stage.market.read(OPERATOR, f"/v1/events/{event}")
    slots = range(1, day["slots"] + 1)
    taken = {
        (party, each["slot"]) for each in await booked_at(stage, event) for party in (each["firm"], each["institution"])
    }
    present = await stage.market.all(OPERATOR, "/v1/participations", event=event)
    taken |= {(each["party"], slot) for each in present for slot in each["absences"]} | on_stage(day)
    asked = {(cast.parties[each.firm], cast.parties[each.institution]) for each in cast.market.consultations}
    firms, hosts = (
        [party for party, person in people.items() if (person.kind == "sme") is own] for own in (True, False)
    )
    wishes: list[Json] = []
    for firm in share(firms, WALK_INS):
        for host, slot in product(hosts, slots):
            if (firm, host) not in asked and not {(firm, slot), (host, slot)} & taken:
                taken |= {(firm, slot), (host, slot)}
                wishes.append({"event": event, "firm": firm, "institution": host, "slot": slot})
                break

    async def book(wish: Json) -> Json:
        return await stage.market.post(people[wish["institution"]], "/v1/meetings", wish, key=cast.key("walk-in", wish))

    await stage.each("walk-ins", wishes, book)


async def _sit_down(stage: Stage, cast: Cast, event: str, people: dict[str, Person]) -> None:
    """Let the hosts of the first slot wait at their tables: their meetings are final."""
    first = [each for each in await booked_at(stage, event) if each["slot"] == 1]

    async def sit_down(meeting: Json) -> None:
        path = f"/v1/meetings/{meeting['id']}/check-in"
        await stage.market.post(people[meeting["institution"]], path, {}, key=cast.key("seat"))

    await stage.each("hosts at their tables", first, sit_down)
