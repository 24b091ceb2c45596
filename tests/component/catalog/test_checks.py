"""The weekly look at the business registry, with the registry as a process that fails, hangs, lies and changes."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from deploy.local.services import REGISTRY, Service, registry_on, replicas_of, settings_of
from deploy.local.stack import create_topics
from services.catalog.checks import check_due
from services.catalog.domain.party import Party
from services.catalog.party_views import party_view
from services.catalog.registry import ANSWER_SECONDS, BusinessRegistry, RegistryAway
from shared.events.days import seoul_date
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.store import Store
from tests.component.catalog.conftest import ISSUER, READY, Catalog, a_party, caller_of
from tests.component.shared.reading import until

PATIENCE = 30.0
Json = dict[str, Any]


@dataclass(frozen=True)
class Office:
    """A catalog with two replicas that ask the registry, and the registry's own desk."""

    catalog: Catalog
    services: Sequence[Service]
    url: str
    http: aiohttp.ClientSession

    async def tell(self, number: str, code: str, until: str = "") -> None:
        """Let the registry know a firm."""
        await self._put("firms", {number: {"b_stt_cd": code, "valid_until": until}})

    async def be(self, **mood: Any) -> None:
        """Let the registry fail, hang or lie; well again without a word."""
        await self._put("mood", mood)

    async def asked(self) -> list[int]:
        async with self.http.get(f"{self.url}/admin/asked") as answer:
            sizes: list[int] = await answer.json()
            return sizes

    async def readiness(self, replica: int = 0) -> tuple[int, list[str]]:
        async with self.http.get(f"{self.services[replica].url}/readyz") as answer:
            return answer.status, (await answer.json())["warnings"]

    async def _put(self, what: str, told: Json) -> None:
        async with self.http.put(f"{self.url}/admin/{what}", json=told) as answer:
            assert answer.status == 200

    async def shown(self, party: str) -> Json:
        found: Json = (await self.catalog.operator.ask("GET", f"/v1/parties/{party}")).body
        return found

    async def registered(self, code: str = "01", until: str = "") -> tuple[str, str]:
        """A new firm the registry knows; its id and number."""
        body = a_party()
        await self.tell(body["business_number"], code, until)
        made = await self.catalog.caller().ask("POST", "/v1/parties", body)
        return made.body["id"], body["business_number"]

    async def confirmed(self) -> tuple[str, str]:
        party, number = await self.registered()
        await self.found(party, "active")
        checks = {"tax_active": True, "sme_certificate_until": "2099-03-31"}
        assert (await self.catalog.operator.ask("POST", f"/v1/parties/{party}/activation", checks)).status == 200
        return party, number

    async def ask(self, party: str) -> None:
        answer = await self.catalog.operator.ask("POST", f"/v1/parties/{party}/checks")
        assert answer.status == 200, answer.body

    async def found(self, party: str, tax_status: str, source: str = "registry") -> Json:
        """Wait for what was found last."""

        async def so() -> bool:
            findings = (await self.shown(party))["findings"]
            return bool(findings) and (findings[-1]["tax_status"], findings[-1]["source"]) == (tax_status, source)

        await until(so, PATIENCE)
        return await self.shown(party)


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka, mongo: Mongo) -> AsyncIterator[Office]:
    create_topics(kafka)
    folder: Path = tmp_path_factory.mktemp("checks")
    registry = registry_on(folder, free_port())
    services = replicas_of("catalog", 2, folder, free_port())
    settings = settings_of("catalog", {"catalog": services, REGISTRY: [registry]}, kafka, mongo)
    settings |= {"DATABASE": f"catalog_{secrets.token_hex(4)}", "TOKEN_ISSUER": ISSUER}
    for service in services:
        service.configure(settings)
    async with AsyncExitStack() as running:
        for part in (registry, *services):
            running.push_async_callback(asyncio.to_thread, part.stop)
            await asyncio.to_thread(part.start)
        for part in (registry, *services):
            await asyncio.to_thread(part.wait_ready, READY)
        http = await running.enter_async_context(aiohttp.ClientSession())
        yield Office(caller_of(http, services[0]), services, registry.url, http)


@pytest.fixture(autouse=True)
async def well(office: Office) -> None:
    """Every test begins with a registry that answers."""
    await office.be()


async def test_what_the_registry_knows_is_there_before_the_operator_confirms(office: Office) -> None:
    party, _ = await office.registered(until="20990331")

    shown = await office.found(party, "active")
    confirmed = await office.catalog.operator.ask("POST", f"/v1/parties/{party}/activation", {"tax_active": True})

    assert (shown["status"], shown["findings"][0]["sme_certificate_until"]) == ("registered", "2099-03-31")
    assert (confirmed.body["status"], confirmed.body["sme_certificate_until"]) == ("active", "2099-03-31")


async def test_a_suspended_business_is_kept_out_until_the_answer_changes(office: Office) -> None:
    party, number = await office.confirmed()

    await office.tell(number, "02")
    await office.ask(party)
    out = await office.found(party, "suspended")
    await office.tell(number, "01")
    await office.ask(party)
    back = await office.found(party, "active")

    assert (out["status"], out["restriction"], out["restricted_until"]) == ("restricted", "tax_suspended", None)
    assert (back["status"], back["restriction"]) == ("active", "")
    assert [each["tax_status"] for each in back["findings"]] == ["active", "active", "suspended", "active"]


