"""What goes wrong on the demo's day, each mended by a repair: the moves are seen first, then carried out."""

from collections.abc import Sequence

from cli.api import OPERATOR, Json, Person
from cli.enrolling import Cast
from cli.stage import Stage

LATE_UNTIL, CLOSED_FROM = 3, 7
"""The slot in which the late firm is there, and the one from which on a table is closed."""


async def booked_at(stage: Stage, event: str) -> list[Json]:
    """Give the meetings in an order that does not depend on when each was booked: the same seed, the same story."""
    booked = await stage.market.all(OPERATOR, "/v1/meetings", event=event, status="booked")
    return sorted(booked, key=lambda meeting: (meeting["firm"], meeting["institution"]))


async def disturb(stage: Stage, cast: Cast, event: str, people: dict[str, Person]) -> None:
    """Let two walk in, an officer be called away, a firm be late, a table be lost and another firm go; mend each time.

    It hits nobody whom a request waits for, and who walks in comes first: the embedded Rust server refuses an insert
    for what an update has given up.
    """
    booked = await booked_at(stage, event)
    unplaced = await stage.market.all(OPERATOR, "/v1/requests", event=event, status="unplaced")
    waited_for = {party for each in unplaced for party in (each["firm"], each["institution"])}
    spared = {each["firm"] for each in booked if {each["firm"], each["institution"]} & waited_for}
    early = [each for each in booked if each["slot"] < LATE_UNTIL] or booked
    late = next((each["firm"] for each in early if each["firm"] not in spared), early[0]["firm"])
    gone = next((each["firm"] for each in booked if each["firm"] not in {late, *spared}), late)
    table = max(booked, key=lambda each: each["slot"])["table"]
    firm, institution = _strangers(booked, people, late)
    second = [each for each in booked if each["institution_officer"] > 1 and each["firm"] not in spared]
    left = min(second or booked, key=lambda each: (each["slot"] == 1, each["slot"]))
    troubles: dict[str, Json] = {
        "two walk in": {"kind": "pair_walks_in", "firm": firm, "institution": institution, "reason": "현장 신청"},
        "an officer is away": {
            "kind": "party_late",
            "party": left["institution"],
            "officer": left["institution_officer"],
            "slot": left["slot"] + 1,
            "reason": "긴급 회의",
        },
        "a firm is late": {"kind": "party_late", "party": late, "slot": LATE_UNTIL, "reason": "열차 지연"},
        "a table is lost": {"kind": "table_lost", "table": table, "slot": CLOSED_FROM, "reason": "정전"},
        "a firm leaves": {"kind": "party_gone", "party": gone, "reason": "급한 사정"},
    }
    for title, trouble in troubles.items():
        await _mend(stage, cast, title, trouble | {"event": event})


def _strangers(booked: Sequence[Json], people: dict[str, Person], late: str) -> tuple[str, str]:
    """Return a firm and an institution that do not meet yet: those with the fewest meetings, where there is room."""
    counts = dict.fromkeys(people, 0)
    for meeting in booked:
        counts[meeting["firm"]] += 1
        counts[meeting["institution"]] += 1
    met = {(meeting["firm"], meeting["institution"]) for meeting in booked}
    return min(
        (
            (firm, institution)
            for firm, one in people.items()
            for institution, other in people.items()
            if (one.kind, other.kind) == ("sme", "institution") and firm != late and (firm, institution) not in met
        ),
        key=lambda pair: (counts[pair[0]] + counts[pair[1]], pair),
    )


async def _mend(stage: Stage, cast: Cast, title: str, trouble: Json) -> None:
    market = stage.market
    repair = await market.post(OPERATOR, "/v1/repairs", trouble, key=cast.key("repair", trouble))
    path = f"/v1/repairs/{repair['id']}"
    await market.post(OPERATOR, f"{path}/application", key=cast.key("apply"))

    async def mended() -> int:
        return int((await market.read(OPERATOR, path))["status"] == "applied")

    await stage.until(f"{title}: repairs", 1, mended)
