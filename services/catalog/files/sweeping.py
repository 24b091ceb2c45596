"""Bytes that no file refers to, removed: of uploads that broke off before they were a file, of files that are gone."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from services.catalog.domain.file import File
from services.catalog.files.place import Place
from shared.store import Store
from shared.tasks import end

log = structlog.get_logger()

SWEEP_EVERY = timedelta(hours=1)
UNDER_WAY = timedelta(hours=1)
"""Longer than any upload takes: what is older and no file's was nobody's, or is no longer."""


class Sweep:
    """Looks through the storage from time to time, in every replica: to remove twice does no harm."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing is removed before it is known what belongs to files."""

    async def stop(self) -> None:
        await end(self._task)

    def begin(self, files: Store[File]) -> None:
        self._task = asyncio.create_task(self._run(files))

    async def _run(self, files: Store[File]) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY.total_seconds())
            try:
                await sweep(self.place, files, datetime.now(UTC) - UNDER_WAY)
            except Exception as error:  # noqa: BLE001  the storage or the database is away: look again
                log.warning("sweep_failed", error=repr(error))


async def sweep(place: Place, files: Store[File], moment: datetime) -> None:
    """Remove what was written before this moment and belongs to no file that is there."""
    async for keys in place.storage.written_before(moment):
        belonging: set[str] = set()
        kept = {"state.stored": {"$in": keys}, "state.status": {"$ne": "removed"}}
        async for found in files.scanned(kept, ["state.stored"]):
            belonging |= {each["state"]["stored"] for each in found}
        nobodys = [key for key in keys if key not in belonging]
        if nobodys:
            await place.storage.remove(nobodys)
            log.info("files_swept", count=len(nobodys))
    await place.storage.remove_torn(moment)
