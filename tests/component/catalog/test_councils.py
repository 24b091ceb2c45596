"""Which councils an institution belongs to: changed by the operator, told to everybody who keeps a copy."""

import asyncio
import json
from typing import Any

import pytest

from deploy.local.servers import Kafka
from tests.component.catalog.conftest import Catalog, a_party, told
from tests.component.shared.reading import all_records, until

JOINS = {"councils": ["ict", "energy", "ict"], "reason": "에너지 협의회 신규 가입"}


async def an_institution(catalog: Catalog) -> str:
    body = a_party(party_kind="institution", title="가온수자원", councils=["soc"])
    party: str = (await catalog.caller().ask("POST", "/v1/parties", body)).body["id"]
    assert (await catalog.operator.ask("POST", f"/v1/parties/{party}/activation", {"tax_active": True})).status == 200
    return party


async def newest(kafka: Kafka, party: str) -> dict[str, Any]:
    """The public state that copies are made from."""
    states = [each for each in await all_records(kafka.bootstrap, "catalog.party.state") if each.key == party.encode()]
    found: dict[str, Any] = json.loads(states[-1].value or b"{}") if states else {}
    return found


async def test_an_institution_joins_and_leaves_councils_and_everybody_learns(catalog: Catalog, kafka: Kafka) -> None:
    party = await an_institution(catalog)
    path = f"/v1/parties/{party}/councils"

    changed = await catalog.operator.ask("PUT", path, JOINS)
    again = await catalog.operator.ask("PUT", path, JOINS)

    [fact] = changed.body["memberships"]
    assert changed.body["councils"] == fact["councils"] == ["energy", "ict"]
    assert (fact["by"], fact["principal"], fact["reason"]) == ("prs_operator", "pty_operator", JOINS["reason"])
    assert (again.status, again.headers["etag"]) == (200, changed.headers["etag"])

    async def all_know() -> bool:
        return (await newest(kafka, party)).get("councils") == ["energy", "ict"]

    await until(all_know)
    assert (await told(kafka, [party]))[0] == ["registered", "activated", "councils_changed"]


async def test_members_of_a_council_are_listed_by_it(catalog: Catalog) -> None:
    stays, moves = await an_institution(catalog), await an_institution(catalog)
    await catalog.operator.ask("PUT", f"/v1/parties/{moves}/councils", {"councils": [], "reason": "탈퇴"})

    page = (await catalog.operator.ask("GET", "/v1/parties?council=soc&party_kind=institution&limit=2")).body

    assert stays in {each["id"] for each in page["items"]}
    assert moves not in {each["id"] for each in page["items"]}


async def test_two_changes_at_once_are_each_decided_on_what_is_there(catalog: Catalog) -> None:
    party = await an_institution(catalog)
    path = f"/v1/parties/{party}/councils"

    answers = await asyncio.gather(
        *(
            catalog.operator.ask("PUT", path, {"councils": [each], "reason": "이동"}, if_match='"2"')
            for each in ("energy", "ict")
        )
    )

    assert sorted(each.status for each in answers) == [200, 412]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"councils": ["water"]}, "/councils/0"),
        ({"councils": ["soc", "energy", "ict", "soc"]}, "/councils"),
        ({"councils": "soc"}, "/councils"),
        ({"reason": " "}, "/reason"),
    ],
)
async def test_councils_there_are_and_a_reason_are_asked_for(
    catalog: Catalog, changed: dict[str, object], pointer: str
) -> None:
    answer = await catalog.operator.ask("PUT", "/v1/parties/pty_nobody/councils", JOINS | changed)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


async def test_nobody_puts_an_institution_into_a_council_but_the_operator_and_strangers_see_no_reasons(
    catalog: Catalog,
) -> None:
    party, firm = await an_institution(catalog), await catalog.a_firm()
    own, stranger = catalog.caller((party, "institution")), catalog.caller((firm, "sme"))

    refused = await own.ask("PUT", f"/v1/parties/{party}/councils", JOINS)
    of_firm = await catalog.operator.ask("PUT", f"/v1/parties/{firm}/councils", JOINS)
    await catalog.operator.ask("PUT", f"/v1/parties/{party}/councils", JOINS)
    seen = [(await caller.ask("GET", f"/v1/parties/{party}")).body for caller in (own, stranger)]

    assert (refused.status, refused.body["rule"]) == (403, "operation.not_allowed")
    assert (of_firm.status, of_firm.body["rule"]) == (409, "party.not_institution")
    assert [each["councils"] for each in seen] == [["energy", "ict"]] * 2
    assert [len(each["memberships"]) for each in seen] == [1, 0]
