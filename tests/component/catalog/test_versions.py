"""A product's past over HTTP: everybody reads what was once public, its owner and institutions the rest."""

from datetime import UTC, datetime

from tests.component.catalog.conftest import Caller, Catalog, Json, a_content


async def test_what_was_never_public_is_for_its_owner_and_institutions(catalog: Catalog) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    owner = catalog.caller((mine, "institution"))
    institution, stranger = catalog.caller(("pty_kwater", "institution")), catalog.caller((other, "sme"))
    content = a_content(specification="첫 규격")
    path = f"/v1/products/{await catalog.a_product(mine, 'registration', kind='idle_ip', content=content)}"
    await catalog.operator.ask("POST", f"{path}/revision-request", {"message": "고치십시오"})
    await owner.ask("PUT", f"{path}/draft", content | {"specification": "고친 규격"})
    await owner.ask("POST", f"{path}/registration")
    await catalog.operator.ask("POST", f"{path}/approval")
    await owner.ask("POST", f"{path}/revision", content | {"specification": "고친 규격", "price": "1000"})
    await owner.ask("POST", f"{path}/revision", content | {"specification": "바꿀 규격", "price": "1000"})

    async def numbers(caller: Caller) -> list[int]:
        shown = (await caller.ask("GET", f"{path}/versions")).body
        assert shown["shown"] == 3
        return [each["number"] for each in shown["items"]]

    public = await stranger.ask("GET", f"{path}/versions/3/changes?since=2")
    proposed = await institution.ask("GET", f"{path}/versions/4/changes?since=3")

    assert await numbers(stranger) == [2, 3]
    assert await numbers(owner) == await numbers(institution) == await numbers(catalog.operator) == [1, 2, 3, 4]
    price = [{"field": "/price", "before": None, "after": "1000"}]
    assert public.body == {"since": 2, "number": 3, "material": False, "items": price}
    assert (proposed.body["material"], proposed.body["items"]) == (
        True,
        [{"field": "/specification", "before": "고친 규격", "after": "바꿀 규격"}],
    )
    for number, since in ((2, 1), (1, 2), (4, 3), (3, 9)):
        hidden = await stranger.ask("GET", f"{path}/versions/{number}/changes?since={since}")
        assert (hidden.status, hidden.body["rule"]) == (404, "product.version_unknown")
    for wrong in ("2/changes", "2/changes?since=0", "2/changes?since=x", "0/changes?since=1"):
        assert (await stranger.ask("GET", f"{path}/versions/{wrong}")).status == 422


async def test_a_product_is_shown_as_it_was(catalog: Catalog) -> None:
    mine, other = await catalog.a_firm(), await catalog.a_firm()
    owner, stranger = catalog.caller((mine, "institution")), catalog.caller((other, "sme"))
    content = a_content(price="1000")
    path = f"/v1/products/{await catalog.a_product(mine, 'registration', kind='idle_ip', content=content)}"
    waiting = now()
    unknown = await stranger.ask("GET", f"{path}/past?at={waiting}")
    await catalog.operator.ask("POST", f"{path}/approval")
    listed = now()
    await owner.ask("POST", f"{path}/revision", content | {"price": "2000"})
    await owner.ask("POST", f"{path}/pause", {"reason": "재고 없음"})

    then = await stranger.ask("GET", f"{path}/past?at={listed}")
    today = await stranger.ask("GET", f"{path}/past?at={now()}")
    hidden = await stranger.ask("GET", f"{path}/past?at={waiting}", accept_language="ko")
    own = await owner.ask("GET", f"{path}/past?at={waiting}")
    before = await owner.ask("GET", f"{path}/past?at=2020-01-01T00:00:00Z")
    ahead = await owner.ask("GET", f"{path}/past?at=2999-01-01T00:00:00Z")

    assert (unknown.status, unknown.body["rule"]) == (404, "product.unknown")
    assert [seen(each.body) for each in (then, today)] == [("listed", 1, "1000"), ("paused", 2, "2000")]
    assert datetime.fromisoformat(waiting) < datetime.fromisoformat(then.body["since"]) < datetime.fromisoformat(listed)
    assert (hidden.status, hidden.body["rule"]) == (404, "product.not_seen_then")
    assert "공개된 내용" in hidden.body["detail"]
    assert (own.status, own.body["status"]) == (200, "registered")
    assert (before.status, before.body["rule"]) == (404, "product.not_seen_then")
    assert (ahead.status, ahead.body["rule"]) == (422, "product.moment_ahead")
    assert ahead.body["errors"][0]["pointer"] == "query/at"
    for wrong in ("", "?at=yesterday", "?at=2026-11-26T09:00:00"):
        assert (await stranger.ask("GET", f"{path}/past{wrong}")).status == 422


def seen(past: Json) -> tuple[str, int, str]:
    return past["status"], past["content"]["number"], past["content"]["price"]


def now() -> str:
    """The moment, after all that was answered until here: the service's clock is this one."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
