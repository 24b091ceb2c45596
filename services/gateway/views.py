"""What the gateway shows: the product with all that happened around it, and how far a rebuild is."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.catalog import ProductState
from shared.events.contracts import ContractState
from shared.events.matching import MeetingState
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
