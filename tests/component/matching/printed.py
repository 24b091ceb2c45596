"""A day whose timetable is printed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.component.matching.fair import OPERATOR, Fair


@dataclass(frozen=True)
class Day:
    event: str
    firms: list[str]
    times: list[str]


async def a_day(fair: Fair) -> Day:
    """Two firms meet an institution; a meeting before was cancelled."""
    firms = [*await fair.parties(1, "sme", title="=SUM(1)"), *await fair.parties(1, "sme", title="나래; 정밀")]
    [buyer] = await fair.parties(1, "institution")
    starts_at = (datetime.now(UTC) + timedelta(days=30)).replace(hour=1, minute=0, second=0, microsecond=0)
    event = await fair.event("released", starts_at=starts_at.isoformat())
    await fair.present(event, [*firms, buyer])

    async def meeting(slot: int, table: int, firm: str) -> str:
        body = {"event": event, "firm": firm, "institution": buyer, "slot": slot, "table": table}
        return (await fair.made("/meetings", OPERATOR, body)).id

    called_off = await meeting(4, 4, firms[1])
    await fair.done(f"/meetings/{called_off}/cancellation", OPERATOR, {"reason": "일정 중복"})
    await meeting(2, 1, firms[0])
    await meeting(1, 3, firms[1])
    times = [starts_at + timedelta(minutes=30 * each) for each in range(3)]
    return Day(event, firms, [f"{each.astimezone(ZoneInfo('Asia/Seoul')):%H:%M}" for each in times])
