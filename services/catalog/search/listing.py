"""What search keeps of one product: made from its document, and nothing while it is not listed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.catalog.domain.content import Content, Version
from services.catalog.domain.product import Product
from services.catalog.domain.words import Words
from services.catalog.search.asking import price_band
from services.catalog.search.tokens import RULES, words
from shared.mongo import Document

FIELDS = ("created_at", "sequence", "state")
"""Of a product's document: of a state all, as it is little else than what is needed, and quicker to give whole."""


class Owner(NamedTuple):
    """A party as search shows it."""

    title: str
    region: str


NOBODY = Owner("", "")
"""A party that is not known."""


class Listing(NamedTuple):
    """One listing: what it is found by, and `shown`, what a hit shows of it."""

    id: str
    words: Mapping[str, Any]
    owner: str
    facets: Mapping[str, Sequence[str]]
    price: int | None
    valid_from: date
    valid_until: date | None
    created: int
    shown: Mapping[str, Any]


def lacks_words(product: Product) -> bool:
    """Return whether a listed product has no words yet, or those of another version or other rules."""
    held = product.words
    current = held is not None and (held.version, held.rules) == (product.version_shown, RULES)
    return product.status == "listed" and not current


def analysed(content: Content, version: int) -> Words:
    """Return the words of one version of a product."""
    return Words(
        rules=RULES,
        version=version,
        title=" ".join(words(content.title)),
        title_en=" ".join(words(content.title_en)),
        summary=" ".join(words(content.summary)),
        codes=" ".join(words(f"{content.model} {content.ip_number}")),
    )


def listing_of(document: Document, owner: Owner) -> Listing | None:
    """Return what search keeps of a product, None when it is not listed.

    One that was listed under other rules has its words made here: its document gets them when it changes next.
    """
    state = document["state"]
    if state["status"] != "listed":
        return None
    version: int = state["version_shown"]
    content: Document = state["versions"][version - 1]
    certificates: list[Document] = state["certificates"]
    price = None if content["price"] is None else int(content["price"])
    facets = {
        "council": [content["council"]],
        "category": [content["category"]],
        "product_kind": [state["product_kind"]],
        "region": [owner.region] if owner.region else [],
        "issuer": list(dict.fromkeys(each["institution"] for each in certificates)),
        "price_band": [] if price is None else [price_band(price)],
        "readiness_level": [str(content["readiness_level"])],
    }
    shown = {
        "title": content["title"],
        "title_en": content["title_en"],
        "summary": content["summary"],
        "category": content["category"],
        "council": content["council"],
        "price": content["price"],
        "id": document["_id"],
        "version": version,
        "owner": state["owner"],
        "region": owner.region,
        "product_kind": state["product_kind"],
        "readiness_level": content["readiness_level"],
        "certificates": certificates,
    }
    return Listing(
        id=document["_id"],
        words=_words_of(state, content, version),
        owner=owner.title,
        facets=facets,
        price=price,
        valid_from=min(map(_valid_from, certificates), default=date.min),
        valid_until=max((date.fromisoformat(each["valid_until"]) for each in certificates), default=None),
        created=round(document["created_at"].timestamp() * 1_000_000),
        shown=shown,
    )


def parties_in(document: Document) -> set[str]:
    """Return the parties a listing shows: its owner, and who certified it."""
    state = document["state"]
    return {state["owner"], *(each["institution"] for each in state["certificates"])}


def _valid_from(certificate: Document) -> date:
    known: str | None = certificate.get("valid_from")
    return date.fromisoformat(known) if known else date.min


def _words_of(state: Document, content: Document, version: int) -> Mapping[str, Any]:
    kept: Document | None = state.get("words")
    if kept and kept["version"] == version and kept["rules"] == RULES:
        return kept
    return analysed(Version.model_validate(content), version).model_dump()
