"""The floor for HTTP: a bare FastAPI route that inserts and then sends and waits. `python -m bench.floor_app`."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from bench.subjects import TOPIC
from services.catalog.domain.content import Content
from shared.kafka import Producer, new_producer
from shared.mongo import connect

COLLECTION = connect(os.environ["MONGO_URI"], os.environ["DATABASE"])["floor"]
PRODUCERS: list[Producer] = []


class Draft(BaseModel):
    """The same body as ours."""

    product_kind: str
    content: Content


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Keep one producer."""
    producer = new_producer(os.environ["KAFKA_BOOTSTRAP"])
    await producer.start()
    PRODUCERS.append(producer)
    yield
    await producer.stop()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def readyz() -> dict[str, str]:
    """Answer once it can."""
    return {"status": "ready"}


@app.post("/v1/products", status_code=201)
async def draft(body: Draft) -> dict[str, Any]:
    """Insert, send, wait, answer: no token, no key, no outbox."""
    product = f"prd_{uuid.uuid4().hex}"
    document: dict[str, Any] = {
        "_id": product,
        "status": "draft",
        "kind": body.product_kind,
        "content": body.content.model_dump(mode="json"),
        "at": datetime.now(UTC),
    }
    await COLLECTION.insert_one(document)
    await PRODUCERS[0].send_and_wait(TOPIC, body.content.model_dump_json().encode(), key=product.encode())
    return document


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
    )
