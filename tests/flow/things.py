"""Things in every state, made through the gateway, so that each operation finds something that it is meant for."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from cli.api import OPERATOR, Json, Market, Person
from cli.stage import once_known
from tests.component.shared.reading import until
from tests.evidence import XLSX, a_sheet
from tests.flow.befores import (
    CONTRACTS,
    CONVENED,
    DRAFTS,
    EVENTS,
    LISTINGS,
    MEETINGS,
    PARTS,
    PRODUCTS,
    REPAIRS,
    REVIEWS,
    STEPS,
)
from tests.flow.walk import Walk, business_number

NEWCOMER = Person("prs_newcomer")
PANEL = ("prs_inside", "prs_beside")
INSTITUTION_ROLES = ("manager", "signer", "officer", "member")
AMOUNT = "9000000"
FIRST_NUMBER = 301810077
WHY: Json = {"reason": "일정 중복"}
CONTENT: Json = {
    "title": "관로 점검 로봇",
    "summary": "관로를 스스로 점검하는 로봇",
    "category": "robot",
    "council": "energy",
    "readiness_level": 8,
}
TURBIDITY: Json = {"code": "turbidity", "title": "처리수 탁도", "unit": "NTU", "most": 0.5}
"""What the report in the API's own example has measured."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who calls: a firm's manager, an institution's, its chair; and another institution's, who does not."""

    firm: Person
    institution: Person
    other: Person

    @property
    def chair(self) -> Person:
        return chair_of(self.institution)


@dataclass(frozen=True, slots=True)
class Things:
    """The cast, all ids by their prefix, and the id, query or body of a call that is meant to succeed, by operation."""

    cast: Cast
    ids: Mapping[str, Sequence[str]]
    targets: dict[str, str]
    queries: dict[str, Json]
    bodies: Mapping[str, Json]


def chair_of(institution: Person) -> Person:
    """Return who presides over an institution's committees."""
    return replace(institution, id="prs_chair", roles=("chair",))


