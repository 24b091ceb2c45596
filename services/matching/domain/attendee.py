"""Who comes to an event for a party."""

from pydantic import BaseModel, ConfigDict, Field


class Attendee(BaseModel):
    """A person who comes: personal data, never in an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["김하늘"])
    job: str = Field(default="", max_length=100, pattern=r"^$|\S", examples=["연구소장"])
    phone: str = Field(default="", max_length=30, examples=["02-555-0100"])
