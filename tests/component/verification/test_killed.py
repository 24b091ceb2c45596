"""Verification killed between the steps of a dossier."""

import asyncio

import pytest

from deploy.local.brokers import NoidaKafka
from tests.component.serving import READY
from tests.component.verification.office import Office


@pytest.fixture(autouse=True)
def _a_broker_that_survives_faults(office: Office) -> None:
    if isinstance(office.kafka, NoidaKafka):
        pytest.skip("noida-db keeps the partitions of a killed member: these need Apache Kafka (Java and Maven)")


async def test_a_kill_between_submission_and_opening_leaves_no_review_unopened(office: Office) -> None:
    firm, product, institutions = await office.given_a_case(institutions=10)
    await _known(office, firm, product, institutions)

    office.kafka.pause()
    try:
        answer = await office.submit(firm, product, institutions)
        office.service.kill()
    finally:
        office.kafka.resume()
    assert answer.status == 201
    await _start_again(office)

    await _all_open(office, answer.body)


async def test_a_kill_while_reviews_open_leaves_none_unopened(office: Office) -> None:
    firm, product, institutions = await office.given_a_case(institutions=40)

    answer = await office.submit(firm, product, institutions)
    await asyncio.sleep(0.02)
    office.service.kill()
    await _start_again(office)

    assert answer.status == 201
    await _all_open(office, answer.body)


async def _all_open(office: Office, dossier: dict[str, list[dict[str, str]]]) -> None:
    for application in dossier["applications"]:
        review = await office.until(f"/reviews/{application['review']}", status="opened")
        assert (review["institution"], review["dossier"]) == (application["institution"], dossier["id"])
        assert review["document_version"] == 1


async def _known(office: Office, firm: str, product: str, institutions: list[str]) -> None:
    """Wait until the service has heard of all: a refused submission asks for everything it needs."""
    answer = await office.submit(firm, product, institutions, version=9)
    assert answer.body["rule"] == "dossier.version_not_current", answer.body


async def _start_again(office: Office) -> None:
    await asyncio.to_thread(office.service.start)
    await asyncio.to_thread(office.service.wait_ready, READY)
