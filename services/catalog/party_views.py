"""How the catalog shows its parties."""

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.ban_views import BanView, ban_views
from services.catalog.domain.description import Contact
from services.catalog.domain.finding import Finding
from services.catalog.domain.membership import Membership
from services.catalog.domain.party import Party
from shared.events.catalog import PartyState


class PartyView(PartyState):
    """A party; `contact`, `findings`, `bans` and `memberships` only for its own people and the operator."""

    version: int
    contact: Contact | None = None
    findings: list[Finding] = Field(default_factory=list)
    bans: list[BanView] = Field(default_factory=list)
    memberships: list[Membership] = Field(default_factory=list, description="Each change of its councils")

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "pty_5k2qj4",
                "party_kind": "sme",
                "title": "한빛수처리",
                "title_en": "Hanbit Water",
                "business_number": "1248100998",
                "councils": ["soc"],
                "region": "대전",
                "status": "active",
                "sme_certificate_until": "2027-03-31",
                "version": 2,
            }
        }
    )


class PartyPage(BaseModel):
    """Parties, newest first; `next` is the cursor of the next page."""

    items: list[PartyView]
    next: str | None = None


def party_view(party: Party) -> PartyView:
    own = party.model_dump(include={"contact", "findings", "memberships"})
    return PartyView(**party.public().model_dump(), version=party.version, bans=ban_views(party), **own)
