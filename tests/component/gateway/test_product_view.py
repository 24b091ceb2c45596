"""The composed view: what services said, put side by side, never behind what its reader has done."""

import asyncio
import secrets
import time
from datetime import UTC, date, datetime

import pytest

from shared.events.catalog import PartyState, ProductRef, ProductState
from shared.events.contracts import ContractState
from shared.events.envelope import Envelope, State
from shared.events.matching import MeetingState
from shared.events.verification import CertificateState
from shared.kafka import Outgoing
from shared.mongo import connect
from tests.component.gateway.door import Door, eventually
from tests.component.records import tell


def _record(state: State, sequence: int) -> Outgoing:
    envelope = Envelope(state.wire_type(), "/test", state.id, sequence, datetime.now(UTC), "", "", "", "", "")
    return Outgoing(state.topic(), state.id, state.model_dump_json().encode(), envelope.headers())


async def _published(door: Door, *records: Outgoing) -> None:
    await tell(door.kafka.bootstrap, records)


def _new(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(6)}"


def _party(party: str, title: str) -> PartyState:
    return PartyState(
        id=party,
        party_kind="sme",
        title=title,
        title_en="",
        business_number="1248100998",
        councils=[],
        region="",
        status="active",
    )


def _certificate(product: str, institution: str) -> CertificateState:
    return CertificateState(
        id=_new("crt"),
        number="A-1",
        institution=institution,
        product=ProductRef(id=product, version=1),
        owner="pty_firm",
        review="rev_1",
        status="certified",
        valid_from=date(2026, 1, 1),
        valid_until=date(2028, 12, 31),
    )


def _meeting(product: str, institution: str) -> MeetingState:
    return MeetingState(
        id=_new("mtg"),
        event="evt_1",
        firm="pty_firm",
        institution=institution,
        product=product,
        origin="request",
        slot=1,
        table=1,
        starts_at=datetime(2026, 11, 23, 1, tzinfo=UTC),
        status="booked",
    )


def _contract(product: str, institution: str) -> ContractState:
    return ContractState.model_validate(
        {
            "id": _new("ctr"),
            "contract_kind": "purchase",
            "institution": institution,
            "firm": "pty_firm",
            "product": {"id": product, "version": 1},
            "certificate": "crt_1",
            "status": "active",
            "amount": "5000000",
            "paid": "0",
        }
    )


async def test_who_drafts_a_product_sees_it_in_the_view_at_once(door: Door) -> None:
    for _ in range(5):
        drafted = await door.drafted()
        position = drafted.headers["market-position"]

        view = await door.call("GET", f"/v1/views/product/{drafted.body['id']}", market_position=position)

        assert view.status == 200, view
        assert view.body["product"]["id"] == drafted.body["id"]
        assert view.headers["market-position-reached"] == "true"


async def test_the_view_hides_what_the_catalog_hides(door: Door) -> None:
    owner, operator, stranger, institution = "prs_firm", "prs_operator", "prs_newcomer", "prs_institution"
    draft = await door.drafted()
    path = f"/v1/views/product/{draft.body['id']}"
    shown = await door.call("GET", path, by=owner, market_position=draft.headers["market-position"])
    waiting = ProductState.model_validate(shown.body["product"] | {"status": "registered"})

    to_draft = [(await door.call("GET", path, by=each)).status for each in (owner, operator, stranger, institution)]
    await _published(door, _record(waiting, 2))
    await door.call("GET", path, market_position=f"{waiting.id}:2")
    to_waiting = [(await door.call("GET", path, by=each)).status for each in (owner, operator, stranger, institution)]

    assert to_draft == [200, 200, 404, 404]
    assert to_waiting == [200, 200, 404, 200]


async def test_the_view_gathers_what_all_services_say(door: Door) -> None:
    product = (await door.drafted()).body["id"]
    institution = _new("pty")
    certificate, meeting, contract = (make(product, institution) for make in (_certificate, _meeting, _contract))
    await _published(
        door,
        _record(_party(institution, "가온도로공사"), 2),
        _record(certificate, 1),
        _record(meeting, 2),
        _record(contract, 3),
    )
    seen = f"{product}:1,{institution}:2,{certificate.id}:1,{meeting.id}:2,{contract.id}:3"

    view = await door.call("GET", f"/v1/views/product/{product}", market_position=seen)

    assert view.headers["market-position-reached"] == "true"
    assert [each["id"] for each in view.body["certificates"]] == [certificate.id]
    assert [each["id"] for each in view.body["meetings"]] == [meeting.id]
    assert [(each["id"], each["amount"]) for each in view.body["contracts"]] == [(contract.id, "5000000")]
    assert view.body["names"] == {institution: "가온도로공사"}


async def test_a_late_older_state_changes_nothing(door: Door) -> None:
    product = (await door.drafted()).body["id"]
    old = _meeting(product, "pty_x")
    new = old.model_copy(update={"status": "held"})
    marker = _meeting(product, "pty_x")

    await _published(door, _record(new, 5), _record(old, 4), _record(new, 5))
    await _published(door, _record(marker, 1))
    seen = f"{old.id}:5,{marker.id}:1"
    view = await door.call("GET", f"/v1/views/product/{product}", market_position=seen)

    assert next(each for each in view.body["meetings"] if each["id"] == old.id)["status"] == "held"


