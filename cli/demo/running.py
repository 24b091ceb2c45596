"""The day as it runs in the demo: a gate that sends late, walk-ins, and what goes wrong."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from cli.api import OPERATOR, Json, Person
from cli.enrolling import Cast
from cli.stage import Stage, share

OFFLINE = timedelta(minutes=20)
"""How late a device at the gate sends what it read."""
SENT_AGAIN = 0.2
"""Share of the parties that a second device has read as well, and earlier."""
WALK_INS = 0.3
"""Walk-ins, as a share of the firms."""
LATE_UNTIL, CLOSED_FROM = 3, 7
"""The slot in which the late firm is there, and the one from which on a table is closed."""


async def run(stage: Stage, cast: Cast, event: str, participations: Sequence[Json], people: dict[str, Person]) -> None:
    """Let everybody in, let some meet who never asked, and find room elsewhere for what cannot stay."""
    await _let_in(stage, cast, participations)
    await _walk_in(stage, cast, event, people)
    await _disturb(stage, cast, event, participations, people)


async def booked_at(stage: Stage, event: str) -> list[Json]:
    """Give the meetings in an order that does not depend on when each was booked: the same seed, the same story."""
    booked = await stage.market.all(OPERATOR, "/v1/meetings", event=event, status="booked")
    return sorted(booked, key=lambda meeting: (meeting["firm"], meeting["institution"]))


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
    slots = range(1, (await stage.market.read(OPERATOR, f"/v1/events/{event}"))["slots"] + 1)
    taken = {
        (party, each["slot"]) for each in await booked_at(stage, event) for party in (each["firm"], each["institution"])
    }
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


async def _disturb(
    stage: Stage, cast: Cast, event: str, participations: Sequence[Json], people: dict[str, Person]
) -> None:
    """Let one firm be late, close a table, let another firm go: each time, wait until nothing is left where it was.

    It hits nobody whom a request waits for: the embedded Rust server refuses an insert for what an update has given up.
    """
    of_party = {each["party"]: f"/v1/participations/{each['id']}" for each in participations}
    booked = await booked_at(stage, event)
    unplaced = await stage.market.all(OPERATOR, "/v1/requests", event=event, status="unplaced")
    waited_for = {party for each in unplaced for party in (each["firm"], each["institution"])}
    spared = {each["firm"] for each in booked if {each["firm"], each["institution"]} & waited_for}
    early = [each for each in booked if each["slot"] < LATE_UNTIL] or booked
    late = next((each["firm"] for each in early if each["firm"] not in spared), early[0]["firm"])
    gone = next((each["firm"] for each in booked if each["firm"] not in {late, *spared}), late)
    table = max(booked, key=lambda each: each["slot"])["table"]
    absences = {"slots": [*range(1, LATE_UNTIL)], "reason": "열차 지연"}
    closure = {"table": table, "from_slot": CLOSED_FROM, "reason": "정전"}
    troubles: list[tuple[str, Person, str, Json, Callable[[Json], bool]]] = [
        (
            "a firm is late",
            people[late],
            f"{of_party[late]}/absences",
            absences,
            lambda each: each["firm"] == late and each["slot"] < LATE_UNTIL,
        ),
        (
            "a table is closed",
            OPERATOR,
            f"/v1/events/{event}/table-closures",
            closure,
            lambda each: each["table"] == table and each["slot"] >= CLOSED_FROM,
        ),
        (
            "a firm leaves",
            people[gone],
            f"{of_party[gone]}/departure",
            {"reason": "급한 사정"},
            lambda each: each["firm"] == gone,
        ),
    ]
    for title, by, path, body, hit in troubles:
        await stage.market.post(by, path, body, key=cast.key(title))

        async def left(hit: Callable[[Json], bool] = hit) -> int:
            return sum(map(hit, await booked_at(stage, event)))

        await stage.until(title, 0, left)
