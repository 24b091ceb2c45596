"""Suggestions over HTTP: who is suggested to whom at an event and why, and who never is."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.local.servers import Kafka
from shared.events.matching import Demand, ParticipationState, RequestState
from tests.component.catalog.conftest import BAN, Answer, Catalog, a_content, a_party
from tests.component.records import record_of, tell

DEMAND = Demand(text="전력 소비가 낮은 수처리 분리막을 찾습니다", fields=["water"])


def new(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(6)}"


@dataclass
class Fair:
    """An event as matching tells of it, and the parties there as the catalog knows them."""

    catalog: Catalog
    kafka: Kafka
    event: str = field(default_factory=lambda: new("evt"))
    kinds: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    async def firm(self, **content: Any) -> str:
        """Let an active firm list one product and come to the event."""
        firm = await self.catalog.a_firm()
        await self.catalog.a_product(firm, "registration", "approval", kind="idle_ip", content=a_content(**content))
        await self.comes(firm, "sme")
        return firm

    async def institution(self, demand: Demand | None = DEMAND) -> str:
        registered = await self.catalog.caller().ask(
            "POST", "/v1/parties", a_party(party_kind="institution", title="가온수자원", councils=["soc"])
        )
        party: str = registered.body["id"]
        activation = {"tax_active": True, "sme_certificate_until": None}
        assert (await self.catalog.operator.ask("POST", f"/v1/parties/{party}/activation", activation)).status == 200
        await self.comes(party, "institution", demand=demand)
        return party

    async def comes(self, party: str, kind: str, sequence: int = 1, **changed: Any) -> None:
        """Tell of a party's place at the event."""
        self.kinds[party] = kind
        state: dict[str, Any] = {"event": self.event, "party": party, "party_kind": kind, "people": 1}
        told = ParticipationState(id=party.replace("pty", "ptc"), **state | {"status": "confirmed"} | changed)
        self.seen[told.id] = sequence
        await tell(self.kafka.bootstrap, [record_of(told, told.id, sequence)])

    async def asks(self, requester: str, target: str, status: Any = "filed") -> None:
        told = RequestState(
            id=new("req"), event=self.event, requester=requester, target=target, priority=5, status=status
        )
        self.seen[told.id] = 1
        await tell(self.kafka.bootstrap, [record_of(told, told.id, 1)])

    async def suggested(self, party: str, query: str = "", *, by: str = "") -> Answer:
        """Ask for whom a party may want to meet, having seen all that was told."""
        caller = (
            self.catalog.operator if by == "operator" else self.catalog.caller((by or party, self.kinds[by or party]))
        )
        seen = ",".join(f"{each}:{sequence}" for each, sequence in self.seen.items())
        return await caller.ask("GET", f"/v1/suggestions?event={self.event}{query}", market_position=seen)

    async def parties(self, party: str) -> list[str]:
        answer = await self.suggested(party)
        assert answer.status == 200, answer.body
        return [each["party"] for each in answer.body["items"]]


@pytest.fixture
def fair(catalog: Catalog, kafka: Kafka) -> Fair:
    return Fair(catalog, kafka)


async def test_an_institution_sees_firms_by_how_they_fit_its_demand_and_why(fair: Fair) -> None:
    institution = await fair.institution()
    near = await fair.firm(title="저전력 수처리분리막", category="water", council="soc")
    field_alone = await fair.firm(title="수위 관측 장치", category="water", council="energy")
    await fair.firm(title="교량 점검 로봇", category="bridge", council="soc")

    answer = await fair.suggested(institution)

    first, second = answer.body["items"]
    assert (first["party"], second["party"]) == (near, field_alone)
    assert (first["title"], first["product_title"]) == ("한빛", "저전력 수처리분리막")
    assert {"전력", "처리", "분리", "막"} <= {each["word"] for each in first["words"]}
    assert (first["field"], first["council"], first["certificate"]) == (0.2, 0.1, 0.0)
    parts = sum(each["share"] for each in first["words"]) + first["field"] + first["council"] + first["certificate"]
    assert first["score"] == pytest.approx(parts, abs=1e-3)
    assert (second["words"], second["field"], second["council"]) == ([], 0.2, 0.0)
    assert answer.body["demand"] == DEMAND.model_dump()


