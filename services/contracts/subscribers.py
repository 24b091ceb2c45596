"""What the contracts service does when a contract begins or ends: it adds up against the promise the contract names."""

from services.contracts.ground import Contracts
from shared.aggregate import Cause
from shared.events.contracts import ContractSigned, ContractTerminated
from shared.messaging import Subscriptions

subscriptions: Subscriptions[Contracts] = Subscriptions()


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
