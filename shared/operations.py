"""What an operator does with records that were set aside; every service serves it for its own parking."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.auth import Policy
from shared.calls import Reading
from shared.mongo import Document
from shared.parking import Parking
from shared.web import api_router

POLICY: Policy = dict.fromkeys(("list_parked", "get_parked", "retry_parked", "skip_parked"), ("operator",))

router = api_router("/parked", "operations")

RecordId = Annotated[
    str, Path(pattern=r"^[a-z._]{1,100}:\d{1,6}:\d{1,19}$", examples=["catalog.product.events:3:1702"])
]


class Raw(BaseModel):
    """Bytes of a record as far as people can read them: `json`, else `text`, else `base64`."""

    form: Literal["json", "text", "base64"]
    content: Any


class ParkedHeader(BaseModel):
    """One header of a record."""

    name: str
    value: Raw | None


class ParkedSummary(BaseModel):
    """A record set aside: where it came from, why it failed, and when it is tried next (never, when `dead`)."""

    id: str
    lane: str
    topic: str
    partition: int
    offset: int
    error: str
    attempts: int
    status: Literal["parked", "dead"]
    parked_at: datetime
    next_at: datetime


class ParkedRecord(ParkedSummary):
    """The same with what the record holds."""

    key: Raw | None
    value: Raw | None
    headers: list[ParkedHeader]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "catalog.product.events:3:1702",
                "lane": "catalog.product.events|prd_7dk3m2",
                "topic": "catalog.product.events",
                "partition": 3,
                "offset": 1702,
                "error": "ValueError(\"no 'ce_type' header\")",
                "attempts": 2,
                "status": "parked",
                "parked_at": "2026-11-23T09:00:00Z",
                "next_at": "2026-11-23T09:00:40Z",
                "key": {"form": "text", "content": "prd_7dk3m2"},
                "value": {"form": "json", "content": {"product": {"id": "prd_7dk3m2", "version": 1}}},
                "headers": [{"name": "ce_id", "value": {"form": "text", "content": "prd_7dk3m2:4"}}],
            }
        }
    )


class ParkedPage(BaseModel):
    """What is set aside, in the order it will be tried; `total` counts all, up to a little over a thousand."""

    items: list[ParkedSummary]
    total: int = Field(examples=[1])


class Done(BaseModel):
    """What was done with a record."""

    id: str = Field(examples=["catalog.product.events:3:1702"])
    done: Literal["retried", "skipped"]


def parking(request: Request) -> Parking:
    here: Parking = request.app.state.parking
    return here


Here = Annotated[Parking, Depends(parking)]


@router.get("", response_model=ParkedPage)
async def list_parked(call: Reading, here: Here) -> ParkedPage:  # noqa: ARG001  the call is checked by being read
    """List the records this service could not apply and set aside."""
    return ParkedPage(items=[ParkedSummary(**_summary(each)) for each in await here.listed()], total=here.count)


@router.get("/{record_id}", response_model=ParkedRecord)
async def get_parked(record_id: RecordId, call: Reading, here: Here) -> ParkedRecord:  # noqa: ARG001
    """Show one record that was set aside: key, value and headers, and its last error."""
    document = await here.shown(record_id)
    return ParkedRecord(
        **_summary(document),
        key=_readable(document["key"], parse=False),
        value=_readable(document["value"], parse=True),
        headers=[ParkedHeader(name=name, value=_readable(value, parse=False)) for name, value in document["headers"]],
    )


@router.post("/{record_id}/retry", response_model=Done)
async def retry_parked(record_id: RecordId, call: Reading, here: Here) -> Done:  # noqa: ARG001
    """Try a record again now, once those before it are through. A repeat changes nothing."""
    await here.retry(record_id)
    return Done(id=record_id, done="retried")


@router.post("/{record_id}/skip", response_model=Done)
async def skip_parked(record_id: RecordId, call: Reading, here: Here) -> Done:  # noqa: ARG001
    """Give a record up for good: those behind it go on without it."""
    await here.skip(record_id)
    return Done(id=record_id, done="skipped")


def _summary(document: Document) -> Document:
    return {name: document["_id" if name == "id" else name] for name in ParkedSummary.model_fields}


def _readable(raw: bytes | None, *, parse: bool) -> Raw | None:
    if raw is None:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Raw(form="base64", content=base64.b64encode(raw).decode())
    try:
        return Raw(form="json", content=json.loads(text)) if parse else Raw(form="text", content=text)
    except ValueError:
        return Raw(form="text", content=text)
