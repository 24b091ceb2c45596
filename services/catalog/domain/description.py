"""What a party says of itself."""

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.membership import Councils
from shared.events.catalog import PartyKind


class Contact(BaseModel):
    """Whom to call: personal data, never in an event."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, pattern=r"\S", examples=["김하늘"])
    phone: str = Field(max_length=30, pattern=r"^$|\S", examples=["02-555-0100"])
    mail: str = Field(max_length=200, pattern=r"^$|\S", examples=["sky@example.kr"])


class Description(BaseModel):
    """What a party says of itself on registering."""

    model_config = ConfigDict(extra="forbid")

    party_kind: PartyKind
    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["한빛수처리"])
    title_en: str = Field(default="", max_length=200, pattern=r"^$|\S", examples=["Hanbit Water"])
    business_number: str = Field(max_length=20, examples=["1248100998"])
    councils: Councils = Field(default_factory=list)
    region: str = Field(default="", max_length=50, pattern=r"^$|\S", examples=["대전"])
    contact: Contact | None = None
