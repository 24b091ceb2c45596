"""How a shortlist is shown: what was seen, beside what is shown now."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.catalog.domain.content import Content
from services.catalog.domain.product import Product
from services.catalog.domain.shortlist import Item, Shortlist
from shared.events.catalog import ProductRef, ProductStatus, ShortlistState


class ItemView(BaseModel):
    """A product as it was seen; `changed` names the fields that are different in the version shown now."""

    product: ProductRef
    note: str
    added_at: AwareDatetime
    seen: Content
    status: ProductStatus
    version_shown: int
    changed: list[str] = Field(examples=[["price", "summary"]])


class ShortlistView(ShortlistState):
    """A shortlist without its products: how many they are."""

    title: str
    frozen_at: AwareDatetime | None
    document_version: int

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "shl_2c7w5d",
                "owner": "pty_kwater",
                "items": 1,
                "status": "open",
                "title": "2027년 상반기 분리막 교체 후보",
                "frozen_at": None,
                "document_version": 2,
            }
        }
    )


class ShortlistItems(BaseModel):
    """What is on a shortlist, in the order in which it was put there."""

    items: list[ItemView]


class ShortlistPage(BaseModel):
    """Shortlists, newest first; `next` is the cursor of the next page."""

    items: list[ShortlistView]
    next: str | None = None


def shortlist_view(shortlist: Shortlist) -> ShortlistView:
    return ShortlistView(
        **shortlist.public().model_dump(),
        title=shortlist.title,
        frozen_at=shortlist.frozen_at,
        document_version=shortlist.version,
    )


def item_view(item: Item, product: Product) -> ItemView:
    """Return an item with the version seen, which stays readable whatever became of the product."""
    seen, shown = product.at_version(item.product.version), product.content
    return ItemView(
        **item.model_dump(),
        seen=seen,
        status=product.status,
        version_shown=product.version_shown,
        changed=seen.differs_from(shown),
    )
