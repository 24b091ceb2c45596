"""The way of one firm's product through the gateway, in steps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cli.api import OPERATOR, Json, Person
from cli.demo.committee import committee_of, hear
from cli.stage import once_known
from tests.flow.walk import Walk

AMOUNT, FIRST_PART = 90_000_000, 30_000_000
PEOPLE: Sequence[Json] = ({"name": "김하늘"},)


async def registered(walk: Walk, firm: Person) -> str:
    """Register a product; return its id."""
    content = {
        "title": "관로 점검 로봇",
        "summary": "관로를 스스로 점검하는 로봇",
        "category": "robot",
        "council": "energy",
        "readiness_level": 8,
    }
    drafted = await walk.post(firm, "/v1/products", {"product_kind": "technology", "content": content})
    await walk.post(firm, f"/v1/products/{drafted['id']}/registration")
    product: str = drafted["id"]
    return product


async def verified(walk: Walk, firm: Person, institution: Person, number: str, product: str) -> None:
    """Let the institution with this business number certify a product, so that it is listed."""
    dossier = {"product": {"id": product, "version": 1}, "institutions": [institution.party]}
    submitted = await walk.post(firm, "/v1/dossiers", dossier)
    review = submitted["applications"][0]["review"]
    committee = committee_of(number, institution.party, 1, {})

    async def post(by: Person, step: str, body: Json) -> Json:
        return await walk.post(by, f"/v1/reviews/{review}/{step}", body)

    await once_known(lambda: post(committee.officer, "assignment", {}), "review.unknown")
    await hear(post, committee, approved=True, inspected=True)
    await walk.until(f"/v1/products/{product}", firm, status="listed")


async def consulted(
    walk: Walk, firm: Person, institution: Person, product: str, people: Sequence[Json] = PEOPLE
) -> str:
    """Let the two, each with these people, meet about a product on a day of their own; return the meeting's id."""
    deadline = datetime.now(UTC) + timedelta(minutes=5)
    plan = {
        "event_kind": "consultation_day",
        "title": "여정 상담회",
        "starts_at": (deadline + timedelta(hours=1)).isoformat(),
        "slots": 1,
        "slot_minutes": 30,
        "tables": 1,
        "quota": 1,
        "answer_deadline": deadline.isoformat(),
    }
    event = (await walk.post(OPERATOR, "/v1/events", plan))["id"]
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "registering"})
    for person in (firm, institution):
        await walk.post(person, "/v1/participations", {"event": event, "people": people})
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "requesting"})
    wish = {"event": event, "target": institution.party, "product": product}
    request = await once_known(lambda: walk.post(firm, "/v1/requests", wish), "product.not_offered")
    await walk.post(institution, f"/v1/requests/{request['id']}/acceptance")
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "scheduling"})
    await walk.post(OPERATOR, f"/v1/events/{event}/timetable")
    meeting: str = (await walk.until(f"/v1/requests/{request['id']}", firm, status="placed"))["meeting"]
    await walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": "running"})
    await walk.post(firm, f"/v1/meetings/{meeting}/check-in", {})
    await walk.post(institution, f"/v1/meetings/{meeting}/check-in", {})
    counts = dict.fromkeys(("booked", "held", "no_show", "cancelled", "walk_in", "here"), 0)
    board = await walk.until(f"/v1/boards/{event}", firm, counts=counts | {"in_progress": 1, "expected": 2})
    [cell] = board["cells"]
    assert (cell["meeting"], cell["status"], cell["late"]) == (meeting, "in_progress", [])
    assert board["titles"].keys() == {firm.party, institution.party}
    await walk.post(institution, f"/v1/meetings/{meeting}/end")
    outcome = {"discussed": str(AMOUNT), "being_arranged": "0", "contracted": "0"}
    for person in (firm, institution):
        await walk.post(person, f"/v1/meetings/{meeting}/outcome", outcome)
    return meeting


async def paid(walk: Walk, firm: Person, institution: Person, product: str, meeting: str) -> str:
    """Let a contract come of a meeting, and be fulfilled; return its id."""
    proposal = {
        "contract_kind": "purchase",
        "firm": firm.party,
        "product": {"id": product, "version": 1},
        "amount": str(AMOUNT),
        "terms": "납품 후 30일 이내 검수한다.",
        "meeting": meeting,
    }
    contract: str = (await walk.post(institution, "/v1/contracts", proposal))["id"]
    path = f"/v1/contracts/{contract}"
    await walk.post(institution, f"{path}/offer")
    await walk.post(firm, f"{path}/signature")
    await walk.post(institution, f"{path}/signature")
    await walk.post(firm, f"{path}/delivery")
    await walk.post(institution, f"{path}/acceptance")
    for number, amount in enumerate((FIRST_PART, AMOUNT - FIRST_PART)):
        payment = {"amount": str(amount), "erp_reference": f"{contract}-{number}"}
        await walk.post(institution, f"{path}/payments", payment)
    await walk.post(institution, f"{path}/completion", {})
    return contract
