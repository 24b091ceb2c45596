"""The market that is hurt: durable servers, two replicas of contracts, one of them in the past."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.brokers import NoidaKafka
from deploy.local.databases import SecantusPython
from deploy.local.ports import free_port
from deploy.local.servers import Kafka, Part, choose_kafka
from deploy.local.services import Service
from deploy.local.stack import Stack, free_ports, market_services
from tests.faults.schedule import REPLICA

BEHIND = "-600s"
Tell = Callable[[str], None]


class BehindService(Service):
    """A replica whose clock is ten minutes behind; its timers still run at the right speed."""

    def command(self) -> Sequence[str]:
        return (sys.executable, "-m", "tests.faults.behind", *super().command()[2:])

    def environment(self) -> Mapping[str, str]:
        faked = {"LD_PRELOAD": fake_clock(), "FAKETIME": BEHIND, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return {**super().environment(), **faked}


@dataclass(frozen=True, slots=True)
class Market:
    """A stack and what is special about it."""

    stack: Stack
    kafka_survives: bool
    clock_behind: bool

    @property
    def parts(self) -> dict[str, Part]:
        return {part.name: part for part in self.stack.parts()}

    @property
    def besides(self) -> dict[str, str]:
        """The replica the gateway does not know, by the first part of the paths it serves."""
        url = self.service(REPLICA).url
        return {"contracts": url, "commitments": url}

    def service(self, name: str) -> Service:
        """Return a replica by its name."""
        return next(each for found in self.stack.services.values() for each in found if each.name == name)


def a_market(folder: Path, prefer: str, tell: Tell) -> Market:
    """Return a market that does not run yet. What is missing here is left out aloud."""
    kafka: Kafka = choose_kafka("apache" if prefer == "apache" else "noida", folder, free_port())
    survives = not isinstance(kafka, NoidaKafka)
    if not survives:
        tell("NO APACHE KAFKA HERE (no Java or Maven): noida-db forgets on SIGKILL and is only stopped politely")
    behind = bool(fake_clock())
    if not behind:
        tell("NO LIBFAKETIME HERE (Debian package faketime): no replica's clock is behind")
    services = market_services(folder, free_ports(), replicas={"contracts": 2 if survives else 1})
    if survives and behind:
        second = services["contracts"][1]
        services["contracts"][1] = BehindService(second.name, "services.contracts", folder, second.port)
    # the Python server: the Rust one never frees a unique value on update, and claims are freed all the time
    mongo = SecantusPython(folder, free_port(), durable=True)
    return Market(Stack(kafka, mongo, services), survives, behind)


def fake_clock() -> str:
    """Return the library that shifts a process's clock, empty where it is not installed."""
    for folder in (*Path("/usr/lib").glob("*/faketime"), Path("/usr/lib/faketime"), Path("/usr/local/lib/faketime")):
        library = folder / "libfaketime.so.1"
        if library.exists():
            return str(library)
    return ""
