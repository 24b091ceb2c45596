"""The talks and the award of the demo's day, and who is on stage when."""

from datetime import UTC, datetime, timedelta

from cli.api import OPERATOR, Json, Person
from cli.enrolling import Cast
from cli.stage import Stage
from shared.events.matching import start_of

HALL = "강연장"
MINUTES = 30
AWARD_AHEAD = timedelta(minutes=40)
POLICY_TALK, FUTURE_TALK = timedelta(minutes=60), timedelta(minutes=150)
"""After the first slot has begun."""


async def set_programme(stage: Stage, cast: Cast, event: str, people: dict[str, Person]) -> None:
    """Plan an award before the first meeting, a talk of a buyer with its criteria, and one of a firm."""
    market = stage.market
    starts_at = datetime.fromisoformat((await market.read(OPERATOR, f"/v1/events/{event}"))["starts_at"])
    firms = [party for party, person in people.items() if person.kind == "sme"]
    buyer = next(party for party, person in people.items() if person.kind == "institution")
    criteria = await market.upload(
        people[buyer], "구매기준.pdf", _criteria(), "application/pdf", key=cast.key("criteria", event)
    )
    programme = [
        _part("award", "우수 기술 시상", starts_at - AWARD_AHEAD, firms[:2]),
        _part("purchasing_policy_talk", "올해의 구매 정책과 제품 선정 기준", starts_at + POLICY_TALK, [buyer])
        | {"document": criteria["id"]},
        _part("future_technology_talk", "현장을 바꾸는 미래 기술", starts_at + FUTURE_TALK, firms[:1]),
    ]

    async def plan(part: Json) -> Json:
        return await market.post(OPERATOR, f"/v1/events/{event}/parts", part, key=cast.key("part", part))

    await stage.each("talks and awards", programme, plan)


def on_stage(day: Json) -> set[tuple[str, int]]:
    """Return (party, slot) for who is on stage in a slot of a day without rests."""
    starts_at, lasts = datetime.fromisoformat(day["starts_at"]), timedelta(minutes=day["slot_minutes"])
    begins = {
        slot: start_of(slot, starts_at, day["slot_minutes"], (), day["buffer_minutes"])
        for slot in range(1, day["slots"] + 1)
    }
    return {
        (each["party"], slot)
        for slot, at in begins.items()
        for part in day["parts"]
        if part["status"] == "planned" and _at(part, "starts") < at + lasts and at < _at(part, "ends")
        for each in part["on_stage"]
    }


def _at(timed: Json, moment: str) -> datetime:
    return datetime.fromisoformat(timed[f"{moment}_at"])


def _part(kind: str, title: str, starts_at: datetime, parties: list[str]) -> Json:
    return {
        "part_kind": kind,
        "title": title,
        "hall": HALL,
        "starts_at": starts_at.isoformat(),
        "minutes": MINUTES,
        "on_stage": [{"party": party} for party in parties],
    }


def _criteria() -> bytes:
    from shared.pdf import Document  # noqa: PLC0415  a second to import

    paper = Document("제품 선정 기준", datetime.now(UTC))
    paper.add_page()
    paper.line_of("유효한 기술마켓 인증서를 가진 제품을 우선 구매한다.", 12, 8)
    return bytes(paper.output())
