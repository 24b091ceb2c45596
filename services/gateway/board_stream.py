"""The live board of a market day: the whole board first, then what changes on it, as server-sent events."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import orjson
from starlette.types import Send

from services.gateway.board import Hall
from services.gateway.board_views import Board
from services.gateway.ground import Gateway
from services.gateway.live import Feed, Item, Listener, Positions, written
from services.gateway.streaming import LiveStream, chunk
from shared.auth import Caller
from shared.errors import NotFound

TYPES = ("matching.event.", "matching.participation.", "matching.consultation.")
LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""When nobody was late yet."""


class Watcher(Listener):
    """One who hears of one market day whatever its board shows: that is for everybody."""

    def __init__(self, caller: Caller, positions: Positions, event: str) -> None:
        super().__init__(caller, positions, TYPES)
        self._named = f'"event":"{event}"'.encode()
        self.event = event

    def _may_hear(self, item: Item) -> bool:
        return self._named in item.text


class BoardStream(LiveStream):
    """Sends the board to a caller without a place, and to all each change of it.

    An event of the feed says which rows to look at again, once they are as new as it is. Every few seconds the whole is
    looked at: for what the clock alone changes, and for a row that was late.
    """

    quiet_seconds: ClassVar[float] = 5.0

    def __init__(
        self, feed: Feed, watcher: Watcher, stopping: asyncio.Event, gateway: Gateway, hall: Hall, *, whole: bool
    ) -> None:
        super().__init__(feed, watcher, stopping)
        self._gateway = gateway
        self._hall = hall
        self._whole = whole
        self._told = hall.board(LONG_AGO)

    async def _greeting(self) -> bytes:
        greeting = await super()._greeting()
        if not self._whole:
            return greeting
        self._told = self._hall.board(datetime.now(UTC))
        return greeting + await self._said("board", self._told)

    async def _send(self, items: Sequence[Item], send: Send) -> None:
        wanted = [item for item in items if self._listener.wants(item)]
        if wanted:
            touched = await caught_up(self._gateway, wanted)
            self._hall.learn(await self._gateway.seen(touched))
            await send(chunk(await self._changes(touched)))

    async def _quiet(self) -> bytes:
        self._hall = await self._gateway.hall(self._hall.event.id) or self._hall
        return await self._changes(()) or await super()._quiet()

    async def _changes(self, touched: Collection[str]) -> bytes:
        """Return what is otherwise than was told, nothing when all is the same."""
        before, self._told = self._told, self._hall.board(datetime.now(UTC))
        if not touched and self._told.says() == before.says():
            return b""
        return await self._said("board.changed", self._told.since(before, touched))

    async def _said(self, name: str, board: Board) -> bytes:
        place = written(self._listener.positions)
        board = await shown(board, place, self._gateway)
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (place.encode(), name.encode(), board.model_dump_json().encode())


async def hall_of(watcher: Watcher, feed: Feed, gateway: Gateway) -> Hall:
    """Return a market day as new as all that this process heard of it. Raise NotFound where there is none."""
    await caught_up(gateway, filter(watcher.hears, feed.window))
    hall = await gateway.hall(watcher.event)
    if hall is None:
        raise NotFound(
            "event.unknown", f"there is no event {watcher.event}", f"행사 {watcher.event}을(를) 찾을 수 없습니다"
        )
    return hall


async def shown(board: Board, place: str, gateway: Gateway) -> Board:
    """Return a board with the titles of whom it names, and where it stands."""
    return board.model_copy(update={"titles": await gateway.titles(board.parties()), "place": place})


async def caught_up(gateway: Gateway, items: Iterable[Item]) -> set[str]:
    """Wait until the rows of what these events are about are as new as they are, at most 2 s; return their ids."""
    positions: dict[str, int] = {}
    for item in items:
        event = orjson.loads(item.text)
        positions[event["subject"]] = max(int(event["sequence"]), positions.get(event["subject"], 0))
    if positions:
        await gateway.reached(positions)
    return set(positions)
