"""The consultation day as the demo plays it: asked, answered, scheduled, met, reported."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from cli import seed as made_up
from cli.api import OPERATOR, Json, Person
from cli.demo.mending import booked_at
from cli.demo.programme import HALL, set_programme
from cli.demo.running import run
from cli.enrolling import Cast, Offer
from cli.stage import Stage, once_known, share

SLOTS = 12
SLOT_MINUTES, BUFFER_MINUTES = 25, 5
CALLS_EACH = 3
"""Calls a request takes until it is answered, participations included: what the answer deadline leaves time for."""
SLOWEST = 10
"""Calls a second that any machine manages."""
LEAST_TIME = timedelta(seconds=20)

ACCEPTED, DECLINED, WITHDRAWN = 0.84, 0.08, 0.02
"""Shares of the requests; what remains is left without an answer until it expires."""
CANCELLED, MISSED = 0.05, 0.03
"""Shares of the booked meetings."""
OFFICERS = 2
"""So many come for the institution that most firms meet; one person for everybody else."""
ABSENT = 0.15
"""Share of the parties that cannot meet in two of the slots and say so before the release."""


@dataclass(frozen=True, slots=True)
class Consulted:
    """The day that was, and the meetings that both sides reported."""

    event: str
    requests: int
    unanswered: int
    answer_deadline: datetime
    reported: list[Json]


async def consult(stage: Stage, cast: Cast, listed: Sequence[Offer]) -> Consulted:
    """Hold the day of the market: everybody comes who asks or is asked."""
    market, chance = stage.market, Random(f"day {cast.name}")  # noqa: S311 - a made-up story, no secret
    deadline = datetime.now(UTC) + answering_time(len(cast.market.consultations))
    event = await _planned(stage, cast, deadline)
    await _advance(stage, cast, event, "registering")
    people = _people(cast)
    [(busiest, _)] = Counter(each.institution for each in cast.market.consultations).most_common(1)

    async def apply(person: Person) -> Json:
        officers = OFFICERS if person.party == cast.institution(busiest).party else 1
        come = [{"name": "김하늘", "job": "담당자", "phone": "02-555-0100"}] * officers
        body = {"event": event, "people": come, "officers": officers}
        return await market.post(person, "/v1/participations", body, key=cast.key("apply", event))

    participations = await stage.each("participations", people.values(), apply)
    await _absent(stage, cast, participations, people, chance)
    await set_programme(stage, cast, event, people)
    await _advance(stage, cast, event, "requesting")
    requests = await _filed(stage, cast, event, listed, chance)
    unanswered = await _answered(stage, cast, requests, people, chance)
    await _advance(stage, cast, event, "scheduling")
    await market.post(OPERATOR, f"/v1/events/{event}/timetable", key=cast.key("timetable"))

    async def settled() -> int:
        return int((await market.read(OPERATOR, f"/v1/events/{event}/timetable"))["settled"])

    await stage.until("timetable settled", 1, settled)
    await _advance(stage, cast, event, "running")

    await run(stage, cast, event, participations, people)
    reported = await _met(stage, cast, event, people, chance)
    await _advance(stage, cast, event, "closed")
    await _advance(stage, cast, event, "reported")
    return Consulted(event, len(requests), unanswered, deadline, reported)


def answering_time(requests: int) -> timedelta:
    """Return how long answers are taken: as long as a slow machine needs to file and answer them."""
    return LEAST_TIME + timedelta(seconds=requests * CALLS_EACH / SLOWEST)


async def _absent(
    stage: Stage, cast: Cast, participations: Sequence[Json], people: dict[str, Person], chance: Random
) -> None:
    away = [(each, sorted(chance.sample(range(1, SLOTS + 1), 2))) for each in share(participations, ABSENT)]

    async def be_absent(absent: tuple[Json, list[int]]) -> None:
        participation, slots = absent
        path, body = f"/v1/participations/{participation['id']}/absences", {"slots": slots, "reason": "다른 일정"}
        await stage.market.post(people[participation["party"]], path, body, key=cast.key("absences"))

    await stage.each("absences", away, be_absent)


def _people(cast: Cast) -> dict[str, Person]:
    """Return who comes, by party: firms and institutions of the day's consultations."""
    firms = [cast.firm(number) for number in dict.fromkeys(each.firm for each in cast.market.consultations)]
    hosts = dict.fromkeys(each.institution for each in cast.market.consultations)
    return {person.party: person for person in (*firms, *(cast.institution(number) for number in hosts))}


