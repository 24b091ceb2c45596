"""What the gateway keeps: the rows of its views, of the product and of a market day."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from services.gateway.board import Hall, Seen
from services.gateway.views import MeetingOverview, ProductOverview
from shared.copies import PATIENCE, Copies
from shared.events.catalog import PartyState, ProductState
from shared.events.contracts import ContractState
from shared.events.envelope import State
from shared.events.matching import EventState, MeetingState, ParticipationState, RequestState
from shared.events.verification import CertificateState
from shared.mongo import Collection, Database, Document, write_anew
from shared.relay import Relay
from shared.store import Store

S = TypeVar("S", bound=State)


class Rows(Copies[S]):
    """The view's rows of one kind of aggregate: {_id, sequence, kind, product, state, suspect}.

    `suspect` names the rebuild that has not met this row yet; whoever writes the row clears it.
    """

    def __init__(self, database: Database, state: type[S], product: Callable[[S], str]) -> None:
        super().__init__(database, state, "product_view")
        self._product = product

    def row(self, state: S) -> Document:
        return super().row(state) | {"kind": state.kind, "product": self._product(state), "suspect": ""}

    async def restore(self, rows: Mapping[str, tuple[int, S]]) -> None:
        """Write these rows anew, unless the live consumer was faster with newer ones."""
        anew = {row_id: (sequence, self.row(state)) for row_id, (sequence, state) in rows.items()}
        await write_anew(self._collection, anew)


class Gateway:
    """One collection with a row for each aggregate that a view shows, put together when it is read."""

    def __init__(self, database: Database, _: Relay) -> None:
        self.rows: Collection = database["product_view"]
        self.rebuilds: Collection = database["rebuilds"]
        self.products = Rows(database, ProductState, lambda product: product.id)
        self.certificates = Rows(database, CertificateState, lambda certificate: certificate.product.id)
        self.meetings = Rows(database, MeetingState, lambda meeting: meeting.product)
        self.contracts = Rows(database, ContractState, lambda contract: contract.product.id)
        self.parties = Rows(database, PartyState, lambda _: "")
        self.events = Rows(database, EventState, lambda _: "")
        self.participations = Rows(database, ParticipationState, lambda _: "")
        self.requests = Rows(database, RequestState, lambda _: "")

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return ()

    @property
    def copies(self) -> Sequence[Rows[Any]]:
        return (
            self.products,
            self.certificates,
            self.meetings,
            self.contracts,
            self.parties,
            self.events,
            self.participations,
            self.requests,
        )

    async def prepare(self) -> None:
        await self.rows.create_index([("product", 1), ("_id", 1)])
        await self.rows.create_index("state.event")
        await self.rows.create_index("state.meeting")

    async def reached(self, positions: Mapping[str, int], patience: float = PATIENCE) -> bool:
        """Wait up to `patience` seconds until the view has every one of these positions; return whether it has."""
        pause = 0.01
        while True:
            found = await self.rows.find({"_id": {"$in": list(positions)}}, {"sequence": 1}).to_list(len(positions))
            sequences = {row["_id"]: row["sequence"] for row in found}
            if all(sequences.get(each, 0) >= sequence for each, sequence in positions.items()):
                return True
            if patience <= 0:
                return False
            await asyncio.sleep(pause)
            patience -= pause
            pause = min(pause * 2, 0.1)

    async def overview(self, product_id: str) -> ProductOverview:
        """Return what is known around one product, nothing but empty lists when nothing is."""
        of_kind = self._by_kind(await self.rows.find({"product": product_id}).sort("_id", 1).to_list(None))
        product = next(iter(of_kind[ProductState.kind]), None)
        meetings, contracts = of_kind[MeetingState.kind], of_kind[ContractState.kind]
        involved = {product["owner"]} if product else set()
        involved |= {each["institution"] for each in (*of_kind[CertificateState.kind], *meetings, *contracts)}
        involved |= {each["firm"] for each in (*meetings, *contracts)}
        return ProductOverview.model_validate(
            {
                "product": product,
                "certificates": of_kind[CertificateState.kind],
                "meetings": meetings,
                "contracts": contracts,
                "names": await self.titles(involved),
            }
        )

    async def chain(self, meeting_id: str) -> MeetingOverview:
        """Return what led to a meeting and what came of it, as far as it is known."""
        meeting = await self.meetings.get(meeting_id)
        of_kind = self._by_kind(await self.rows.find({"state.meeting": meeting_id}).sort("_id", 1).to_list(None))
        contracts = of_kind[ContractState.kind]
        return MeetingOverview.model_validate(
            {
                "event": await self.events.get(meeting.event) if meeting else None,
                "request": next(iter(of_kind[RequestState.kind]), None),
                "meeting": meeting,
                "contracts": contracts,
                "contracted": sum((Decimal(each["amount"]) for each in contracts if each["amount"]), Decimal(0)),
                "names": await self.titles([meeting.firm, meeting.institution] if meeting else []),
            }
        )

    def _by_kind(self, rows: Iterable[Document]) -> dict[str, list[Document]]:
        of_kind: dict[str, list[Document]] = {each.state.kind: [] for each in self.copies}
        for row in rows:
            of_kind[row["kind"]].append(row["state"])
        return of_kind

    async def titles(self, parties: Iterable[str]) -> dict[str, str]:
        """Return what these parties are called, as far as they are known."""
        rows = await self.rows.find({"_id": {"$in": sorted(parties)}}).to_list(None)
        return {each["_id"]: each["state"]["title"] for each in rows}

    async def hall(self, event_id: str) -> Hall | None:
        """Return what is known of a market day, None when nothing is."""
        event = await self.events.get(event_id)
        if event is None:
            return None
        kinds = [MeetingState.kind, ParticipationState.kind]
        rows = await self.rows.find({"state.event": event_id, "kind": {"$in": kinds}}).to_list(None)
        return Hall(event, map(self._seen, rows))

    async def seen(self, ids: Iterable[str]) -> list[Seen]:
        """Return the states of these events, meetings and participations."""
        return [self._seen(row) for row in await self.rows.find({"_id": {"$in": sorted(ids)}}).to_list(None)]

    def _seen(self, row: Document) -> Seen:
        states: tuple[type[Seen], ...] = (EventState, MeetingState, ParticipationState)
        [state] = [each for each in states if each.kind == row["kind"]]
        return state.model_validate(row["state"])
