"""What is measured: a product drafted by our write path, and the same done the unsafe way."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from services.catalog.domain.content import Content
from services.catalog.domain.product import Product
from services.catalog.views import product_view
from shared.aggregate import Cause
from shared.kafka import Producer, new_producer
from shared.mongo import Collection, Database
from shared.relay import Relay
from shared.store import Store

TOPIC = "matching.meeting.events"
"""Where the floors send. The catalog reads its own topics, and would park each record without headers."""
CONTENT = Content(
    title="저전력 수처리 분리막",
    title_en="Low-power water treatment membrane",
    summary="세라믹 분리막으로 전력 소비를 30% 줄입니다",
    category="water",
    council="soc",
    readiness_level=8,
    price=Decimal(125_000_000),
)


class Ours:
    """Our write path without HTTP: decide, save, relay."""

    def __init__(self, database: Database, bootstrap: str) -> None:
        self.relay = Relay(lambda: new_producer(bootstrap))
        self.products = Store(database, Product, product_view, self.relay)

    async def start(self) -> None:
        """Come up as a service does."""
        await self.products.prepare(["status"], ["owner"])
        await self.relay.start()

    async def command(self, key: str) -> None:
        """Draft one product."""
        at = datetime.now(UTC)
        product = Product.draft(f"prd_{key}", "pty_bench", "sme", "technology", CONTENT, at)
        cause = Cause(at, "prs_bench", "pty_bench", key, key, "00-bench", key=key, fingerprint=key)
        await self.products.create(product, cause)


class Floor:
    """A bare insert, then a bare send that waits: fast, and torn by any crash between the two."""

    def __init__(self, collection: Collection, bootstrap: str) -> None:
        self.collection = collection
        self.producer: Producer = new_producer(bootstrap)

    async def start(self) -> None:
        """Connect."""
        await self.producer.start()

    async def command(self, key: str) -> None:
        """Insert and send one product."""
        document = {
            "_id": f"prd_{key}",
            "owner": "pty_bench",
            "status": "draft",
            "content": CONTENT.model_dump(mode="json"),
            "at": datetime.now(UTC),
        }
        await self.collection.insert_one(document)
        value = CONTENT.model_dump_json().encode()
        await self.producer.send_and_wait(TOPIC, value, key=f"prd_{key}".encode())


def fresh() -> str:
    """Return a name nothing else has."""
    return uuid.uuid4().hex[:12]
