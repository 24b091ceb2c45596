"""Bugs planted into one service each: if the checker did not see them, its silence about ours would mean nothing."""

import asyncio
from pathlib import Path

import pytest

from shared.kafka import Outgoing, new_producer, publish
from tests.faults.calling import OPERATOR, Callers, Json
from tests.faults.cast import Cast, enrol
from tests.faults.crowd import Days
from tests.faults.facts import Violation
from tests.faults.nemesis import records_of
from tests.faults.trial import Trial, a_trial

pytestmark = pytest.mark.faults


def a_draft(title: str = "저전력 분리막") -> Json:
    content = {"title": title, "summary": "요약", "category": "water", "council": "soc", "readiness_level": 8}
    return {"product_kind": "technology", "content": content}


def found_by(check: str, violations: list[Violation]) -> list[str]:
    return [each.text for each in violations if each.check == check]


async def a_registered_product(callers: Callers, cast: Cast) -> str:
    product: str = (await callers.command(cast.firms[0], "/v1/products", a_draft())).json["id"]
    await callers.command(cast.firms[0], f"/v1/products/{product}/registration")
    return product


async def a_dossier(trial: Trial, cast: Cast) -> None:
    product = await a_registered_product(trial.callers, cast)
    body = {"product": {"id": product, "version": 1}, "institutions": [cast.institutions[0].id]}
    assert (await trial.callers.command(cast.firms[0], "/v1/dossiers", body)).good


async def the_same_place_for_two(trial: Trial, cast: Cast) -> list[int]:
    """Book one table in one slot for two pairs; return how they were answered."""
    event = await Days(trial.callers, cast).event()
    pairs = zip(cast.firms, cast.institutions, strict=True)
    wishes = [
        (host.buyer, {"event": event, "firm": firm.party, "institution": host.id, "slot": 1, "table": 1})
        for firm, host in pairs
    ]
    booked = await asyncio.gather(*(trial.callers.command(by, "/v1/meetings", body) for by, body in wishes))
    return sorted(each.status for each in booked)


async def test_without_a_bug_nothing_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog", "verification", "matching"]) as trial:
        cast = await enrol(trial.callers, 2, 2)
        await a_dossier(trial, cast)
        assert await the_same_place_for_two(trial, cast) == [201, 409]

        assert await trial.verdict() == []


async def test_events_published_before_their_aggregate_is_saved_are_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog"], "publish_before_save", into="catalog") as trial:
        cast = await enrol(trial.callers, 1, 1)
        await trial.callers.once(cast.firms[0], "/v1/products", a_draft())

        violations = await trial.verdict()

    assert "and no document" in found_by("numbered", violations)[0]
    assert "is not stored" in found_by("whole or nothing", violations)[0]


async def test_records_committed_before_they_are_applied_are_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog", "verification"], "acknowledge_before_apply", into="verification") as trial:
        await a_dossier(trial, await enrol(trial.callers, 1, 1))

        violations = await trial.verdict()

    assert "was never opened" in found_by("sagas", violations)[0]


async def test_a_command_carried_out_again_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog"], "no_idempotency_record", into="catalog") as trial:
        cast = await enrol(trial.callers, 1, 1)
        product = await a_registered_product(trial.callers, cast)
        path = f"/v1/products/{product}/revision-request"
        for _ in range(2):
            await trial.callers.once(OPERATOR, path, {"message": "규격서를 첨부하십시오"}, key="the-same")

        violations = await trial.verdict()

    assert "acknowledged and later refused" in found_by("same answer", violations)[0]


async def test_a_place_booked_twice_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog", "matching"], "no_claims", into="matching") as trial:
        cast = await enrol(trial.callers, 2, 2)
        assert await the_same_place_for_two(trial, cast) == [201, 201]

        violations = await trial.verdict()

    assert "table 1 is booked 2 times" in found_by("booked once", violations)[0]


async def test_a_change_written_over_another_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog"], "no_compare_and_set", into="catalog") as trial:
        cast = await enrol(trial.callers, 1, 1)
        product = (await trial.callers.command(cast.firms[0], "/v1/products", a_draft())).json["id"]
        path = f"/v1/products/{product}/draft"
        bodies = [a_draft(f"이름 {number}")["content"] for number in range(8)]
        await asyncio.gather(*(trial.callers.command(cast.firms[0], path, body, "PUT") for body in bodies))

        violations = await trial.verdict()

    assert found_by("own versions", violations)


async def test_a_relay_that_forgets_what_failed_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog"], "relay_forgets", into="catalog") as trial:
        await enrol(trial.callers, 1, 1)

        violations = await trial.verdict()

    assert any("in its outbox" in text for text in found_by("numbered", violations))


async def test_a_relay_that_sends_only_the_newest_event_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog", "matching"], "relay_sends_the_newest", into="matching") as trial:
        cast = await enrol(trial.callers, 1, 1)
        await Days(trial.callers, cast).event()

        violations = await trial.verdict()

    assert any("has its events on Kafka as [2]" in text for text in found_by("numbered", violations))


async def test_a_view_that_takes_older_states_is_found(tmp_path: Path) -> None:
    async with a_trial(tmp_path, ["catalog"], "view_without_guard", into="gateway") as trial:
        await enrol(trial.callers, 1, 1)
        assert await trial.verdict() == []
        first, *_ = await records_of(trial.kafka.bootstrap, "catalog.party.state")
        producer = new_producer(trial.kafka.bootstrap)
        await producer.start()
        await publish(producer, [Outgoing(first.topic, first.key.decode(), first.value, list(first.headers))])
        await producer.stop()

        violations = await trial.verdict()

    assert "gateway has" in found_by("views", violations)[0]
