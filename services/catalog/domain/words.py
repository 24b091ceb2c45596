"""The words a listing is found by, kept with the product so that an index is made anew without analysing a text."""

from pydantic import BaseModel, ConfigDict


class Words(BaseModel):
    """The words of version `version`, made by the rules `rules`; each field's in order, with spaces between."""

    model_config = ConfigDict(frozen=True)

    rules: int
    version: int
    title: str
    title_en: str
    summary: str
    codes: str
    """Of the model and the IP number."""
