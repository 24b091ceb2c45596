"""Bans over HTTP: ordered, appealed once, decided by another operator, ended by the clock."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deploy.local.servers import Kafka
from deploy.local.services import Service
from services.catalog.domain.party import Party
from services.catalog.party_views import party_view
from shared.events.days import end_of
from shared.kafka import new_producer
from shared.mongo import connect
from shared.relay import Relay
from shared.store import Store
from shared.timers import cause_of, tick
from tests.component.catalog.conftest import BAN, Answer, Caller, Catalog, a_party, told
from tests.component.shared.reading import until

APPEAL = {"ban": 1, "text": "제출한 성적서는 원본과 같습니다"}
UPHELD = {"ban": 1, "outcome": "upheld", "reason": "위조로 확인됨"}
LIFTED = {"ban": 1, "outcome": "lifted", "reason": "원본으로 확인됨"}


async def a_banned_firm(catalog: Catalog) -> tuple[str, Caller]:
    """A firm the first operator banned, and how it calls."""
    firm = await catalog.a_firm()
    assert (await catalog.operator.ask("POST", f"/v1/parties/{firm}/bans", BAN)).status == 200
    return f"/v1/parties/{firm}", catalog.caller((firm, "sme"))


@pytest.fixture
def clocks(replicas: Sequence[Service], kafka: Kafka) -> Iterator[list[Store[Party]]]:
    """The parties of the running service, as two other replicas see them."""
    settings = replicas[0].environment()
    database = connect(settings["MONGO_URI"], settings["DATABASE"])
    yield [Store(database, Party, party_view, Relay(lambda: new_producer(kafka.bootstrap))) for _ in range(2)]
    database.client.close()


async def waiting(catalog: Catalog) -> list[dict[str, Any]]:
    """The operators' queue of appeals, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await catalog.operator.ask("GET", f"/v1/parties/ban-appeals?limit=1{cursor}")).body
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["rule"]


async def test_an_appeal_is_decided_by_another_operator_and_heard_once(catalog: Catalog) -> None:
    path, firm = await a_banned_firm(catalog)

    early = await catalog.second_operator.ask("POST", f"{path}/ban-decision", UPHELD)
    appealed = await firm.ask("POST", f"{path}/ban-appeal", APPEAL)
    repeated = await firm.ask("POST", f"{path}/ban-appeal", APPEAL)
    own = await catalog.operator.ask("POST", f"{path}/ban-decision", LIFTED)
    upheld = await catalog.second_operator.ask("POST", f"{path}/ban-decision", UPHELD)
    again = await firm.ask("POST", f"{path}/ban-appeal", APPEAL | {"text": "다시 살펴 주십시오"})
    lifted = await catalog.second_operator.ask("POST", f"{path}/ban-decision", LIFTED)
    late = await catalog.second_operator.ask("POST", f"{path}/ban-decision", UPHELD)

    assert refusal(early) == (409, "party.ban_not_appealed")
    assert early.body["errors"][0]["pointer"] == "/outcome"
    assert (appealed.body["bans"][0]["appeal"]["text"], appealed.body["status"]) == (APPEAL["text"], "restricted")
    assert (repeated.status, repeated.headers["etag"]) == (200, appealed.headers["etag"])
    assert refusal(own) == (409, "party.ban_own")
    assert (upheld.body["status"], upheld.body["bans"][0]["ended_at"]) == ("restricted", None)
    assert refusal(again) == (409, "party.ban_appealed")
    assert [each["outcome"] for each in lifted.body["bans"][0]["decisions"]] == ["upheld", "lifted"]
    [ban] = lifted.body["bans"]
    said = [(each["by"], each["principal"]) for each in (ban, ban["appeal"], *ban["decisions"])]
    banned, heard, *decided = said
    assert (banned, heard) == (("prs_operator", "pty_operator"), ("prs_kim", path.rpartition("/")[2]))
    assert decided == [("prs_second", "pty_operator")] * 2
    assert lifted.body["status"] == "active"
    assert late.status == 200, "what was decided before is repeated"


