"""Commands over HTTP: a bare unsafe route, our service with everything on, and the same through the gateway."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.request import Request, urlopen

from bench.cliff import CALLERS, COMMANDS, ENDING, Cliff, adopting, certificates_end, fall, firms_end
from bench.load import Loaded, drafting, post
from bench.measure import Compared, Single, compare
from bench.processes import process, settings_for, until_answering
from bench.subjects import CONTENT, fresh
from deploy.local.keys import development_keys
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Mongo
from shared.mongo import connect

BODY = json.dumps(
    {"product_kind": "technology", "content": CONTENT.model_dump(mode="json")}, ensure_ascii=False
).encode()


class OverHttp:
    """The floor's process, a catalog and a gateway on the same servers."""

    def __init__(self, kafka: Kafka, mongo: Mongo, folder: Path, commands: int) -> None:
        self._kafka = kafka
        self._mongo = mongo
        self._folder = folder
        self._commands = commands
        self._ports = {name: free_port() for name in ("floor", "catalog", "gateway")}
        self._databases = {name: f"bench_{name}_{fresh()}" for name in self._ports}
        self._running = AsyncExitStack()
        self._token = ""

    async def start(self) -> None:
        """Start the three processes and wait until they answer."""
        keys = development_keys(self._folder)
        everyone = settings_for(self._folder, self._kafka, self._mongo)
        catalog = f"http://127.0.0.1:{self._ports['catalog']}"
        upstreams = {f"UPSTREAM_{name}": catalog for name in ("CATALOG", "VERIFICATION", "MATCHING", "CONTRACTS")}
        gateway = upstreams | {
            "DEVELOPMENT_KEY_FILE": str(keys.private_key),
            "RATE_PER_SECOND": "1000000",
            "RATE_BURST": "1000000",
        }
        for name, module, more in (
            ("floor", "bench.floor_app", {}),
            ("catalog", "services.catalog", {}),
            ("gateway", "services.gateway", gateway),
        ):
            settings = everyone | more | {"PORT": str(self._ports[name]), "DATABASE": self._databases[name]}
            self._running.enter_context(process(module, **settings))
        for port in self._ports.values():
            await until_answering(port, "/readyz")
        self._token = await asyncio.to_thread(self._ask_for_token)

    def _ask_for_token(self) -> str:
        party = {"id": "pty_bench", "kind": "sme", "roles": ["manager"]}
        request = Request(
            f"http://127.0.0.1:{self._ports['gateway']}/dev/token",
            json.dumps({"sub": "prs_bench", "parties": [party]}).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as response:
            token: str = json.load(response)["access_token"]
        return token

    async def stop(self) -> None:
        """End the processes."""
        await self._running.aclose()

    async def service(self, rounds: int) -> Compared:
        """POST to a service: token, validation, idempotency, outbox."""
        return await compare(
            "POST to a service, everything on",
            "requests/s",
            "≥ 0.8",
            self._rate("catalog"),
            self._rate("floor"),
            rounds,
        )

    async def through_gateway(self, rounds: int) -> Compared:
        """POST through the gateway against POST to the service."""
        return await compare(
            "the same through the gateway, against the service",
            "requests/s",
            "≥ 0.5",
            self._rate("gateway"),
            self._rate("catalog"),
            rounds,
        )

    async def cliff(self, rounds: int) -> list[Single | Compared]:
        """Many certificates end at once while other commands go on."""
        bootstrap = self._kafka.bootstrap
        catalog = connect(self._mongo.uri, self._databases["catalog"])

        async def drafts() -> Loaded:
            return await post(self._ports["catalog"], COMMANDS, drafting(self._token, BODY, fresh()), CALLERS)

        firms = Cliff(
            f"{ENDING:,} SME certificates end at once: all told",
            ("catalog.party.events",),
            lambda: firms_end(catalog, bootstrap),
        )
        told = await fall(firms, bootstrap, {"other commands": drafts}, rounds)
        async with adopting(self._kafka, self._mongo, self._folder) as (verification, rules):
            certificates = Cliff(
                f"{ENDING:,} certificates of listings end at once: all told, of the listings too",
                ("verification.certificate.events", "catalog.product.events"),
                lambda: certificates_end(catalog, verification, bootstrap),
            )
            others = {"drafts in the catalog": drafts, "rules in verification": rules}
            told += await fall(certificates, bootstrap, others, rounds)
        catalog.client.close()
        return told

    def _rate(self, name: str) -> Callable[[], Awaitable[float]]:
        async def rate() -> float:
            return (await self._load(name)).rate

        return rate

    async def _load(self, name: str) -> Loaded:
        loaded = await post(self._ports[name], self._commands, drafting(self._token, BODY, fresh()))
        if set(loaded.statuses) != {201}:
            message = f"{name} answered {loaded.statuses}"
            raise RuntimeError(message)
        return loaded