async def test_a_certificate_the_registry_knows_better_counts_from_then_on(office: Office) -> None:
    party, number = await office.confirmed()

    await office.tell(number, "01", "20300331")
    await office.ask(party)

    async def shorter() -> bool:
        return bool((await office.shown(party))["sme_certificate_until"] == "2030-03-31")

    await until(shorter, PATIENCE)
    await office.tell(number, "01", "")
    await office.ask(party)
    await office.found(party, "active")
    assert (await office.shown(party))["sme_certificate_until"] == "2030-03-31", "no date says nothing"


async def test_a_failing_registry_changes_nothing_and_is_told_of(office: Office) -> None:
    party, number = await office.confirmed()
    before = await office.shown(party)
    await office.tell(number, "03")
    await office.be(failing=True)

    await office.ask(party)

    async def told() -> bool:
        return [(await office.readiness(each))[1] != [] for each in (0, 1)] == [True, True]

    await until(told, PATIENCE)
    status, warnings = await office.readiness()
    during = await office.shown(party)
    await office.be()
    after = await office.found(party, "closed")
    assert status == 200
    assert warnings[0].startswith("the business registry has not answered")
    assert (during["status"], during["findings"]) == (before["status"], before["findings"])
    assert (after["status"], after["restriction"]) == ("restricted", "tax_closed")

    async def well_again() -> bool:
        await office.ask(party)
        return [(await office.readiness(each))[1] for each in (0, 1)] == [[], []]

    await until(well_again, PATIENCE)


async def test_a_registry_that_hangs_keeps_nobody_waiting(office: Office) -> None:
    party, number = await office.confirmed()
    await office.tell(number, "02")
    await office.be(seconds=ANSWER_SECONDS + 30)
    await office.ask(party)
    await asyncio.sleep(2)

    async with asyncio.timeout(2):
        shown = await office.shown(party)
        other = await office.catalog.caller().ask("POST", "/v1/parties", a_party())

    assert (shown["status"], other.status) == ("active", 201)
    await office.be()
    await office.found(party, "suspended")


async def test_a_service_key_in_the_address_is_in_no_message(office: Office) -> None:
    await office.be(failing=True)
    registry = BusinessRegistry(f"{office.url}?serviceKey=sesame")

    with pytest.raises(RegistryAway) as away:
        await registry.ask(["1248100998"])

    assert str(away.value) == "ClientResponseError 503"


async def test_half_a_batch_that_is_wrong_holds_up_nobody_else(office: Office) -> None:
    await office.be(failing=True)
    firms = [await office.registered() for _ in range(6)]
    wrong = [number for _, number in firms[::2]]

    await office.be(unclear=wrong)

    for party, _ in firms[1::2]:
        await office.found(party, "active")
    for party, _ in firms[::2]:
        assert (await office.shown(party))["findings"] == []


async def test_a_day_that_is_none_keeps_nobody_else_from_being_checked(office: Office) -> None:
    (odd, odd_number), (other, other_number) = await office.confirmed(), await office.confirmed()
    await office.tell(odd_number, "01", "00010101")
    await office.tell(other_number, "02")

    await office.ask(odd)
    await office.ask(other)

    assert (await office.found(other, "suspended"))["status"] == "restricted"
    assert (await office.shown(odd))["sme_certificate_until"] == "2099-03-31"


async def test_many_are_asked_in_batches_of_a_hundred_at_most(office: Office) -> None:
    await office.be(failing=True)
    firms = await asyncio.gather(*(office.registered() for _ in range(130)))
    before = len(await office.asked())
    await office.be()

    for party, _ in firms:
        await office.found(party, "active")

    sizes = (await office.asked())[before:]
    assert max(sizes) == 100
    facts = [len((await office.shown(party))["findings"]) for party, _ in firms]
    assert facts == [1] * len(firms), "two replicas, one fact"


async def test_a_closed_business_leaves_when_a_week_later_it_is_still_closed(office: Office, kafka: Kafka) -> None:
    party, number = await office.confirmed()
    await office.tell(number, "03")
    await office.ask(party)
    await office.found(party, "closed")
    settings = office.services[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    parties = Store(database, Party, party_view, Relay(lambda: new_producer(kafka.bootstrap)))
    registry, now = BusinessRegistry(office.url), datetime.now(UTC)

    # a clock a week ahead; other parties are due by it too, in as many batches as there are
    while await check_due(registry, parties, now + timedelta(days=7, minutes=1)):
        pass
    shown = await office.shown(party)
    database.client.close()

    assert shown["status"] == "closed"
    assert seoul_date(datetime.fromisoformat(shown["findings"][-1]["confirmed_at"])) > seoul_date(now)


async def test_without_a_registry_there_is_nothing_to_ask(catalog: Catalog) -> None:
    firm = await catalog.a_firm()

    answer = await catalog.operator.ask("POST", f"/v1/parties/{firm}/checks")

    assert (answer.status, answer.body["rule"]) == (409, "registry.none")


async def test_what_was_found_is_for_its_party_and_the_operator(office: Office) -> None:
    party, _ = await office.confirmed()

    stranger = await office.catalog.caller(("pty_x", "sme"), person="prs_lee").ask("GET", f"/v1/parties/{party}")
    own = await office.catalog.caller((party, "sme")).ask("GET", f"/v1/parties/{party}")

    assert stranger.body["findings"] == []
    assert len(own.body["findings"]) == 2


async def test_nobody_asks_about_a_closed_party(office: Office) -> None:
    party, _ = await office.confirmed()
    await office.catalog.caller((party, "sme")).ask("POST", f"/v1/parties/{party}/closure", {"reason": "폐업"})

    answer = await office.catalog.operator.ask("POST", f"/v1/parties/{party}/checks")

    assert (answer.status, answer.body["rule"]) == (409, "party.closed")
