"""Which councils an institution belongs to, and each change of it as a dated fact."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from shared.events.catalog import Council

Councils = Annotated[
    list[Council],
    Field(max_length=3, examples=[["soc"]], description="In any order; one named twice counts once"),
    AfterValidator(lambda councils: sorted(set(councils))),
]


class Membership(BaseModel):
    """The councils from a moment on and why, as one person said on behalf of a party."""

    councils: list[Council]
    reason: str
    at: AwareDatetime
    by: str
    principal: str
