"""Two years on: the certificates given for the shortest time end, and what rested on them alone is listed no more."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

from cli.api import OPERATOR
from cli.demo.promises import CERTIFYING, SHOWN
from cli.stage import Stage

AHEAD = timedelta(days=740)

Age = Callable[[int], Awaitable[None]]
"""Let every certificate be so many days older."""


async def expire(stage: Stage, age: Age) -> None:
    """Let time pass for certificates, and wait until the catalog has heard of every end."""
    market, last_day = stage.market, (datetime.now(UTC) + AHEAD).date()
    held = [each for each in await market.all(OPERATOR, "/v1/certificates") if each["status"] in CERTIFYING]
    ending = {each["id"] for each in held if date.fromisoformat(each["valid_until"]) < last_day}
    carried = {each["product"]["id"] for each in held if each["id"] not in ending}

    async def expired() -> int:
        return len(ending & {each["id"] for each in await market.all(OPERATOR, "/v1/certificates", status="expired")})

    async def still_shown() -> int:
        shown = [each for status in sorted(SHOWN) for each in await market.all(OPERATOR, "/v1/products", status=status)]
        return sum(each["id"] not in carried for each in shown)

    await age(AHEAD.days)
    await stage.until("certificates expired", len(ending), expired)
    await stage.until("products shown without a certificate", 0, still_shown)
