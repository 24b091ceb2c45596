"""A consultation day from a file, run through the public API: parties, participations, requests, a timetable."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from cli import dzn, seed
from cli.api import OPERATOR, Json, Person, Refusal, key_of
from cli.demo.consulting import answering_time
from cli.demo.promises import double_bookings
from cli.enrolling import manager, sme_certificate_until
from cli.sides import two_sides
from cli.stage import Stage
from cli.terminal import CommandFailed

SLOT_MINUTES = 20
LUNCH_MINUTES = 60
"""The files say which slots are the morning, not how long the rest after them is."""
LIMITS = {"slots": 60, "tables": 500}
"""What an event of this market holds."""
KEPT_OUT = frozenset({"request.not_let_ask", "request.pair_exists"})
"""Rules of the market that a day from elsewhere may not keep: each such meeting is reported, not made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A meeting of the file as it went: filed, or refused under a rule."""

    meeting: dzn.Meeting
    request: str
    refused: str


def refuse_too_large(day: dzn.Day) -> None:
    """Raise CommandFailed for a day that is larger than an event can be."""
    for name, limit in LIMITS.items():
        if getattr(day, name) > limit:
            raise CommandFailed(f"the day has {getattr(day, name)} {name}; an event has at most {limit}")


def session_of(day: dzn.Day, meeting: dzn.Meeting) -> str | None:
    """Return the part of the day a meeting is asked for, None for a part that this day does not have."""
    slots = day.slots_of(meeting.session)
    if len(slots) == day.slots:
        return "any"
    return meeting.session.name.lower() if slots else None


def carried(day: dzn.Day) -> dict[str, int]:
    """Count what the event knows besides who meets whom."""
    return {
        "slots that participants cannot use": sum(map(len, day.forbidden)),
        "meetings of one half of the day": sum(
            session_of(day, each) in {"morning", "afternoon"} for each in day.meetings
        ),
    }


def not_carried(day: dzn.Day, slots: Mapping[int, int]) -> list[Json]:
    """Return what no event can be told, and how much of it the timetable breaks; `slots` by a meeting's number."""
    orders = [(first, second) for second, each in enumerate(day.meetings, 1) for first in each.after]
    broken_orders = [slots[first] >= slots[second] for first, second in orders if {first, second} <= slots.keys()]
    pins = {number: each.fixed for number, each in enumerate(day.meetings, 1) if each.fixed is not None}
    broken_pins = [slots[number] != fixed for number, fixed in pins.items() if number in slots]
    nowhere = [number for number, each in enumerate(day.meetings, 1) if session_of(day, each) is None]
    counts = {
        "meetings that must come before others": (len(orders), sum(broken_orders)),
        "meetings with a slot of their own": (len(pins), sum(broken_pins)),
        "meetings of a half that the day does not have": (len(nowhere), len(slots.keys() & set(nowhere))),
    }
    return [{"what": what, "in_file": count, "broken": broken} for what, (count, broken) in counts.items() if count]


async def import_day(stage: Stage, title: str, text: str, day: dzn.Day) -> Json:
    """Make an event of a day and release its timetable; return what became of every meeting."""
    name = hashlib.blake2b(f"{title}\n{text}".encode(), digest_size=12).hexdigest()
    sides = two_sides(day.participants, [(each.one, each.other) for each in day.meetings])
    people = await _enrolled(stage, name, title, sides)
    deadline = datetime.now(UTC) + answering_time(len(day.meetings) + len(people))
    event = await _event(stage, name, title, day, deadline)

    async def advance(status: str) -> None:
        path = f"/v1/events/{event}/advancement"
        await stage.market.post(OPERATOR, path, {"status": status}, key=key_of(name, status))

    await advance("registering")

    async def apply(person: Person) -> str:
        body = {"event": event, "people": [{"name": "참가자"}]}
        participation = await stage.market.post(person, "/v1/participations", body, key=key_of(name, event))
        return str(participation["id"])

    async def be_absent(absent: tuple[Person, str, Sequence[int]]) -> None:
        person, participation, slots = absent
        body = {"slots": slots, "reason": "참석 불가 시간"}
        path = f"/v1/participations/{participation}/absences"
        await stage.market.post(person, path, body, key=key_of(name, event, "absences"))

    participations = await stage.each("participations", people, apply)
    absences = [sorted(slots) for slots in day.forbidden]
    away = [each for each in zip(people, participations, absences, strict=True) if each[2]]
    await stage.each("absences", away, be_absent)
    await advance("requesting")
    wishes = await _filed(stage, name, event, people, day)
    await advance("scheduling")
    await stage.market.post(OPERATOR, f"/v1/events/{event}/timetable", key=key_of(name, "timetable"))

    async def ended() -> int:
        ledger = await stage.market.read(OPERATOR, f"/v1/events/{event}/ledger")
        return int(ledger["requests"] - ledger["under_way"])

    await stage.until("requests placed, or told why not", sum(not wish.refused for wish in wishes), ended)
    absent = {(person.party, slot) for person, _, slots in away for slot in slots}
    return await _result(stage, event, day, sides, wishes, absent)


