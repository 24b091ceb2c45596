"""How a product's versions are shown: one by one, what changed between two, and what was to see at a moment."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from services.catalog.domain.content import AttachedFile, Content, Version
from services.catalog.domain.history import Turn
from services.catalog.domain.product import Product
from shared.events.catalog import ProductStatus

Value = bool | int | float | str | list[str] | AttachedFile | None
"""As JSON has it: an amount is a text."""


class NumberedVersion(Version):
    """One immutable version of a product, with its number."""

    number: int = Field(examples=[1])


class Versions(BaseModel):
    """The versions of a product that the caller may read, oldest first; `shown` is the public one."""

    shown: int
    items: list[NumberedVersion]


class Change(BaseModel):
    """A field that differs; null is one that is not given there.

    `field` points to it in the version, to a file by its id: their order says nothing.
    """

    field: str = Field(examples=["/fields/flux_lmh"])
    before: Value = Field(examples=[120])
    after: Value = Field(examples=[130])


class Changes(BaseModel):
    """What is different in version `number` from version `since`; `material` is what needs a review of its own."""

    since: int = Field(examples=[1])
    number: int = Field(examples=[2])
    material: bool
    items: list[Change]


class PastProduct(BaseModel):
    """What was to see of a product at a moment; it had been so since `since`."""

    id: str
    since: AwareDatetime
    status: ProductStatus = Field(examples=["listed"])
    content: NumberedVersion


def numbered(product: Product, number: int) -> NumberedVersion:
    return NumberedVersion.model_construct(**dict(product.at_version(number)), number=number)


def changes(since: int, before: Version, number: int, after: Version) -> Changes:
    was, became = _by_pointer(before), _by_pointer(after)
    return Changes(
        since=since,
        number=number,
        material=after.is_another_thing_than(before),
        items=[
            Change(field=pointer, before=was.get(pointer), after=became.get(pointer))
            for pointer in {**was, **became}
            if was.get(pointer) != became.get(pointer)
        ],
    )


def past_product(product: Product, turn: Turn) -> PastProduct:
    return PastProduct(id=product.id, since=turn.at, status=turn.status, content=numbered(product, turn.version))


def _by_pointer(version: Version) -> dict[str, Any]:
    """Return each value by its JSON Pointer, typed fields and files one by one."""
    said = version.model_dump(mode="json", include=set(Content.model_fields))
    fields, files = said.pop("fields"), said.pop("files")
    return (
        {f"/{name}": value for name, value in said.items()}
        | {f"/fields/{name}": value for name, value in fields.items()}
        | {f"/files/{each['file']}": each for each in files}
    )
