"""Members over HTTP: enrolled by a colleague, given and lent roles, gone; seen by their own party alone."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.component.catalog.conftest import Answer, Caller, Catalog
from tests.component.shared.reading import until

CONTACT = {"name": "박나래", "phone": "02-555-0199", "mail": "narae@example.kr"}
LATER = "2099-12-31T00:00:00Z"
SOON = {"roles": ["signer"], "until": "2027-06-30T00:00:00+09:00"}
Json = dict[str, Any]


@dataclass
class Office:
    """A firm with its manager, and how others of it call: by tokens that know nothing of it."""

    catalog: Catalog
    party: str

    @property
    def manager(self) -> Caller:
        return self.catalog.caller((self.party, "sme"), person="prs_manager")

    async def ask(self, person: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.catalog.caller(person=person).ask(method, path, body, market_principal=self.party, **headers)

    async def enrol(self, person: str, **place: Any) -> Answer:
        body = {"party": self.party, "person": person, "contact": CONTACT} | place
        return await self.manager.ask("POST", "/v1/members", body)

    async def enrolled(self, person: str, **place: Any) -> str:
        """A member's path, once what the market knows of them has got around."""
        path = f"/v1/members/{(await self.enrol(person, **place)).body['id']}"

        async def known() -> bool:
            return (await self.ask(person, "GET", path)).status == 200

        await until(known)
        return path


@pytest.fixture
async def office(catalog: Catalog) -> Office:
    return Office(catalog, await catalog.a_firm())


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["rule"]


async def test_a_member_acts_by_the_market_s_word_alone_as_long_as_they_are_one(office: Office) -> None:
    before = await office.ask("prs_park", "GET", "/v1/members")
    path = await office.enrolled("prs_park", team="구매부", roles=["officer"])

    seen = await office.ask("prs_park", "GET", path)
    as_manager = await office.ask("prs_park", "POST", "/v1/members", {"party": office.party, "person": "prs_lee"})
    await office.manager.ask("POST", f"{path}/departure", {"reason": "전보"})

    async def gone() -> bool:
        return (await office.ask("prs_park", "GET", "/v1/members")).status == 403

    await until(gone)
    assert refusal(before) == (403, "principal.not_member")
    assert (seen.body["team"], seen.body["roles"], seen.body["contact"]) == ("구매부", ["officer"], CONTACT)
    assert refusal(as_manager) == (403, "operation.not_allowed")


async def test_a_manager_by_the_market_s_word_enrols_others_and_never_themselves(office: Office) -> None:
    await office.enrolled("prs_park", roles=["manager"])

    other = await office.ask("prs_park", "POST", "/v1/members", {"party": office.party, "person": "prs_lee"})
    path = f"/v1/members/{other.body['id']}"
    more = await office.ask("prs_park", "POST", f"{path}/place", {"roles": ["signer"]})
    themselves = await office.enrol("prs_manager", roles=["signer"])

    assert (other.status, more.body["roles"]) == (201, ["signer"])
    assert refusal(themselves) == (409, "member.own_roles")


async def test_a_person_has_one_place_in_a_party_whoever_enrols_them_at_once(office: Office) -> None:
    answers = await asyncio.gather(*(office.enrol("prs_park", team=f"{number}부") for number in range(5)))

    assert sorted(each.status for each in answers) == [201, 409, 409, 409, 409]
    taken = next(each for each in answers if each.status == 409)
    assert refusal(taken) == (409, "member.enrolled")
    assert taken.body["errors"][0]["pointer"] == "/person"
    first = next(each for each in answers if each.status == 201).body["id"]
    await office.manager.ask("POST", f"/v1/members/{first}/departure", {"reason": "휴직"})
    assert (await office.enrol("prs_park")).status == 201


async def test_a_repeated_enrolment_is_answered_as_the_first_time(office: Office) -> None:
    body = {"party": office.party, "person": "prs_park"}
    first = await office.manager.ask("POST", "/v1/members", body, idempotency_key="enrol-1")
    await office.manager.ask("POST", f"/v1/members/{first.body['id']}/departure", {"reason": "휴직"})

    again = await office.manager.ask("POST", "/v1/members", body, idempotency_key="enrol-1")

    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (201, first.body, "true")