@pytest.mark.parametrize(
    ("command", "body"),
    [("ban-appeal", APPEAL | {"ban": 2}), ("ban-decision", LIFTED | {"ban": 2})],
)
async def test_a_ban_that_was_never_ordered_is_unknown(catalog: Catalog, command: str, body: dict[str, object]) -> None:
    path, firm = await a_banned_firm(catalog)
    caller = firm if command == "ban-appeal" else catalog.second_operator

    assert refusal(await caller.ask("POST", f"{path}/{command}", body)) == (404, "ban.unknown")


async def test_what_was_said_in_a_ban_is_for_its_party_and_the_operator(catalog: Catalog) -> None:
    path, firm = await a_banned_firm(catalog)
    await firm.ask("POST", f"{path}/ban-appeal", APPEAL)
    stranger = catalog.caller((await catalog.a_firm(), "sme"), person="prs_lee")

    seen = (await stranger.ask("GET", path)).body
    refused = await stranger.ask("POST", f"{path}/ban-appeal", APPEAL)

    assert (seen["status"], seen["restriction"], seen["bans"]) == ("restricted", "collusion", [])
    assert refusal(refused) == (403, "principal.other")
    for caller in (firm, catalog.operator):
        assert (await caller.ask("GET", path)).body["bans"][0]["document"] == BAN["document"]