@dataclass(slots=True)
class Maker:
    """Makes things for one cast and keeps their ids."""

    walk: Walk
    cast: Cast
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    targets: dict[str, str] = field(default_factory=dict)
    queries: dict[str, Json] = field(default_factory=dict)
    bodies: dict[str, Json] = field(default_factory=dict)

    async def post(self, by: Person, path: str, body: Json | None = None) -> str:
        """Carry out a command; return and keep the id of what it made."""
        made: str = (await self.walk.post(by, path, body))["id"]
        self.ids[made.partition("_")[0]].append(made)
        return made

    async def product(self, kind: str, steps: Sequence[str]) -> str:
        """Draft a product and take it further."""
        owner = self.cast.institution if kind == "idle_ip" else self.cast.firm
        product = await self.post(owner, "/v1/products", {"product_kind": kind, "content": CONTENT})
        for step in steps:
            await self.walk.post(owner, f"/v1/products/{product}/{step}")
        return product

    async def reviewed(self, steps: Sequence[str], *, beside: bool = False) -> tuple[str, str]:
        """Have a new product reviewed as far as these steps; return it and its review.

        `beside`: by the other institution, and return the review of the first, which has been assigned.
        """
        firm, deciding = self.cast.firm, self.cast.other if beside else self.cast.institution
        product = await self.product("technology", ("registration",))
        institutions = [self.cast.institution, deciding] if beside else [deciding]
        body = {"product": {"id": product, "version": 1}, "institutions": [each.party for each in institutions]}
        dossier = await self.walk.post(firm, "/v1/dossiers", body)
        self.ids["dos"].append(dossier["id"])
        reviews = [each["review"] for each in dossier["applications"]]
        for review, by in zip(reviews, institutions, strict=True):
            path = f"/v1/reviews/{review}"
            await once_known(partial(self.walk.until, path, by, status="opened"), "review.unknown")
            self.ids["rev"].append(review)
            for step in steps if by is deciding else ("assigned",):
                await self._step(path, step, by)
        if steps and steps[-1] == "approved":
            await self.walk.until(f"/v1/products/{product}", firm, status="listed")
        return product, reviews[0]

    async def _step(self, path: str, step: str, by: Person) -> None:
        chair = chair_of(by)
        voters = [replace(by, id=each) for each in PANEL] + [NEWCOMER]
        steps: dict[str, list[tuple[Person, str, Json]]] = {
            "assigned": [(by, "assignment", {})],
            "asked": [(by, "questions", {"text": "시험성적서를 제출하십시오"})],
            "invited": [(by, "invitations", {"members": members()})],
            "accepted": [(each, "invitation-answer", {"answer": "accepted"}) for each in voters],
            "convened": [(by, "committee", {"members": members()})],
            "inspected": [(by, "inspection", {"place": "대전", "planned_for": "2027-01-15", "criteria": [TURBIDITY]})],
            "voted for": [(each, "votes", {"approve": True}) for each in voters],
            "voted against": [(each, "votes", {"approve": False}) for each in voters],
            "approved": [(chair, "decision", {"outcome": "approved"})],
            "rejected": [(chair, "decision", {"outcome": "rejected", "reasons": ["standard_unmet"]})],
        }
        for person, verb, body in steps[step]:
            await self.walk.post(person, f"{path}/{verb}", body)

    @property
    def plan(self) -> Json:
        """What an event of some hours is planned by."""
        deadline = datetime.now(UTC) + timedelta(minutes=30)
        return {
            "event_kind": "consultation_day",
            "title": "상담회",
            "starts_at": (deadline + timedelta(hours=1)).isoformat(),
            "slots": 30,
            "slot_minutes": 10,
            "tables": 20,
            "quota": 20,
            "answer_deadline": deadline.isoformat(),
        }

    async def event(self, operation: str, statuses: Sequence[str]) -> None:
        """Plan an event and advance it; all take part in it but in one that is there to be applied to."""
        event = self.targets[operation] = await self.post(OPERATOR, "/v1/events", self.plan)
        for status in statuses:
            if status == "released":
                await self.walk.post(OPERATOR, f"/v1/events/{event}/timetable")
            else:
                await self.walk.post(OPERATOR, f"/v1/events/{event}/advancement", {"status": status})
            if status == "registering" and operation != "apply_to_event":
                for person in (self.cast.other, self.cast.firm, self.cast.institution):
                    applying: Json = {"event": event, "people": [{"name": "김하늘"}]}
                    made = await self.post(person, "/v1/participations", applying)
                    if operation.endswith(("_participation", "_calendar", "_attendee", "_attendees")):
                        self.targets[operation] = made
        if operation == "get_calendar":
            made_readable = await self.walk.post(OPERATOR, f"/v1/participations/{self.targets[operation]}/calendar")
            self.queries[operation] = dict([made_readable["path"].partition("?")[2].split("=")])
        if operation == "suggest_meetings":
            self.queries[operation] = {"event": self.targets.pop(operation)}
        if operation.endswith("_request"):
            wish: Json = {"event": event, "target": self.cast.institution.party}
            self.bodies[operation] = WHY
            if operation == "file_request":
                self.bodies[operation] = wish
            else:
                self.targets[operation] = await self.post(self.cast.firm, "/v1/requests", wish)

    async def part(self, operation: str) -> None:
        """Plan an award for the firm, but where that is what is meant to be done."""
        await self.event(operation, EVENTS["check_in_participation"])
        path, starts_at = f"/v1/events/{self.targets[operation]}/parts", datetime.now(UTC) + timedelta(hours=2)
        talk = {"part_kind": "award", "title": "우수 기술 시상", "starts_at": starts_at.isoformat(), "minutes": 30}
        self.bodies[operation] = talk | {"on_stage": [{"party": self.cast.firm.party}]}
        if operation != "plan_part":
            await self.walk.post(OPERATOR, path, self.bodies[operation])
        if operation == "withdraw_part":
            self.bodies[operation] = WHY

    async def draft(self, operation: str) -> None:
        """Plan a draft of an event that is scheduled, but where that is what is meant to be done."""
        await self.event(operation, EVENTS["release_timetable"])
        body = self.bodies[operation] = {"event": self.targets.pop(operation), "title": "1안"}
        if operation != "plan_draft":
            self.bodies[operation] = WHY
            made = self.targets[operation] = await self.post(OPERATOR, "/v1/drafts", body)
            await self.walk.until(f"/v1/drafts/{made}", OPERATOR, status="ready")

    async def repair(self, operation: str) -> None:
        """Propose a repair of a day for a firm that is late, but where that is what is meant to be done."""
        await self.event(operation, EVENTS["book_walk_in"])
        late: Json = {"kind": "party_late", "party": self.cast.firm.party, "slot": 2, **WHY}
        body = self.bodies[operation] = late | {"event": self.targets.pop(operation)}
        if operation != "propose_repair":
            self.bodies.pop(operation)
            self.targets[operation] = await self.post(OPERATOR, "/v1/repairs", body)

    async def meeting(self, operation: str, steps: Sequence[str]) -> None:
        """Book a meeting and take it further, on a day of its own: two parties have one meeting to come."""
        await self.event(operation, EVENTS["book_walk_in"])
        body = self.bodies["book_walk_in"] | {"event": self.targets[operation]}
        if operation == "swap_meeting":
            beside = body | {"institution": self.cast.other.party, "slot": 28}
            self.bodies[operation] = {"other": await self.post(self.cast.other, "/v1/meetings", beside), **WHY}
        meeting = self.targets[operation] = await self.post(self.cast.institution, "/v1/meetings", body | {"slot": 1})
        for step in steps:
            await self.walk.post(OPERATOR, f"/v1/meetings/{meeting}/{step}")

    async def contract(self, operation: str, steps: int) -> None:
        """Draft a contract and take it so many steps."""
        draft = partial(self.post, self.cast.institution, "/v1/contracts", self.bodies["draft_contract"])
        contract = self.targets[operation] = await once_known(draft, "contract.version_not_listed")
        for side, step in STEPS[:steps]:
            await self.walk.post(getattr(self.cast, side), f"/v1/contracts/{contract}/{step}")


