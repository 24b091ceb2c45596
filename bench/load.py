"""A lean HTTP/1.1 client on raw sockets: on two cores the client must not be what is measured."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

CONNECTIONS = 64


@dataclass(frozen=True)
class Loaded:
    """How a load went: answers a second, seconds each took (sorted), answers by status."""

    rate: float
    seconds: list[float]
    statuses: dict[int, int]


async def post(port: int, count: int, request: Callable[[int], bytes], connections: int = CONNECTIONS) -> Loaded:
    """Send request(0) ... request(count - 1) over keep-alive connections, one in flight on each."""
    numbers = iter(range(count))
    seconds: list[float] = []
    statuses: dict[int, int] = {}

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            began = time.perf_counter()
            writer.write(request(number))
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.index(b"content-length:") + 15
            await reader.readexactly(int(lower[at : lower.index(b"\r", at)]))
            seconds.append(time.perf_counter() - began)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return Loaded(count / (time.perf_counter() - began), sorted(seconds), statuses)


def drafting(token: str, body: bytes, run: str) -> Callable[[int], bytes]:
    """Return the bytes of POST /v1/products, each under a key of its own."""
    before = (
        f"POST /v1/products HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {run}-"
    ).encode()
    return lambda number: before + str(number).encode() + b"\r\n\r\n" + body
