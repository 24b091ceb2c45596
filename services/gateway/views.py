"""What the gateway shows: a product with all that happened around it, what a meeting became, how far a rebuild is."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.catalog import ProductState
from shared.events.contracts import ContractState
from shared.events.envelope import Won
from shared.events.matching import EventState, MeetingState, RequestState
from shared.events.verification import CertificateState


class ProductOverview(BaseModel):
    """A product, its certificates, meetings and contracts, as their events say.

    `names` has the title of each party named in it. `product` is null only while the events have not brought it yet
    although the caller's Market-Position names it.
    """

    product: ProductState | None
    certificates: list[CertificateState]
    meetings: list[MeetingState]
    contracts: list[ContractState]
    names: dict[str, str]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "product": {
                    "id": "prd_7dk3m2",
                    "owner": "pty_5k2qj4",
                    "product_kind": "technology",
                    "status": "listed",
                    "version": 1,
                    "certified_version": 1,
                    "proposed_version": None,
                    "title": "저전력 수처리 분리막",
                    "title_en": "Low-power water treatment membrane",
                    "summary": "세라믹 분리막으로 전력 소비를 30% 줄입니다",
                    "category": "water",
                    "council": "soc",
                    "price": "125000000",
                    "readiness_level": 8,
                    "certificates": [],
                },
                "certificates": [],
                "meetings": [],
                "contracts": [],
                "names": {"pty_5k2qj4": "한빛수처리"},
            }
        }
    )


class MeetingOverview(BaseModel):
    """What led to a meeting and what it became, as the events say: request, meeting, contracts.

    `contracts` are those that name it, whatever became of them; `contracted` is the sum of their amounts, which are
    told once they are signed. A walk-in has no `request`.
    """

    event: EventState | None
    request: RequestState | None
    meeting: MeetingState | None
    contracts: list[ContractState]
    contracted: Won
    names: dict[str, str]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "event": None,
                "request": {
                    "id": "req_8s1kd0",
                    "event": "evt_4k2qj4",
                    "requester": "pty_5k2qj4",
                    "target": "pty_kwater",
                    "product": "prd_7dk3m2",
                    "priority": 5,
                    "session": "any",
                    "status": "placed",
                    "reason": "",
                    "meeting": "mtg_2k9fm3",
                },
                "meeting": {
                    "id": "mtg_2k9fm3",
                    "event": "evt_4k2qj4",
                    "firm": "pty_5k2qj4",
                    "institution": "pty_kwater",
                    "request": "req_8s1kd0",
                    "product": "prd_7dk3m2",
                    "origin": "request",
                    "slot": 3,
                    "table": 12,
                    "firm_officer": 1,
                    "institution_officer": 2,
                    "starts_at": "2027-04-14T02:00:00Z",
                    "status": "converted",
                    "arrived": ["pty_5k2qj4", "pty_kwater"],
                    "contract": "ctr_9f3k2p",
                },
                "contracts": [
                    {
                        "id": "ctr_9f3k2p",
                        "contract_kind": "purchase",
                        "institution": "pty_kwater",
                        "firm": "pty_5k2qj4",
                        "product": {"id": "prd_7dk3m2", "version": 1},
                        "certificate": "crt_4m8s6t",
                        "meeting": "mtg_2k9fm3",
                        "commitment": "",
                        "status": "active",
                        "amount": "125000000",
                        "paid": "25000000",
                        "signatures": ["pty_5k2qj4", "pty_kwater"],
                    }
                ],
                "contracted": "125000000",
                "names": {"pty_5k2qj4": "한빛수처리", "pty_kwater": "가온수자원공사"},
            }
        }
    )


class RebuildProgress(BaseModel):
    """How far the rebuild of a view is: records read of those there were when it began, rows found to be wrong."""

    view: Literal["product"]
    status: Literal["never", "running", "done", "failed"]
    read: int = 0
    total: int = 0
    skipped: int = Field(default=0, description="Records that could not be decoded")
    removed: int = Field(default=0, description="Rows that no record stands for")
    started_at: datetime | None = None
    updated_at: datetime | None = None
    error: str = ""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "view": "product",
                "status": "done",
                "read": 8120,
                "total": 8120,
                "skipped": 0,
                "removed": 0,
                "started_at": "2026-11-23T09:00:00Z",
                "updated_at": "2026-11-23T09:00:07Z",
                "error": "",
            }
        }
    )
