"""The catalog's HTTP routes: load, decide, save."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.content import Content
from services.catalog.domain.product import Product
from services.catalog.ground import Catalog, Owned
from services.catalog.views import ProductPage, ProductView, Purchases, product_view
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import NotFound
from shared.events.catalog import PUBLIC, Category, Council, ProductKind, ProductStatus
from shared.events.contracts import ContractStatus
from shared.web import api_router

products = api_router("/v1/products", "products")

SIGNED: list[ContractStatus] = ["active", "completed", "evaluated", "terminated"]

ProductId = Annotated[str, Path(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])]


class Body(BaseModel):
    """What is sent has nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["생산 중단"])


class Reasons(Body):
    """Why, point by point."""

    reasons: list[Annotated[str, Field(pattern=r"\S")]] = Field(
        min_length=1, max_length=20, examples=[["시험성적서 없음"]]
    )


class Message(Body):
    """What the owner should mend."""

    message: str = Field(min_length=1, max_length=2000, pattern=r"\S", examples=["규격서를 첨부하십시오"])


class Draft(Body):
    """A new product."""

    product_kind: ProductKind = Field(examples=["technology"])
    content: Content


@products.post("", response_model=ProductView, status_code=201)
async def draft_product(body: Draft, call: Creating, catalog: Owned) -> Response:
    """Begin to describe a product; only its owner and the operator see a draft."""
    product_id = call.new_id("prd")
    async with catalog.products.answering_repeats(product_id, call.cause):
        owner, kind, asked = call.principal, call.caller.kind, await catalog.asked_of(body.content)
        content = await catalog.with_files(body.content, owner, call.cause, "/content/files")
        product = Product.draft(product_id, owner, kind, body.product_kind, content, call.at, asked)
        return answer(await catalog.products.create(product, call.cause), 201)


async def _wanted(
    call: Reading,
    owner: str | None = None,
    status: ProductStatus = "listed",
    product_kind: ProductKind | None = None,
    council: Council | None = None,
    category: Category | None = None,
) -> dict[str, Any]:
    """Return the filters of what the caller asks for and may see: what was never listed is their own."""
    if status not in PUBLIC and not call.caller.is_operator:
        owner = call.principal
    own = call.caller.is_operator or owner == call.principal
    return {
        "owner": owner,
        "status": status,
        "was_listed": True if status == "withdrawn" and not own else None,
        "product_kind": product_kind,
        "council": council,
        "category": category,
    }


Wanted = Annotated[dict[str, Any], Depends(_wanted)]


@products.get("", response_model=ProductPage)
async def list_products(request: Request, _: Reading, catalog: Owned, page: Listing, filters: Wanted) -> ProductPage:
    """List products, newest first: the listed ones, or by another status your own."""
    found = await listed(catalog.products, filters, page, request)
    return ProductPage(items=[product_view(each) for each in found.items], next=found.next)


