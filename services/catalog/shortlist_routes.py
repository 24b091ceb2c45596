"""Shortlists over HTTP: a buyer's own, seen by nobody else."""

import asyncio
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.shortlist import Shortlist, ShortlistTitle
from services.catalog.ground import Owned
from services.catalog.routes import visible
from services.catalog.shortlist_views import (
    ShortlistItems,
    ShortlistPage,
    ShortlistView,
    item_view,
    shortlist_view,
)
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import NotFound
from shared.events.catalog import ProductRef
from shared.web import api_router

shortlists = api_router("/v1/shortlists", "shortlists")

ShortlistId = Annotated[str, Path(pattern=r"^shl_[a-z0-9]{1,40}$", examples=["shl_2c7w5d"])]


class Seen(BaseModel):
    """A product at the version that was looked at."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"product": {"id": "prd_7dk3m2", "version": 1}, "note": "전력 소비가 가장 낮음"}},
    )

    product: ProductRef
    note: str = Field(default="", max_length=1000)


class Removed(BaseModel):
    """The product that is taken off."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])


@shortlists.post("", response_model=ShortlistView, status_code=201)
async def create_shortlist(body: ShortlistTitle, call: Creating, catalog: Owned) -> Response:
    """Begin a shortlist of your own."""
    shortlist = Shortlist.create(call.new_id("shl"), call.principal, body.title, call.at)
    return answer(await catalog.shortlists.create(shortlist, call.cause), 201)


@shortlists.get("", response_model=ShortlistPage)
async def list_shortlists(request: Request, call: Reading, catalog: Owned, page: Listing) -> ShortlistPage:
    """List your own shortlists, newest first."""
    filters = {"owner": call.principal}
    found = await listed(catalog.shortlists, filters, page, request)
    return ShortlistPage(items=[shortlist_view(each) for each in found.items], next=found.next)


@shortlists.get("/{shortlist_id}", response_model=ShortlistView)
async def get_shortlist(shortlist_id: ShortlistId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show one of your shortlists."""
    shortlist = _own(await catalog.shortlists.load(shortlist_id), call)
    return shown(shortlist_view(shortlist), shortlist.version, request)


@shortlists.get("/{shortlist_id}/items", response_model=ShortlistItems)
async def get_shortlist_items(shortlist_id: ShortlistId, call: Reading, catalog: Owned) -> ShortlistItems:
    """Show what is on it: each product as you saw it, and which fields have changed since."""
    shortlist = _own(await catalog.shortlists.load(shortlist_id), call)
    products = await asyncio.gather(*(catalog.products.load(each.product.id) for each in shortlist.items))
    return ShortlistItems(items=[item_view(*each) for each in zip(shortlist.items, products, strict=True)])


@shortlists.post("/{shortlist_id}/items", response_model=ShortlistView)
async def add_to_shortlist(shortlist_id: ShortlistId, body: Seen, call: Changing, catalog: Owned) -> Response:
    """Put a listed product on it, at the version you saw: refused if another one is shown by now."""
    shortlist = _own(await catalog.shortlists.load(shortlist_id, call.cause), call)
    product = await visible(body.product.id, call, catalog)
    shortlist.add(product, body.product.version, body.note, call.at)
    return answer(await catalog.shortlists.save(shortlist, call.cause))


@shortlists.post("/{shortlist_id}/removals", response_model=ShortlistView)
async def remove_from_shortlist(shortlist_id: ShortlistId, body: Removed, call: Changing, catalog: Owned) -> Response:
    """Take a product off it."""
    shortlist = _own(await catalog.shortlists.load(shortlist_id, call.cause), call)
    shortlist.remove(body.product, call.at)
    return answer(await catalog.shortlists.save(shortlist, call.cause))


@shortlists.post("/{shortlist_id}/freeze", response_model=ShortlistView)
async def freeze_shortlist(shortlist_id: ShortlistId, call: Changing, catalog: Owned) -> Response:
    """Close it for good, as a record of what was chosen and from which versions."""
    shortlist = _own(await catalog.shortlists.load(shortlist_id, call.cause), call)
    shortlist.freeze(call.at)
    return answer(await catalog.shortlists.save(shortlist, call.cause))


def _own(shortlist: Shortlist, call: Call) -> Shortlist:
    if shortlist.owner != call.principal:
        raise NotFound(
            "shortlist.unknown", f"there is no shortlist {shortlist.id}", f"{shortlist.id}을(를) 찾을 수 없습니다"
        )
    return shortlist
