"""Server-sent events: the live feed as an answer without end (HTML Living Standard, section 9.2)."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Any, ClassVar

from fastapi import Response
from starlette.types import Receive, Scope, Send

from services.gateway.live import Feed, Item, Listener, written

LAST_WORD_SECONDS = 1.0
AT_ONCE = 100
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class LiveStream(Response):
    """Sends events until the caller leaves, falls too far behind, or the process stops.

    Every event's id says where in the feed it stands, so that a caller who comes back with it as Last-Event-ID gets
    each later event once. A comment with such an id keeps the connection alive and shortens that way back.
    """

    media_type = "text/event-stream"
    quiet_seconds: ClassVar[float] = 15.0

    def __init__(self, feed: Feed, listener: Listener, stopping: asyncio.Event) -> None:
        super().__init__()
        self._feed = feed
        self._listener = listener
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        ways_to_end = [
            asyncio.create_task(each)
            for each in (self._speak(send), _left(receive), self._listener.closed.wait(), self._stopping.wait())
        ]
        try:
            await asyncio.wait(ways_to_end, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.detach(self._listener)
            for each in ways_to_end:
                each.cancel()
            await asyncio.gather(*ways_to_end, return_exceptions=True)
        why = "too slow, come back with Last-Event-ID" if self._listener.too_slow else "come back with Last-Event-ID"
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await send(chunk(f": {why}\n\n".encode()))
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _speak(self, send: Send) -> None:
        """Send what was missed: from Kafka, then from the window; then what happens, as it happens."""
        listener = self._listener
        await send(chunk(await self._greeting()))
        async with aclosing(self._feed.replayed(listener)) as replayed:
            async for item in replayed:
                await self._send([item], send)
        await self._send(self._feed.attach(listener), send)
        clock = asyncio.get_running_loop().time
        due = clock() + self.quiet_seconds
        while True:
            try:
                async with asyncio.timeout_at(due):
                    items = [await listener.waiting.get()]
            except TimeoutError:
                await send(chunk(await self._quiet()))
                due = clock() + self.quiet_seconds
                continue
            while len(items) < AT_ONCE and not listener.waiting.empty():
                items.append(listener.waiting.get_nowait())
            await self._send(items, send)

    async def _send(self, items: Sequence[Item], send: Send) -> None:
        wanted = [self._event(item) for item in items if self._listener.wants(item)]
        if wanted:
            await send(chunk(b"".join(wanted)))

    async def _greeting(self) -> bytes:
        return b"retry: 1000\n" + self._here(b": listening\n")

    async def _quiet(self) -> bytes:
        """Return what is said every `quiet_seconds`, however much of what happens is not for this listener."""
        return self._here(b": still here\n")

    def _event(self, item: Item) -> bytes:
        place = written(self._listener.positions)
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (place.encode(), item.type.encode(), item.text)

    def _here(self, comment: bytes) -> bytes:
        """Return a comment with an id: it moves the caller's Last-Event-ID on and is no event."""
        return b"%sid: %s\n\n" % (comment, written(self._listener.positions).encode())


def chunk(body: bytes) -> dict[str, Any]:
    """Return a part of the answer, as ASGI wants it."""
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