async def test_a_position_that_does_not_come_is_waited_for_two_seconds_and_said_not_reached(door: Door) -> None:
    drafted = await door.drafted()
    product = drafted.body["id"]
    await door.call("GET", f"/v1/views/product/{product}", market_position=drafted.headers["market-position"])
    began = time.monotonic()

    ahead = await door.call("GET", f"/v1/views/product/{product}", market_position=f"{product}:9")
    unheard = await door.call("GET", "/v1/views/product/prd_unheard", market_position="prd_unheard:1")
    took = time.monotonic() - began
    foreign = await door.call("GET", f"/v1/views/product/{product}", market_position="dos_x:3")

    assert (ahead.status, ahead.headers["market-position-reached"]) == (200, "false")
    assert ahead.body["product"]["id"] == product
    assert (unheard.status, unheard.headers["market-position-reached"]) == (200, "false")
    assert unheard.body["product"] is None
    assert took > 3.5
    assert foreign.headers["market-position-reached"] == "true"


async def test_what_nobody_has_said_is_not_found(door: Door) -> None:
    unknown = await door.call("GET", "/v1/views/product/prd_nobody")
    malformed = await door.call("GET", "/v1/views/product/Robert'); DROP")
    position = await door.call("GET", "/v1/views/product/prd_nobody", market_position="nonsense")

    assert (unknown.status, unknown.rule) == (404, "product.unknown")
    assert malformed.status == 422
    assert (position.status, position.rule) == (422, "position.malformed")


async def test_a_broken_state_is_set_aside_and_hinders_nobody(door: Door) -> None:
    product = (await door.drafted()).body["id"]
    good = _meeting(product, "pty_x")
    broken = _record(_meeting(product, "pty_x"), 1)._replace(value=b"\xff not json")

    await _published(door, broken, _record(good, 1))
    view = await door.call("GET", f"/v1/views/product/{product}", market_position=f"{good.id}:1")
    parked = (await door.call("GET", "/v1/operations/gateway/parked")).body["items"]
    mine = next(each for each in parked if each["lane"].endswith(broken.key))
    shown = (await door.call("GET", f"/v1/operations/gateway/parked/{mine['id']}")).body
    skipped = await door.call("POST", f"/v1/operations/gateway/parked/{mine['id']}/skip")

    assert [each["id"] for each in view.body["meetings"]] == [good.id]
    assert shown["value"] == {"form": "base64", "content": "/yBub3QganNvbg=="}
    assert shown["key"] == {"form": "text", "content": broken.key}
    assert skipped.body == {"id": mine["id"], "done": "skipped"}


async def test_a_rebuild_mends_every_row_while_the_view_is_in_use(door: Door) -> None:
    products = [await door.drafted() for _ in range(5)]
    altered, ahead, lost = (each.body["id"] for each in products[:3])
    last = products[-1].headers["market-position"]
    await door.call("GET", f"/v1/views/product/{products[-1].body['id']}", market_position=last)
    database = connect(door.mongo.uri, "market_gateway")
    rows = database["product_view"]
    await rows.update_one({"_id": altered}, {"$set": {"state.title": "altered by hand"}})
    await rows.update_one({"_id": ahead}, {"$set": {"sequence": 99}})
    await rows.delete_one({"_id": lost})
    await rows.insert_one({"_id": "prd_invented", "sequence": 1, "kind": "catalog.product", "product": "x"})

    began = await door.call("POST", "/v1/operations/views/product/rebuild")
    meanwhile = await door.drafted()
    position = meanwhile.headers["market-position"]
    view = await door.call("GET", f"/v1/views/product/{meanwhile.body['id']}", market_position=position)

    async def done() -> bool:
        status = (await door.call("GET", "/v1/operations/views/product/rebuild")).body["status"]
        assert status != "failed"
        return bool(status == "done")

    await eventually(done)
    told = (await door.call("GET", "/v1/operations/views/product/rebuild")).body
    sequences = {row["_id"]: row["sequence"] async for row in rows.find({})}
    mended = await rows.find_one({"_id": altered})
    database.client.close()
    firm = await door.call("POST", "/v1/operations/views/product/rebuild", by="prs_firm")

    assert began.status == 202
    assert view.headers["market-position-reached"] == "true"
    assert told["read"] >= 6
    assert told["removed"] == 2
    assert {sequences[each.body["id"]] for each in (*products, meanwhile)} == {1}
    assert "prd_invented" not in sequences
    assert mended is not None
    assert mended["state"]["title"] != "altered by hand"
    assert firm.status == 403


@pytest.mark.usefixtures("killable")
async def test_the_view_comes_back_after_a_kill(door: Door) -> None:
    before = await door.drafted()

    door.gateway.kill()
    await asyncio.to_thread(door.gateway.restart)
    position = before.headers["market-position"]

    async def there() -> bool:
        view = await door.call("GET", f"/v1/views/product/{before.body['id']}", market_position=position)
        return view.headers.get("market-position-reached") == "true"

    await eventually(there)