async def test_a_ban_ends_by_itself(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    path = f"/v1/parties/{firm}"
    order = BAN | {"until": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()}
    banned = await catalog.operator.ask("POST", f"{path}/bans", order)

    async def over() -> bool:
        return bool((await catalog.operator.ask("GET", path)).body["status"] == "active")

    await until(over)
    late = await catalog.caller((firm, "sme")).ask("POST", f"{path}/ban-appeal", APPEAL)
    assert banned.body["status"] == "restricted"
    assert refusal(late) == (409, "party.ban_over")


async def test_bans_at_the_same_moment_are_each_kept_and_one_end_is_enough_for_none(catalog: Catalog) -> None:
    firm = await catalog.a_firm()
    path = f"/v1/parties/{firm}"
    orders = [BAN | {"document": f"제재공고 {number}"} for number in range(5)]

    await asyncio.gather(*(catalog.operator.ask("POST", f"{path}/bans", order) for order in orders * 2))
    lifted = await catalog.second_operator.ask("POST", f"{path}/ban-decision", LIFTED)

    assert {each["document"] for each in lifted.body["bans"]} == {each["document"] for each in orders}
    assert [each["number"] for each in lifted.body["bans"]] == [1, 2, 3, 4, 5]
    assert lifted.body["status"] == "restricted"


async def test_two_decisions_at_once_leave_one_truth(catalog: Catalog) -> None:
    path, firm = await a_banned_firm(catalog)
    await firm.ask("POST", f"{path}/ban-appeal", APPEAL)
    third = catalog.caller(("pty_operator", "operator"), person="prs_third")

    upheld, lifted = await asyncio.gather(
        catalog.second_operator.ask("POST", f"{path}/ban-decision", UPHELD),
        third.ask("POST", f"{path}/ban-decision", LIFTED),
    )

    shown = (await catalog.operator.ask("GET", path)).body
    assert (lifted.status, shown["status"]) == (200, "active")
    assert upheld.status == 200 or refusal(upheld) == (409, "party.ban_over")


async def test_appeals_wait_in_the_operators_queue_until_another_one_decides(
    catalog: Catalog, clocks: list[Store[Party]]
) -> None:
    first, second = [await a_banned_firm(catalog) for _ in range(2)]
    for path, firm in (first, second):
        assert (await firm.ask("POST", f"{path}/ban-appeal", APPEAL)).status == 200
    earlier = await clocks[0].load(second[0].rpartition("/")[2])
    assert earlier.bans[0].appeal is not None
    earlier.bans[0].appeal.at -= timedelta(days=40)
    await clocks[0].save(earlier, cause_of("test", datetime.now(UTC)))

    queue = await waiting(catalog)
    await catalog.second_operator.ask("POST", f"{first[0]}/ban-decision", UPHELD)
    after = await waiting(catalog)
    by_firm = await first[1].ask("GET", "/v1/parties/ban-appeals")

    of_both = [each for each in queue if f"/v1/parties/{each['party']}" in {first[0], second[0]}]
    assert [each["party"] for each in of_both] == [path.rpartition("/")[2] for path in (second[0], first[0])]
    [[late], [new]] = [each["appeals"] for each in of_both]
    assert (late["overdue"], new["overdue"], new["age_days"]) == (True, False, 0)
    assert late["age_days"] >= 20
    assert new["ban"]["next_step"] | {"by": ""} == {"owner": "operator", "step": "decide", "by": ""}
    assert {each["party"] for each in queue} - {each["party"] for each in after} == {of_both[1]["party"]}
    assert refusal(by_firm) == (403, "operation.not_allowed")


async def test_an_overdue_appeal_is_told_once_whatever_clocks_there_are_and_stays_in_the_queue(
    catalog: Catalog, kafka: Kafka, clocks: list[Store[Party]]
) -> None:
    path, firm = await a_banned_firm(catalog)
    appealed = await firm.ask("POST", f"{path}/ban-appeal", APPEAL)
    party, due = appealed.body["id"], date.fromisoformat(appealed.body["bans"][0]["next_step"]["by"])

    await asyncio.gather(*(tick(parties, end_of(due)) for parties in clocks))

    async def told_of_it() -> bool:
        return (await told(kafka, [party]))[0][2:] == ["restricted", "ban_appealed", "ban_appeal_overdue"]

    await until(told_of_it)
    assert party in {each["party"] for each in await waiting(catalog)}
    assert (await catalog.operator.ask("GET", path)).body["status"] == "restricted"


async def test_who_leaves_and_comes_again_is_still_banned(catalog: Catalog) -> None:
    path, firm = await a_banned_firm(catalog)
    number = (await firm.ask("GET", path)).body["business_number"]
    await firm.ask("POST", f"{path}/closure", {"reason": "재등록"})
    again = (await catalog.caller().ask("POST", "/v1/parties", a_party(business_number=number))).body["id"]

    activation = {"tax_active": True, "sme_certificate_until": "2099-03-31"}
    activated = await catalog.operator.ask("POST", f"/v1/parties/{again}/activation", activation)

    assert (activated.body["status"], activated.body["bans"][0]["document"]) == ("restricted", BAN["document"])
    await catalog.lifted(again)
    assert (await catalog.operator.ask("GET", f"/v1/parties/{again}")).body["status"] == "active"


async def test_an_appeal_that_comes_too_late_is_refused_with_its_last_day(
    catalog: Catalog, clocks: list[Store[Party]]
) -> None:
    path, firm = await a_banned_firm(catalog)
    party = await clocks[0].load(path.rpartition("/")[2])
    party.bans[0].at -= timedelta(days=60)
    await clocks[0].save(party, cause_of("test", datetime.now(UTC)))

    refused = await firm.ask("POST", f"{path}/ban-appeal", APPEAL)

    shown = (await firm.ask("GET", path)).body["bans"][0]
    assert refusal(refused) == (409, "party.ban_appeal_late")
    assert shown["appeal_by"] in refused.body["detail"]
    assert (shown["appeal"], shown["next_step"]) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "제재"},
        {"document": " "},
        {"document": ""},
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "2099-01-01T00:00:00Z"},
        {"until": "내일"},
        {"until": None},
    ],
)
async def test_a_ban_without_a_reason_by_code_a_document_or_an_end_to_come_is_refused(
    catalog: Catalog, wrong: dict[str, str | None]
) -> None:
    firm = await catalog.a_firm()

    answer = await catalog.operator.ask("POST", f"/v1/parties/{firm}/bans", BAN | wrong)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, f"/{next(iter(wrong))}")


async def test_a_ban_whose_end_is_left_out_is_refused(catalog: Catalog) -> None:
    order = {name: each for name, each in BAN.items() if name != "until"}

    answer = await catalog.operator.ask("POST", f"/v1/parties/{await catalog.a_firm()}/bans", order)

    [problem] = answer.body["errors"]
    assert (answer.status, problem["pointer"], problem["rule"]) == (422, "/until", "missing")


async def test_a_closed_party_is_neither_banned_nor_heard(catalog: Catalog) -> None:
    path, firm = await a_banned_firm(catalog)
    await firm.ask("POST", f"{path}/closure", {"reason": "폐업"})

    banned = await catalog.operator.ask("POST", f"{path}/bans", BAN)
    appealed = await firm.ask("POST", f"{path}/ban-appeal", APPEAL)

    assert refusal(banned) == (409, "party.not_active")
    assert refusal(appealed) == (409, "party.closed")