def members() -> list[Json]:
    """Return a committee of three, one of them from outside."""
    return [*({"person": each, "outside": False} for each in PANEL), {"person": NEWCOMER.id, "outside": True}]


async def make_things(market: Market, first: int = FIRST_NUMBER, council: str = "ict") -> Things:
    """Make all of them, by parties whose business numbers follow the `first`; the field schema is for this council."""
    walk = Walk(market, f"things {datetime.now(UTC)}")
    kinds = ("sme", "institution", "institution", "sme", "sme", "sme")
    people = await asyncio.gather(
        *(walk.active_party(kind, business_number(str(first + number))) for number, kind in enumerate(kinds))
    )
    firm, institution, other = (replace(each, roles=INSTITUTION_ROLES) for each in people[:3])
    maker = Maker(walk, Cast(firm, institution, other))
    maker.ids["pty"] = [each.party for each in (firm, institution, other)]
    await _parties(maker, [each.party for each in people[3:]], first + len(people))
    await _products_and_reviews(maker, council)
    await _days_and_deals(maker)
    certificates = await market.all(OPERATOR, "/v1/certificates", institution=institution.party)
    # what the contracts are about keeps its certificate: without it none could be drafted any more
    sold = maker.targets["get_product_overview"]
    found = [each["id"] for each in certificates if each["product"]["id"] != sold]
    maker.ids["crt"] = [each for each in found if each != maker.targets["keep_certificate"]]
    maker.targets["revoke_certificate"] = maker.ids["crt"][-1]
    return Things(maker.cast, dict(maker.ids), maker.targets, maker.queries, maker.bodies)


async def _parties(maker: Maker, spare: Sequence[str], unused: int) -> None:
    """Let no operation close or ban those who call."""
    maker.targets |= dict(zip(("ban_party", "decide_ban", "close_party"), spare, strict=True))
    maker.targets["change_party_councils"] = maker.cast.institution.party
    by, ends = replace(OPERATOR, id="prs_second"), datetime.now(UTC) + timedelta(days=90)
    order: Json = {"reason": "collusion", "until": ends.isoformat(), "document": "제재공고 2026-0417"}
    maker.bodies["ban_party"] = order
    await maker.walk.post(by, f"/v1/parties/{maker.targets['decide_ban']}/bans", order)
    body = {"party_kind": "sme", "title": "새 기업", "business_number": business_number(str(unused))}
    maker.targets["activate_party"] = (await maker.walk.post(Person("prs_new"), "/v1/parties", body))["id"]
    await _members(maker)
    maker.bodies["register_party"] = body | {"business_number": business_number(str(unused + 1))}