@products.get("/{product_id}", response_model=ProductView)
async def get_product(product_id: ProductId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show one product."""
    product = await visible(product_id, call, catalog)
    return shown(product_view(product), product.version, request)


@products.get("/{product_id}/purchases", response_model=Purchases)
async def get_product_purchases(product_id: ProductId, call: Reading, catalog: Owned) -> Purchases:
    """Show who bought a product: its contracts, from their events. What is not signed is for its two sides alone."""
    product = await visible(product_id, call, catalog)
    signed = {"product.id": product.id, "status": {"$in": SIGNED}}
    return Purchases(items=await catalog.contracts.where(signed))


@products.put("/{product_id}/draft", response_model=ProductView)
async def edit_product(product_id: ProductId, body: Content, call: Changing, catalog: Owned) -> Response:
    """Rewrite a draft."""
    product = await _own(product_id, call, catalog)
    content = await catalog.with_files(body, product.owner, call.cause)
    product.edit(content, call.at, await catalog.asked_of(body))
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/registration", response_model=ProductView)
async def register_product(product_id: ProductId, call: Changing, catalog: Owned) -> Response:
    """Declare a draft complete, so that institutions may verify it. The owner must be active."""
    product = await _own(product_id, call, catalog)
    (await catalog.parties.load(product.owner)).must_be_active(call.at)
    product.register(call.at, await catalog.asked_of(product.content))
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/revision-request", response_model=ProductView)
async def request_product_revision(product_id: ProductId, body: Message, call: Changing, catalog: Owned) -> Response:
    """Send a registered product back to its owner with a message."""
    product = await catalog.products.load(product_id, call.cause)
    product.request_revision(body.message, call.at)
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/approval", response_model=ProductView)
async def approve_product(product_id: ProductId, call: Changing, catalog: Owned) -> Response:
    """List idle IP. The owner must be active."""
    product = await catalog.products.load(product_id, call.cause)
    (await catalog.parties.load(product.owner)).must_be_active(call.at)
    product.approve(call.at)
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/rejection", response_model=ProductView)
async def reject_product(product_id: ProductId, body: Reasons, call: Changing, catalog: Owned) -> Response:
    """Refuse a registered product."""
    product = await catalog.products.load(product_id, call.cause)
    product.reject(body.reasons, call.at)
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/revision", response_model=ProductView)
async def revise_product(product_id: ProductId, body: Content, call: Changing, catalog: Owned) -> Response:
    """Change a listing; its owner must be active. A material change waits for a certificate, the old version stays."""
    product = await _own(product_id, call, catalog)
    (await catalog.parties.load(product.owner)).must_be_active(call.at)
    content = await catalog.with_files(body, product.owner, call.cause)
    product.revise(content, call.at, await catalog.asked_of(body))
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/pause", response_model=ProductView)
async def pause_product(product_id: ProductId, body: Reason, call: Changing, catalog: Owned) -> Response:
    """Take a listing down for now."""
    product = await _own(product_id, call, catalog)
    product.pause(body.reason, call.at)
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/resumption", response_model=ProductView)
async def resume_product(product_id: ProductId, call: Changing, catalog: Owned) -> Response:
    """Show a paused listing again. The owner must be active."""
    product = await _own(product_id, call, catalog)
    (await catalog.parties.load(product.owner)).must_be_active(call.at)
    product.resume(call.at)
    return answer(await catalog.products.save(product, call.cause))


@products.post("/{product_id}/withdrawal", response_model=ProductView)
async def withdraw_product(product_id: ProductId, body: Reason, call: Changing, catalog: Owned) -> Response:
    """Take a product off the market for good."""
    product = await _own(product_id, call, catalog)
    product.withdraw(body.reason, call.at)
    return answer(await catalog.products.save(product, call.cause))


def owns(call: Call, product: Product) -> bool:
    return call.caller.is_operator or call.principal == product.owner


async def _own(product_id: str, call: Call, catalog: Catalog) -> Product:
    product = await catalog.products.load(product_id, call.cause)
    if not (product.public().is_public or owns(call, product)):
        raise _unknown(product_id)
    call.caller.must_act_for(product.owner)
    return product


async def visible(product_id: str, call: Call, catalog: Catalog) -> Product:
    """Return a product the caller may see. Raise NotFound for any other."""
    product = await catalog.products.load(product_id)
    if not sees(call, product):
        raise _unknown(product_id)
    return product


def sees(call: Call, product: Product) -> bool:
    """Return whether the caller may see a product: one that waits for its review is for institutions too."""
    waits = product.status == "registered" and call.caller.kind == "institution"
    return product.public().is_public or waits or owns(call, product)


def reads_whole(call: Call, product: Product) -> bool:
    """Whoever owns it or may verify it reads also what was never public."""
    return owns(call, product) or call.caller.kind == "institution"


def _unknown(product_id: str) -> NotFound:
    return NotFound("product.unknown", f"there is no product {product_id}", f"{product_id}을(를) 찾을 수 없습니다")
