"""SME certificates end together on one day of the year: everybody is told before, and nobody twice."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from deploy.local.servers import Kafka
from deploy.local.services import Service
from services.catalog.domain.party import Party
from services.catalog.party_views import party_view
from shared.events.days import end_of, seoul_date
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.store import Store
from shared.timers import tick
from tests.component.catalog.conftest import BAN, Catalog, a_party, told
from tests.component.shared.reading import until

MANY = 60


async def certified(catalog: Catalog, last: date) -> str:
    """A firm whose SME certificate ends on this day."""
    party: str = (await catalog.caller().ask("POST", "/v1/parties", a_party())).body["id"]
    await renewed(catalog, party, last)
    return party


async def renewed(catalog: Catalog, party: str, last: date) -> None:
    checks = {"tax_active": True, "sme_certificate_until": last.isoformat()}
    assert (await catalog.operator.ask("POST", f"/v1/parties/{party}/activation", checks)).status == 200


async def queue(catalog: Catalog, before: date) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        path = f"/v1/parties?sme_certificate_before={before}&limit=100{cursor}"
        page = (await catalog.operator.ask("GET", path)).body
        found |= {each["id"] for each in page["items"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_a_firm_is_told_before_its_certificate_ends_and_leaves_the_queue_with_a_new_one(
    catalog: Catalog, kafka: Kafka
) -> None:
    today = seoul_date(datetime.now(UTC))
    soon, later = today + timedelta(days=20), today + timedelta(days=200)
    firm, other = await certified(catalog, soon), await certified(catalog, later)

    async def reminded() -> bool:
        return await told(kafka, [firm, other]) == [
            ["registered", "activated", "sme_certificate_due"],
            ["registered", "activated"],
        ]

    await until(reminded)
    waiting = await queue(catalog, soon + timedelta(days=1))
    assert firm in waiting
    assert other not in waiting
    assert firm not in await queue(catalog, soon)

    await renewed(catalog, firm, later)

    assert firm not in await queue(catalog, later)


async def test_a_restricted_firm_renews_and_a_closed_one_waits_for_nothing(catalog: Catalog) -> None:
    soon = seoul_date(datetime.now(UTC)) + timedelta(days=20)
    banned, left = await certified(catalog, soon), await certified(catalog, soon)
    await catalog.operator.ask("POST", f"/v1/parties/{banned}/bans", BAN)
    await catalog.caller((left, "sme")).ask("POST", f"/v1/parties/{left}/closure", {"reason": "폐업"})

    waiting = await queue(catalog, soon + timedelta(days=1))
    await renewed(catalog, banned, soon + timedelta(days=365))

    assert (banned in waiting, left in waiting) == (True, False)
    shown = (await catalog.operator.ask("GET", f"/v1/parties/{banned}")).body
    assert (shown["status"], shown["restriction"]) == ("restricted", "collusion")
    assert banned not in await queue(catalog, soon + timedelta(days=1))


async def test_many_certificates_that_end_together_are_told_once_each(
    catalog: Catalog, kafka: Kafka, replicas: Sequence[Service]
) -> None:
    last = seoul_date(datetime.now(UTC)) + timedelta(days=300)
    firms = await asyncio.gather(*(certified(catalog, last) for _ in range(MANY)))
    settings = replicas[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    clocks = [Store(database, Party, party_view, Relay(lambda: new_producer(kafka.bootstrap))) for _ in range(2)]

    # two replicas whose clocks are ahead, at the same moment
    await asyncio.gather(*(tick(parties, end_of(last)) for parties in clocks))
    database.client.close()

    async def all_told() -> bool:
        return all(each[2:] == ["sme_certificate_lapsed"] for each in await told(kafka, firms))

    await until(all_told)
    await renewed(catalog, firms[0], last + timedelta(days=366))
    shown = (await catalog.operator.ask("GET", f"/v1/parties/{firms[0]}")).body
    assert (shown["status"], shown["sme_certificate_until"]) == ("active", str(last + timedelta(days=366)))
