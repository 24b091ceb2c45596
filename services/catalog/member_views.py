"""How members are shown, to their own party and the operator."""

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.description import Contact
from services.catalog.domain.member import Loan, Member
from shared.events.catalog import MemberState


class MemberView(MemberState):
    """A member; `loans` are the roles that were ever lent to them, the last by each colleague."""

    version: int
    contact: Contact | None = None
    loans: list[Loan] = Field(default_factory=list)

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "mem_3k9d2f",
                "party": "pty_kwater",
                "party_kind": "institution",
                "person": "prs_8kq2",
                "team": "구매부",
                "status": "active",
                "roles": ["officer"],
                "until": None,
                "delegations": [{"lender": "mem_7c1x4p", "roles": ["signer"], "until": "2027-01-31T00:00:00Z"}],
                "version": 2,
                "contact": {"name": "김하늘", "phone": "02-555-0100", "mail": "sky@example.kr"},
                "loans": [
                    {
                        "lender": "mem_7c1x4p",
                        "person": "prs_1a2b",
                        "roles": ["signer"],
                        "until": "2027-01-31T00:00:00Z",
                        "at": "2026-12-01T00:00:00Z",
                        "ended_at": None,
                    }
                ],
            }
        }
    )


class MemberPage(BaseModel):
    """Members, newest first; `next` is the cursor of the next page."""

    items: list[MemberView]
    next: str | None = None


def member_view(member: Member) -> MemberView:
    facts = member.public().model_dump()
    return MemberView(**facts, version=member.version, contact=member.contact, loans=member.loans)
