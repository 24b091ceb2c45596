"""A buyer's shortlist over HTTP: its own, at the versions seen, frozen for good."""

import asyncio

from deploy.local.servers import Kafka
from tests.component.catalog.conftest import Catalog, a_content
from tests.component.shared.reading import all_records, until

EVENTS = "catalog.shortlist.events"
BUYER, OTHER = ("pty_buyer", "institution"), ("pty_rival", "institution")


async def a_listing(catalog: Catalog) -> tuple[str, str, dict[str, object]]:
    """Idle IP is listed by approval, without waiting for anybody."""
    owner = await catalog.a_firm()
    content = a_content(title="분리막")
    product = await catalog.a_product(owner, "registration", "approval", kind="idle_ip", content=content)
    return owner, product, content


async def test_a_shortlist_keeps_what_its_buyer_saw(catalog: Catalog) -> None:
    owner, product, content = await a_listing(catalog)
    buyer = catalog.caller(BUYER)
    path = f"/v1/shortlists/{(await buyer.ask('POST', '/v1/shortlists', {'title': '후보'})).body['id']}"

    added = await buyer.ask("POST", f"{path}/items", {"product": {"id": product, "version": 1}, "note": "좋음"})
    revised = await catalog.caller((owner, "institution")).ask(
        "POST", f"/v1/products/{product}/revision", content | {"title": "새 분리막"}
    )
    stale = await buyer.ask("POST", f"{path}/items", {"product": {"id": product, "version": 1}, "note": "또"})
    frozen = await buyer.ask("POST", f"{path}/freeze")
    late = await buyer.ask("POST", f"{path}/removals", {"product": product})
    [item] = (await buyer.ask("GET", f"{path}/items")).body["items"]

    assert (added.status, added.body["items"], revised.status) == (200, 1, 200)
    assert (stale.status, stale.body["rule"]) == (409, "shortlist.version_not_shown")
    assert (frozen.body["status"], late.body["rule"]) == ("frozen", "shortlist.frozen")
    assert (item["seen"]["title"], item["note"], item["version_shown"]) == ("분리막", "좋음", 2)
    assert item["changed"] == ["title"]


async def test_nobody_else_sees_a_shortlist_or_learns_what_is_on_it(catalog: Catalog, kafka: Kafka) -> None:
    _, product, _ = await a_listing(catalog)
    buyer, rival, firm = catalog.caller(BUYER), catalog.caller(OTHER), catalog.caller(("pty_x", "sme"))
    shortlist = (await buyer.ask("POST", "/v1/shortlists", {"title": "비밀 후보"})).body["id"]
    path = f"/v1/shortlists/{shortlist}"
    await buyer.ask("POST", f"{path}/items", {"product": {"id": product, "version": 1}})

    answers = await asyncio.gather(
        rival.ask("GET", path),
        rival.ask("GET", f"{path}/items"),
        rival.ask("POST", f"{path}/freeze"),
        firm.ask("POST", "/v1/shortlists", {"title": "x"}),
    )

    assert [each.status for each in answers] == [404, 404, 404, 403]
    assert shortlist not in {each["id"] for each in (await rival.ask("GET", "/v1/shortlists")).body["items"]}
    assert shortlist in {each["id"] for each in (await buyer.ask("GET", "/v1/shortlists")).body["items"]}

    async def told() -> bool:
        records = [each for each in await all_records(kafka.bootstrap, EVENTS) if each.key == shortlist.encode()]
        assert not any(product.encode() in (each.value or b"") for each in records)
        return len(records) >= 2

    await until(told)


async def test_a_shortlist_says_nothing_of_a_draft_that_is_not_seen_otherwise(catalog: Catalog) -> None:
    draft = await catalog.a_product(await catalog.a_firm())
    buyer = catalog.caller(BUYER)
    path = f"/v1/shortlists/{(await buyer.ask('POST', '/v1/shortlists', {'title': '후보'})).body['id']}"

    seen = await buyer.ask("GET", f"/v1/products/{draft}")
    added = await buyer.ask("POST", f"{path}/items", {"product": {"id": draft, "version": 1}})

    assert [(each.status, each.body["rule"]) for each in (seen, added)] == [(404, "product.unknown")] * 2
