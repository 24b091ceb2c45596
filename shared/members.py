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
        lenders = await self.among({loan.lender for each in found for loan in each.delegations})
        by_id = {each.id: each for each in lenders}
        return {each.party: Membership(each.party_kind, each.roles_at(at, by_id)) for each in found}
