"""What a contract is made of: the proposal, the product as it was, signatures, payments, and the document's digest."""

import hashlib
import json
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from shared.errors import Refused
from shared.events.catalog import ProductKind
from shared.events.contracts import ContractKind
from shared.events.envelope import WHOLE, Won, won_as_sent

PositiveWon = Annotated[Won, Field(gt=0), WithJsonSchema(won_as_sent(1), mode="validation")]


class ListedVersion(BaseModel):
    """The product version an institution saw when it decided."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])
    version: Annotated[int, WHOLE] = Field(ge=1, examples=[1])


class Proposal(BaseModel):
    """What an institution puts into a contract: the product version it saw, the amount, the terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_kind: ContractKind = Field(examples=["purchase"])
    firm: str = Field(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_5k2qj4"])
    product: ListedVersion
    amount: PositiveWon
    terms: str = Field(min_length=1, max_length=50_000, pattern=r"\S", examples=["납품 후 30일 이내 검수한다."])
    meeting: str = Field(default="", pattern=r"^(mtg_[a-z0-9]{1,40})?$", examples=["mtg_2k7d9x"])
    commitment: str = Field(default="", pattern=r"^(cmt_[a-z0-9]{1,40})?$", examples=["cmt_8d2m4z"])


class ProductSnapshot(BaseModel):
    """The product as it was listed when the contract was drafted."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int
    product_kind: ProductKind
    title: str
    owner: str


class Signature(BaseModel):
    """One side's signature: the party, the person who signed for it, and when."""

    model_config = ConfigDict(frozen=True)

    party: str
    person: str
    at: datetime


class Payment(BaseModel):
    """A part paid, under the institution's own reference."""

    model_config = ConfigDict(frozen=True)

    amount: Won
    erp_reference: str
    at: datetime


DOCUMENT = {
    "id",
    "contract_kind",
    "institution",
    "firm",
    "product",
    "certificate",
    "amount",
    "terms",
    "meeting",
    "commitment",
}
"""What both sides sign: the fields of a contract that its digest is taken of."""


def digest(contract: BaseModel) -> str:
    """Return the SHA-256 of what is signed: its JSON in UTF-8, keys sorted, no spaces, Korean not escaped."""
    content = contract.model_dump(mode="json", include=DOCUMENT)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def must_stand(until: datetime | None, at: datetime) -> None:
    """Raise Refused when the time to sign is over, whether or not the clock has ended the offer yet."""
    if until is not None and until <= at:
        raise Refused(
            "contract.offer_expired",
            f"the offer stood until {until}",
            f"계약 제안의 서명 기한이 {until}에 지났습니다",
        )
