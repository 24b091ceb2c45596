"""Who acts for whom by what the market itself was told: every service keeps a copy of each member."""

from datetime import datetime

from shared.auth import Membership
from shared.copies import Copies
from shared.events.catalog import MemberState
from shared.mongo import Database


class Members(Copies[MemberState]):
    """Copies of members, read by person."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, MemberState)

    async def places(self, person: str, at: datetime) -> dict[str, Membership]:
        """Return the person's place in each party they act for at this moment, with own roles and lent ones."""
        found = [each for each in await self.where({"person": person, "status": "active"}) if each.acts(at)]
        return {each.party: Membership(each.party_kind, await self._roles(each, at)) for each in found}

    async def _roles(self, member: MemberState, at: datetime) -> frozenset[str]:
        lenders = [await self.get(each.lender) for each in member.delegations]
        return member.roles_at(at, {each.id: each for each in lenders if each is not None})
