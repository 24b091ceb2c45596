"""What `market doctor` finds out about ports and servers: both are started and used as the market uses them."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from cli.findings import Finding, attempt
from deploy.local.brokers import NoidaKafka
from deploy.local.databases import SecantusPython, SecantusRust
from deploy.local.errors import StackError
from deploy.local.ports import free_port, require_free
from deploy.local.process import ChildProcess
from deploy.local.stack import FIXED_PORTS
from shared.kafka import Outgoing, Partition, create_topics, new_producer, new_reader, publish
from shared.mongo import DatabaseError, DuplicateKey, connect

SERVER_PATIENCE = 30.0
FEATURE_PATIENCE = 20.0
TOPIC = "doctor.check"
EXTRA = "install the extra that holds it: uv sync --extra local, or pip install 'techmarket[local]'"


def examined_ports() -> Iterator[Finding]:
    """Look at the ports that `market up` takes."""
    for name, port in FIXED_PORTS.items():
        try:
            require_free(port, name)
        except StackError as error:
            yield Finding(f"port {port}", "note", str(error).splitlines()[0], ".venv/bin/market up --free-ports")
        else:
            yield Finding(f"port {port}", "ok", f"free for {name}")


def examined_servers() -> Iterator[Finding]:
    """Start each server in a folder of its own and do with it what the write path does."""
    with tempfile.TemporaryDirectory(prefix="techmarket-doctor-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        kafka = NoidaKafka(folder, free_port())
        yield from _examined(kafka, "idempotent producer, keys and headers kept", lambda: _use_kafka(kafka))
        mongo = SecantusPython(folder, free_port())
        yield from _examined(mongo, "unique multikey index, compare and set", lambda: _use_mongo(mongo.uri))
        if SecantusRust.program():
            rust = SecantusRust(folder, free_port())
            yield from _examined(rust, "unique multikey index, compare and set", lambda: _use_mongo(rust.uri))
        else:
            fix = "cargo is needed; build_secantus_rust() in deploy/local/databases.py builds it"
            yield Finding("SecantusDB, Rust", "note", "not built", fix)


def _examined(
    server: NoidaKafka | SecantusPython | SecantusRust, features: str, use: Callable[[], Coroutine[Any, Any, None]]
) -> Iterator[Finding]:
    started = attempt(server.label, lambda: _started(server), EXTRA, StackError)
    yield started
    if started.verdict == "ok":
        yield attempt(
            f"features of {server.label}", lambda: _used(use(), features), "use the versions in uv.lock", RuntimeError
        )
    server.stop()


def _started(server: ChildProcess) -> str:
    server.start()
    server.wait_ready(SERVER_PATIENCE)
    return f"starts and answers, {server.resident_mb():.0f} MB"


def _used(use: Coroutine[Any, Any, None], features: str) -> str:
    try:
        asyncio.run(asyncio.wait_for(use, FEATURE_PATIENCE))
    except (DatabaseError, TimeoutError, OSError) as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    return features


async def _use_kafka(kafka: NoidaKafka) -> None:
    await create_topics(kafka.bootstrap, {TOPIC: 1}, {TOPIC: {}}, 1)
    producer = new_producer(kafka.bootstrap)
    reader = new_reader(kafka.bootstrap)
    try:
        await producer.start()
        sent = Outgoing(TOPIC, "한글", "값".encode(), [("ce_id", b"1")])
        await publish(producer, [sent])
        await reader.start()
        reader.assign([Partition(TOPIC, 0)])
        got = await reader.getone()
        if (got.key.decode(), got.value, list(got.headers)) != (sent.key, sent.value, sent.headers):
            raise RuntimeError(f"the record came back as {got}")
    finally:
        await producer.stop()
        await reader.stop()


async def _use_mongo(uri: str) -> None:
    database = connect(uri, "doctor")
    things = database["things"]
    await things.create_index("claims", unique=True, sparse=True)
    await things.insert_one({"_id": "a", "version": 1, "claims": ["x", "y"]})
    try:
        await things.insert_one({"_id": "b", "version": 1, "claims": ["y"]})
    except DuplicateKey:
        stale = await things.update_one({"_id": "a", "version": 7}, {"$set": {"version": 8}})
        good = await things.update_one({"_id": "a", "version": 1}, {"$set": {"version": 2}})
        if (stale.matched_count, good.matched_count) != (0, 1):
            raise RuntimeError("compare and set does not compare") from None
    else:
        raise RuntimeError("a unique multikey index let a duplicate in")
    finally:
        database.client.close()
