"""Logs as events with fields, and the metrics every service has."""

import logging
import random

import structlog
from prometheus_client import Counter, Gauge, Histogram

RELAYED = Counter("market_relayed_records", "Records that Kafka has acknowledged")
OUTBOX_OLDEST = Gauge("market_outbox_oldest_seconds", "Age of the oldest event that is not in Kafka")
CONSUMED = Counter("market_consumed_records", "Records read, by how they ended", ["result"])
GAPS = Counter("market_sequence_gaps", "Events whose predecessor was not seen", ["topic"])
PARKED = Gauge("market_parked_records", "Records set aside after failing")
REQUESTS = Histogram("market_request_seconds", "Time to answer", ["method", "status"])


def configure_logging(*, readable: bool) -> None:
    """Write one JSON object a line, or coloured text when `readable`."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def new_traceparent() -> str:
    """Start a trace (W3C Trace Context, version 00)."""
    return f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-01"
