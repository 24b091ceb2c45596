"""The servers and processes a benchmark runs against, in a temporary folder, ended with it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.keys import development_keys
from deploy.local.ports import free_port
from deploy.local.probes import http_answers
from deploy.local.servers import Kafka, Mongo, choose_kafka, choose_mongo
from deploy.local.stack import create_topics

READY_SECONDS = 90.0


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Kafka, Mongo]]:
    """Start Apache Kafka and the Rust MongoDB stand-in where they can be had, with the market's topics."""
    kafka = choose_kafka("apache", folder, free_port())
    mongo = choose_mongo("rust", folder, free_port())
    try:
        for server in (kafka, mongo):
            server.start()
        for server in (kafka, mongo):
            server.wait_ready(READY_SECONDS)
        create_topics(kafka)
        yield kafka, mongo
    finally:
        kafka.stop()
        mongo.stop()


def settings_for(folder: Path, kafka: Kafka, mongo: Mongo) -> dict[str, str]:
    """Return what every process is told: the servers, and keys of this run."""
    keys = development_keys(folder)
    return {
        "PROFILE": "local",
        "HOST": "127.0.0.1",
        "MONGO_URI": mongo.uri,
        "KAFKA_BOOTSTRAP": kafka.bootstrap,
        "JWKS_URI": keys.jwks.as_uri(),
        "CURSOR_SECRET": keys.cursor_secret.read_text(),
        "FILES_URL": (folder / "files").as_uri(),
    }


@contextmanager
def process(module: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m module` with these variables; its talk goes nowhere, its errors to ours."""
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module, *arguments],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


async def until_answering(port: int, path: str) -> None:
    """Return once 200 comes from this port."""
    async with asyncio.timeout(READY_SECONDS):
        while not await asyncio.to_thread(http_answers, port, path):
            await asyncio.sleep(0.1)
