"""Shortlists: what a buyer picked out, each at the version that was looked at; frozen, it is evidence (C7)."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.catalog.domain.product import Product
from shared.aggregate import Aggregate
from shared.errors import NotFound, Refused
from shared.events.catalog import (
    ProductRef,
    ShortlistChanged,
    ShortlistCreated,
    ShortlistFrozen,
    ShortlistState,
)

MOST_ITEMS = 200


class ShortlistTitle(BaseModel):
    """What a shortlist is for."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["2027년 상반기 분리막 교체 후보"])


class Item(BaseModel):
    """A product at the version the buyer saw."""

    product: ProductRef
    note: str = ""
    added_at: AwareDatetime


class Shortlist(Aggregate):
    """A buyer's own list. What is on it stays at the version seen, whatever becomes of the product."""

    kind: ClassVar[str] = "catalog.shortlist"

    owner: str
    title: str
    items: list[Item] = Field(default_factory=list)
    frozen_at: AwareDatetime | None = None

    @classmethod
    def create(cls, shortlist_id: str, owner: str, title: str, at: datetime) -> "Shortlist":
        """Return an empty shortlist."""
        shortlist = cls(id=shortlist_id, owner=owner, title=title)
        shortlist._record(ShortlistCreated(at=at, shortlist=shortlist_id, owner=owner))
        return shortlist

    def add(self, product: Product, version: int, note: str, at: datetime) -> None:
        """Put a listed product on it, at the version seen. Seen anew, it is there at the newer version.

        Raise Refused when it is not listed, has changed since it was seen, or the list is frozen or full.
        """
        self._must_be_open()
        if product.status != "listed":
            raise Refused(
                "shortlist.product_not_listed",
                f"the product is {product.status}",
                f"등재된 제품이 아닙니다({product.status})",
                field="/product/id",
            )
        if version != product.version_shown:
            raise Refused(
                "shortlist.version_not_shown",
                f"version {version} is not the one shown; {product.version_shown} is: look again",
                f"{version} 버전은 현재 공개된 버전이 아닙니다(공개 버전: {product.version_shown}). 다시 확인하십시오",
                field="/product/version",
            )
        seen = ProductRef(id=product.id, version=version)
        if any(each.product == seen and each.note == note for each in self.items):
            return
        others = [each for each in self.items if each.product.id != product.id]
        if len(others) >= MOST_ITEMS:
            raise Refused(
                "shortlist.full", f"it holds {MOST_ITEMS} products at most", f"최대 {MOST_ITEMS}개까지 담을 수 있습니다"
            )
        self.items = [*others, Item(product=seen, note=note, added_at=at)]
        self._changed(at)

    def remove(self, product_id: str, at: datetime) -> None:
        """Take a product off it. Raise NotFound."""
        self._must_be_open()
        kept = [each for each in self.items if each.product.id != product_id]
        if len(kept) == len(self.items):
            raise NotFound(
                "shortlist.item_unknown", f"{product_id} is not on it", f"{product_id}은(는) 목록에 없습니다"
            )
        self.items = kept
        self._changed(at)

    def freeze(self, at: datetime) -> None:
        """Close it for good: from now on it says what was chosen, and from which versions."""
        if self.frozen_at is not None:
            return
        if not self.items:
            raise Refused("shortlist.empty", "there is nothing on it", "목록이 비어 있습니다")
        self.frozen_at = at
        self._record(ShortlistFrozen(at=at, shortlist=self.id, owner=self.owner, items=len(self.items)))

    def public(self) -> ShortlistState:
        return ShortlistState(
            id=self.id, owner=self.owner, items=len(self.items), status="open" if self.frozen_at is None else "frozen"
        )

    def _changed(self, at: datetime) -> None:
        self._record(ShortlistChanged(at=at, shortlist=self.id, owner=self.owner, items=len(self.items)))

    def _must_be_open(self) -> None:
        if self.frozen_at is not None:
            raise Refused("shortlist.frozen", "it is frozen and stays as it is", "확정된 목록은 변경할 수 없습니다")