async def _enrolled(stage: Stage, name: str, title: str, sides: Sequence[bool]) -> list[Person]:
    """Register and confirm a party for every participant: a firm on the first side, an institution on the other."""
    chance = Random(name)  # noqa: S311 - made-up numbers, no secret
    nines = chance.sample(range(100_000_000, 999_999_999), len(sides))
    numbers = [f"{nine}{seed.check_digit(str(nine))}" for nine in nines]
    until = sme_certificate_until(date.today())  # noqa: DTZ011  a Korean certificate's day, any zone will do

    async def enrol(participant: int) -> Person:
        firm, number = sides[participant - 1], numbers[participant - 1]
        kind = "sme" if firm else "institution"
        body: Json = {"party_kind": kind, "title": f"{title} 참가자 {participant}", "business_number": number}
        founder = Person(f"prs_m{number}")
        party = await stage.market.post(founder, "/v1/parties", body, key=key_of(name, participant))
        checks: Json = {"tax_active": True} | ({"sme_certificate_until": until.isoformat()} if firm else {})
        await stage.market.post(OPERATOR, f"/v1/parties/{party['id']}/activation", checks, key=key_of(name, until))
        return manager(kind, number, party["id"])

    return await stage.each("parties registered and active", range(1, len(sides) + 1), enrol)


async def _event(stage: Stage, name: str, title: str, day: dzn.Day, deadline: datetime) -> str:
    asked = Counter(each.one for each in day.meetings)
    parted = 0 < day.morning_slots < day.slots
    plan = {
        "event_kind": "consultation_day",
        "title": title,
        "starts_at": (deadline + timedelta(hours=1)).isoformat(),
        "slots": day.slots,
        "slot_minutes": SLOT_MINUTES,
        "rests": [{"after_slot": day.morning_slots, "minutes": LUNCH_MINUTES}] if parted else [],
        "tables": day.tables,
        "quota": max(asked.values()),
        "answer_deadline": deadline.isoformat(),
    }
    planned = await stage.market.post(OPERATOR, "/v1/events", plan, key=key_of(name, deadline))
    event: str = planned["id"]
    return event


async def _filed(stage: Stage, name: str, event: str, people: Sequence[Person], day: dzn.Day) -> list[Wish]:
    """Ask for every meeting of the file and have it accepted; what the market's rules refuse is noted."""

    async def file(numbered: tuple[int, dzn.Meeting]) -> Wish:
        number, meeting = numbered
        asking, asked = people[meeting.one - 1], people[meeting.other - 1]
        body = {"event": event, "target": asked.party, "session": session_of(day, meeting) or "any"}
        try:
            filed = await stage.market.post(asking, "/v1/requests", body, key=key_of(name, event, number))
        except Refusal as refusal:
            if refusal.rule not in KEPT_OUT:
                raise
            return Wish(meeting, "", refusal.rule)
        path = f"/v1/requests/{filed['id']}/acceptance"
        await stage.market.post(asked, path, key=key_of(name, number))
        return Wish(meeting, filed["id"], "")

    return await stage.each("meetings asked for and accepted", enumerate(day.meetings), file)


async def _result(
    stage: Stage,
    event: str,
    day: dzn.Day,
    sides: Sequence[bool],
    wishes: Sequence[Wish],
    absent: AbstractSet[tuple[str, int]],
) -> Json:
    ledger = await stage.market.read(OPERATOR, f"/v1/events/{event}/ledger")
    meetings = await stage.market.all(OPERATOR, "/v1/meetings", event=event)
    refused = Counter(wish.refused for wish in wishes if wish.refused)
    filed = len(wishes) - refused.total()
    ended = {"placed": ledger["by_status"].get("placed", 0), "unplaced": ledger["by_status"].get("unplaced", 0)}
    clashes = double_bookings(meetings)
    slot_of = {each["request"]: each["slot"] for each in meetings}
    slots = {number: slot_of[wish.request] for number, wish in enumerate(wishes, 1) if wish.request in slot_of}
    out = sum(
        slot not in day.slots_of(wishes[number - 1].meeting.session)
        for number, slot in slots.items()
        if session_of(day, wishes[number - 1].meeting) is not None
    )
    missed = sum(bool(absent & {(it["firm"], it["slot"]), (it["institution"], it["slot"])}) for it in meetings)
    released = await stage.market.read(OPERATOR, f"/v1/events/{event}")
    adds_up = filed == ledger["requests"] == sum(ended.values()) and len(meetings) == ended["placed"]
    return {
        "event": event,
        "participants": day.participants,
        "firms": sum(sides),
        "institutions": len(sides) - sum(sides),
        "slots": day.slots,
        "tables": day.tables,
        "meetings": len(wishes),
        "refused": dict(refused),
        "refused_pairs": [
            {"one": wish.meeting.one, "other": wish.meeting.other, "rule": wish.refused}
            for wish in wishes
            if wish.refused
        ],
        "filed": filed,
        **ended,
        "reasons": ledger["by_reason"],
        "score": released["score"],
        "carried": carried(day),
        "not_carried": not_carried(day, slots),
        "double_bookings": clashes,
        "meetings_of_absent_parties": missed,
        "meetings_out_of_their_half": out,
        "held": adds_up and not clashes and not missed and not out,
    }
