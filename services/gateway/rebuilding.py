"""Writing the product view anew from the state topics, while it is being read and kept up to date."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.gateway.ground import Gateway
from services.gateway.views import RebuildProgress
from shared.errors import Refused
from shared.events.envelope import Envelope
from shared.kafka import Record, end_offsets
from shared.reading import partitions_of, reader_of
from shared.tasks import end

log = structlog.get_logger()

VIEW = "product"
BATCH = 1000
WAIT_MS = 1000
SILENT_AFTER = timedelta(seconds=60)


class Rebuilds:
    """Runs one rebuild at a time; its progress is kept in the database, so that every replica can tell it."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing runs until somebody asks for it."""

    async def stop(self) -> None:
        await end(self._task)

    async def begin(self, gateway: Gateway) -> RebuildProgress:
        """Start a rebuild in the background. Raise Refused while another one shows life."""
        last = await progress(gateway)
        now = datetime.now(UTC)
        if last.status == "running" and last.updated_at is not None and now - last.updated_at < SILENT_AFTER:
            raise Refused("rebuild.running", "a rebuild of this view is under way", "이 뷰를 이미 다시 만들고 있습니다")
        began = RebuildProgress(view=VIEW, status="running", started_at=now, updated_at=now)
        await _tell(gateway, began)
        self._task = asyncio.create_task(self._run(gateway, began))
        return began

    async def _run(self, gateway: Gateway, began: RebuildProgress) -> None:
        try:
            await rebuild(gateway, self._bootstrap, began)
        except Exception as error:  # it runs on its own: the operator sees the failure in its progress
            log.exception("rebuild_failed", view=VIEW)
            await _tell(gateway, began.model_copy(update={"status": "failed", "error": repr(error)[:500]}))


async def progress(gateway: Gateway) -> RebuildProgress:
    """Return how far the last rebuild is."""
    document = await gateway.rebuilds.find_one({"_id": VIEW})
    return RebuildProgress.model_validate({"view": VIEW, "status": "never"} | (document or {}))


async def rebuild(gateway: Gateway, bootstrap: str, began: RebuildProgress) -> RebuildProgress:
    """Write every row anew and remove those that no record stands for. Safe while live, safe to repeat.

    All rows are made suspect, then the ends of the topics are noted and everything before them is read; whoever writes
    a row clears it, this reader or the live consumer. What is suspect at the end is not in the topics as it stands, so
    it goes; a second pass brings back those whose row was ahead of the topics.
    """
    done = await _pass(gateway, bootstrap, began)
    if done.removed:
        done = await _pass(gateway, bootstrap, done)
    done = done.model_copy(update={"status": "done"})
    await _tell(gateway, done)
    return done


async def _pass(gateway: Gateway, bootstrap: str, done: RebuildProgress) -> RebuildProgress:
    mark = secrets.token_hex(8)
    await gateway.rows.update_many({}, {"$set": {"suspect": mark}})
    partitions = partitions_of(each.state.topic() for each in gateway.copies)
    async with reader_of(bootstrap, partitions) as reader:
        ends = await end_offsets(reader, partitions)
        await reader.seek_to_beginning(*partitions)
        total = sum(ends.values()) - sum([await reader.position(each) for each in partitions])
        done = done.model_copy(update={"read": 0, "total": total, "skipped": 0})
        while any([await reader.position(each) < end for each, end in ends.items()]):
            batches = await reader.getmany(timeout_ms=WAIT_MS, max_records=BATCH)
            records = [record for batch in batches.values() for record in batch]
            skipped = await _restore(gateway, records)
            read = done.read + len(records)
            done = done.model_copy(update={"read": read, "total": max(total, read), "skipped": done.skipped + skipped})
            await _tell(gateway, done)
    removed = await gateway.rows.delete_many({"suspect": mark})
    return done.model_copy(update={"removed": done.removed + removed.deleted_count})


async def _restore(gateway: Gateway, records: Iterable[Record]) -> int:
    """Write the newest state of each aggregate among these; return how many records could not be decoded."""
    kept = {each.state.topic(): each for each in gateway.copies}
    newest: defaultdict[str, dict[str, tuple[int, Any]]] = defaultdict(dict)
    skipped = 0
    for record in records:
        try:
            envelope = Envelope.of(record.headers)
            state = kept[record.topic].state.model_validate_json(record.value or b"")
        except ValueError as error:
            log.warning("record_skipped", topic=record.topic, offset=record.offset, error=repr(error))
            skipped += 1
            continue
        known = newest[record.topic].get(envelope.subject)
        if known is None or known[0] <= envelope.sequence:
            newest[record.topic][envelope.subject] = (envelope.sequence, state)
    for topic, rows in newest.items():
        await kept[topic].restore(rows)
    return skipped


async def _tell(gateway: Gateway, done: RebuildProgress) -> None:
    told = done.model_copy(update={"updated_at": datetime.now(UTC)}).model_dump(exclude={"view"})
    await gateway.rebuilds.replace_one({"_id": VIEW}, told, upsert=True)
