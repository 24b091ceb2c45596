"""The market's five services as processes, told by their environment where everything is."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.keys import development_keys
from deploy.local.ports import HOST, free_port
from deploy.local.probes import http_answers
from deploy.local.process import ChildProcess
from deploy.local.servers import Kafka, Mongo

GATEWAY = "gateway"
CATALOG = "catalog"
VERIFICATION = "verification"
BEHIND_THE_GATEWAY = (CATALOG, VERIFICATION, "matching", "contracts")
REGISTRY = "registry"
"""Beside the services on this machine: where the catalog asks about business numbers."""
SERVICES = (*BEHIND_THE_GATEWAY, GATEWAY)


class Service(ChildProcess):
    """One replica of a service: `python -m <module>`."""

    def __init__(self, name: str, module: str, folder: Path, port: int) -> None:
        """`configure` tells it the rest, before it starts."""
        super().__init__(name, folder, port)
        self._module = module
        self._settings: Mapping[str, str] = {}

    @property
    def url(self) -> str:
        """Where it serves HTTP."""
        return f"http://{HOST}:{self.port}"

    def configure(self, settings: Mapping[str, str]) -> None:
        """Take the environment variables it reads at its next start, besides HOST and PORT."""
        self._settings = settings

    def command(self) -> Sequence[str]:
        """Our own interpreter, so that the environment is the same."""
        return (sys.executable, "-m", self._module)

    def environment(self) -> Mapping[str, str]:
        """What the service reads once, when it starts."""
        return {**self._settings, "HOST": HOST, "PORT": str(self.port)}

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        return http_answers(self.port, "/readyz")

    def is_live(self) -> bool:
        """Whether it answers at all."""
        return http_answers(self.port, "/livez")


def replicas_of(name: str, count: int, folder: Path, port: int) -> list[Service]:
    """The first replica on `port`, the others on free ones; logs are `<name>-<n>.log`."""
    ports = [port, *(free_port() for _ in range(count - 1))]
    return [Service(f"{name}-{number}", f"services.{name}", folder, port) for number, port in enumerate(ports)]


def registry_on(folder: Path, port: int) -> Service:
    """The business registry for development."""
    return Service(REGISTRY, "deploy.local.registry", folder, port)


def settings_of(name: str, services: Mapping[str, Sequence[Service]], kafka: Kafka, mongo: Mongo) -> dict[str, str]:
    """The environment of every replica of a service; the gateway is told one upstream of each kind, the first."""
    keys = development_keys(services[name][0].folder)
    settings = {
        "PROFILE": "local",
        "MONGO_URI": mongo.uri,
        "DATABASE": f"market_{name}",
        "KAFKA_BOOTSTRAP": kafka.bootstrap,
        "JWKS_URI": keys.jwks.as_uri(),
        "CURSOR_SECRET": keys.cursor_secret.read_text(),
        **kafka.service_settings,
    }
    if name == VERIFICATION:
        settings["CERTIFICATE_KEYS_FILE"] = str(keys.certificate_keys)
    if name == CATALOG:
        settings["FILES_URL"] = (services[name][0].folder / "files").as_uri()
    if name == CATALOG and REGISTRY in services:
        settings["BUSINESS_REGISTRY_URL"] = services[REGISTRY][0].url
    if name == GATEWAY:
        settings |= {
            "DEVELOPMENT_KEY_FILE": str(keys.private_key),
            "RATE_PER_SECOND": "5000",  # one seeded operator plays many people here
            "RATE_BURST": "5000",
            **{f"UPSTREAM_{upstream.upper()}": services[upstream][0].url for upstream in BEHIND_THE_GATEWAY},
        }
    return settings
