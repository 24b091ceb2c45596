"""HTTP connections to the services behind the gateway."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from yarl import URL

from shared.errors import MarketError, TookTooLong, Unavailable

CONNECTIONS = 256
CONNECT_SECONDS = 2.0
PASSING_SECONDS = 300.0
"""For a file, at the pace of whoever sends or takes it: 20 MB at 70 kB a second."""
KEPT_OPEN_SECONDS = 60.0
SECOND_TRY_AFTER = 0.1
OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Reply(NamedTuple):
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Upstreams:
    """Asks a service and waits for its whole answer.

    Each service has connections of its own, so that one that hangs takes none from the others. They are kept open for
    less time than the services keep them, so that a request seldom meets a connection that is just being closed.
    """

    def __init__(self, addresses: Mapping[str, str], time_limit: float) -> None:
        self._addresses = {name: address.rstrip("/") for name, address in addresses.items()}
        self._time_limit = time_limit
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS, keepalive_timeout=KEPT_OPEN_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=OWN_HEADERS,
            auto_decompress=False,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return a service's answer to one request; ask once more when the connection broke.

        That is safe because every request that changes something carries an Idempotency-Key. Raise Unavailable when
        the service cannot be reached, TookTooLong when there is no answer within the time limit.
        """
        url = URL(self._addresses[service] + target, encoded=True)
        try:
            async with asyncio.timeout(self._time_limit):
                try:
                    return await self._ask(method, url, headers, body)
                except aiohttp.ClientError:
                    await asyncio.sleep(SECOND_TRY_AFTER)
                    return await self._ask(method, url, headers, body)
        except aiohttp.ClientError:
            raise _unreachable(service) from None
        except TimeoutError:
            raise _slow(service, self._time_limit) from None

    @asynccontextmanager
    async def passing(
        self, service: str, method: str, target: str, headers: Mapping[str, str], body: AsyncIterator[bytes] | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a body on while it comes in, and yield the answer while it comes back, each within PASSING_SECONDS.

        Asked once: a body passes once. Raise as `ask` does, but only for what breaks before there is an answer.
        """
        if self._session is None:
            raise _unreachable(service)
        url = URL(self._addresses[service] + target, encoded=True)
        try:
            async with asyncio.timeout(PASSING_SECONDS):
                reply = await self._session.request(method, url, headers=headers, data=body, allow_redirects=False)
        except aiohttp.ClientError:
            raise _unreachable(service) from None
        except TimeoutError:
            raise _slow(service, PASSING_SECONDS) from None
        async with asyncio.timeout(PASSING_SECONDS), reply:
            yield reply

    async def _ask(self, method: str, url: URL, headers: Mapping[str, str], body: bytes) -> Reply:
        if self._session is None:
            raise aiohttp.ClientConnectionError
        async with self._session.request(
            method, url, headers=headers, data=body or None, allow_redirects=False
        ) as response:
            return Reply(response.status, response.headers, await response.read())


def _unreachable(service: str) -> MarketError:
    return Unavailable(
        "upstream.unavailable",
        f"{service} does not answer now; try again with the same Idempotency-Key",
        f"{service} 서비스가 응답하지 않습니다. 같은 Idempotency-Key로 다시 시도하십시오",
    )


def _slow(service: str, limit: float) -> MarketError:
    return TookTooLong(
        "upstream.slow",
        f"{service} did not answer within {limit:g} s; it may still do it: repeat with the same Idempotency-Key",
        f"{service} 서비스가 {limit:g}초 안에 응답하지 않았습니다. 같은 Idempotency-Key로 다시 시도하십시오",
    )
