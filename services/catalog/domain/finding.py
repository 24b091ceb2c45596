"""What was found out about a party on a day: its tax status, and until when its SME certificate is valid."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from shared.events.catalog import TaxStatus

FindingSource = Literal["registry", "operator"]


class Finding(BaseModel):
    """A dated fact: so it was from `found_at` to `confirmed_at` at least, by every answer of one source in between.

    No date of an SME certificate says nothing: what is known of it stands.
    """

    source: FindingSource
    tax_status: TaxStatus
    sme_certificate_until: date | None = None
    found_at: AwareDatetime
    confirmed_at: AwareDatetime

    def is_confirmed_by(self, later: "Finding") -> bool:
        """Whether a later answer of the same source says the same."""
        told = {"source", "tax_status", "sme_certificate_until"}
        return self.model_dump(include=told) == later.model_dump(include=told)