async def _planned(stage: Stage, cast: Cast, deadline: datetime) -> str:
    asked = Counter(number for each in cast.market.consultations for number in (each.firm, each.institution))
    tables = len({each.institution for each in cast.market.consultations})
    plan = {
        "event_kind": "consultation_day",
        "title": "기술마켓 상담회",
        "starts_at": (deadline + timedelta(hours=1)).isoformat(),
        "slots": SLOTS,
        "slot_minutes": SLOT_MINUTES,
        "buffer_minutes": BUFFER_MINUTES,
        "tables": tables,
        "halls": [
            {"name": "제1전시장", "name_en": "Hall 1", "tables": tables - tables // 2},
            {"name": "제2전시장", "name_en": "Hall 2", "tables": tables // 2},
            {"name": HALL, "name_en": "Lecture hall", "tables": 0},
        ],
        "quota": max(asked.values()),
        "answer_deadline": deadline.isoformat(),
    }
    planned = await stage.market.post(OPERATOR, "/v1/events", plan, key=cast.key("event", plan))
    event: str = planned["id"]
    return event


async def _advance(stage: Stage, cast: Cast, event: str, status: str) -> None:
    path = f"/v1/events/{event}/advancement"
    await stage.market.post(OPERATOR, path, {"status": status}, key=cast.key("advance", status))


async def _filed(stage: Stage, cast: Cast, event: str, listed: Sequence[Offer], chance: Random) -> list[Json]:
    offers: dict[str, list[Offer]] = {}
    for offer in listed:
        offers.setdefault(offer.owner, []).append(offer)

    def wish(pair: made_up.Consultation) -> tuple[Person, Json]:
        """Most firms ask; every fifth time it is the institution."""
        firm, institution = cast.firm(pair.firm), cast.institution(pair.institution)
        asking, asked = (institution, firm) if chance.random() < 1 / 5 else (firm, institution)
        body = {"event": event, "target": asked.party, "priority": chance.randint(1, 9)}
        if of_firm := offers.get(firm.party):
            body["product"] = chance.choice(of_firm).id
        return asking, body

    wishes = [wish(pair) for pair in cast.market.consultations]

    async def file(wish: tuple[Person, Json]) -> Json:
        asking, body = wish

        async def post() -> Json:
            return await stage.market.post(asking, "/v1/requests", body, key=cast.key("request", asking.party, body))

        return await once_known(post, "product.not_offered")

    return await stage.each("requests filed", wishes, file)


async def _answered(stage: Stage, cast: Cast, requests: list[Json], people: dict[str, Person], chance: Random) -> int:
    """Have most accepted, some declined, a few withdrawn; return how many nobody answers."""
    fates = chance.choices(
        ("acceptance", "refusal", "withdrawal", ""),
        (ACCEPTED, DECLINED, WITHDRAWN, 1 - ACCEPTED - DECLINED - WITHDRAWN),
        k=len(requests),
    )
    answers = [(request, fate) for request, fate in zip(requests, fates, strict=True) if fate]

    async def answer(answer: tuple[Json, str]) -> None:
        request, fate = answer
        by = people[request["requester" if fate == "withdrawal" else "target"]]
        body = None if fate == "acceptance" else {"reason": "일정 중복"}
        await stage.market.post(by, f"/v1/requests/{request['id']}/{fate}", body, key=cast.key(fate))

    await stage.each("requests answered", answers, answer)
    return fates.count("")


async def _met(stage: Stage, cast: Cast, event: str, people: dict[str, Person], chance: Random) -> list[Json]:
    """Hold the meetings: a few are cancelled or missed, the others end with both sides' word on what came of it."""
    market = stage.market
    booked = await booked_at(stage, event)
    chance.shuffle(booked)
    cancelled = share(booked, CANCELLED)

    async def cancel(meeting: Json) -> None:
        by = people[meeting[chance.choice(("firm", "institution"))]]
        path = f"/v1/meetings/{meeting['id']}/cancellation"
        await market.post(by, path, {"reason": "담당자 출장"}, key=cast.key("cancel"))

    await stage.each("meetings cancelled", cancelled, cancel)
    standing = booked[len(cancelled) :]
    missed, held = standing[: round(len(standing) * MISSED)], standing[round(len(standing) * MISSED) :]

    async def miss(meeting: Json) -> None:
        path = f"/v1/meetings/{meeting['id']}/absence"
        await market.post(OPERATOR, path, {"absent": [meeting["firm"]]}, key=cast.key("absent"))

    await stage.each("meetings missed", missed, miss)

    async def meet(meeting: Json) -> Json:
        return await _held(stage, cast, meeting, [people[meeting[side]] for side in ("firm", "institution")])

    reported = await stage.each("meetings held and reported", held, meet)
    # What was cancelled left its slot to a request that waited: they meet last.
    late = await booked_at(stage, event)
    return reported + (await stage.each("meetings in freed slots", late, meet) if late else [])


async def _held(stage: Stage, cast: Cast, meeting: Json, sides: Sequence[Person]) -> Json:
    path = f"/v1/meetings/{meeting['id']}"
    for person in sides:
        await stage.market.post(person, f"{path}/check-in", {}, key=cast.key("seat"))
    await stage.market.post(sides[1], f"{path}/end", key=cast.key("end"))
    outcome = {
        "discussed": "30000000",
        "being_arranged": "0",
        "contracted": "0",
        "next_step": "field_test",
        "notes": "시범 설치 후 재협의",
    }
    for person in sides:
        meeting = await stage.market.post(person, f"{path}/outcome", outcome, key=cast.key("outcome"))
    return meeting