async def test_a_fit_goes_by_the_councils_the_institution_belongs_to_now(fair: Fair) -> None:
    institution = await fair.institution()
    await fair.firm(title="수처리 분리막", category="water", council="energy")

    before = (await fair.suggested(institution)).body["items"]
    change = {"councils": ["energy"], "reason": "에너지 협의회로 이동"}
    await fair.catalog.operator.ask("PUT", f"/v1/parties/{institution}/councils", change)
    after = (await fair.suggested(institution)).body["items"]

    assert [each["council"] for each in (*before, *after)] == [0.0, 0.1]


async def test_a_firm_sees_institutions_with_the_score_they_see(fair: Fair) -> None:
    seeking = await fair.institution()
    bridges = await fair.institution(Demand(text="교량 점검"))
    silent = await fair.institution(None)
    firm = await fair.firm(title="수처리 분리막", category="water")

    of_firm = (await fair.suggested(firm)).body["items"]
    of_institution = (await fair.suggested(seeking)).body["items"]

    assert [each["party"] for each in of_firm] == [seeking]
    assert of_firm[0] | {"party": firm, "title": "한빛"} == of_institution[0]
    assert await fair.parties(bridges) == await fair.parties(silent) == []


async def test_who_is_asked_away_gone_or_restricted_is_not_suggested(fair: Fair) -> None:
    institution = await fair.institution()
    listing = {"title": "수처리 분리막", "category": "water", "model": ""}
    asked, asking, withdrawn, waiting, gone, banned, there = [await fair.firm(**listing) for _ in range(7)]
    await fair.asks(institution, asked)
    await fair.asks(asking, institution, "declined")
    await fair.asks(withdrawn, institution, "withdrawn")
    await fair.comes(waiting, "sme", 2, status="waiting")
    await fair.comes(gone, "sme", 2, status="checked_in", left=True)
    assert (await fair.catalog.operator.ask("POST", f"/v1/parties/{banned}/bans", BAN)).status == 200
    elsewhere = Fair(fair.catalog, fair.kafka)
    await elsewhere.firm(**listing)

    suggested = await fair.parties(institution)

    assert suggested == sorted([withdrawn, there])
    for firm in (asked, asking):
        assert await fair.parties(firm) == []
    assert await fair.parties(there) == [institution]


async def test_equal_fits_come_in_the_order_of_their_ids_and_the_limit_is_kept(fair: Fair) -> None:
    institution = await fair.institution()
    alike = sorted([await fair.firm(title="수처리 분리막", category="water", model="") for _ in range(4)])

    everybody, two = await fair.parties(institution), await fair.suggested(institution, "&limit=2")

    assert everybody == alike
    assert [each["party"] for each in two.body["items"]] == alike[:2]


async def test_suggestions_are_one_s_own(fair: Fair) -> None:
    institution, firm = await fair.institution(), await fair.firm(title="수처리 분리막", category="water")
    stranger = await fair.catalog.a_firm()
    fair.kinds[stranger] = "sme"

    theirs = await fair.suggested(institution, f"&party={institution}", by=firm)
    for_operator = await fair.suggested(institution, f"&party={institution}", by="operator")
    away = await fair.suggested(stranger)
    malformed = await fair.suggested(institution, "&limit=0")

    assert (theirs.status, theirs.body["rule"]) == (403, "principal.other")
    assert [each["party"] for each in for_operator.body["items"]] == [firm]
    assert (away.status, away.body["rule"]) == (409, "suggestion.not_at_event")
    assert malformed.status == 422


async def test_what_a_caller_has_seen_and_is_not_known_yet_is_said_to_be_so(fair: Fair) -> None:
    institution = await fair.institution()
    fair.seen[new("req")] = 1

    answer = await fair.suggested(institution)

    assert (answer.status, answer.body["rule"]) == (409, "reference.not_known_yet")
