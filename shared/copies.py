"""What a service knows of other services' aggregates: the newest public state of each, taken from the state topics."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from shared.errors import NotKnownYet
from shared.events.envelope import State
from shared.mongo import Collection, Database, Document, upsert_newer

S = TypeVar("S", bound=State)
PATIENCE = 2.0


class Copies(Generic[S]):
    """Rows {_id, sequence, state}: guarded by sequence, so any order and any repeats end the same."""

    def __init__(self, database: Database, state: type[S], collection: str = "") -> None:
        self.state = state
        self._collection: Collection = database[collection or "copy_" + state.kind.replace(".", "_")]

    def row(self, state: S) -> Document:
        """Return what is kept of a state."""
        return {"state": state.model_dump(mode="json")}

    async def apply(self, rows: Mapping[str, tuple[int, S]]) -> None:
        """Take over newer states: {id: (sequence, state)}."""
        await upsert_newer(
            self._collection,
            {each: (sequence, self.row(state)) for each, (sequence, state) in rows.items()},
        )

    async def get(self, aggregate_id: str) -> S | None:
        """Return the state last heard of, or None."""
        row = await self._collection.find_one({"_id": aggregate_id})
        return None if row is None else self.state.model_validate(row["state"])

    async def among(self, ids: Iterable[str]) -> list[S]:
        """Return the states of those of these ids that are known, in at most one read."""
        asked = sorted(set(ids))
        rows = await self._collection.find({"_id": {"$in": asked}}).sort("_id", 1).to_list(None) if asked else []
        return [self.state.model_validate(row["state"]) for row in rows]

    async def where(self, fields: Mapping[str, Any], limit: int = 1000) -> list[S]:
        """Return the states with these fields."""
        query: Document = {f"state.{name}": value for name, value in fields.items()}
        rows = await self._collection.find(query).sort("_id", 1).to_list(limit)
        return [self.state.model_validate(row["state"]) for row in rows]

    async def require(self, aggregate_id: str, at_least: int = 1, patience: float = PATIENCE) -> S:
        """Return the state, at least as new as sequence `at_least`; wait up to `patience` seconds for it to arrive.

        Raise NotKnownYet when it does not: the caller may be ahead of the events, so it is no error of theirs.
        """
        pause = 0.01
        while True:
            row = await self._collection.find_one({"_id": aggregate_id})
            if row is not None and row["sequence"] >= at_least:
                return self.state.model_validate(row["state"])
            if patience <= 0:
                raise NotKnownYet(
                    "reference.not_known_yet",
                    f"{aggregate_id} is not known here yet; try again shortly",
                    f"{aggregate_id}은(는) 아직 알려지지 않았습니다. 잠시 후 다시 시도하십시오",
                )
            await asyncio.sleep(pause)
            patience -= pause
            pause = min(pause * 2, 0.25)

    async def prepare(self, *indexes: str) -> None:
        """Create an index over each of these state fields."""
        for field in indexes:
            await self._collection.create_index(f"state.{field}")
