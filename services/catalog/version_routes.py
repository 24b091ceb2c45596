"""A product's past over HTTP: its versions, what changed between two, and what was to see at a moment."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime

from services.catalog.ground import Owned
from services.catalog.routes import ProductId, reads_whole, visible
from services.catalog.version_views import Changes, PastProduct, Versions, changes, numbered, past_product
from shared.calls import Reading
from shared.web import api_router

versions = api_router("/v1/products/{product_id}", "products")


@versions.get("/versions", response_model=Versions)
async def get_product_versions(product_id: ProductId, call: Reading, catalog: Owned) -> Versions:
    """Show the versions of a product that were once public; its owner and institutions see every one."""
    product = await visible(product_id, call, catalog)
    numbers = product.readable(whole=reads_whole(call, product))
    return Versions(shown=product.version_shown, items=[numbered(product, number) for number in numbers])


@versions.get("/versions/{number}/changes", response_model=Changes)
async def get_product_version_changes(
    product_id: ProductId,
    number: Annotated[int, Path(ge=1, examples=[2])],
    since: Annotated[int, Query(ge=1, examples=[1], description="The version it is compared with")],
    call: Reading,
    catalog: Owned,
) -> Changes:
    """Show field by field what is different in a version from another one; the caller may read both."""
    product = await visible(product_id, call, catalog)
    before, after = (product.at_version(each, whole=reads_whole(call, product)) for each in (since, number))
    return changes(since, before, number, after)


@versions.get("/past", response_model=PastProduct)
async def get_past_product(
    product_id: ProductId,
    at: Annotated[AwareDatetime, Query(examples=["2026-11-26T09:00:00Z"])],
    call: Reading,
    catalog: Owned,
) -> PastProduct:
    """Show a product as it was at a moment: what anybody saw then; its owner and institutions also what waited.

    What is not public now has no public past, and a draft has none at all.
    """
    product = await visible(product_id, call, catalog)
    return past_product(product, product.turn_at(at, call.at, whole=reads_whole(call, product)))
