"""Whom to call: changed and erased by those it concerns, in every state, and by nobody else."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests.component.catalog.conftest import Answer, Catalog, a_party

KIM = a_party()["contact"]
LEE = {"name": "이바다", "phone": "02-555-0200", "mail": "sea@example.kr"}
MEMBER = "prs_park"


@dataclass
class Firm:
    """A firm whose contact is Kim, with a member who is reached like Kim."""

    catalog: Catalog
    id: str
    member: str

    @property
    def contacts(self) -> list[str]:
        return [f"/v1/parties/{self.id}/contact", f"/v1/members/{self.member}/contact"]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.catalog.caller((self.id, "sme"), person="prs_manager").ask(method, path, body, **headers)


@pytest.fixture
async def firm(catalog: Catalog) -> Firm:
    party = await catalog.a_firm()
    enrolment = {"party": party, "person": MEMBER, "contact": KIM}
    member = await catalog.caller((party, "sme"), person="prs_manager").ask("POST", "/v1/members", enrolment)
    return Firm(catalog, party, member.body["id"])


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["rule"]


@pytest.mark.parametrize("number", [0, 1])
async def test_a_contact_is_changed_and_erased(firm: Firm, number: int) -> None:
    path = firm.contacts[number]
    before = (await firm.ask("GET", path.removesuffix("/contact"))).body

    changed = await firm.ask("PUT", path, LEE)
    erased = await firm.ask("DELETE", path)

    shown = (await firm.ask("GET", path.removesuffix("/contact"))).body
    assert (before["contact"], changed.body["contact"], erased.body["contact"]) == (KIM, LEE, None)
    assert shown == before | {"contact": None, "version": before["version"] + 2}


@pytest.mark.parametrize("number", [0, 1])
async def test_a_late_repeat_brings_nothing_back(firm: Firm, number: int) -> None:
    path = firm.contacts[number]
    first = await firm.ask("PUT", path, LEE, idempotency_key="change")
    await firm.ask("DELETE", path, idempotency_key="erase")

    again = [
        await firm.ask("PUT", path, LEE, idempotency_key="change"),
        await firm.ask("DELETE", path, idempotency_key="erase"),
    ]

    assert again[0].body == first.body | {"contact": None}
    assert [each.headers.get("idempotent-replayed") for each in again] == ["true", "true"]
    assert (await firm.ask("GET", path.removesuffix("/contact"))).body["contact"] is None


@pytest.mark.parametrize("number", [0, 1])
async def test_of_two_who_change_and_erase_at_once_one_decides_on_what_is_so(firm: Firm, number: int) -> None:
    path = firm.contacts[number]
    tag = (await firm.ask("GET", path.removesuffix("/contact"))).headers["etag"]

    answers = await asyncio.gather(
        firm.ask("PUT", path, LEE, if_match=tag), *(firm.ask("DELETE", path, if_match=tag) for _ in range(3))
    )

    assert sorted(each.status for each in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize("number", [0, 1])
async def test_a_contact_is_whole(firm: Firm, number: int) -> None:
    path = firm.contacts[number]

    answers = [await firm.ask("PUT", path, body) for body in ({}, LEE | {"name": " "}, LEE | {"fax": "1"}, None)]

    assert [each.status for each in answers] == [422] * 4
    assert (await firm.ask("GET", path.removesuffix("/contact"))).body["contact"] == KIM


async def test_nobody_else_changes_or_erases_a_contact(firm: Firm, catalog: Catalog) -> None:
    other = catalog.caller((await catalog.a_firm(), "sme"), person="prs_other")
    party, member = firm.contacts

    answers = [await other.ask(method, path, LEE) for path in (party, member) for method in ("PUT", "DELETE")]
    nobody = await catalog.caller(person="prs_nobody").ask("DELETE", member)

    assert [refusal(each) for each in answers] == [(403, "principal.other")] * 2 + [(404, "member.unknown")] * 2
    assert refusal(nobody) == (404, "member.unknown")
    shown = [(await firm.ask("GET", each.removesuffix("/contact"))).body["contact"] for each in (party, member)]
    assert shown == [KIM, KIM]


async def test_a_person_who_left_and_a_party_that_closed_are_erased_and_not_changed(
    firm: Firm, catalog: Catalog
) -> None:
    party, member = firm.contacts
    await firm.ask("POST", f"/v1/members/{firm.member}/departure", {"reason": "퇴사"})
    await firm.ask("POST", f"/v1/parties/{firm.id}/closure", {"reason": "폐업"})

    changed = [await firm.ask("PUT", each, LEE) for each in (party, member)]
    themselves = await catalog.caller(person=MEMBER).ask("DELETE", member)
    operator = await catalog.operator.ask("DELETE", party)

    assert [refusal(each) for each in changed] == [(409, "party.closed"), (409, "member.left")]
    assert [(each.status, each.body["contact"]) for each in (themselves, operator)] == [(200, None)] * 2
