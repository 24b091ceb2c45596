"""An event's day as the market tells it: what a timetable of its accepted requests is made from."""

from cli.api import OPERATOR, Json, Market
from services.matching.timetable.day import Booked, Day, Party, Place, Request, closed_from
from shared.events.matching import Rest, slots_of

HERE = {"confirmed", "checked_in"}


async def day_of(market: Market, event: str) -> Day:
    """Read the day that a release would plan now: nothing is changed. Only a release asks who is active."""
    planned = await market.read(OPERATOR, f"/v1/events/{event}")
    rests = [Rest.model_validate(each) for each in planned["rests"]]
    present = [
        each
        for each in await market.all(OPERATOR, "/v1/participations", event=event)
        if each["status"] in HERE and not each["left"]
    ]
    parties = {each["party"] for each in present}
    accepted = [
        each
        for each in await market.all(OPERATOR, "/v1/requests", event=event, status="accepted")
        if {each["firm"], each["institution"]} <= parties
    ]
    meetings = await market.all(OPERATOR, "/v1/meetings", event=event)
    booked = tuple(
        Booked(each["institution"], each["firm"], Place(each["slot"], each["table"]))
        for each in meetings
        if each["status"] != "cancelled"
    )
    return Day(
        tuple(
            Request(
                each["id"],
                each["institution"],
                each["firm"],
                each["priority"],
                number,
                slots_of(each["session"], planned["slots"], rests),
            )
            for number, each in enumerate(accepted)
        ),
        planned["slots"],
        planned["tables"],
        booked,
        {each["party"]: _party(planned, each) for each in present},
        spare=planned["spare_tables"],
        halves=tuple(rest.after_slot + 1 for rest in rests),
        closed=closed_from(
            (Place(each["from_slot"], each["table"]) for each in planned["closed_tables"]),
            planned["slots"],
            {it.place for it in booked},
        ),
    )


def _party(event: Json, participation: Json) -> Party:
    side = "firm" if participation["party_kind"] == "sme" else "institution"
    own = {each["officer"]: each["slots"] for each in participation["officer_absences"]}
    away = (
        frozenset(participation["absences"]).union(own.get(officer, ()))
        for officer in range(1, participation["officers"] + 1)
    )
    return Party(tuple(away), event[f"{side}_meetings"])