async def _members(maker: Maker) -> None:
    """Enrol who calls for the institution, so that it has roles to lend, and colleagues to lend them to."""
    by, party = maker.cast.institution, maker.cast.institution.party

    async def enrolled(person: str, by: Person = by) -> str:
        return await maker.post(by, "/v1/members", {"party": party, "person": person, "roles": ["signer"]})

    lender = await enrolled(by.id, OPERATOR)
    lent: Json = {"roles": ["signer"], "until": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    for operation in ("assign_member", "remove_member", "delegate_roles", "end_delegation"):
        maker.targets[operation] = await enrolled(f"prs_{operation}")
    await maker.walk.post(by, f"/v1/members/{maker.targets['end_delegation']}/delegations", lent)
    maker.bodies |= {
        "enrol_member": {"party": party, "person": "prs_enrolled"},
        "delegate_roles": lent,
        "end_delegation": {"lender": lender},
    }


async def _products_and_reviews(maker: Maker, council: str) -> None:
    async def described(operation: str, kind: str, steps: Sequence[str]) -> None:
        maker.targets[operation] = await maker.product(kind, steps)

    async def listed(operation: str, steps: Sequence[str]) -> None:
        product, _ = await maker.reviewed((*CONVENED, "voted for", "approved"))
        maker.targets[operation] = product
        for step in steps:
            await maker.walk.post(maker.cast.firm, f"/v1/products/{product}/{step}", WHY)

    async def reviewed(operation: str, steps: Sequence[str]) -> None:
        _, maker.targets[operation] = await maker.reviewed(steps)

    await asyncio.gather(
        *(described(operation, kind, steps) for operation, (kind, steps) in PRODUCTS.items()),
        *(listed(operation, steps) for operation, steps in LISTINGS.items()),
        *(reviewed(operation, steps) for operation, steps in REVIEWS.items()),
    )
    institution, other = maker.cast.institution, maker.cast.other
    rule = {"accepts": other.party, "category": CONTENT["category"], "council": CONTENT["council"]}
    product, review = await maker.reviewed((*CONVENED, "voted for", "approved"), beside=True)
    found = await maker.walk.until(f"/v1/products/{product}", OPERATOR, status="listed")
    maker.targets["recognise_review_certificate"] = review
    maker.targets["get_past_product"] = product
    maker.queries["get_past_product"] = {"at": datetime.now(UTC).isoformat()}
    maker.targets["withdraw_recognition_rule"] = await maker.post(institution, "/v1/recognition-rules", rule)
    maker.targets["keep_certificate"] = await _in_question(maker)
    for operation in ("add_to_shortlist", "remove_from_shortlist", "freeze_shortlist"):
        shortlist = await maker.post(institution, "/v1/shortlists", {"title": "분리막 후보"})
        seen = {"product": {"id": product, "version": 1}}
        if operation != "add_to_shortlist":
            await maker.walk.post(institution, f"/v1/shortlists/{shortlist}/items", seen)
        maker.targets[operation] = shortlist
    maker.bodies |= {"add_to_shortlist": seen, "remove_from_shortlist": {"product": product}}
    maker.targets["publish_rule_set_version"] = await maker.post(institution, "/v1/rule-sets", {"title": "심사 규칙"})
    asked = {"council": council, "category": "port", "json_schema": {}}
    maker.targets["publish_field_schema_version"] = await maker.post(OPERATOR, "/v1/field-schemas", asked)
    await _imports(maker)
    maker.targets["check_entry_rules"] = product
    maker.queries["upload_file"] = {"name": "시험성적서.pdf"}
    maker.queries["check_entry_rules"] = {"product": product, "version": 1, "institution": [institution.party]}
    maker.bodies |= {
        "create_field_schema": asked | {"category": "gas"},
        "revise_product": CONTENT | {"summary": "관로를 스스로 점검하고 기록하는 로봇"},
        "create_recognition_rule": rule,
        "recognise_review_certificate": {
            "certificate": found["certificates"][0]["id"],
            "rule": maker.ids["rul"][0],
        },
        "submit_dossier": {
            "product": {"id": maker.targets["submit_dossier"], "version": 1},
            "institutions": [institution.party],
        },
        "invite_review_members": {"members": members()},
        "answer_review_invitation": {"answer": "accepted"},
        "convene_review_committee": {"members": members()},
        "decide_review": {"outcome": "approved"},
    }


async def _in_question(maker: Maker) -> str:
    """Return a certificate that a colleague recognised on the other institution's, which has been revoked since."""
    institution, other, walk = maker.cast.institution, maker.cast.other, maker.walk
    product, review = await maker.reviewed((*CONVENED, "voted for", "approved"), beside=True)
    [original] = (await walk.until(f"/v1/products/{product}", OPERATOR, status="listed"))["certificates"]
    choice = {"certificate": original["id"], "rule": maker.targets["withdraw_recognition_rule"]}
    await walk.post(replace(institution, id="prs_colleague"), f"/v1/reviews/{review}/recognition", choice)
    adopted: str = (await walk.until(f"/v1/reviews/{review}", institution, status="certified"))["certificate"]
    await walk.post(other, f"/v1/certificates/{original['id']}/revocation", {"reason": "시험성적서 허위"})

    async def asked() -> bool:
        return bool((await walk.read(institution, f"/v1/certificates/{adopted}"))["in_question_until"])

    await until(asked)
    return adopted


async def _imports(maker: Maker) -> None:
    """Bring workbooks, and have them checked where more than that is meant to be done."""
    by, headings = maker.cast.firm, ["구분", "명칭", "협의체", "분야", "기술성숙도"]
    for operation in ("check_import", "get_import", "start_import", "cancel_import"):
        content = a_sheet([headings, ["제품", operation, "에너지", "로봇", 8]])
        body = {"file": await maker.walk.upload(by, f"{operation}.xlsx", content, XLSX)}
        if operation == "check_import":
            maker.bodies[operation] = body
        else:
            maker.targets[operation] = await maker.post(by, "/v1/product-imports", body)


async def _days_and_deals(maker: Maker) -> None:
    firm, institution = maker.cast.firm.party, maker.cast.institution.party
    listed = maker.targets["get_product_overview"]
    await asyncio.gather(*(maker.event(operation, statuses) for operation, statuses in EVENTS.items()))
    series = maker.targets["get_series"] = await maker.post(OPERATOR, "/v1/event-series", {"title": "구매상담회"})
    maker.bodies |= {
        "plan_event": maker.plan | {"series": series},
        "advance_event": {"status": "registering"},
        "apply_to_event": {"event": maker.targets["apply_to_event"], "people": [{"name": "김하늘"}]},
        "release_timetable": {"title": "1차 시간표"},
        "book_walk_in": {
            "event": maker.targets["book_walk_in"],
            "firm": firm,
            "institution": institution,
            "slot": 30,
            "table": 1,
        },
        "report_absence": {"absent": [firm]},
        "check_in_meeting": {"party": firm},
        "move_meeting": {"slot": 29, "table": 2, **WHY},
        "draft_contract": {
            "contract_kind": "purchase",
            "firm": firm,
            "product": {"id": listed, "version": 1},
            "amount": AMOUNT,
            "terms": "납품 후 30일 이내 검수한다.",
        },
        "pay_contract": {"amount": AMOUNT, "erp_reference": "2026-0012"},
        "promise_commitment": {
            "firm": firm,
            "amount": AMOUNT,
            "due": (date.today() + timedelta(days=200)).isoformat(),  # noqa: DTZ011  far enough ahead in any zone
        },
    }
    await asyncio.gather(
        *(maker.part(operation) for operation in PARTS),
        *(maker.draft(operation) for operation in DRAFTS),
        *(maker.repair(operation) for operation in REPAIRS),
        *(maker.meeting(operation, steps) for operation, steps in MEETINGS.items()),
        *(maker.contract(operation, steps) for operation, steps in CONTRACTS.items()),
    )
    for operation in ("explain_commitment", "release_commitment"):
        promise = maker.bodies["promise_commitment"]
        maker.targets[operation] = await maker.post(maker.cast.institution, "/v1/commitments", promise)
