"""An ERP that follows contracts and products of the technology market: consume, drop repeats, commit after the write.

    python consumer.py --bootstrap kafka.example:9092 --database erp.sqlite3

Needs only aiokafka. A batch is one SQLite transaction; Kafka's offsets are committed after it, so a crash in between
only makes Kafka send again what is then dropped by (subject, sequence).
"""

import argparse
import asyncio
import json
import sqlite3

from aiokafka import AIOKafkaConsumer, ConsumerRecord

TOPICS = ("contracts.contract.events", "catalog.product.events")
SAID = {
    "contracts.contract.drafted": ("contract drafted", "계약 초안"),
    "contracts.contract.signed": ("contract signed", "계약 체결"),
    "contracts.contract.paid": ("paid", "대금 지급"),
    "contracts.contract.completed": ("contract completed", "계약 완료"),
    "catalog.product.registered": ("product registered", "제품 등록"),
    "catalog.product.listed": ("product listed", "제품 등재"),
    "catalog.product.withdrawn": ("product withdrawn", "제품 철회"),
}


def opened(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE IF NOT EXISTS facts (subject TEXT, sequence INTEGER, type TEXT, time TEXT, data TEXT,"
        " PRIMARY KEY (subject, sequence))"
    )
    return database


def apply(database: sqlite3.Connection, record: ConsumerRecord) -> str | None:
    """Write one event and return a line about it; None when it was written before."""
    headers = {name: raw.decode() for name, raw in record.headers}
    subject, sequence = headers["ce_subject"], int(headers["ce_sequence"])
    row = (subject, sequence, headers["ce_type"], headers["ce_time"], record.value.decode())
    if database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?, ?)", row).rowcount == 0:
        return None
    name = headers["ce_type"].removeprefix("kr.techmarket.").rpartition(".v")[0]
    english, korean = SAID.get(name, (name, name))
    amount = json.loads(record.value).get("amount")
    won = f"  {int(amount):,} KRW" if amount else ""
    return f"{headers['ce_time']}  {subject} #{sequence}  {korean} · {english}{won}"


async def follow(bootstrap: str, path: str, group: str) -> None:
    database = opened(path)
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=200)
            with database:  # one transaction: all of these records or none
                lines = [apply(database, record) for batch in batches.values() for record in batch]
            if batches:
                await consumer.commit()
            for line in filter(None, lines):
                print(line, flush=True)
    finally:
        await consumer.stop()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Follow contracts and products of the technology market.")
    options.add_argument("--bootstrap", default="127.0.0.1:9092")
    options.add_argument("--database", default="erp.sqlite3")
    options.add_argument("--group", default="erp.example")
    chosen = options.parse_args()
    asyncio.run(follow(chosen.bootstrap, chosen.database, chosen.group))
