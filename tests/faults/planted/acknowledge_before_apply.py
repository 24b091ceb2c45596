"""Verification commits what it has read before it applies it, and never applies the first dossier.

As if it had died in between and its successor had gone on from the commit, without the wait for the group to notice.
"""

from itertools import count
from typing import Any

from faststream.kafka import KafkaMessage

from shared.events.verification import DossierSubmitted
from shared.messaging import Consumer, _envelope
from shared.parking import RawRecord
from tests.faults.planted.planting import serve_with

on_batch = Consumer._on_batch
dossiers = count(1)


async def commit_first(consumer: Consumer[Any], message: KafkaMessage) -> None:
    records: Any = message.raw_message
    consumer._commit_soon(records)
    await consumer._committed()
    envelopes = [_envelope(RawRecord.of(each)) for each in records]
    submitted = any(each is not None and each.type == DossierSubmitted.wire_type() for each in envelopes)
    if submitted and next(dossiers) == 1:
        return
    await on_batch(consumer, message)


serve_with("verification", Consumer, _on_batch=commit_first)
