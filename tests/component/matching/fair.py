"""Matching as a process, spoken to as others do: HTTP by signed callers, records on Kafka."""

import asyncio
import itertools
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp

from deploy.local.servers import Kafka, Mongo
from deploy.local.services import Service
from shared.events.catalog import PartyKind, PartyState, PartyStatus, ProductState
from shared.events.contracts import ContractSigned
from shared.events.envelope import Envelope, Published
from tests.component.records import record_of, tell
from tests.component.serving import token_for
from tests.component.shared.reading import all_records

PATIENCE = 30.0
OPERATOR = "pty_operator"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def rule(self) -> str:
        return str(self.body.get("rule", ""))


def a_plan(**changed: Any) -> dict[str, Any]:
    """Return an event of four slots and four tables, in a month."""
    start = datetime.now(UTC) + timedelta(days=30)
    return {
        "event_kind": "consultation_day",
        "title": "상담회",
        "starts_at": start.isoformat(),
        "slots": 4,
        "slot_minutes": 30,
        "tables": 4,
        "quota": 10,
        "answer_deadline": (start - timedelta(days=7)).isoformat(),
    } | changed


@dataclass
class Fair:
    """What a test needs: parties the market knows, `post` and `get` on their behalf, and what was `published`."""

    kafka: Kafka
    mongo: Mongo
    service: Service
    http: aiohttp.ClientSession
    kinds: dict[str, str] = field(default_factory=lambda: {OPERATOR: "operator"})
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _tokens: dict[str, str] = field(default_factory=dict)

    async def parties(
        self, count: int, kind: PartyKind, status: PartyStatus = "active", title: str = "한빛"
    ) -> list[str]:
        """Make so many parties known, as the catalog would."""
        states = [
            PartyState(
                id=f"pty_{secrets.token_hex(6)}",
                party_kind=kind,
                title=title,
                title_en="Hanbit",
                business_number="1248100998",
                councils=[],
                region="대전",
                status=status,
                sme_certificate_until=date(2999, 3, 31) if kind == "sme" else None,
            )
            for _ in range(count)
        ]
        self.kinds |= {state.id: kind for state in states}
        await self.tell([(state.id, 1, state) for state in states])
        return [state.id for state in states]

    async def product(self, owner: str) -> str:
        """Make a listed product known, as the catalog would."""
        state = ProductState(
            id=f"prd_{secrets.token_hex(6)}",
            owner=owner,
            product_kind="technology",
            status="listed",
            version=1,
            certified_version=1,
            proposed_version=None,
            title="분리막",
            title_en="Membrane",
            summary="요약",
            category="water",
            council="soc",
            price=None,
            readiness_level=8,
            certificates=[],
        )
        await self.tell([(state.id, 1, state)])
        return state.id

    async def signed(self, contract: str, meeting: dict[str, Any]) -> None:
        """Say that a contract naming this meeting was signed."""
        signed = ContractSigned.model_validate(
            {
                "at": datetime.now(UTC),
                "contract": contract,
                "institution": meeting["institution"],
                "firm": meeting["firm"],
                "contract_kind": "purchase",
                "product": {"id": "prd_1", "version": 1},
                "meeting": meeting["id"],
                "amount": "1000",
            }
        )
        await self.tell([(contract, 5, signed)])

    async def tell(self, said: Iterable[tuple[str, int, Published]]) -> None:
        """Publish (aggregate id, sequence, event or state)."""
        records = [record_of(state, aggregate_id, sequence) for aggregate_id, sequence, state in said]
        await tell(self.kafka.bootstrap, records)

    async def event(self, status: str = "registering", **changed: Any) -> str:
        """Plan an event and bring it to this status; a released one has an empty timetable."""
        event = (await self.made("/events", OPERATOR, a_plan(**changed))).id
        await self.bring(event, status)
        return event

    async def bring(self, event: str, status: str) -> None:
        """Advance an event until it has this status."""
        steps = ["planned", "registering", "requesting", "scheduling", "released", "running", "closed", "reported"]
        now = (await self.get(f"/events/{event}")).body["status"]
        for step in steps[steps.index(now) + 1 : steps.index(status) + 1]:
            if step == "released":
                await self.released(event)
            else:
                await self.done(f"/events/{event}/advancement", OPERATOR, {"status": step})

    async def released(self, event: str, key: str = "") -> Answer:
        """Release an event's timetable; where it cannot be planned in time, do as the answer says."""
        key = key or secrets.token_hex(8)
        answer = await self.post(f"/events/{event}/timetable", OPERATOR, key=key)
        while answer.rule in {"timetable.no_plan", "timetable.busy"}:
            answer = await self.post(f"/events/{event}/timetable", OPERATOR, key=key)
        assert answer.status == 200, answer.body
        return answer

    async def proposed(self, trouble: object, key: str = "") -> Answer:
        """Have a repair found; where none can be in time, do as the answer says."""
        key = key or secrets.token_hex(8)
        answer = await self.post("/repairs", OPERATOR, trouble, key=key)
        while answer.rule in {"repair.not_found", "timetable.busy"}:
            answer = await self.post("/repairs", OPERATOR, trouble, key=key)
        assert answer.status == 201, answer.body
        return answer

    async def present(self, event: str, parties: Iterable[str]) -> list[str]:
        """Let parties apply; return their participations."""
        people = [{"name": "김하늘"}]
        answers = await asyncio.gather(
            *(self.made("/participations", each, {"event": event, "people": people}) for each in parties)
        )
        return [answer.id for answer in answers]

    async def accepted(self, event: str, pairs: Iterable[tuple[str, str]], **more: Any) -> list[str]:
        """Let firms file requests and institutions accept them; return their ids."""

        async def one(firm: str, institution: str) -> str:
            filed = await self.made("/requests", firm, {"event": event, "target": institution} | more)
            await self.done(f"/requests/{filed.id}/acceptance", institution)
            return filed.id

        return list(await asyncio.gather(*(one(*pair) for pair in pairs)))

    async def post(
        self, path: str, by: str, body: object = None, *, key: str = "", if_match: str = "*", method: str = "POST"
    ) -> Answer:
        headers = self.headers(by) | {"Idempotency-Key": key or secrets.token_hex(8), "If-Match": if_match}
        async with self.http.request(method, self.service.url + "/v1" + path, json=body, headers=headers) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def made(self, path: str, by: str, body: object) -> Answer:
        answer = await self.post(path, by, body)
        assert answer.status == 201, answer.body
        return answer

    async def done(self, path: str, by: str, body: object = None) -> Answer:
        answer = await self.post(path, by, body)
        assert answer.status == 200, answer.body
        return answer

    async def get(self, path: str, by: str = OPERATOR) -> Answer:
        async with self.http.get(self.service.url + "/v1" + path, headers=self.headers(by)) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def every(self, path: str, by: str = OPERATOR) -> list[dict[str, Any]]:
        """All pages of a list."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = (await self.get(f"{path}&limit=100{cursor}", by)).body
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    async def published(self, topic: str, keys: set[str]) -> dict[str, list[str]]:
        """Each key's event names on Kafka, in order."""
        found: dict[str, list[str]] = {key: [] for key in keys}
        for record in await all_records(self.kafka.bootstrap, topic):
            if record.key.decode() in keys:
                envelope = Envelope.of(record.headers)
                name = envelope.type.removeprefix("kr.techmarket.").removesuffix(".v1")
                found[envelope.subject].append(f"{envelope.sequence} {name}")
        return found

    def headers(self, by: str) -> dict[str, str]:
        if by not in self._tokens:
            self._tokens[by] = self._token(by)
        return {"Authorization": f"Bearer {self._tokens[by]}"}

    def _token(self, by: str) -> str:
        return token_for(self.service, f"prs_of{by.removeprefix('pty_')}", [(by, self.kinds[by], "manager")])
