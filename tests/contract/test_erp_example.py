"""The example ERP, as its reader would run it: repeats and kill -9 neither lose nor double anything."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.servers import Kafka
from shared.events.envelope import Envelope
from shared.events.topics import TOPIC_PARTITIONS, TOPIC_SETTINGS
from shared.kafka import Outgoing, create_topics, new_producer, publish

PROGRAM = Path(__file__).parents[2] / "examples" / "erp" / "python" / "consumer.py"
CONTRACTS = "contracts.contract.events"
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PATIENCE = 60.0
KILLS = 3
SUBJECTS = [f"ctr_erp{number}" for number in range(40)]
PER_SUBJECT = 50


def test_the_example_stays_short() -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) < 80


async def test_every_event_is_written_once_through_repeats_and_kills(kafka: Kafka, tmp_path: Path) -> None:
    await create_topics(kafka.bootstrap, TOPIC_PARTITIONS, TOPIC_SETTINGS, 1)
    database = tmp_path / "erp.sqlite3"
    sending = asyncio.create_task(send_with_repeats(kafka.bootstrap))

    for _ in range(KILLS):
        consumer = await started(kafka.bootstrap, database)
        await until_more(database, len(facts(database)) + 1)
        os.kill(consumer.pid, signal.SIGKILL)
        await consumer.wait()
    await sending
    consumer = await started(kafka.bootstrap, database)
    await until_more(database, len(SUBJECTS) * PER_SUBJECT)
    consumer.terminate()
    await consumer.wait()

    expected = [(subject, sequence) for subject in SUBJECTS for sequence in range(1, PER_SUBJECT + 1)]
    assert sorted(facts(database)) == sorted(expected)


async def test_a_line_is_readable_in_both_languages(kafka: Kafka, tmp_path: Path) -> None:
    await create_topics(kafka.bootstrap, TOPIC_PARTITIONS, TOPIC_SETTINGS, 1)
    producer = new_producer(kafka.bootstrap)
    await producer.start()
    await publish(producer, [signed("ctr_line", 1)])
    await producer.stop()

    consumer = await started(kafka.bootstrap, tmp_path / "erp.sqlite3", "erp.reader")
    line = await asyncio.wait_for(line_about("ctr_line", consumer), PATIENCE)
    consumer.terminate()
    await consumer.wait()

    assert line == "2026-11-23T01:30:00Z  ctr_line #1  계약 체결 · contract signed  125,000,000 KRW"


def signed(subject: str, sequence: int) -> Outgoing:
    envelope = Envelope(
        type="kr.techmarket.contracts.contract.signed.v1",
        source="/contracts/contract",
        subject=subject,
        sequence=sequence,
        time=AT,
        actor="prs_1",
        principal="pty_1",
        correlation="req_1",
        causation="req_1",
        traceparent="",
    )
    return Outgoing(CONTRACTS, subject, json.dumps({"amount": "125000000"}).encode(), envelope.headers())


async def send_with_repeats(bootstrap: str) -> None:
    """Send every event twice, as a relay that was killed does: a prefix again before going on."""
    producer = new_producer(bootstrap)
    await producer.start()
    for first in range(1, PER_SUBJECT + 1, 5):
        batch = [signed(subject, number) for number in range(first, first + 5) for subject in SUBJECTS]
        await publish(producer, batch)
        await publish(producer, batch)
        await asyncio.sleep(0.2)
    await producer.stop()


async def started(bootstrap: str, database: Path, group: str = "erp.example") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        *("--bootstrap", bootstrap, "--database", str(database), "--group", group),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )


async def line_about(subject: str, consumer: asyncio.subprocess.Process) -> str:
    assert consumer.stdout is not None
    while True:
        line = (await consumer.stdout.readline()).decode()
        if subject in line:
            return line.strip()


async def until_more(database: Path, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(facts(database)) < count:  # noqa: ASYNC110  another process writes
            await asyncio.sleep(0.02)


def facts(database: Path) -> list[tuple[str, int]]:
    if not database.exists():
        return []
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows: list[tuple[str, int]] = connection.execute(
            "SELECT subject, sequence FROM facts WHERE subject LIKE 'ctr_erp%'"
        ).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()
    return rows
