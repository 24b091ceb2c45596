"""What the contracts service does when a contract begins or ends, or a party leaves the market."""

from contextlib import suppress

from services.contracts.domain.contract import UNSIGNED
from services.contracts.ground import Contracts
from shared.aggregate import Cause
from shared.errors import AlreadyApplied
from shared.events.catalog import PartyClosed
from shared.events.contracts import ContractSigned, ContractTerminated
from shared.messaging import Subscriptions

subscriptions: Subscriptions[Contracts] = Subscriptions()

EVERY = 100_000
"""More than the contracts one party has under way."""


@subscriptions.on(PartyClosed)
async def cancel_with_party(event: PartyClosed, cause: Cause, owned: Contracts) -> None:
    """What a party that leaves has not agreed yet comes to nothing; what is in force is for the two sides to end."""
    for side in ("institution", "firm"):
        for found in await owned.contracts.where({side: event.party, "status": {"$in": [*UNSIGNED]}}, EVERY):
            with suppress(AlreadyApplied):
                contract = await owned.contracts.load(found.id, cause)
                contract.end_with_party(cause.at)
                await owned.contracts.save(contract, cause)


@subscriptions.on(ContractSigned)
async def count_contract(event: ContractSigned, cause: Cause, owned: Contracts) -> None:
    """An active contract counts towards the promise it names."""
    if not event.commitment:
        return
    commitment = await owned.commitments.load(event.commitment, cause)
    commitment.count(event.contract, event.amount, event.at)
    await owned.commitments.save(commitment, cause)


@subscriptions.on(ContractTerminated)
async def uncount_contract(event: ContractTerminated, cause: Cause, owned: Contracts) -> None:
    """A terminated contract no longer counts."""
    contract = await owned.contracts.load(event.contract)
    if not contract.commitment:
        return
    commitment = await owned.commitments.load(contract.commitment, cause)
    commitment.uncount(event.contract, event.at)
    await owned.commitments.save(commitment, cause)
