"""The bytes of files, in a folder or in a bucket behind the S3 API. The only module that imports obstore."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

import structlog
from obstore import delete_async, get_async, put_async
from obstore import list as listed
from obstore.exceptions import BaseError
from obstore.store import from_url

from shared.errors import Unavailable

if TYPE_CHECKING:
    from obstore import BytesStream
    from obstore.store import ClientConfig, RetryConfig, S3Config

log = structlog.get_logger()

READ_BYTES = 262_144
AT_ONCE = 1000
PATIENCE: "ClientConfig" = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=3),
    "timeout": timedelta(seconds=60),
}
TRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class Storage:
    """Bytes by key: all of them or none, whatever breaks off while they are written."""

    def __init__(self, url: str, bucket: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        if self._folder is not None:
            self._store = from_url(url, mkdir=True)
        else:
            told = cast("S3Config", bucket)
            self._store = from_url(url, config=told, client_options=PATIENCE, retry_config=TRIES)

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store what the chunks yield. What they raise is raised, and nothing is stored. Raise Unavailable."""
        try:
            # One part is held at a time, and no more asked for meanwhile.
            await put_async(self._store, key, chunks, max_concurrency=1)
            if self._folder is not None:
                await asyncio.to_thread(_reach_the_disk, self._folder / key)
        except (BaseError, OSError) as error:
            raise _away(key, error) from error

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Return the bytes chunk by chunk, each fetched when it is asked for. Raise Unavailable."""
        try:
            found = await get_async(self._store, key)
        except (BaseError, OSError) as error:
            raise _away(key, error) from error
        return _bytes_of(found.stream(min_chunk_size=READ_BYTES))

    async def written_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """Yield the keys of what was written before this moment, so many at once."""
        async for batch in listed(self._store, chunk_size=AT_ONCE):
            yield [each["path"] for each in batch if each["last_modified"] < moment]

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove these; some may be gone already."""
        await delete_async(self._store, keys)

    async def remove_torn(self, moment: datetime) -> None:
        """Remove what killed processes left of writes begun before this moment. A bucket has a rule for it."""
        if self._folder is not None:
            await asyncio.to_thread(_remove_torn, self._folder, moment.timestamp())


async def _bytes_of(stream: "BytesStream") -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(chunk)


def _reach_the_disk(file: Path) -> None:
    """Wait until a file and its name would outlive a power cut."""
    for each in (file, file.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_torn(folder: Path, moment: float) -> None:
    for file in folder.glob("*#*"):
        if file.stat().st_mtime < moment:
            file.unlink(missing_ok=True)


def _away(key: str, error: Exception) -> Unavailable:
    log.error("file_storage_failed", key=key, error=str(error)[:500])
    return Unavailable(
        "file.storage_unavailable",
        "the place where files are kept does not answer; try again with the same Idempotency-Key",
        "파일 저장소가 응답하지 않습니다. 같은 Idempotency-Key로 다시 시도하십시오",
    )