async def test_of_two_who_change_a_member_at_once_one_decides_on_what_is_so(office: Office) -> None:
    made = await office.enrol("prs_park")
    path = f"/v1/members/{made.body['id']}/place"

    answers = await asyncio.gather(
        *(
            office.manager.ask("POST", path, {"roles": [role]}, if_match=made.headers["etag"])
            for role in ("signer", "chair")
        )
    )

    assert sorted(each.status for each in answers) == [200, 412]


async def test_roles_are_lent_and_taken_back(office: Office) -> None:
    lender = await office.enrolled("prs_lee", roles=["signer"])
    member = await office.enrolled("prs_park")

    lent = await office.ask("prs_lee", "POST", f"{member}/delegations", SOON)
    not_held = await office.ask("prs_lee", "POST", f"{member}/delegations", SOON | {"roles": ["chair"]})
    lent_on = await office.ask("prs_park", "POST", f"{lender}/delegations", SOON)
    too_long = await office.ask("prs_lee", "POST", f"{member}/delegations", SOON | {"until": LATER})
    giving_back = {"lender": lender.rpartition("/")[2]}
    meddled = await office.manager.ask("POST", f"{member}/delegation-end", giving_back)
    back = await office.ask("prs_lee", "POST", f"{member}/delegation-end", giving_back)
    unknown = await office.ask("prs_lee", "POST", f"{lender}/delegation-end", giving_back)

    assert lent.body["delegations"][0]["roles"] == ["signer"]
    assert refusal(not_held) == refusal(lent_on) == (409, "member.role_not_held")
    assert refusal(too_long) == (422, "member.until_out_of_range")
    assert refusal(meddled) == (403, "delegation.others")
    assert (back.body["delegations"], back.body["loans"][0]["ended_at"] is None) == ([], False)
    assert refusal(unknown) == (404, "delegation.unknown")


async def test_only_who_is_enrolled_has_roles_to_lend(office: Office) -> None:
    member = await office.enrolled("prs_park")

    answer = await office.manager.ask("POST", f"{member}/delegations", SOON)

    assert refusal(answer) == (409, "member.not_enrolled")


async def test_nobody_else_learns_who_works_for_a_party(office: Office, catalog: Catalog) -> None:
    path = await office.enrolled("prs_park", roles=["officer"])
    other = catalog.caller((await catalog.a_firm(), "sme"), person="prs_manager")

    hidden = [await other.ask("GET", path)]
    hidden += [
        await other.ask("POST", f"{path}/{verb}", body)
        for verb, body in (("place", {}), ("departure", {"reason": "x"}), ("delegations", SOON))
    ]
    listed = await other.ask("GET", f"/v1/members?party={office.party}")
    own = await other.ask("GET", "/v1/members")
    enrolled = await other.ask("POST", "/v1/members", {"party": office.party, "person": "prs_lee"})

    assert {refusal(each) for each in hidden} == {(404, "member.unknown")}
    assert refusal(listed) == refusal(enrolled) == (403, "principal.other")
    assert own.body["items"] == []
    by_operator = await catalog.operator.ask("GET", f"/v1/members?party={office.party}&team=")
    assert "박나래" in json.dumps(by_operator.body, ensure_ascii=False)


async def test_nobody_is_enrolled_for_a_party_that_was_not_confirmed(catalog: Catalog) -> None:
    unknown = await catalog.operator.ask("POST", "/v1/members", {"party": "pty_nobody", "person": "prs_lee"})

    assert refusal(unknown) == (404, "party.unknown")


async def test_members_are_listed_by_team(office: Office) -> None:
    await office.enrol("prs_park", team="구매부")
    await office.enrol("prs_lee", team="계약부")

    every = await office.manager.ask("GET", "/v1/members")
    one = await office.manager.ask("GET", "/v1/members?team=구매부")

    assert [each["person"] for each in every.body["items"]] == ["prs_lee", "prs_park"]
    assert [each["person"] for each in one.body["items"]] == ["prs_park"]
