"""How the catalog shows its products."""

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.content import AttachedFile, Fields
from services.catalog.domain.product import Product
from shared.events.catalog import ProductCertificate, ProductFacts, ProductState
from shared.events.contracts import ContractState


class ProductView(ProductState):
    """A product; `message` is what the operator or owner last said of it. What is proposed is among its versions.

    `withheld` are certificates that list it as soon as its owner may start something new again.
    """

    proposed: ProductFacts | None = Field(default=None, exclude=True)
    document_version: int
    model: str
    ip_number: str
    specification: str
    fields: Fields
    fields_version: int
    files: tuple[AttachedFile, ...] = ()
    message: str = ""
    withheld: list[ProductCertificate] = Field(default_factory=list)

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
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
                "document_version": 3,
                "model": "HB-200",
                "ip_number": "10-2024-0001234",
                "specification": "",
                "fields": {"flux_lmh": 120, "membrane": "평막"},
                "fields_version": 1,
                "files": [],
                "message": "",
                "withheld": [],
            }
        }
    )


class ProductPage(BaseModel):
    """Products, newest first; `next` is the cursor of the next page."""

    items: list[ProductView]
    next: str | None = None


class Purchases(BaseModel):
    """Who bought a product: its contracts, as their events say."""

    items: list[ContractState] = Field(default_factory=list)


def product_view(product: Product) -> ProductView:
    content = product.content
    of_it = {
        "title": content.title,
        "title_en": content.title_en,
        "summary": content.summary,
        "price": content.price,
        "document_version": product.version,
        "model": content.model,
        "ip_number": content.ip_number,
        "specification": content.specification,
        "fields": content.fields,
        "fields_version": content.fields_version,
        "files": content.files,
        "message": product.message,
        "withheld": product.withheld,
    }
    return ProductView(**product.public().__dict__ | of_it)
